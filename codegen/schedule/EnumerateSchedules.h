//===- EnumerateSchedules.h - the schedules worth comparing -----*- C++ -*-===//

#ifndef TESSERA_CODEGEN_SCHEDULE_ENUMERATESCHEDULES_H
#define TESSERA_CODEGEN_SCHEDULE_ENUMERATESCHEDULES_H

#include "codegen/schedule/LaunchFacts.h"
#include "codegen/schedule/Target.h"

namespace tessera::schedule {

/// Legal schedules of the launch, each once: every dimension that can fill
/// vectors, register tiles (for a single reduction those that fit in
/// registers), orders of loops, unrolled reductions, constants packed or not.
/// The default is the first. At most `most`; at least the default.
llvm::SmallVector<kernel::ScheduleAttr>
enumerateSchedules(kernel::LaunchOp launch, const Target &target, size_t most);

/// Vector registers that the tile keeps alive: accumulators, and the vectors of
/// a step. More than the target has means spilling.
int64_t liveRegisters(const LaunchFacts &facts, kernel::ScheduleAttr schedule);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_ENUMERATESCHEDULES_H
