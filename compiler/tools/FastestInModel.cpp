//===- FastestInModel.cpp - which schedules win within the model ----------===//

#include "compiler/tools/FastestInModel.h"
#include "compiler/tools/TimeInModel.h"
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

/// For each kernel which schedule a version of the model has: 0 is its default,
/// 1 the fastest alone, and so on.
using Choice = std::vector<size_t>;

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

namespace {
/// A model whose kernels have several schedules.
struct Versions {
  ArrayRef<ModelKernel> kernels;
  const RecordFiles &files;
  const CompileOptions &compilation;
  ArrayRef<std::string> sizes;
  const std::atomic<bool> &stop;

  /// Times of the first of these versions, at least two.
  Expected<std::vector<TimesInModel>> time(ArrayRef<Choice> choices,
                                           double seconds) const;
};
} // namespace

Expected<std::vector<TimesInModel>> Versions::time(ArrayRef<Choice> choices,
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
    tune::TuningRecords records = files.ofFile();
    for (auto [kernel, place] : zip_equal(kernels, choice)) {
      if (!kernel.faster.empty()) {
        records.set(recordOf(kernel, place));
      }
    }
    if (Error error = records.write(path)) {
      return std::move(error);
    }
  }
  return timeInModel(compilation, paths, sizes, seconds, &stop);
}

/// The place of the kernel's fastest schedule. Beyond its last it had that one
/// in other versions.
static size_t fastestOf(const ModelKernel &kernel,
                        ArrayRef<TimesInModel> times) {
  size_t fastest = 0;
  size_t most = std::min(times.size(), kernel.faster.size() + 1);
  for (size_t version = 1; version < most; ++version) {
    double time = times[version].lookup(kernel.key);
    if (time < (1 - kLeastGain) * times[fastest].lookup(kernel.key)) {
      fastest = version;
    }
  }
  return fastest;
}

static double totalOf(const TimesInModel &times) {
  double total = 0;
  for (const auto &entry : times) {
    total += entry.second;
  }
  return total;
}

/// `all` with the defaults of kernels that are not of the group.
static Choice onlyOf(const Choice &all, ArrayRef<size_t> group) {
  Choice choice(all.size(), 0);
  for (size_t kernel : group) {
    choice[kernel] = all[kernel];
  }
  return choice;
}

/// What of `wanted` makes the whole model faster. A schedule can make the
/// kernels around it slower (one gained 5 % and cost the rest of
/// mobilenet_v2_int8 as much), so groups that do not are halved until single
/// schedules are left. `known`: versions that have been measured. `gain`: of
/// the model, where what is kept was measured.
static Choice fasterTogether(const Versions &versions, const Choice &wanted,
                             ArrayRef<Choice> known,
                             std::vector<TimesInModel> times, double seconds,
                             std::optional<double> &gain) {
  constexpr unsigned kMostChecks = 4;
  const Choice defaults(wanted.size(), 0);
  Choice kept = defaults;
  gain = 1;
  std::vector<std::vector<size_t>> groups(1);
  for (size_t kernel = 0; kernel < wanted.size(); ++kernel) {
    if (wanted[kernel] > 0) {
      groups.front().push_back(kernel);
    }
  }
  std::vector<Choice> measured = known.take_front(times.size()).vec();
  for (unsigned check = 0; check < kMostChecks && !groups.empty(); ++check) {
    if (check > 0 || !is_contained(measured, wanted)) {
      measured.assign(1, defaults);
      for (const std::vector<size_t> &group : groups) {
        measured.push_back(onlyOf(wanted, group));
      }
      auto again = versions.time(measured, seconds);
      if (!again) {
        consumeError(again.takeError());
        gain.reset();
        return wanted;
      }
      times = std::move(*again);
      measured.resize(times.size());
    }
    std::vector<std::vector<size_t>> slower;
    for (std::vector<size_t> &group : groups) {
      auto found = find(measured, onlyOf(wanted, group));
      if (found == measured.end()) {
        slower.push_back(std::move(group));
        continue;
      }
      double ratio =
          totalOf(times.front()) / totalOf(times[found - measured.begin()]);
      if (ratio > 1) {
        // Of several groups together it is not known.
        gain = kept == defaults ? std::optional(ratio) : std::nullopt;
        for (size_t kernel : group) {
          kept[kernel] = wanted[kernel];
        }
      } else if (group.size() > 1) {
        auto middle = group.begin() + group.size() / 2;
        slower.emplace_back(group.begin(), middle);
        slower.emplace_back(middle, group.end());
      }
    }
    groups = std::move(slower);
  }
  return kept;
}

Expected<KeptInModel> tessera::tools::keepFastestInModel(
    MutableArrayRef<ModelKernel> kernels, RecordFiles &files,
    const CompileOptions &compilation, ArrayRef<std::string> sizes,
    double seconds, const std::atomic<bool> &stop) {
  KeptInModel result;
  size_t most = 0;
  for (const ModelKernel &kernel : kernels) {
    most = std::max(most, kernel.faster.size());
  }
  if (most == 0 || stop) {
    return result;
  }
  Versions versions{kernels, files, compilation, sizes, stop};
  std::vector<Choice> choices(std::min(most + 1, kMostVersions));
  for (auto [version, choice] : enumerate(choices)) {
    for (const ModelKernel &kernel : kernels) {
      choice.push_back(std::min(version, kernel.faster.size()));
    }
  }
  auto times = versions.time(choices, seconds);
  if (stop) {
    consumeError(times.takeError());
    return result;
  }
  if (!times) {
    errs() << "warning: gains are those of kernels alone, since the model did "
              "not run on random inputs: "
           << printable(toString(times.takeError())) << "\n";
    return result;
  }
  Choice wanted;
  for (const ModelKernel &kernel : kernels) {
    bool isKnown =
        !kernel.faster.empty() && times->front().count(kernel.key) > 0;
    wanted.push_back(isKnown ? fastestOf(kernel, *times) : 0);
  }
  Choice kept = fasterTogether(versions, wanted, choices, *times, seconds / 2,
                               result.gain);
  for (auto [kernel, place] : zip_equal(kernels, kept)) {
    if (!kernel.faster.empty() && times->front().count(kernel.key)) {
      kernel.record = recordOf(kernel, place);
      files.add(*kernel.record);
      result.takenBack += place == 0;
    }
  }
  return result;
}
