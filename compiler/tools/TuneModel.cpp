//===- TuneModel.cpp - tunes the kernels of a model -----------------------===//
//
// Launches with equal keys are one kernel. Each kernel gets a part of the
// budget by the time it takes in a run of the model; records are written after
// each, so an interrupt loses nothing. At the end what won alone has to win
// within the model as well.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/LaunchFacts.h"
#include "codegen/schedule/ScheduleFile.h"
#include "codegen/tune/LaunchCost.h"
#include "codegen/tune/PredictTime.h"
#include "compiler/driver/Compiler.h"
#include "compiler/driver/PlanFacts.h"
#include "compiler/tools/FastestInModel.h"
#include "compiler/tools/Progress.h"
#include "compiler/tools/RecordFiles.h"
#include "compiler/tools/TuneSummary.h"
#include "compiler/tools/io/Tensor.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/Sizes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/raw_ostream.h"
#include <chrono>

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

namespace {
using Clock = std::chrono::steady_clock;

/// What free dimensions are measured at unless --size says: within their
/// bounds.
constexpr int64_t kUsualSize = 16;
/// What is faster there must not be slower at this size, which tiles that
/// divide the usual one do not divide.
constexpr int64_t kOtherSize = 21;
/// Kernels that take less of the model's time are left as they are, unless the
/// budget has room at the end.
constexpr double kLeastSeconds = 0.3;
/// The part of the budget that is kept for a comparison within the model.
constexpr double kConfirmShare = 0.2;

class ModelTuner {
public:
  ModelTuner(const tools::TuneOptions &options, Workshop &workshop)
      : options(options), workshop(workshop), stop(interruption()),
        files(options.records, options.isCached) {}

  Error run(mlir::ModuleOp plan);
  /// Leaves each kernel the schedule that is the fastest within the model.
  Error confirm(CompileOptions compilation);
  Json summary() const { return tuneSummary(kernels, workshop, seconds, kept); }
  bool wasInterrupted() const { return stop; }

private:
  Expected<SmallVector<int64_t>> chooseSizes(mlir::ModuleOp plan,
                                             int64_t wantedSize);
  Error checkOtherSize(mlir::ModuleOp plan, ModelKernel &kernel,
                       const tune::TuneOptions &tuning,
                       tune::TuneResult &result);
  void collect(mlir::ModuleOp plan, ArrayRef<int64_t> sizes);
  Error readRecords();
  Error tuneOne(mlir::ModuleOp plan, ModelKernel &kernel, double seconds,
                tune::KernelData &data);
  Error tuneAll(mlir::ModuleOp plan, tune::KernelData &data);

  const tools::TuneOptions &options;
  Workshop &workshop;
  const std::atomic<bool> &stop;
  Clock::time_point begin = Clock::now();
  std::vector<ModelKernel> kernels;
  RecordFiles files;
  int64_t weightBytes = 0;
  double seconds = 0;
  /// NAME=N of the free dimensions.
  std::vector<std::string> sizes;
  KeptInModel kept;
  /// Memory at other sizes of the free dimensions; none where all are given.
  std::unique_ptr<tune::KernelData> otherData;
};
} // namespace

static double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// The numbers of NAME=N by name.
static Expected<StringMap<int64_t>> parseSizes(ArrayRef<std::string> sizes) {
  StringMap<int64_t> parsed;
  for (StringRef text : sizes) {
    auto [name, number] = text.rsplit('=');
    int64_t size = 0;
    if (name.empty() || number.getAsInteger(10, size) || size < 0) {
      return toolError("--size " + text + ": expected NAME=N");
    }
    parsed[name] = size;
  }
  return std::move(parsed);
}

/// `given` names what the model does not leave free, and `names` what it does.
static Error unknownSize(StringRef given, ArrayRef<StringRef> names) {
  return toolError("--size " + given + ": the model leaves " +
                   (names.empty() ? "no size free"
                                  : "these sizes free: " + join(names, ", ")));
}

/// All sizes of the plan, with `wantedSize` for those that --size leaves out.
Expected<SmallVector<int64_t>> ModelTuner::chooseSizes(mlir::ModuleOp plan,
                                                       int64_t wantedSize) {
  sizes.clear();
  Expected<StringMap<int64_t>> wanted = parseSizes(options.sizes);
  if (!wanted) {
    return wanted.takeError();
  }
  SmallVector<int64_t> given;
  SmallVector<StringRef> names;
  auto list = plan->getAttrOfType<mlir::ArrayAttr>(kernel::kDimensionsAttr);
  list = list ? list : mlir::ArrayAttr::get(plan.getContext(), {});
  for (auto dimension : list.getAsRange<kernel::DimensionAttr>()) {
    if (dimension.getKind() != kernel::DimensionKind::input) {
      continue;
    }
    names.push_back(dimension.getName());
    auto size = wanted->find(dimension.getName());
    int64_t upper =
        dimension.getUpper() < 0 ? wantedSize : dimension.getUpper();
    int64_t usual = std::max(dimension.getLower(), std::min(upper, wantedSize));
    given.push_back(size == wanted->end() ? usual : size->second);
    sizes.push_back(dimension.getName().str() + "=" +
                    std::to_string(given.back()));
  }
  for (const auto &size : *wanted) {
    if (!is_contained(names, size.getKey())) {
      return unknownSize(size.getKey(), names);
    }
  }
  return list.empty() ? given : kernel::resolveSizes(plan, given);
}

void ModelTuner::collect(mlir::ModuleOp plan, ArrayRef<int64_t> sizes) {
  StringMap<size_t> known;
  plan.walk([&](kernel::LaunchOp launch) {
    // Those of a loop see symbols that only the loop defines.
    if (isa<kernel::LoopOp>(launch->getParentOp())) {
      return;
    }
    std::string key = schedule::kernelKeyOf(launch);
    auto [found, inserted] = known.try_emplace(key, kernels.size());
    if (inserted) {
      ModelKernel &added = kernels.emplace_back();
      added.launch = launch;
      added.key = key;
      added.nodes = nodesOf(launch.getLoc());
      tune::TimeModel model(launch, *workshop.target, workshop.machine,
                            workshop.peaks,
                            kernel::evaluateSizes(launch.getExtents(), sizes));
      kernels.back().predicted =
          model.timeOf(schedule::chooseSchedule(launch, *workshop.target));
    } else {
      ++kernels[found->second].count;
    }
  });
  for (ModelKernel &kernel : kernels) {
    kernel.predicted *= kernel.count;
  }
  plan.walk([&](kernel::WeightOp weight) {
    auto type = cast<mlir::ShapedType>(weight.getValue().getType());
    weightBytes +=
        type.getNumElements() * kernel::storageBytesOf(type.getElementType());
  });
  llvm::sort(kernels, [](const ModelKernel &a, const ModelKernel &b) {
    return std::tie(b.predicted, a.key) < std::tie(a.predicted, b.key);
  });
}

Error ModelTuner::readRecords() {
  if (Error error = files.open()) {
    return error;
  }
  std::string signature = tune::signatureOf(workshop.machine);
  for (ModelKernel &kernel : kernels) {
    const tune::TuningRecord *record =
        files.find(kernel.key, workshop.target->name, signature);
    if (record && !options.again) {
      kernel.record = *record;
      files.keep(*kernel.record);
    }
  }
  return Error::success();
}

/// Leaves the default where the fastest loses at another size.
Error ModelTuner::checkOtherSize(mlir::ModuleOp plan, ModelKernel &kernel,
                                 const tune::TuneOptions &tuning,
                                 tune::TuneResult &result) {
  schedule::LaunchFacts facts(kernel.launch);
  if (!otherData || !result.isFaster() || !is_contained(facts.isFree, true)) {
    return Error::success();
  }
  auto measured = tune::measureSchedules(
      plan, kernel.launch, {result.standard().schedule, result.best().schedule},
      *workshop.target, workshop.machine, *otherData, tuning);
  if (!measured) {
    return measured.takeError();
  }
  // An interrupt may have left out the second.
  if (measured->size() == 2) {
    result.compareElsewhere(measured->front(), measured->back());
  }
  return Error::success();
}

static TimedSchedule timedSchedule(const tune::Measurement &measured) {
  TimedSchedule result;
  raw_string_ostream(result.schedule) << mlir::Attribute(measured.schedule);
  result.time = measured.time;
  return result;
}

Error ModelTuner::tuneOne(mlir::ModuleOp plan, ModelKernel &kernel,
                          double seconds, tune::KernelData &data) {
  tune::TuneOptions tuning;
  tuning.seconds = seconds;
  tuning.jobs = options.jobs;
  tuning.modelWeightBytes = weightBytes;
  tuning.isExhaustive = options.isExhaustive;
  tuning.stop = &stop;
  auto result =
      tune::tuneKernel(plan, kernel.launch, *workshop.target, workshop.machine,
                       workshop.peaks, data, tuning);
  if (!result) {
    return result.takeError();
  }
  if (Error error = checkOtherSize(plan, kernel, tuning, *result)) {
    return error;
  }
  bool isCut = stop || (result->measured.size() == 1 && result->legal > 1);
  if (isCut && !result->isFaster()) {
    return Error::success(); // nobody knows whether there is something faster
  }
  tune::LaunchCost cost = tune::costOf(kernel.launch, data.sizes());
  double least = workshop.peaks.leastTime(workshop.machine, cost.operations,
                                          cost.bytes, 0);
  kernel.record = workshop.recordOf(*result, kernel.key,
                                    tune::classOf(kernel.launch), least);
  kernel.measured = result->measured.size();
  kernel.legal = result->legal;
  kernel.standard = timedSchedule(result->standard());
  for (size_t place : result->confirmed) {
    kernel.faster.push_back(timedSchedule(result->measured[place]));
  }
  files.add(*kernel.record);
  return files.save();
}

Error ModelTuner::tuneAll(mlir::ModuleOp plan, tune::KernelData &data) {
  double left = 0;
  size_t done = 0, wanted = 0;
  for (const ModelKernel &kernel : kernels) {
    left += kernel.record ? 0 : kernel.predicted;
    wanted += !kernel.record;
  }
  Progress progress(wanted);
  for (ModelKernel &kernel : kernels) {
    double time = options.budget * (1 - kConfirmShare) - secondsSince(begin);
    if (kernel.record || stop || time <= 0) {
      continue;
    }
    std::string text = std::to_string(static_cast<int>(time)) + " s left, " +
                       tune::classOf(kernel.launch).str() + " " + kernel.nodes;
    progress.show(done++, text);
    double share = left > 0 ? kernel.predicted / left : 1;
    left -= kernel.predicted;
    if (Error error = tuneOne(plan, kernel,
                              std::max(kLeastSeconds, time * share), data)) {
      return error;
    }
  }
  return Error::success();
}

Error ModelTuner::run(mlir::ModuleOp plan) {
  auto others = chooseSizes(plan, kOtherSize);
  if (!others) {
    return others.takeError();
  }
  auto usual = chooseSizes(plan, kUsualSize);
  if (!usual) {
    return usual.takeError();
  }
  if (*others != *usual) {
    auto created = tune::KernelData::create(plan, *others);
    if (!created) {
      return created.takeError();
    }
    otherData = std::move(*created);
  }
  collect(plan, *usual);
  if (Error error = readRecords()) {
    return error;
  }
  auto data = tune::KernelData::create(plan, *usual);
  if (!data) {
    return data.takeError();
  }
  if (Error error = tuneAll(plan, **data)) {
    return error;
  }
  seconds = secondsSince(begin);
  return files.save();
}

Error ModelTuner::confirm(CompileOptions compilation) {
  compilation.targets = {workshop.target->name.str()};
  double left = options.budget - secondsSince(begin);
  kept = keepFastestInModel(kernels, files, compilation, sizes,
                            std::max(left / 2, kLeastSeconds), stop);
  seconds = secondsSince(begin);
  return files.save();
}

Expected<int> tessera::tools::tuneModel(const tools::TuneOptions &options) {
  CompileOptions compilation;
  if (Error error = applyCompileFlags(options.flags, compilation)) {
    return std::move(error);
  }
  compilation.modelPath = options.model;
  compilation.jobs = options.jobs;
  Expected<Workshop> workshop = Workshop::create(options);
  if (!workshop) {
    return workshop.takeError();
  }
  ModelTuner tuner(options, *workshop);
  std::vector<std::string> warnings;
  if (Error error = planModel(compilation, warnings, [&](mlir::ModuleOp plan) {
        return tuner.run(plan);
      })) {
    return std::move(error);
  }
  if (Error error = tuner.confirm(compilation)) {
    return std::move(error);
  }
  if (tuner.wasInterrupted()) {
    errs() << "interrupted; what was found until then is kept\n";
  }
  if (options.json != "-") {
    printTuneSummary(tuner.summary());
  }
  if (Error error = writeJson(tuner.summary(), options.json)) {
    return std::move(error);
  }
  return exitSuccess;
}
