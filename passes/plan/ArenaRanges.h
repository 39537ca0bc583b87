//===- ArenaRanges.h - lifetimes and offsets of arena ranges ----*- C++ -*-===//

#ifndef TESSERA_PASSES_PLAN_ARENARANGES_H
#define TESSERA_PASSES_PLAN_ARENARANGES_H

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/plan/Size.h"

namespace tessera::plan {

/// Offsets in the workspace are multiples of this.
inline constexpr int64_t kArenaAlignment = 64;

/// One range and the steps, by position, between which it is in use.
struct ArenaRange {
  kernel::ArenaOp op;
  int64_t first = 0, last = 0;
  Size size;
  Size offset;

  bool meets(const ArenaRange &other) const {
    return first <= other.last && other.first <= last;
  }
};

/// The ranges of a function that its steps use, with lifetimes. Launches that
/// run at the same time are one step, or one each.
llvm::SmallVector<ArenaRange> rangesOf(mlir::func::FuncOp func,
                                       bool oneByOne = false);

/// Sets the sizes of ranges whose tensors have sizes of this basis.
void setSizes(llvm::MutableArrayRef<ArenaRange> ranges, SizeBasis &basis);

/// The sizes of what is in use at each launch, without those that are never
/// more than another.
llvm::SmallVector<Size> peaksOf(llvm::ArrayRef<ArenaRange> ranges,
                                const SizeBasis &basis);

/// Gives every range an offset such that ranges in use at the same time do not
/// overlap at any value of the symbols; returns the ends of ranges, without
/// those that are never more than another.
llvm::SmallVector<Size> packRanges(llvm::MutableArrayRef<ArenaRange> ranges,
                                   const SizeBasis &basis);

} // namespace tessera::plan

#endif // TESSERA_PASSES_PLAN_ARENARANGES_H
