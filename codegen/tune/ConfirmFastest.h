//===- ConfirmFastest.h - whether the fastest is faster ---------*- C++ -*-===//
//
// The least of many noisy times looks better than it is, so the default and
// those that looked fastest are measured against each other once more.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_TUNE_CONFIRMFASTEST_H
#define TESSERA_CODEGEN_TUNE_CONFIRMFASTEST_H

#include "codegen/tune/TuneResult.h"

namespace tessera::tune {

/// Measures the schedules in turn in so many rounds; the first is the default.
using MeasureAgain =
    llvm::function_ref<llvm::Expected<std::vector<Measurement>>(
        llvm::ArrayRef<kernel::ScheduleAttr> schedules, unsigned rounds)>;

/// Confirms the fastest that agree and were faster than the default by more
/// than the least gain in three quarters of the rounds. A disturbance while the
/// default was measured makes all others of that batch look fast, so that the
/// truly fastest do not take part: where a comparison confirms none that is
/// about as fast as the next ones look, these take part in another. Times of
/// the others are set against the default's new one.
llvm::Error confirmFastest(TuneResult &result, const TuneOptions &options,
                           MeasureAgain measureAgain);

} // namespace tessera::tune

#endif // TESSERA_CODEGEN_TUNE_CONFIRMFASTEST_H
