//===- FastestInModel.cpp - which schedules win within the model ----------===//

#include "compiler/tools/FastestInModel.h"
#include "compiler/tools/io/Tensor.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

/// What a schedule must gain over another.
static constexpr double kLeastGain = 0.01;
/// Schedules of a kernel that are compared, the default among them.
static constexpr size_t kMostVersions = 4;

/// The kernel's record with one of its schedules.
static tune::TuningRecord recordOf(const ModelKernel &kernel, size_t place) {
  const TimedSchedule &chosen =
      place == 0 ? kernel.standard : kernel.faster[place - 1];
  tune::TuningRecord record = *kernel.record;
  record.schedule = chosen.schedule;
  record.shareOfPeak *= record.time / chosen.time;
  record.time = chosen.time;
  record.isDefault = place == 0;
  return record;
}

/// The default of each kernel, then of each the fastest alone, and so on; of
/// those with fewer schedules the last again.
static std::vector<Choice> choicesOf(ArrayRef<ModelKernel> kernels) {
  size_t most = 0;
  for (const ModelKernel &kernel : kernels) {
    most = std::max(most, kernel.faster.size());
  }
  std::vector<Choice> choices(std::min(most + 1, kMostVersions));
  for (auto [version, choice] : enumerate(choices)) {
    for (const ModelKernel &kernel : kernels) {
      choice.push_back(std::min(version, kernel.faster.size()));
    }
  }
  return choices;
}

/// Whether it has schedules to choose from and is launched by the model.
static bool isOpen(const ModelKernel &kernel, ArrayRef<TimedVersion> times) {
  return !kernel.faster.empty() && times.front().kernels.count(kernel.key) > 0;
}

/// The place of the kernel's fastest schedule. Beyond its last it had that one
/// in other versions.
static size_t fastestOf(const ModelKernel &kernel,
                        ArrayRef<TimedVersion> times) {
  size_t fastest = 0;
  size_t most = std::min(times.size(), kernel.faster.size() + 1);
  for (size_t version = 1; version < most; ++version) {
    double time = times[version].kernels.lookup(kernel.key);
    if (time < (1 - kLeastGain) * times[fastest].kernels.lookup(kernel.key)) {
      fastest = version;
    }
  }
  return fastest;
}

static Choice fastestOfEach(ArrayRef<ModelKernel> kernels,
                            ArrayRef<TimedVersion> times) {
  Choice choice;
  for (const ModelKernel &kernel : kernels) {
    choice.push_back(isOpen(kernel, times) ? fastestOf(kernel, times) : 0);
  }
  return choice;
}

/// The choices that were measured.
static std::vector<TimedChoice> timedChoices(ArrayRef<Choice> choices,
                                             ArrayRef<TimedVersion> times) {
  std::vector<TimedChoice> timed;
  for (auto [choice, version] : zip(choices, times)) {
    timed.push_back({choice, version.rounds});
  }
  return timed;
}

/// A comparison that an interrupt ended is no surprise.
static void warnUnless(const std::atomic<bool> &stop, StringRef consequence,
                       Error error) {
  std::string reason = toString(std::move(error));
  if (!stop) {
    errs() << "warning: " << consequence << ": " << printable(reason) << "\n";
  }
}

KeptInModel tessera::tools::keepFastest(MutableArrayRef<ModelKernel> kernels,
                                        RecordFiles &files, TimeVersions time,
                                        double seconds,
                                        const std::atomic<bool> &stop) {
  std::vector<Choice> choices = choicesOf(kernels);
  if (choices.size() < 2 || stop) {
    return {};
  }
  auto times = time(choices, seconds);
  if (!times) {
    warnUnless(stop,
               "gains are those of kernels alone, since the model did not run "
               "on random inputs",
               times.takeError());
    return {};
  }
  if (stop) {
    return {};
  }
  auto timeAgain =
      [&](ArrayRef<Choice> some) -> std::optional<std::vector<TimedChoice>> {
    auto again = time(some, seconds / 2);
    if (!again) {
      warnUnless(stop,
                 "what the schedules gain together is not known, since "
                 "comparing them within the model failed",
                 again.takeError());
      return std::nullopt;
    }
    return timedChoices(some, *again);
  };
  FasterChoice faster = fasterTogether(
      fastestOfEach(kernels, *times), timedChoices(choices, *times), timeAgain);
  KeptInModel result;
  result.gain = faster.gain;
  for (auto [kernel, place] : zip_equal(kernels, faster.choice)) {
    if (isOpen(kernel, *times)) {
      kernel.record = recordOf(kernel, place);
      files.add(*kernel.record);
      result.takenBack += place == 0;
    }
  }
  return result;
}

namespace {
/// A model whose kernels have several schedules.
struct Versions {
  ArrayRef<ModelKernel> kernels;
  const RecordFiles &files;
  const CompileOptions &compilation;
  ArrayRef<std::string> sizes;
  const std::atomic<bool> &stop;

  Error writeRecords(const Choice &choice, StringRef path) const;
  Expected<std::vector<TimedVersion>> time(ArrayRef<Choice> choices,
                                           double seconds) const;
};
} // namespace

/// Writes what a version's kernels are compiled with.
Error Versions::writeRecords(const Choice &choice, StringRef path) const {
  tune::TuningRecords records = files.ofFile();
  for (auto [kernel, place] : zip_equal(kernels, choice)) {
    if (!kernel.faster.empty()) {
      records.set(recordOf(kernel, place));
    }
  }
  return records.write(path);
}

Expected<std::vector<TimedVersion>> Versions::time(ArrayRef<Choice> choices,
                                                   double seconds) const {
  std::vector<std::string> paths;
  std::vector<std::unique_ptr<FileRemover>> removers;
  for (const Choice &choice : choices) {
    SmallString<128> path;
    if (std::error_code code =
            sys::fs::createTemporaryFile("tessera-tune", "jsonl", path)) {
      return toolError("cannot create a temporary file: " + code.message());
    }
    paths.push_back(path.str().str());
    removers.push_back(std::make_unique<FileRemover>(path));
    if (Error error = writeRecords(choice, path)) {
      return std::move(error);
    }
  }
  return timeInModel(compilation, paths, sizes, seconds, &stop);
}

KeptInModel tessera::tools::keepFastestInModel(
    MutableArrayRef<ModelKernel> kernels, RecordFiles &files,
    const CompileOptions &compilation, ArrayRef<std::string> sizes,
    double seconds, const std::atomic<bool> &stop) {
  Versions versions{kernels, files, compilation, sizes, stop};
  return keepFastest(
      kernels, files,
      [&](ArrayRef<Choice> choices, double time) {
        return versions.time(choices, time);
      },
      seconds, stop);
}
