//===- Bands.cpp - launches that take turns -------------------------------===//
//
// Launch i before launch j in the program; wherever both touch the same byte
// and one of them stores it, i must come first. Bands keep that by two
// relations, each found by comparing what runs of units touch, from the first
// byte to the last:
//
//   1. What i does behind band b does not meet what j does up to band b. So
//      bands in order are right on one thread, and no part needs anything of a
//      part behind it.
//   2. What i does up to band b - 1 - back does not meet what j does from
//      band b on. So a part needs of the parts before no more than their last
//      bands: i's last `edge` ones, where edge(i) is at least edge(j) +
//      back(i, j).
//
// All parts but the last compute these first; it does the first launch's first
// ones, which need nothing. All wait. Then none meets what another one does:
// not a part behind because of 1, not a part before because of 2, provided that
// a part has at least as many bands as the greatest edge.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/Bands.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

/// Less than this share of the bands may lie at the edge of a part.
static constexpr double kMostEdge = 0.2;

namespace {
/// One byte or more that both of two launches touch and one stores.
struct Meeting {
  unsigned first, second;
  const Footprint *before, *behind;
};

class Splitter {
public:
  Splitter(ArrayRef<JoinCandidate> launches, int64_t bands, Places places)
      : launches(launches), bands(bands) {
    for (unsigned j = 0; j < launches.size(); ++j) {
      for (unsigned i = 0; i < j; ++i) {
        collect(i, j, places);
      }
    }
  }

  Bands split() {
    units.assign(launches.size(), {});
    for (unsigned i = launches.size(); i-- > 0;) {
      for (int64_t band = 0; band < bands; ++band) {
        units[i].push_back(endOf(i, band));
      }
    }
    Bands result;
    result.edges.assign(launches.size(), 0);
    for (unsigned i = launches.size(); i-- > 0;) {
      for (const Meeting &meeting : meetings) {
        if (meeting.first == i) {
          result.edges[i] = std::max(
              result.edges[i], result.edges[meeting.second] + backOf(meeting));
        }
      }
    }
    for (auto [launch, ends] : llvm::zip_equal(launches, units)) {
      SmallVector<int64_t> &tasks = result.ends.emplace_back();
      for (int64_t end : ends) {
        tasks.push_back(end * launch.units.tasksOfUnit);
      }
    }
    return result;
  }

private:
  void collect(unsigned i, unsigned j, Places places) {
    for (const Footprint &x : launches[i].footprints) {
      for (const Footprint &y : launches[j].footprints) {
        bool isApart = places == Places::apart && x.buffer != y.buffer;
        if ((x.isStored || y.isStored) && !isApart && !areApart(x, y)) {
          meetings.push_back({i, j, &x, &y});
        }
      }
    }
  }

  int64_t endOf(unsigned i, int64_t band) const {
    int64_t count = launches[i].units.count;
    if (band == bands - 1) {
      return count;
    }
    return i + 1 == launches.size() ? count * (band + 1) / bands
                                    : neededUnits(i, band);
  }

  /// The fewest units of launch i whose rest does not meet what those behind do
  /// up to the band.
  int64_t neededUnits(unsigned i, int64_t band) const {
    int64_t count = launches[i].units.count;
    int64_t needed = band > 0 ? units[i].back() : 0;
    for (const Meeting &meeting : meetings) {
      if (meeting.first != i) {
        continue;
      }
      const Footprint &x = *meeting.before, &y = *meeting.behind;
      int64_t done = units[meeting.second][band];
      if (done == 0) {
        continue;
      }
      if (!countAlike(x, y)) {
        return count;
      }
      Interval touched = y.first(done);
      while (needed < count && x.rest(needed).meets(touched)) {
        if (x.perUnit <= 0) {
          return count;
        }
        int64_t over = touched.end - x.rest(needed).begin;
        needed += std::max<int64_t>(1, over / x.perUnit);
      }
    }
    return std::min(needed, count);
  }

  /// How many bands before one its own launch's later bands still meet.
  int64_t backOf(const Meeting &meeting) const {
    const Footprint &x = *meeting.before, &y = *meeting.behind;
    if (!countAlike(x, y)) {
      return bands;
    }
    ArrayRef<int64_t> before = units[meeting.first],
                      behind = units[meeting.second];
    int64_t back = 0;
    for (int64_t band = 1; band < bands; ++band) {
      if (behind[band - 1] == behind.back()) {
        break;
      }
      Interval later = y.rest(behind[band - 1]);
      while (back < band && x.first(before[band - 1 - back]).meets(later)) {
        ++back;
      }
    }
    return back;
  }

  ArrayRef<JoinCandidate> launches;
  int64_t bands;
  SmallVector<Meeting> meetings;
  /// For each launch the units done behind each band.
  SmallVector<SmallVector<int64_t>> units;
};
} // namespace

double edgeShareOf(const Bands &bands) {
  return double(*llvm::max_element(bands.edges)) /
         double(bands.ends.front().size());
}

int64_t movedBytesOf(const JoinCandidate &launch) {
  int64_t bytes = 0;
  for (const Footprint &footprint : launch.footprints) {
    bytes += footprint.perUnit > 0 ? footprint.bytes() : 0;
  }
  return bytes;
}

/// Whether a launch does no more than two bands' share of its tasks ahead of
/// those behind it.
static bool advancesEvenly(ArrayRef<int64_t> ends) {
  double band = 1.0 / double(ends.size());
  for (auto [i, end] : llvm::enumerate(ends)) {
    if (double(end) / double(ends.back()) > double(i + 3) * band + 1e-9) {
      return false;
    }
  }
  return true;
}

bool areEven(const Bands &bands, ArrayRef<JoinCandidate> launches) {
  int64_t moved = 0;
  for (const JoinCandidate &launch : launches) {
    moved += movedBytesOf(launch);
  }
  for (auto [launch, ends] : llvm::zip_equal(launches, bands.ends)) {
    // Borders are so small that it does not matter when they are filled.
    if (movedBytesOf(launch) > moved / 16 && !advancesEvenly(ends)) {
      return false;
    }
  }
  return edgeShareOf(bands) < kMostEdge;
}

Bands bandsOf(ArrayRef<JoinCandidate> launches, int64_t count, Places places) {
  return Splitter(launches, count, places).split();
}

} // namespace tessera::schedule
