//===- BandGroups.cpp - which launches take turns -------------------------===//
//
// The groups that keep the most bytes in the second cache: of all ways to cut
// the launches of @main into groups in a row, found by dynamic programming.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/BandGroups.h"
#include "codegen/schedule/Bands.h"
#include "dialects/kernel/Extents.h"
#include "passes/plan/ArenaRanges.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

/// The contexts of all lie on the stack.
static constexpr unsigned kMostLaunches = 8;
static constexpr int64_t kLeastBands = 8, kMostBands = 32;
/// How much more memory than all launches one by one a group may have in use.
static constexpr double kMostMemory = 1.14;

namespace {
/// A launch, and what it moves.
struct Candidate {
  JoinCandidate launch;
  /// Bytes that move on with its units, and those that every unit touches.
  int64_t moved = 0, constant = 0;

  /// Whether moving data takes about as long as computing, or longer.
  bool isBoundByMemory() const {
    // Some 32 points are computed in a cycle, in which a core gets 10 bytes
    // from the third cache; products of twice that still gain.
    constexpr double kPointsPerByte = 6.4;
    return launch.units.points <= kPointsPerByte * double(moved);
  }

  explicit Candidate(JoinCandidate of)
      : launch(std::move(of)), moved(movedBytesOf(launch)) {
    for (const Footprint &footprint : launch.footprints) {
      constant += footprint.perUnit > 0 ? 0 : footprint.bytes();
    }
  }
};

/// Memory in use: ranges with known sizes, by the step of their first and last
/// use.
class Memory {
public:
  explicit Memory(func::FuncOp func) {
    for (plan::ArenaRange &range : plan::rangesOf(func)) {
      auto bytes = constantOf(range.op.getBytes().getResult(0));
      isKnown &= bytes.has_value();
      range.size = {bytes.value_or(0)};
      ranges.push_back(range);
    }
    for (const plan::ArenaRange &range : ranges) {
      peak = std::max(peak, during(range.first, range.first));
    }
  }

  /// Whether all of what the steps use may be in use at the same time.
  bool hasRoomFor(int64_t first, int64_t last) const {
    return isKnown && double(during(first, last)) <= kMostMemory * double(peak);
  }

private:
  int64_t during(int64_t first, int64_t last) const {
    int64_t bytes = 0;
    for (const plan::ArenaRange &range : ranges) {
      bytes += range.first <= last && first <= range.last ? range.size[0] : 0;
    }
    return bytes;
  }

  SmallVector<plan::ArenaRange> ranges;
  int64_t peak = 0;
  bool isKnown = true;
};

class Chooser {
public:
  Chooser(func::FuncOp func, int64_t cacheBytes)
      : memory(func), cacheBytes(cacheBytes) {
    for (Operation *step : stepsOf(func)) {
      auto launch = dyn_cast<LaunchOp>(step);
      auto candidate = launch ? joinCandidateOf(launch) : std::nullopt;
      steps.emplace_back();
      if (candidate) {
        steps.back().emplace(std::move(*candidate));
      }
    }
  }

  /// The groups that keep the most bytes.
  SmallVector<BandGroup> choose();

private:
  bool isReadBetween(Value buffer, unsigned begin, unsigned end) const;
  int64_t keptBytes(unsigned begin, unsigned end) const;
  int64_t bandCountOf(unsigned begin, unsigned end, Places places) const;

  SmallVector<std::optional<Candidate>> steps;
  Memory memory;
  int64_t cacheBytes;
};
} // namespace

/// Whether a launch in a range of steps reads the buffer and is as fast as
/// that.
bool Chooser::isReadBetween(Value buffer, unsigned begin, unsigned end) const {
  return llvm::any_of(llvm::seq(begin, end), [&](unsigned step) {
    return steps[step]->isBoundByMemory() &&
           llvm::any_of(steps[step]->launch.footprints,
                        [&](const Footprint &read) {
                          return !read.isStored && read.perUnit > 0 &&
                                 read.buffer == buffer;
                        });
  });
}

/// Whether the launch replaces what it reads of the buffer, which then comes
/// from afar all the same.
static bool isInPlace(const JoinCandidate &launch, Value buffer) {
  return llvm::any_of(launch.footprints, [&](const Footprint &read) {
    return !read.isStored && read.buffer == buffer;
  });
}

/// Bytes that a launch stores, a later one of the group reads, and that would
/// have left the second cache in between.
int64_t Chooser::keptBytes(unsigned begin, unsigned end) const {
  int64_t kept = 0;
  for (unsigned i = begin; i < end; ++i) {
    const JoinCandidate &launch = steps[i]->launch;
    for (const Footprint &stored : launch.footprints) {
      int64_t bytes = stored.bytes();
      bool isKept = stored.isStored && bytes >= cacheBytes * 3 / 2 &&
                    !isInPlace(launch, stored.buffer) &&
                    isReadBetween(stored.buffer, i + 1, end);
      kept += isKept ? bytes : 0;
    }
  }
  return kept;
}

/// How many bands: with what all need, one fits the cache, and as few as
/// possible lie at the edges of parts, which are computed ahead. 0: none.
int64_t Chooser::bandCountOf(unsigned begin, unsigned end,
                             Places places) const {
  SmallVector<JoinCandidate> launches;
  int64_t moved = 0, constant = 0;
  for (unsigned i = begin; i < end; ++i) {
    launches.push_back(steps[i]->launch);
    moved += steps[i]->moved;
    constant += steps[i]->constant;
  }
  int64_t best = 0;
  double leastEdge = 1;
  for (int64_t count = kLeastBands; count <= kMostBands; count += 2) {
    if (count > launches.back().units.count ||
        constant + moved / count > cacheBytes) {
      continue;
    }
    Bands bands = bandsOf(launches, count, places);
    if (areEven(bands, launches) && edgeShareOf(bands) < leastEdge) {
      best = count;
      leastEdge = edgeShareOf(bands);
    }
  }
  return best;
}

SmallVector<BandGroup> Chooser::choose() {
  // The most bytes that groups up to a step keep, and the last of these groups.
  SmallVector<int64_t> best(steps.size() + 1, 0);
  SmallVector<BandGroup> last(steps.size() + 1);
  for (unsigned end = 1; end <= steps.size(); ++end) {
    best[end] = best[end - 1];
    for (unsigned begin = end; begin-- > 0 && end - begin <= kMostLaunches;) {
      if (!steps[begin]) {
        break;
      }
      int64_t kept = keptBytes(begin, end);
      bool isWorth = kept > keptBytes(begin, end - 1) &&
                     kept > keptBytes(begin + 1, end) &&
                     best[begin] + kept > best[end];
      if (!isWorth) {
        continue;
      }
      bool hasRoom = memory.hasRoomFor(begin, end - 1);
      if (int64_t bands = bandCountOf(
              begin, end, hasRoom ? Places::apart : Places::known)) {
        best[end] = best[begin] + kept;
        last[end] = {begin, end, bands, hasRoom};
      }
    }
  }
  SmallVector<BandGroup> groups;
  for (unsigned end = steps.size(); end > 0;) {
    bool isEnd = best[end] > best[end - 1];
    if (isEnd) {
      groups.push_back(last[end]);
    }
    end = isEnd ? last[end].begin : end - 1;
  }
  return groups;
}

SmallVector<BandGroup> chooseBandGroups(func::FuncOp func, int64_t cacheBytes) {
  return Chooser(func, cacheBytes).choose();
}

} // namespace tessera::schedule
