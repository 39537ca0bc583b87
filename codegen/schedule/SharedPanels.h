//===- SharedPanels.h - one copy of weights for several targets -*- C++ -*-===//
//
// A library for several targets stores constants once, in panels as wide as the
// tiles of its most capable target. Tiles of the others divide that width.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_SCHEDULE_SHAREDPANELS_H
#define TESSERA_CODEGEN_SCHEDULE_SHAREDPANELS_H

#include "codegen/schedule/Target.h"
#include "dialects/kernel/Kernel.h"

namespace tessera::schedule {

/// Attribute of a launch: the schedule of another target whose panels it reads.
inline constexpr llvm::StringLiteral kSharesAttr = "tsk.shares_panels_of";

/// The schedule with panels that schedules of other targets can read.
kernel::ScheduleAttr withSharedPanels(kernel::ScheduleAttr schedule);

/// The schedule reading the panels of `other` in place of its own; null when
/// its loops or tiles do not fit them.
kernel::ScheduleAttr readingPanelsOf(kernel::ScheduleAttr schedule,
                                     kernel::ScheduleAttr other);

/// The default schedule among those that read the panels of `other`;
/// `rejection` as of chooseSchedule.
kernel::ScheduleAttr chooseReadingPanelsOf(kernel::LaunchOp launch,
                                           const Target &target,
                                           kernel::ScheduleAttr other,
                                           std::string *rejection = nullptr);

/// Marks the launches of `plan` with the schedules that `scheduled`, the same
/// plan for another target, has.
void sharePanels(mlir::Operation *scheduled, mlir::Operation *plan);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_SHAREDPANELS_H
