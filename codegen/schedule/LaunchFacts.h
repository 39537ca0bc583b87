//===- LaunchFacts.h - what choosers ask about a launch ---------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_SCHEDULE_LAUNCHFACTS_H
#define TESSERA_CODEGEN_SCHEDULE_LAUNCHFACTS_H

#include "dialects/kernel/Kernel.h"
#include <optional>

namespace tessera::schedule {

/// How one read or write of a launch moves.
struct AccessFacts {
  /// Elements moved by one step of each dimension; null where not a known
  /// number.
  llvm::SmallVector<std::optional<int64_t>> strides;
  /// A constant that no other launch reads and whose layout is free.
  bool packable = false;
  /// Read at every point of the reduction dimensions (not only after them).
  bool inner = false;
  int64_t elementBytes = 4;

  bool uses(unsigned dim) const { return strides[dim] != 0; }
};

/// The structure of a launch in numbers.
struct LaunchFacts {
  explicit LaunchFacts(kernel::LaunchOp launch);

  /// Extents; a free dimension counts as `kAssumedExtent`.
  llvm::SmallVector<int64_t> extents;
  llvm::SmallVector<bool> isFree;
  llvm::SmallVector<kernel::IteratorKind> iterators;
  llvm::SmallVector<AccessFacts> inputs, outputs;
  /// Passes over the reduction dimensions; 0 for a map.
  unsigned stages = 0;
  /// Reductions computed in one pass (the gates of a recurrence have several).
  unsigned reductions = 0;
  /// Bits of the widest numbers that are reduced, at least 32: as many lanes as
  /// fit one register.
  unsigned reducedBits = 32;
  /// About how many instructions the body takes for a point or a vector.
  int64_t bodyInstructions = 0;
  bool storesRows = false, positional = false, sequential = false;

  /// Whether an input reads the same elements for neighbours along `row` at
  /// different steps of a reduction.
  bool windowsMeet(const AccessFacts &input, unsigned row,
                   unsigned reduction) const;

  /// Of the widest numbers read or stored.
  int64_t elementBytes() const;
  /// How many points each result is reduced from.
  int64_t reducedPoints() const;

  unsigned numDims() const { return extents.size(); }
  bool isReduction(unsigned dim) const {
    return iterators[dim] == kernel::IteratorKind::reduction;
  }
  bool isParallel(unsigned dim) const {
    return iterators[dim] == kernel::IteratorKind::parallel;
  }
};

/// What choosers take a free dimension to be; only speed depends on it.
inline constexpr int64_t kAssumedExtent = 128;

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_LAUNCHFACTS_H
