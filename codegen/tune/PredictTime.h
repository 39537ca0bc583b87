//===- PredictTime.h - the analytic cost of a schedule ----------*- C++ -*-===//
//
// Ranks schedules before any is compiled: what the multiply-add ports, the load
// ports and each level of the memory can do at most, whichever is slowest.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_TUNE_PREDICTTIME_H
#define TESSERA_CODEGEN_TUNE_PREDICTTIME_H

#include "codegen/schedule/LaunchFacts.h"
#include "codegen/schedule/Target.h"
#include "codegen/tune/Machine.h"

namespace tessera::tune {

/// Predicts times of one launch in nanoseconds on one core; only their order
/// is to be trusted. `extents` are the launch's at the sizes in question.
class TimeModel {
public:
  TimeModel(kernel::LaunchOp launch, const schedule::Target &target,
            const Machine &machine, const Peaks &peaks,
            llvm::ArrayRef<int64_t> extents);

  double timeOf(kernel::ScheduleAttr schedule) const;

private:
  double computeTime(kernel::ScheduleAttr schedule) const;
  double memoryTime(kernel::ScheduleAttr schedule) const;

  schedule::LaunchFacts facts;
  /// Instructions at each point of the reductions.
  double innerInstructions = 0;
  const schedule::Target &target;
  const Machine &machine;
  const Peaks &peaks;
};

} // namespace tessera::tune

#endif // TESSERA_CODEGEN_TUNE_PREDICTTIME_H
