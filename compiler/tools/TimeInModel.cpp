//===- TimeInModel.cpp - kernels' times within their model ----------------===//

#include "compiler/tools/TimeInModel.h"
#include "compiler/driver/Compiler.h"
#include "compiler/tools/Inputs.h"
#include "compiler/tools/Profile.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <algorithm>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

/// How often the two are run in turn.
static constexpr unsigned kRounds = 6;

namespace {
/// One of the two libraries, ready to run.
class Version {
public:
  Error prepare(CompileOptions options, StringRef folder, StringRef name,
                ArrayRef<std::string> sizes);
  /// Takes memory for a call; which memory it is decides what collides in the
  /// caches, so that each round takes it anew.
  Error takeMemory();
  void releaseMemory() { call.reset(); }
  Error measure(double seconds);
  /// Of a launch, the lower quartile of all runs: others on the machine only
  /// ever add time.
  double timeOf(size_t launch) const;

  ModelRecord record;

private:
  std::unique_ptr<Session> session;
  std::vector<HostTensor> values;
  std::optional<Call> call;
  std::vector<std::vector<double>> runs;
};
} // namespace

Error Version::prepare(CompileOptions options, StringRef folder, StringRef name,
                       ArrayRef<std::string> sizes) {
  SmallString<128> path(folder);
  sys::path::append(path, name + ".so");
  options.outputPath = path.str().str();
  options.symbolPrefix = "measured";
  auto compiled = compile(options);
  if (!compiled) {
    return compiled.takeError();
  }
  auto opened = Session::open(path);
  if (!opened) {
    return opened.takeError();
  }
  session = std::move(*opened);
  InputOptions choice;
  choice.dimensions = sizes.vec();
  choice.seed = 0;
  auto inputs = readInputs(*session, choice);
  if (!inputs) {
    return inputs.takeError();
  }
  values = std::move(*inputs);
  if (Error error = takeMemory()) {
    return error;
  }
  auto remembered = recordOf(*session, call->dims);
  if (!remembered) {
    return remembered.takeError();
  }
  record = std::move(*remembered);
  return Error::success();
}

Error Version::takeMemory() {
  auto prepared = Call::prepare(*session, values);
  if (!prepared) {
    return prepared.takeError();
  }
  call.emplace(std::move(*prepared));
  return Error::success();
}

Error Version::measure(double seconds) {
  auto profile =
      profileCall(*call, /*threads=*/nullptr, record.launches.size(), seconds);
  if (!profile) {
    return profile.takeError();
  }
  llvm::append_range(runs, profile->times);
  return Error::success();
}

double Version::timeOf(size_t launch) const {
  std::vector<double> times;
  for (const std::vector<double> &run : runs) {
    times.push_back(run[launch]);
  }
  auto quartile = times.begin() + times.size() / 4;
  std::nth_element(times.begin(), quartile, times.end());
  return *quartile;
}

/// Both release their memory before one takes some: what one had the other may
/// get.
static Error measureRound(ArrayRef<Version *> order, double seconds) {
  for (Version *version : order) {
    version->releaseMemory();
  }
  for (Version *version : order) {
    if (Error error = version->takeMemory()) {
      return error;
    }
  }
  for (Version *version : order) {
    if (Error error = version->measure(seconds)) {
      return error;
    }
  }
  return Error::success();
}

Expected<StringMap<TimeInModel>>
tessera::tools::timeInModel(const CompileOptions &options, StringRef records,
                            ArrayRef<std::string> sizes, double seconds,
                            const std::atomic<bool> *stop) {
  SmallString<128> folder;
  if (std::error_code code =
          sys::fs::createUniqueDirectory("tessera-tune", folder)) {
    return toolError("cannot create a temporary folder: " + code.message());
  }
  auto cleanUp = make_scope_exit([&] { sys::fs::remove_directories(folder); });
  Version standard, recorded;
  CompileOptions withRecords = options;
  withRecords.tuningFile = records.str();
  if (Error error = standard.prepare(options, folder, "standard", sizes)) {
    return std::move(error);
  }
  if (Error error = recorded.prepare(withRecords, folder, "recorded", sizes)) {
    return std::move(error);
  }
  SmallVector<Version *> order = {&standard, &recorded};
  for (unsigned round = 0; round < kRounds && !(stop && *stop); ++round) {
    if (Error error = measureRound(order, seconds / (2 * kRounds))) {
      return std::move(error);
    }
    std::swap(order.front(), order.back());
  }
  if (stop && *stop) {
    return toolError("interrupted");
  }
  StringMap<TimeInModel> times;
  // One of both may need more launches for the same kernel.
  for (auto [i, launch] : enumerate(standard.record.launches)) {
    times[launch.key].standard += standard.timeOf(i);
  }
  for (auto [i, launch] : enumerate(recorded.record.launches)) {
    times[launch.key].recorded += recorded.timeOf(i);
  }
  return std::move(times);
}
