//===- Footprint.h - the memory that launches touch -------------*- C++ -*-===//
//
// What one operand of a launch reads or stores, in bytes: all of it, and the
// part that one unit of the launch's work touches. A unit is one step of the
// outermost loop that tasks are cut from.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_SCHEDULE_FOOTPRINT_H
#define TESSERA_CODEGEN_SCHEDULE_FOOTPRINT_H

#include "dialects/kernel/Kernel.h"
#include <optional>

namespace tessera::schedule {

/// How the tasks of a launch fall into units.
struct Units {
  /// The dimension that units split, or -1 when the launch is one task.
  int64_t dim = -1;
  /// Points of the dimension in a unit.
  int64_t size = 1;
  int64_t count = 1;
  int64_t tasksOfUnit = 1;
  /// Points of the launch, which may be more than an integer holds.
  double points = 1;

  int64_t tasks() const { return count * tasksOfUnit; }
};

/// The units of a scheduled launch whose extents are known and that has no
/// sequential loop.
std::optional<Units> unitsOf(kernel::LaunchOp launch);

/// Bytes from `begin` to before `end`.
struct Interval {
  int64_t begin, end;

  bool meets(const Interval &other) const {
    return begin < other.end && other.begin < end;
  }
};

/// The bytes that one operand touches, counted from the start of its buffer or,
/// where the buffer's offset is known, of the workspace.
struct Footprint {
  mlir::Value buffer;
  bool isStored;
  /// Where accesses follow known steps: the first byte, and distance and number
  /// of the steps of each loop.
  struct Steps {
    int64_t distance, count;
  };
  bool isKnown = false;
  int64_t base = 0, elementBytes = 1;
  llvm::SmallVector<Steps> loops;
  /// What the first unit touches; each other does so `perUnit` bytes behind the
  /// one before.
  Interval unit = {0, 0};
  int64_t perUnit = 0;

  /// From the first byte to the last.
  Interval hull() const;
  /// How many bytes that are at most: windows overlap, and rows have gaps.
  int64_t bytes() const;
  /// Of the first `units` units, and of all but these: whole hulls where units
  /// do not move on through memory. Empty ones may still meet what lies around
  /// their place, which refuses more than need be.
  Interval first(int64_t units) const;
  Interval rest(int64_t units) const;
};

/// What a launch without a schedule reads of an input.
Footprint readFootprintOf(kernel::LaunchOp launch, unsigned input);

/// The footprints of all inputs and outputs.
llvm::SmallVector<Footprint> footprintsOf(kernel::LaunchOp launch,
                                          const Units &units);

/// Whether no byte that one touches is touched by the other, whoever computes
/// what.
bool areApart(const Footprint &a, const Footprint &b);

/// Whether addresses of both count from the same byte.
bool countAlike(const Footprint &a, const Footprint &b);

/// Whether unit i of one and unit j of the other touch no byte in common for
/// all i other than j, when `aUnits` and `bUnits` units in a row count as one.
bool areAligned(const Footprint &a, int64_t aUnits, const Footprint &b,
                int64_t bUnits);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_FOOTPRINT_H
