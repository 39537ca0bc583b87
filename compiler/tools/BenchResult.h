//===- BenchResult.h - what tessera bench found -----------------*- C++ -*-===//
//
// The figures of a measurement as JSON, which --compare reads again, and as
// text.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_TOOLS_BENCHRESULT_H
#define TESSERA_COMPILER_TOOLS_BENCHRESULT_H

#include "compiler/tools/Command.h"
#include "compiler/tools/Session.h"
#include <optional>

namespace tessera::tools {

/// One of several threads that run the model at once.
struct Caller {
  std::unique_ptr<ThreadPool> pool;
  std::optional<Call> call;
  std::vector<double> milliseconds;
  tsr_status status = TSR_OK;
};

/// What is measured once, before anything is warm.
struct ColdStart {
  double openMilliseconds = 0, firstRunMilliseconds = 0;
};

/// The figures of all callers' calls together, and under what they were taken.
Json benchResult(const Session &session, const std::vector<Caller> &callers,
                 uint32_t threads, const ColdStart &cold, int64_t peakBytes);

void printBenchResult(const Json &result);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_BENCHRESULT_H
