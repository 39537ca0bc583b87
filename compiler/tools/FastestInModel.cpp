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

/// The kernel's schedule in a version of the model: its default in the first,
/// the fastest alone in the second, and so on; the last where it has no more.
static const TimedSchedule &scheduleIn(const ModelKernel &kernel,
                                       size_t version) {
  size_t place = std::min(version, kernel.faster.size());
  return place == 0 ? kernel.standard : kernel.faster[place - 1];
}

/// The kernel's record with what it has in a version.
static tune::TuningRecord recordIn(const ModelKernel &kernel, size_t version) {
  const TimedSchedule &chosen = scheduleIn(kernel, version);
  tune::TuningRecord record = *kernel.record;
  record.schedule = chosen.schedule;
  record.shareOfPeak *= record.time / chosen.time;
  record.time = chosen.time;
  record.isDefault = version == 0;
  return record;
}

static Expected<std::vector<TimesInModel>>
timeVersions(ArrayRef<ModelKernel> kernels, const RecordFiles &files,
             const CompileOptions &compilation, ArrayRef<std::string> sizes,
             double seconds, const std::atomic<bool> &stop, size_t versions) {
  std::vector<std::string> paths;
  std::vector<std::unique_ptr<FileRemover>> removers;
  for (size_t version = 0; version < versions; ++version) {
    SmallString<128> path;
    if (std::error_code code =
            sys::fs::createTemporaryFile("tessera-tune", "jsonl", path)) {
      return toolError("cannot create a temporary file: " + code.message());
    }
    paths.push_back(path.str().str());
    removers.push_back(std::make_unique<FileRemover>(path));
    tune::TuningRecords records = files.ofFile();
    for (const ModelKernel &kernel : kernels) {
      if (!kernel.faster.empty()) {
        records.set(recordIn(kernel, version));
      }
    }
    if (Error error = records.write(path)) {
      return std::move(error);
    }
  }
  return timeInModel(compilation, paths, sizes, seconds, &stop);
}

/// The version with the kernel's fastest schedule.
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

Expected<size_t> tessera::tools::keepFastestInModel(
    MutableArrayRef<ModelKernel> kernels, RecordFiles &files,
    const CompileOptions &compilation, ArrayRef<std::string> sizes,
    double seconds, const std::atomic<bool> &stop) {
  size_t most = 0, lost = 0;
  for (const ModelKernel &kernel : kernels) {
    most = std::max(most, kernel.faster.size());
  }
  if (most == 0 || stop) {
    return lost;
  }
  auto times = timeVersions(kernels, files, compilation, sizes, seconds, stop,
                            std::min(most + 1, kMostVersions));
  if (stop) {
    consumeError(times.takeError());
    return lost;
  }
  if (!times) {
    errs() << "warning: gains are those of kernels alone, since the model did "
              "not run on random inputs: "
           << printable(toString(times.takeError())) << "\n";
    return lost;
  }
  for (ModelKernel &kernel : kernels) {
    if (!kernel.faster.empty() && times->front().count(kernel.key)) {
      size_t fastest = fastestOf(kernel, *times);
      kernel.record = recordIn(kernel, fastest);
      files.add(*kernel.record);
      lost += fastest == 0;
    }
  }
  return lost;
}
