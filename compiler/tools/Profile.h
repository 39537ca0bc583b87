//===- Profile.h - how long each launch of a model takes --------*- C++ -*-===//
//
// Runs a call with a profiler at the borders of its launches, and sets the
// times beside what the library's record says about them and what the machine
// could do at most.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_TOOLS_PROFILE_H
#define TESSERA_COMPILER_TOOLS_PROFILE_H

#include "codegen/tune/Machine.h"
#include "compiler/driver/Record.h"
#include "compiler/tools/Command.h"
#include "compiler/tools/Session.h"

namespace tessera::tools {

/// What the library remembers of its compilation, at these sizes. An error when
/// it remembers nothing.
llvm::Expected<ModelRecord> recordOf(const Session &session,
                                     llvm::ArrayRef<int64_t> dims);

/// The same as another of the library's targets has it.
llvm::Expected<ModelRecord> recordOf(const Session &session,
                                     llvm::ArrayRef<int64_t> dims,
                                     llvm::StringRef target);

/// A stretch of time on one thread, in microseconds since the run began.
struct Span {
  double begin = 0, end = 0;
  size_t thread = 0, launch = 0;
};

struct Profile {
  /// Nanoseconds of each launch in each run.
  std::vector<std::vector<double>> times;
  /// The last run: its launches (thread 0) and the parts that threads computed.
  std::vector<Span> launches, parts;

  /// The median time of a launch in nanoseconds.
  double median(size_t launch) const;
};

/// Runs the call for `seconds`, at least five times, after two runs to warm up.
/// `launches` is how many the model has.
llvm::Expected<Profile> profileCall(Call &call, const tsr_threads *threads,
                                    size_t launches, double seconds);

/// One object for each launch, in order: time, work, rates, share of the
/// machine's peak, schedule.
Json profileJson(const ModelRecord &record, const Profile &profile,
                 const tune::Machine &machine, const tune::Peaks &peaks);

/// What reading or copying gets in each cache and in memory, in GB/s.
Json bandwidthsJson(const tune::Bandwidths &bandwidths);
/// What one core can do at most: GFLOP/s, and what reading gets.
Json peaksJson(const tune::Machine &machine, const tune::Peaks &peaks);

/// The launches that take longest, as a table, and the time of each class.
void printProfile(const Json &kernels);

/// The objects as comma-separated values with a line of names.
llvm::Error writeCsv(const Json &kernels, llvm::StringRef path);

/// The last run in the format of trace viewers (Perfetto, chrome://tracing).
llvm::Error writeTrace(const ModelRecord &record, const Profile &profile,
                       llvm::StringRef path);

/// Bits of the vectors that the session's code computes with, whose peaks are
/// measured.
unsigned vectorBitsOf(const Session &session);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_PROFILE_H
