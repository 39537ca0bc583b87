//===- Profile.cpp - how long each launch of a model takes ----------------===//

#include "compiler/tools/Profile.h"
#include "codegen/schedule/Target.h"
#include "llvm/Support/Compression.h"
#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

namespace {
using Clock = std::chrono::steady_clock;

/// Fewest profiled runs, whatever the time, and runs to warm up.
constexpr size_t kLeastRuns = 5, kWarmUpRuns = 2;

/// What the callbacks of one profiled run write to.
struct Recorder {
  Clock::time_point begin, last;
  std::vector<Span> launches, parts;
  const tsr_threads *inner = nullptr;
  std::mutex lock;
  std::map<std::thread::id, size_t> threads;

  double microseconds(Clock::time_point time) const {
    return std::chrono::duration<double, std::micro>(time - begin).count();
  }
};

/// One call of a pool's parallel_for.
struct Split {
  Recorder *recorder;
  tsr_task task;
  void *context;
};
} // namespace

static void launchFinished(void *context, int64_t launch) {
  auto *recorder = static_cast<Recorder *>(context);
  if (launch < 0) {
    recorder->begin = recorder->last = Clock::now();
    return;
  }
  auto now = Clock::now();
  recorder->launches.push_back({recorder->microseconds(recorder->last),
                                recorder->microseconds(now), 0,
                                static_cast<size_t>(launch)});
  // What the callback itself takes belongs to no launch.
  recorder->last = Clock::now();
}

static void runPart(void *context, int64_t index) {
  auto *split = static_cast<Split *>(context);
  Recorder &recorder = *split->recorder;
  auto begin = Clock::now();
  split->task(split->context, index);
  auto end = Clock::now();
  std::lock_guard<std::mutex> guard(recorder.lock);
  size_t thread =
      recorder.threads
          .try_emplace(std::this_thread::get_id(), recorder.threads.size() + 1)
          .first->second;
  recorder.parts.push_back({recorder.microseconds(begin),
                            recorder.microseconds(end), thread,
                            recorder.launches.size()});
}

static void splitAmongThreads(void *context, int64_t count, tsr_task task,
                              void *taskContext) {
  auto *recorder = static_cast<Recorder *>(context);
  Split split{recorder, task, taskContext};
  if (recorder->inner) {
    recorder->inner->parallel_for(recorder->inner->context, count, runPart,
                                  &split);
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    task(taskContext, i);
  }
}

double Profile::median(size_t launch) const {
  std::vector<double> sorted;
  for (const std::vector<double> &run : times) {
    sorted.push_back(run[launch]);
  }
  std::sort(sorted.begin(), sorted.end());
  return sorted.empty() ? 0 : sorted[sorted.size() / 2];
}

Expected<Profile> tessera::tools::profileCall(Call &call,
                                              const tsr_threads *threads,
                                              size_t launches, double seconds) {
  Profile profile;
  auto end = Clock::now() + std::chrono::duration<double>(seconds);
  for (size_t run = 0; run < kWarmUpRuns + kLeastRuns || Clock::now() < end;
       ++run) {
    Recorder recorder;
    recorder.inner = threads;
    recorder.launches.reserve(launches);
    tsr_profiler profiler = {launchFinished, &recorder};
    tsr_profiled_threads profiled = {{sizeof(profiled),
                                      threads ? threads->count : 1,
                                      splitAmongThreads, &recorder},
                                     &profiler};
    tsr_status status = call.run(&profiled.threads);
    if (status != TSR_OK) {
      return statusError("the run failed", status);
    }
    if (recorder.launches.size() != launches) {
      return toolError("the library was compiled by another version and cannot "
                       "be profiled; compile the model again");
    }
    if (run < kWarmUpRuns) {
      continue;
    }
    std::vector<double> &times = profile.times.emplace_back();
    for (const Span &span : recorder.launches) {
      times.push_back((span.end - span.begin) * 1000);
    }
    profile.launches = std::move(recorder.launches);
    profile.parts = std::move(recorder.parts);
  }
  return profile;
}

Expected<ModelRecord> tessera::tools::recordOf(const Session &session,
                                               ArrayRef<int64_t> dims) {
  return recordOf(session, dims, session.info().target);
}

Expected<ModelRecord> tessera::tools::recordOf(const Session &session,
                                               ArrayRef<int64_t> dims,
                                               StringRef target) {
  const void *data = nullptr;
  size_t bytes = 0, textBytes = 0;
  tsr_status status =
      tsr_model_record(&session.model(), &data, &bytes, &textBytes);
  if (status != TSR_OK || !data || !compression::zlib::isAvailable()) {
    return toolError("the library has no record of its compilation; compile "
                     "the model again");
  }
  SmallVector<uint8_t, 0> text;
  if (Error error = compression::zlib::decompress(
          ArrayRef(static_cast<const uint8_t *>(data), bytes), text,
          textBytes)) {
    return std::move(error);
  }
  return readRecord(
      StringRef(reinterpret_cast<const char *>(text.data()), text.size()), dims,
      target);
}

unsigned tessera::tools::vectorBitsOf(const Session &session) {
  const schedule::Target *target = schedule::findTarget(session.info().target);
  return target ? target->vectorBits : 256;
}
