//===- ConfirmFastest.cpp - whether the fastest is faster -----------------===//

#include "codegen/tune/ConfirmFastest.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::tune {

namespace {
/// How many times more rounds a comparison has than a batch, at most where they
/// are short, and about how long it takes, in nanoseconds.
constexpr unsigned kDecisiveFactor = 3, kMostDecisiveFactor = 12;
constexpr double kDecisiveTime = 4e8;
/// How many take part in it, and how much slower than the fastest they may have
/// looked before.
constexpr size_t kMostFinalists = 4;
constexpr double kFinalistRange = 1.05;
/// How often others take their place.
constexpr unsigned kMostComparisons = 4;
} // namespace

/// Whether it was faster by more than the least gain in three quarters of the
/// rounds. A round takes a millisecond, so a machine that changes its speed
/// changes it for both.
static bool isFasterInMost(const Measurement &after,
                           const Measurement &before) {
  std::vector<double> ratios;
  for (auto [a, b] : llvm::zip(after.rounds, before.rounds)) {
    ratios.push_back(a / b);
  }
  std::sort(ratios.begin(), ratios.end());
  return !ratios.empty() && ratios[ratios.size() * 3 / 4] < 1 - kLeastGain;
}

/// Places of the fastest that are not among `compared`, the fastest first.
static SmallVector<size_t>
finalistsOf(const TuneResult &result,
            const llvm::DenseSet<Attribute> &compared) {
  SmallVector<size_t> places;
  for (size_t i = 1; i < result.measured.size(); ++i) {
    const Measurement &one = result.measured[i];
    if (one.agrees && !compared.contains(one.schedule) &&
        countedTime(one) < result.standard().time) {
      places.push_back(i);
    }
  }
  llvm::stable_sort(places, [&](size_t a, size_t b) {
    return countedTime(result.measured[a]) < countedTime(result.measured[b]);
  });
  places.resize(std::min(places.size(), kMostFinalists));
  llvm::erase_if(places, [&](size_t place) {
    return countedTime(result.measured[place]) >
           kFinalistRange * countedTime(result.measured[places.front()]);
  });
  return places;
}

static unsigned decisiveRounds(const TuneResult &result, unsigned rounds,
                               size_t schedules) {
  double perRound = schedules * std::max(kRoundTime, result.standard().time);
  return std::clamp<double>(kDecisiveTime / perRound, kDecisiveFactor * rounds,
                            kMostDecisiveFactor * rounds);
}

static llvm::Error compare(TuneResult &result, ArrayRef<size_t> places,
                           unsigned rounds, MeasureAgain measureAgain) {
  SmallVector<ScheduleAttr> schedules = {result.standard().schedule};
  for (size_t place : places) {
    schedules.push_back(result.measured[place].schedule);
  }
  auto again =
      measureAgain(schedules, decisiveRounds(result, rounds, schedules.size()));
  if (!again) {
    return again.takeError();
  }
  const Measurement &before = again->front();
  double scale = before.time / result.standard().time;
  for (Measurement &one : result.measured) {
    one.time *= scale;
  }
  for (auto [place, after] : llvm::zip(places, llvm::drop_begin(*again))) {
    result.measured[place] = after;
    if (after.agrees && isFasterInMost(after, before) &&
        countedTime(after) < before.time) {
      result.confirmed.push_back(place);
    }
  }
  llvm::stable_sort(result.confirmed, [&](size_t a, size_t b) {
    return countedTime(result.measured[a]) < countedTime(result.measured[b]);
  });
  return llvm::Error::success();
}

llvm::Error confirmFastest(TuneResult &result, const TuneOptions &options,
                           MeasureAgain measureAgain) {
  llvm::DenseSet<Attribute> compared;
  for (unsigned i = 0; i < kMostComparisons && !options.isStopped(); ++i) {
    SmallVector<size_t> places = finalistsOf(result, compared);
    bool isDone =
        places.empty() ||
        (result.isFaster() &&
         countedTime(result.best()) <=
             kFinalistRange * countedTime(result.measured[places.front()]));
    if (isDone) {
      break;
    }
    for (size_t place : places) {
      compared.insert(result.measured[place].schedule);
    }
    if (llvm::Error error =
            compare(result, places, options.rounds, measureAgain)) {
      return error;
    }
  }
  return llvm::Error::success();
}

} // namespace tessera::tune
