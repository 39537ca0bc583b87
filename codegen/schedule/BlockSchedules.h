//===- BlockSchedules.h - variants with cache blocks ------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_SCHEDULE_BLOCKSCHEDULES_H
#define TESSERA_CODEGEN_SCHEDULE_BLOCKSCHEDULES_H

#include "codegen/schedule/Target.h"
#include "dialects/kernel/Kernel.h"

namespace tessera::schedule {

/// Legal variants of a schedule with blocks of its rows (32 to 256 points of
/// the longest parallel dimension that does not fill vectors), of its sums (64
/// to 384 points of the longest reduction), and of both; the vector dimension's
/// loop moves outside of that over rows. Empty where a launch has no sum or is
/// too small for blocks to matter.
llvm::SmallVector<kernel::ScheduleAttr>
blockedVariants(kernel::LaunchOp launch, kernel::ScheduleAttr schedule,
                const Target &target);

/// The schedule with other distances at which panels are fetched ahead, and
/// without; empty where it has no panels.
llvm::SmallVector<kernel::ScheduleAttr>
prefetchVariants(kernel::LaunchOp launch, kernel::ScheduleAttr schedule,
                 const Target &target);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_BLOCKSCHEDULES_H
