//===- JoinedLaunches.cpp - launches without a wait in between ------------===//

#include "codegen/schedule/JoinedLaunches.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

std::optional<JoinCandidate> joinCandidateOf(LaunchOp launch) {
  // Code of others may store elements of a neighbouring task twice.
  bool isOwnCode = launch.getSchedule() &&
                   launch.getSchedule()->getAlgorithm() == Algorithm::nest;
  if (!isOwnCode || !launch.getConditions().empty() || launch.canFail()) {
    return std::nullopt;
  }
  std::optional<Units> units = unitsOf(launch);
  if (!units) {
    return std::nullopt;
  }
  return JoinCandidate{launch, *units, footprintsOf(launch, *units)};
}

/// How many of the launch's units in a row are one of `count`; 0: none are.
static int64_t unitsInOne(const JoinCandidate &launch, int64_t count) {
  if (launch.units.count < count) {
    return 0;
  }
  int64_t inOne = llvm::divideCeil(launch.units.count, count);
  return int64_t(llvm::divideCeil(launch.units.count, inOne)) == count ? inOne
                                                                       : 0;
}

namespace {
/// How two launches can share a group.
enum class Meeting { apart, aligned, conflict };
} // namespace

static Meeting meetingOf(const JoinCandidate &a, const JoinCandidate &b,
                         int64_t units) {
  int64_t aUnits = unitsInOne(a, units), bUnits = unitsInOne(b, units);
  Meeting worst = Meeting::apart;
  for (const Footprint &x : a.footprints) {
    for (const Footprint &y : b.footprints) {
      if ((!x.isStored && !y.isStored) || areApart(x, y)) {
        continue;
      }
      if (aUnits == 0 || bUnits == 0 || !areAligned(x, aUnits, y, bUnits)) {
        return Meeting::conflict;
      }
      worst = Meeting::aligned;
    }
  }
  return worst;
}

/// The split in which launches that meet have `units` units.
static std::optional<JoinedSplit> splitInto(ArrayRef<JoinCandidate> launches,
                                            int64_t units) {
  JoinedSplit split;
  split.tasksOfUnit.assign(launches.size(), 0);
  for (unsigned i = 0; i < launches.size(); ++i) {
    for (unsigned j = 0; j < i; ++j) {
      Meeting meeting = meetingOf(launches[i], launches[j], units);
      if (meeting == Meeting::conflict) {
        return std::nullopt;
      }
      for (unsigned k : {i, j}) {
        if (meeting == Meeting::aligned) {
          split.tasksOfUnit[k] =
              unitsInOne(launches[k], units) * launches[k].units.tasksOfUnit;
        }
      }
    }
  }
  return split;
}

/// Whether threads lose less than a wait takes, about as long as so many
/// points, when the launch is split into units and not into tasks.
static bool areEnough(int64_t units, const JoinCandidate &launch) {
  constexpr double kPointsOfWait = 1 << 15;
  auto longestShare = [](int64_t count, int64_t threads) {
    return double(llvm::divideCeil(count, threads)) / count;
  };
  for (int64_t threads : {2, 4, 8}) {
    double lost = longestShare(units, threads) -
                  longestShare(launch.units.tasks(), threads);
    if (lost * launch.units.points > kPointsOfWait) {
      return false;
    }
  }
  return true;
}

std::optional<JoinedSplit> splitOfJoined(ArrayRef<JoinCandidate> launches) {
  SmallVector<int64_t> counts;
  for (const JoinCandidate &launch : launches) {
    counts.push_back(launch.units.count);
  }
  llvm::sort(counts, std::greater<>());
  counts.erase(llvm::unique(counts), counts.end());
  for (int64_t units : counts) {
    std::optional<JoinedSplit> split = splitInto(launches, units);
    bool isEven =
        split && llvm::all_of(llvm::zip_equal(split->tasksOfUnit, launches),
                              [&](auto pair) {
                                auto [tasks, launch] = pair;
                                return tasks == 0 || areEnough(units, launch);
                              });
    if (isEven) {
      return split;
    }
  }
  return std::nullopt;
}

} // namespace tessera::schedule
