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
#include <chrono>
#include <numeric>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

/// How often the versions are run in turn: at least, at most, and as long as a
/// version runs about so often in each.
static constexpr unsigned kLeastRounds = 12, kMostRounds = 48;
static constexpr double kRunsOfRound = 30;
/// One in so many rounds may have been disturbed as a whole.
static constexpr unsigned kSlowPart = 6;

namespace {
/// One library, ready to run.
class Version {
public:
  Error prepare(CompileOptions options, StringRef folder, StringRef name,
                ArrayRef<std::string> sizes);
  uint64_t bytesToMove() const { return call->bytesToMove(); }
  /// Runs in this memory.
  Error measure(double seconds, char *memory);
  /// Nanoseconds of a run in each round.
  std::vector<double> timesOfRun() const;
  /// Of a launch, the mean of the rounds without the slowest: some memory is
  /// better for one version and some for the other.
  double timeOf(size_t launch) const;
  TimesInModel times() const;

private:
  ModelRecord record;
  std::unique_ptr<Session> session;
  std::optional<Call> call;
  /// For each round and launch, the lower quartile of the runs: others on the
  /// machine only ever add time.
  std::vector<std::vector<double>> rounds;
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
  auto prepared = Call::prepare(*session, std::move(*inputs));
  if (!prepared) {
    return prepared.takeError();
  }
  call.emplace(std::move(*prepared));
  auto remembered = recordOf(*session, call->dims);
  if (!remembered) {
    return remembered.takeError();
  }
  record = std::move(*remembered);
  return Error::success();
}

Error Version::measure(double seconds, char *memory) {
  call->moveTo(memory);
  auto profile =
      profileCall(*call, /*threads=*/nullptr, record.launches.size(), seconds);
  if (!profile) {
    return profile.takeError();
  }
  std::vector<double> &round = rounds.emplace_back();
  for (size_t launch = 0; launch < record.launches.size(); ++launch) {
    std::vector<double> times;
    for (const std::vector<double> &run : profile->times) {
      times.push_back(run[launch]);
    }
    auto quartile = times.begin() + times.size() / 4;
    std::nth_element(times.begin(), quartile, times.end());
    round.push_back(*quartile);
  }
  return Error::success();
}

double Version::timeOf(size_t launch) const {
  std::vector<double> times;
  for (const std::vector<double> &round : rounds) {
    times.push_back(round[launch]);
  }
  std::sort(times.begin(), times.end());
  times.resize(times.size() - times.size() / kSlowPart);
  return std::accumulate(times.begin(), times.end(), 0.0) / times.size();
}

std::vector<double> Version::timesOfRun() const {
  std::vector<double> times;
  for (const std::vector<double> &round : rounds) {
    times.push_back(std::accumulate(round.begin(), round.end(), 0.0));
  }
  return times;
}

/// Runs the versions in turn: all in the same memory, and in other memory each
/// round, since what was measured in before is held.
static Error measureAll(MutableArrayRef<Version *> order, double seconds,
                        const std::atomic<bool> *stop) {
  uint64_t bytes = 0;
  for (const Version *version : order) {
    bytes = std::max(bytes, version->bytesToMove());
  }
  std::vector<tune::Memory> places(tune::placesFor(bytes, kMostRounds));
  unsigned rounds = kLeastRounds;
  for (unsigned round = 0; round < rounds && !(stop && *stop); ++round) {
    tune::Memory &place = places[round % places.size()];
    if (!place && !(place = tune::allocate(bytes))) {
      return toolError("there is no memory for a call");
    }
    for (Version *version : order) {
      if (Error error = version->measure(seconds / (order.size() * rounds),
                                         place.get())) {
        return error;
      }
    }
    if (round == 0) {
      double runs = seconds * 1e9 / (order.size() * order[0]->timesOfRun()[0]);
      rounds =
          std::clamp<double>(runs / kRunsOfRound, kLeastRounds, kMostRounds);
    }
    std::rotate(order.begin(), order.begin() + 1, order.end());
  }
  return stop && *stop ? toolError("interrupted") : Error::success();
}

/// One of them may need more launches for the same kernel.
TimesInModel Version::times() const {
  TimesInModel times;
  for (auto [i, launch] : enumerate(record.launches)) {
    times[launch.key] += timeOf(i);
  }
  return times;
}

Expected<std::vector<TimedVersion>>
tessera::tools::timeInModel(const CompileOptions &options,
                            ArrayRef<std::string> records,
                            ArrayRef<std::string> sizes, double seconds,
                            const std::atomic<bool> *stop) {
  SmallString<128> folder;
  if (std::error_code code =
          sys::fs::createUniqueDirectory("tessera-tune", folder)) {
    return toolError("cannot create a temporary folder: " + code.message());
  }
  auto cleanUp = make_scope_exit([&] { sys::fs::remove_directories(folder); });
  auto begin = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<Version>> versions;
  SmallVector<Version *> order;
  for (const std::string &file : records) {
    std::chrono::duration<double> passed =
        std::chrono::steady_clock::now() - begin;
    bool isLate = 2 * passed.count() > seconds;
    if ((versions.size() >= 2 && isLate) || (stop && *stop)) {
      break;
    }
    CompileOptions own = options;
    own.tuningFile = file;
    versions.push_back(std::make_unique<Version>());
    order.push_back(versions.back().get());
    if (Error error = order.back()->prepare(
            own, folder, std::to_string(versions.size()), sizes)) {
      return std::move(error);
    }
  }
  if (Error error = measureAll(order, seconds, stop)) {
    return std::move(error);
  }
  std::vector<TimedVersion> times;
  for (const std::unique_ptr<Version> &version : versions) {
    times.push_back({version->times(), version->timesOfRun()});
  }
  return std::move(times);
}
