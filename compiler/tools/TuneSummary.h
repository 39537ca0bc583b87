//===- TuneSummary.h - what tuning a model found ----------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_TUNESUMMARY_H
#define TESSERA_COMPILER_TOOLS_TUNESUMMARY_H

#include "compiler/tools/Command.h"
#include "compiler/tools/Tune.h"
#include "dialects/kernel/Kernel.h"

namespace tessera::tools {

/// A schedule's text, and its nanoseconds when the kernel was run alone.
struct TimedSchedule {
  std::string schedule;
  double time = 0;
};

/// What of the faster schedules was kept after a comparison within the model.
struct KeptInModel {
  /// Kernels that got their default back.
  size_t takenBack = 0;
  /// How many times faster the model is; nothing where that was not measured.
  std::optional<double> gain;
};

/// A distinct kernel of the model.
struct ModelKernel {
  /// Valid as long as the plan lives.
  kernel::LaunchOp launch;
  std::string key;
  /// The operators of the model that its first launch computes.
  std::string nodes;
  unsigned count = 1;
  /// Nanoseconds of all its launches by the analytic model.
  double predicted = 0;
  std::optional<tune::TuningRecord> record;
  /// The default schedule, once measured, and those that are faster alone, the
  /// fastest first.
  TimedSchedule standard;
  std::vector<TimedSchedule> faster;
  size_t measured = 0, legal = 0;
};

/// Everything that is known about the kernels with a record. `seconds`: how
/// long it took; `kept`: what the comparison within the model said.
Json tuneSummary(llvm::ArrayRef<ModelKernel> kernels, const Workshop &workshop,
                 double seconds, const KeptInModel &kept);

/// The summary as a table on standard output.
void printTuneSummary(const Json &summary);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_TUNESUMMARY_H
