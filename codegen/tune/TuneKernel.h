//===- TuneKernel.h - finds the fastest schedule of a launch ----*- C++ -*-===//
//
// The analytic model ranks the legal schedules; the best few and the default
// are compiled and measured in turn; then neighbours of the fastest, as long as
// that helps. A schedule counts only if its results agree with the default's.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_TUNE_TUNEKERNEL_H
#define TESSERA_CODEGEN_TUNE_TUNEKERNEL_H

#include "codegen/tune/KernelCode.h"
#include "codegen/tune/Machine.h"
#include <atomic>
#include <functional>
#include <vector>

namespace tessera::tune {

struct TuneOptions {
  /// Seconds for this launch.
  double seconds = 2;
  /// Rounds in which schedules are measured in turn, at least 3.
  unsigned rounds = 9;
  /// Threads that compile.
  unsigned jobs = 1;
  /// Bytes of all weights of the model: they decide how cold weights are.
  int64_t modelWeightBytes = 0;
  /// Measure every legal schedule, whatever the model says of it.
  bool isExhaustive = false;
  /// Whether the outputs in the data are right, asked after each schedule's
  /// first run; empty: they must agree with those of the first schedule.
  std::function<bool(KernelData &)> isRight;
  /// Set from outside to end early, keeping what was found.
  const std::atomic<bool> *stop = nullptr;
};

/// A measured schedule.
struct Measurement {
  kernel::ScheduleAttr schedule;
  /// The median of the rounds, in nanoseconds, and how far they lie apart over
  /// it.
  double time = 0, noise = 0;
  bool agrees = true;
};

struct TuneResult {
  /// The first is the default.
  std::vector<Measurement> measured;
  size_t legal = 0;
  /// Whether the fastest is faster than the default by more than noise.
  bool isFaster = false;

  const Measurement &standard() const { return measured.front(); }
  /// The fastest that agrees; the default unless that is slower beyond noise.
  const Measurement &best() const;
};

llvm::Expected<TuneResult>
tuneKernel(mlir::ModuleOp plan, kernel::LaunchOp launch,
           const schedule::Target &target, const Machine &machine,
           const Peaks &peaks, KernelData &data, const TuneOptions &options);

/// Measures exactly these schedules; the first is what others must agree with.
llvm::Expected<std::vector<Measurement>>
measureSchedules(mlir::ModuleOp plan, kernel::LaunchOp launch,
                 llvm::ArrayRef<kernel::ScheduleAttr> schedules,
                 const schedule::Target &target, const Machine &machine,
                 KernelData &data, const TuneOptions &options);

} // namespace tessera::tune

#endif // TESSERA_CODEGEN_TUNE_TUNEKERNEL_H
