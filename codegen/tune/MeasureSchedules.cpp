//===- MeasureSchedules.cpp - times of a launch's schedules ---------------===//

#include "codegen/tune/MeasureSchedules.h"
#include "dialects/kernel/Extents.h"
#include <algorithm>
#include <chrono>

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::tune {

namespace {
using Clock = std::chrono::steady_clock;

/// Rounds after which slow schedules are dropped, and how much slower than the
/// fastest these are.
constexpr unsigned kTrialRounds = 2;
constexpr double kDropFactor = 1.2;
/// Most memory for copies of weights.
constexpr int64_t kMostWeightCopies = int64_t(96) << 20;
constexpr int64_t kMostCopies = 16;

double nanosecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
}

/// A schedule that is being measured.
struct Candidate {
  Kernel *kernel;
  int64_t repeats = 1;
  std::vector<double> times;
  bool agrees = true, isDropped = false;

  double least() const { return *std::min_element(times.begin(), times.end()); }
};
} // namespace

/// The contents of the launch's outputs, one after another.
static std::vector<std::vector<char>> outputsOf(LaunchOp launch,
                                                KernelData &data) {
  std::vector<std::vector<char>> outputs;
  for (Value output : launch.getOutputs()) {
    MutableArrayRef<char> bytes = data.bytesOf(output.getDefiningOp());
    outputs.emplace_back(bytes.begin(), bytes.end());
  }
  return outputs;
}

static bool sameOutputs(LaunchOp launch,
                        const std::vector<std::vector<char>> &actual,
                        const std::vector<std::vector<char>> &expected) {
  for (unsigned i = 0; i < launch.getOutputs().size(); ++i) {
    Type element =
        cast<BufferType>(launch.getOutputs()[i].getType()).getElementType();
    if (!agree(actual[i], expected[i], element)) {
      return false;
    }
  }
  return true;
}

unsigned weightCopies(LaunchOp launch, const Machine &machine,
                      int64_t modelBytes, size_t schedules) {
  int64_t bytes = 0;
  for (Value input : launch.getInputs()) {
    if (auto weight = input.getDefiningOp<WeightOp>()) {
      auto type = cast<ShapedType>(weight.getValue().getType());
      bytes += type.getNumElements() * storageBytesOf(type.getElementType());
    }
  }
  int64_t wanted = std::min(modelBytes, 2 * machine.l3Bytes);
  if (bytes == 0 || wanted <= bytes) {
    return 1;
  }
  int64_t affordable = kMostWeightCopies / (bytes * int64_t(schedules));
  return std::clamp<int64_t>(wanted / bytes, 1,
                             std::clamp<int64_t>(affordable, 1, kMostCopies));
}

static double timeOnce(Candidate &candidate, size_t place) {
  auto begin = Clock::now();
  for (int64_t i = 0; i < candidate.repeats; ++i) {
    candidate.kernel->run(i, place);
  }
  return nanosecondsSince(begin) / candidate.repeats;
}

/// Measures all candidates in turn, so that what disturbs the machine disturbs
/// them alike, and each round with the data in the next place.
static void measureInTurn(std::vector<Candidate> &candidates, unsigned rounds,
                          size_t places, const std::atomic<bool> *stop) {
  for (Candidate &candidate : candidates) {
    double once = timeOnce(candidate, 0);
    candidate.repeats =
        std::clamp<int64_t>(kRoundTime / std::max(once, 1.0), 1, 10000);
  }
  for (unsigned round = 0; round < rounds; ++round) {
    double fastest = 1e300;
    size_t place = round % places;
    if (places > 1) {
      // What is read is in no cache yet, and data of about the size of one
      // take several runs to settle there.
      timeOnce(candidates.front(), place);
    }
    for (Candidate &candidate : candidates) {
      if (!candidate.isDropped && !(stop && *stop && round > kTrialRounds)) {
        candidate.times.push_back(timeOnce(candidate, place));
        if (candidate.agrees) {
          fastest = std::min(fastest, candidate.least());
        }
      }
    }
    for (size_t i = 1; round + 1 >= kTrialRounds && i < candidates.size();
         ++i) {
      candidates[i].isDropped |= candidates[i].least() > kDropFactor * fastest;
    }
  }
}

static Measurement summarise(Candidate &candidate) {
  Measurement result;
  result.schedule = candidate.kernel->schedule;
  result.agrees = candidate.agrees;
  result.rounds = candidate.times;
  std::vector<double> &times = candidate.times;
  std::sort(times.begin(), times.end());
  // Others on the machine only ever add time: the lower quartile is steadier
  // than the median.
  size_t quarter = times.size() / 4;
  result.time = times[quarter];
  result.noise = (times[times.size() / 2] - times.front()) / times[quarter];
  return result;
}

llvm::Expected<std::vector<Measurement>>
measureSchedules(ModuleOp plan, LaunchOp launch,
                 ArrayRef<ScheduleAttr> schedules,
                 const schedule::Target &target, const Machine &machine,
                 KernelData &data, const TuneOptions &options) {
  unsigned copies =
      weightCopies(launch, machine, options.modelWeightBytes, schedules.size());
  auto isOver = [&] {
    return options.isStopped() || (options.isOver && options.isOver());
  };
  auto code = KernelCode::compile(plan, launch, schedules, target, data,
                                  options.jobs, copies, isOver);
  if (!code) {
    return code.takeError();
  }
  std::vector<Candidate> candidates;
  std::vector<std::vector<char>> expected;
  for (Kernel &kernel : (*code)->kernels()) {
    Candidate candidate{&kernel};
    data.fill(launch);
    candidate.agrees = kernel.run() == 0;
    std::vector<std::vector<char>> outputs = outputsOf(launch, data);
    if (options.isRight) {
      candidate.agrees &= options.isRight(data);
    } else if (candidates.empty()) {
      expected = std::move(outputs);
    } else {
      candidate.agrees &= sameOutputs(launch, outputs, expected);
    }
    candidates.push_back(std::move(candidate));
  }
  data.fillAll(launch);
  measureInTurn(candidates, options.rounds, data.numPlaces(), options.stop);
  std::vector<Measurement> result;
  for (Candidate &candidate : candidates) {
    result.push_back(summarise(candidate));
  }
  return result;
}

} // namespace tessera::tune
