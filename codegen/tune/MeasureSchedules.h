//===- MeasureSchedules.h - times of a launch's schedules -------*- C++ -*-===//
//
// Schedules are compiled together and run in turn on the same data, so that
// what disturbs the machine disturbs them alike; slow ones are dropped early.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_TUNE_MEASURESCHEDULES_H
#define TESSERA_CODEGEN_TUNE_MEASURESCHEDULES_H

#include "codegen/tune/KernelCode.h"
#include "codegen/tune/Machine.h"
#include <atomic>
#include <functional>
#include <vector>

namespace tessera::tune {

/// Nanoseconds of one measurement; a call that takes longer is measured alone.
inline constexpr double kRoundTime = 5e5;

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
  /// When compiling has taken too long: the last schedules are left out then,
  /// never the first. Empty: only `stop` leaves some out.
  std::function<bool()> isOver;

  bool isStopped() const { return stop && *stop; }
};

/// A measured schedule.
struct Measurement {
  kernel::ScheduleAttr schedule;
  /// The lower quartile of the rounds, in nanoseconds, and how far they lie
  /// apart over it.
  double time = 0, noise = 0;
  /// The times of all rounds, in their order, until the schedule was dropped.
  std::vector<double> rounds;
  bool agrees = true;
};

/// How often the launch's weights are stored while `schedules` schedules are
/// measured, so that each run reads cold ones, as a run of the whole model
/// does; 1 when the model's weights stay in cache anyway.
unsigned weightCopies(kernel::LaunchOp launch, const Machine &machine,
                      int64_t modelWeightBytes, size_t schedules);

/// Measures these schedules, the first of them where there is no time for all;
/// the very first is what others must agree with.
llvm::Expected<std::vector<Measurement>>
measureSchedules(mlir::ModuleOp plan, kernel::LaunchOp launch,
                 llvm::ArrayRef<kernel::ScheduleAttr> schedules,
                 const schedule::Target &target, const Machine &machine,
                 KernelData &data, const TuneOptions &options);

} // namespace tessera::tune

#endif // TESSERA_CODEGEN_TUNE_MEASURESCHEDULES_H
