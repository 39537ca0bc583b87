//===- Levels.h - the outer loops that tasks are cut from -------*- C++ -*-===//
//
// Outside of the loops over register tiles lie those over cache blocks. Leading
// ones of this list are split among threads.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_SCHEDULE_LEVELS_H
#define TESSERA_CODEGEN_SCHEDULE_LEVELS_H

#include "dialects/kernel/Kernel.h"

namespace tessera::schedule {

/// A loop over blocks or tiles of a dimension that is not reduced.
struct Level {
  int64_t dim;
  /// Points of the dimension in one step.
  int64_t size;
  bool isBlock;
};

/// Loops over blocks, then loops over tiles, each in the schedule's order.
llvm::SmallVector<Level> levelsOf(kernel::LaunchOp launch,
                                  kernel::ScheduleAttr schedule);

/// How many leading levels may be split: those before the first loop over tiles
/// within blocks.
int64_t splittableLevels(llvm::ArrayRef<Level> levels);

/// Why the blocks of the schedule cannot be used; empty when they can. Between
/// blocks of a reduction an output keeps its running sums, so nothing else may
/// need that memory.
std::string blockIllegality(kernel::LaunchOp launch,
                            kernel::ScheduleAttr schedule);

/// The output that keeps the running sums of the launch's one reduction between
/// blocks, or -1.
int64_t outputForSums(kernel::LaunchOp launch);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_LEVELS_H
