//===- TuneKernel.cpp - finds the fastest schedule of a launch ------------===//

#include "codegen/tune/TuneKernel.h"
#include "codegen/schedule/BlockSchedules.h"
#include "codegen/schedule/EnumerateSchedules.h"
#include "codegen/tune/ConfirmFastest.h"
#include "codegen/tune/PredictTime.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/Sizes.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"
#include <algorithm>
#include <chrono>
#include <functional>
#include <map>

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::tune {

namespace {
using Clock = std::chrono::steady_clock;

/// Legal schedules that are looked at.
constexpr size_t kMostLegal = 6000;
/// Schedules compiled together, in the first step and in each that follows.
constexpr size_t kFirstBatch = 10, kNextBatch = 8;
/// Batches from elsewhere in a row that bring nothing.
constexpr unsigned kMostAttempts = 4;
/// Up to so many schedules all are measured, if time allows: what moves data
/// has few, and the model tells little about them.
constexpr size_t kFewLegal = 320;
} // namespace

/// In how many fields two schedules differ; tiles count by their entries.
static unsigned distanceOf(ScheduleAttr a, ScheduleAttr b) {
  unsigned distance = (a.getVectorDim() != b.getVectorDim()) * 3 +
                      (a.getOrder() != b.getOrder()) +
                      (a.getPacked() != b.getPacked());
  for (auto [x, y] :
       llvm::zip(a.getTile().asArrayRef(), b.getTile().asArrayRef())) {
    distance += x != y;
  }
  return distance;
}

static bool isHalides(ScheduleAttr schedule) {
  return schedule.getAlgorithm() == Algorithm::halide;
}

namespace {
class Search {
public:
  Search(ModuleOp plan, LaunchOp launch, const schedule::Target &target,
         const Machine &machine, const Peaks &peaks, KernelData &data,
         const TuneOptions &options)
      : plan(plan), launch(launch), target(target), machine(machine),
        data(data), options(options),
        model(launch, target, machine, peaks,
              evaluateSizes(launch.getExtents(), data.sizes())),
        begin(Clock::now()),
        end(begin + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(options.seconds))) {}

  llvm::Expected<TuneResult> run() {
    rank();
    SmallVector<ScheduleAttr> batch = firstBatch();
    while (!batch.empty()) {
      if (llvm::Error error = measure(batch)) {
        return std::move(error);
      }
      batch.clear();
      if (!isOver()) {
        batch = options.isExhaustive ? nextInRank() : neighbours();
        if (batch.empty() && legal.size() <= kFewLegal) {
          batch = nextInRank();
        }
      }
      // The fastest of its neighbours may still be far from the fastest.
      if (batch.empty() && !isOver() && ++attempts <= kMostAttempts) {
        batch = further();
      }
    }
    if (llvm::Error error = tryBlocks()) {
      return std::move(error);
    }
    if (llvm::Error error = decide()) {
      return std::move(error);
    }
    return std::move(result);
  }

private:
  bool isOver() const { return Clock::now() >= end || options.isStopped(); }

  void rank() {
    legal = schedule::enumerateSchedules(launch, target, kMostLegal);
    result.legal = legal.size();
    standard = legal.front();
    llvm::DenseMap<Attribute, double> predicted;
    for (ScheduleAttr schedule : legal) {
      predicted[schedule] = model.timeOf(schedule);
    }
    llvm::stable_sort(legal, [&](ScheduleAttr a, ScheduleAttr b) {
      return predicted[a] < predicted[b];
    });
  }

  /// The best by the model, but not only variations of one idea: of each
  /// vector dimension and packing the first few.
  SmallVector<ScheduleAttr> firstBatch() {
    constexpr unsigned kOfEachKind = 4;
    SmallVector<ScheduleAttr> batch;
    std::map<std::pair<int64_t, bool>, unsigned> kinds;
    for (ScheduleAttr schedule : legal) {
      unsigned &count =
          kinds[{schedule.getVectorDim(), schedule.getPacked().empty()}];
      if (batch.size() < kFirstBatch && schedule != standard &&
          count < kOfEachKind) {
        batch.push_back(schedule);
        ++count;
      }
    }
    // The model knows nothing about the code of another generator, so that is
    // compiled before time is over.
    SmallVector<ScheduleAttr> ordered = {standard};
    llvm::copy_if(legal, std::back_inserter(ordered), isHalides);
    llvm::copy_if(batch, std::back_inserter(ordered), std::not_fn(isHalides));
    return ordered;
  }

  SmallVector<ScheduleAttr> nextInRank() {
    SmallVector<ScheduleAttr> batch;
    for (ScheduleAttr schedule : legal) {
      if (batch.size() < 2 * kNextBatch && !known.contains(schedule)) {
        batch.push_back(schedule);
      }
    }
    return batch;
  }

  /// What differs little from the fastest so far; empty once the last step
  /// brought nothing.
  SmallVector<ScheduleAttr> neighbours() {
    constexpr double kWorthwhile = 0.995;
    const Measurement &fastest = fastestMeasured();
    if (lastBest > 0 && fastest.time > kWorthwhile * lastBest) {
      return {};
    }
    lastBest = fastest.time;
    attempts = 0;
    SmallVector<ScheduleAttr> batch;
    for (unsigned distance = 1; distance <= 2; ++distance) {
      for (ScheduleAttr schedule : legal) {
        if (batch.size() < kNextBatch && !known.contains(schedule) &&
            distanceOf(schedule, fastest.schedule) == distance &&
            !llvm::is_contained(batch, schedule)) {
          batch.push_back(schedule);
        }
      }
    }
    return batch;
  }

  /// Cache blocks around the fastest schedule, then other distances of
  /// prefetching, where what the loops read exceeds the second cache.
  llvm::Error tryBlocks() {
    schedule::LaunchFacts facts(launch);
    double bytes = 0;
    for (const schedule::AccessFacts &input : facts.inputs) {
      double elements = input.inner ? 1 : 0;
      for (unsigned d = 0; d < facts.numDims(); ++d) {
        elements *= input.uses(d) ? facts.extents[d] : 1;
      }
      bytes += elements * input.elementBytes;
    }
    if (2 * bytes <= double(machine.l2Bytes)) {
      return llvm::Error::success();
    }
    for (auto variantsOf :
         {schedule::blockedVariants, schedule::prefetchVariants}) {
      SmallVector<ScheduleAttr> variants =
          variantsOf(launch, fastestMeasured().schedule, target);
      for (ArrayRef<ScheduleAttr> rest(variants); !rest.empty() && !isOver();
           rest = rest.drop_front(std::min(kNextBatch, rest.size()))) {
        if (llvm::Error error = measure(
                SmallVector<ScheduleAttr>(rest.take_front(kNextBatch)))) {
          return error;
        }
      }
    }
    return llvm::Error::success();
  }

  /// Half of them the next by the model, half from all over the list, in case
  /// the model is wrong about this machine.
  SmallVector<ScheduleAttr> further() {
    SmallVector<ScheduleAttr> unknown, batch;
    for (ScheduleAttr schedule : legal) {
      if (!known.contains(schedule)) {
        unknown.push_back(schedule);
      }
    }
    size_t near = std::min(kNextBatch / 2, unknown.size());
    batch.append(unknown.begin(), unknown.begin() + near);
    size_t rest = unknown.size() - near,
           count = std::min(kNextBatch - near, rest);
    for (size_t i = 0; i < count; ++i) {
      // Other places in each attempt.
      size_t place = (2 * i + 1) * rest / (2 * count) + attempts;
      batch.push_back(unknown[near + place % rest]);
    }
    return SmallVector<ScheduleAttr>(
        llvm::SetVector<ScheduleAttr>(batch.begin(), batch.end()).takeVector());
  }

  size_t placeOfFastest() const {
    size_t fastest = 0;
    for (size_t i = 1; i < result.measured.size(); ++i) {
      if (result.measured[i].agrees &&
          countedTime(result.measured[i]) <
              countedTime(result.measured[fastest])) {
        fastest = i;
      }
    }
    return fastest;
  }

  const Measurement &fastestMeasured() const {
    return result.measured[placeOfFastest()];
  }

  /// Measures a batch beside the default, against whose time in the same batch
  /// all are set: the machine is not equally fast all the time.
  llvm::Error measure(SmallVector<ScheduleAttr> batch) {
    if (batch.front() != standard) {
      batch.insert(batch.begin(), standard);
    }
    // A batch may end late, but a few schedules whose code is huge must not
    // take the time of other kernels.
    TuneOptions limited = options;
    limited.isOver = [last = end + (end - begin)] {
      return Clock::now() >= last;
    };
    auto measured =
        measureSchedules(plan, launch, batch, target, machine, data, limited);
    if (!measured) {
      return measured.takeError();
    }
    if (result.measured.empty()) {
      result.measured.push_back(measured->front());
      known.insert(standard);
    }
    double scale = result.standard().time / measured->front().time;
    for (Measurement &other : llvm::drop_begin(*measured)) {
      other.time *= scale;
      known.insert(other.schedule);
      result.measured.push_back(other);
    }
    return llvm::Error::success();
  }

  llvm::Error decide() {
    return confirmFastest(
        result, options,
        [&](ArrayRef<ScheduleAttr> schedules, unsigned rounds) {
          TuneOptions longer = options;
          longer.rounds = rounds;
          return measureSchedules(plan, launch, schedules, target, machine,
                                  data, longer);
        });
  }

  ModuleOp plan;
  LaunchOp launch;
  const schedule::Target &target;
  const Machine &machine;
  KernelData &data;
  const TuneOptions &options;
  TimeModel model;
  Clock::time_point begin, end;
  SmallVector<ScheduleAttr> legal;
  ScheduleAttr standard;
  llvm::DenseSet<Attribute> known;
  TuneResult result;
  double lastBest = 0;
  /// Batches from elsewhere since the fastest was last beaten.
  unsigned attempts = 0;
};
} // namespace

llvm::Expected<TuneResult> tuneKernel(ModuleOp plan, LaunchOp launch,
                                      const schedule::Target &target,
                                      const Machine &machine,
                                      const Peaks &peaks, KernelData &data,
                                      const TuneOptions &options) {
  return Search(plan, launch, target, machine, peaks, data, options).run();
}

} // namespace tessera::tune
