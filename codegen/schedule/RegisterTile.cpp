//===- RegisterTile.cpp - how much of the output to keep in registers -----===//
//
// Cost of a tile of `rows` points by `vectors` vectors, in cycles for one step
// of the reduction: fused multiply-adds over ports, loads over two ports, and
// the latency of dependent accumulators. Tiles at the end of a dimension cost
// as much as their own, smaller size. Rows that share the sets of the first
// cache cost more once they are more than it has ways.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/OuterTile.h"
#include "codegen/schedule/WindowTile.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"
#include <array>

namespace tessera::schedule {

namespace {
/// Bytes after which lines meet in one set of the first cache again: x86
/// processors index it by the bits of an address within a page.
constexpr int64_t kWayBytes = 4096;

/// How many lines of the first rows along `dims[0]` lie in the same set of the
/// first cache at a step of a reduction, for each number of rows.
llvm::SmallVector<int64_t> rowsInOneSet(const LaunchFacts &facts,
                                        const Draft &draft,
                                        llvm::ArrayRef<int64_t> dims,
                                        int64_t rowExtent) {
  // Smaller tiles pass over a panel more often. Where few rows do, its way from
  // memory counts for more: models of 49 to 197 rows lost up to 3 %.
  constexpr int64_t kManyRows = 256;
  llvm::SmallVector<int64_t> most(kMostTileRows + 1, 0);
  if (rowExtent < kManyRows) {
    return most;
  }
  for (const AccessFacts &input : facts.inputs) {
    bool isStreamed = input.inner && !input.packable && !dims.empty() &&
                      !input.uses(draft.vectorDim) && input.uses(dims[0]);
    if (!isStreamed || !input.strides[dims[0]]) {
      continue;
    }
    int64_t bytes = std::abs(*input.strides[dims[0]]) * input.elementBytes;
    std::array<int64_t, kWayBytes / kLineBytes> sets{};
    int64_t worst = 0, lastLine = -1;
    for (int64_t row = 0; row < kMostTileRows; ++row) {
      int64_t line = row * bytes / kLineBytes;
      if (line != lastLine) {
        worst = std::max(worst, ++sets[line % sets.size()]);
      }
      lastLine = line;
      most[row + 1] = std::max(most[row + 1], worst);
    }
  }
  return most;
}

/// The extents of the two innermost dimensions along which rows lie.
struct RowShape {
  int64_t outer = 1, inner = 1;

  /// A tile of about this many rows: along the outer dimension it has several
  /// only where it takes all of the inner one.
  std::pair<int64_t, int64_t> tileOf(int64_t rows) const {
    return rows < inner ? std::pair<int64_t, int64_t>(1, rows)
                        : std::pair(std::min(outer, rows / inner), inner);
  }
};

struct TileCost {
  const Target &target;
  int64_t reductions;
  bool sharedLoads;
  llvm::SmallVector<int64_t> inOneSet;

  /// Rows that push each other out of the first cache come from the second
  /// one, line by line: with 14 rows in one set a product of 512x512x1024 ran
  /// at 88 % of the peak and at 95 % with 8 (AVX-512, 12 ways).
  double conflicts(int64_t rows) const {
    constexpr double cyclesForRow = 1.0 / 8;
    return inOneSet[rows] > target.l1Bytes / kWayBytes ? cyclesForRow * rows
                                                       : 0;
  }

  double step(int64_t rows, int64_t vectors) const {
    double operations =
        double(rows * vectors * reductions) / target.fmaPerCycle;
    // Without sharing (a window over channels) every point loads its own
    // vector.
    double loads = sharedLoads ? double(rows + vectors * reductions) / 2
                               : double(rows * vectors + vectors) / 2;
    return std::max({operations, loads, double(target.fmaLatency)}) +
           conflicts(rows);
  }

  double total(const RowShape &shape, int64_t rows, int64_t vectorExtent,
               int64_t vectors) const {
    auto [outer, inner] = shape.tileOf(rows);
    return costOverExtent(shape.outer, outer, [&, inner = inner](int64_t o) {
      return costOverExtent(shape.inner, inner, [&](int64_t i) {
        return costOverExtent(vectorExtent, vectors,
                              [&](int64_t v) { return step(o * i, v); });
      });
    });
  }
};
} // namespace

/// The parallel dimensions along which the inner reads of vectors stay in
/// place, innermost first.
static llvm::SmallVector<int64_t> rowDims(const LaunchFacts &facts,
                                          const Draft &draft) {
  llvm::SmallVector<int64_t> dims;
  for (int64_t d = facts.numDims() - 1; d >= 0; --d) {
    bool shares = false;
    for (const AccessFacts &input : facts.inputs) {
      shares |= input.inner && input.uses(draft.vectorDim) && !input.uses(d);
    }
    if (facts.isParallel(d) && d != draft.vectorDim && facts.extents[d] > 1 &&
        shares) {
      dims.push_back(d);
    }
  }
  return dims;
}

/// The innermost parallel dimension that has several points.
static llvm::SmallVector<int64_t> longRows(const LaunchFacts &facts,
                                           const Draft &draft) {
  for (int64_t d = facts.numDims() - 1; d >= 0; --d) {
    if (facts.isParallel(d) && d != draft.vectorDim && facts.extents[d] > 1) {
      return {d};
    }
  }
  return {};
}

/// Whether points of the tile that are neighbours along a row read, at
/// different steps of reduction `d`, the same elements one by one. Unrolled,
/// LLVM would keep such elements in registers from step to step, and spill sums
/// for them.
static bool rowsMeetAlong(const LaunchFacts &facts, const Draft &draft,
                          int64_t d) {
  return llvm::any_of(facts.inputs, [&](const AccessFacts &input) {
    if (!input.inner || input.uses(draft.vectorDim)) {
      return false;
    }
    for (int64_t row = 0; row < facts.numDims(); ++row) {
      if (facts.isParallel(row) && draft.tile[row] > 1 &&
          facts.windowsMeet(input, row, d)) {
        return true;
      }
    }
    return false;
  });
}

static void unrollReduction(const LaunchFacts &facts, bool sharedLoads,
                            Draft &draft) {
  // A window over channels has short loops only, and all of them disappear; a
  // contraction's body is long enough, so only very short innermost ones do.
  int64_t limit = sharedLoads ? 4 : 32, product = 1;
  for (int64_t d : llvm::reverse(draft.order)) {
    if (!facts.isReduction(d) || d == draft.vectorDim) {
      continue;
    }
    product *= facts.extents[d];
    if (facts.isFree[d] || product > limit ||
        (sharedLoads && rowsMeetAlong(facts, draft, d))) {
      return;
    }
    draft.tile[d] = std::max<int64_t>(1, facts.extents[d]);
  }
}

void chooseRegisterTile(const LaunchFacts &facts, const Target &target,
                        Draft &draft) {
  bool reducesVector = facts.isReduction(draft.vectorDim);
  llvm::SmallVector<int64_t> dims = rowDims(facts, draft);
  // Sums of numbers that nothing else reads wait for each other: several at
  // once, of rows or along the vector, hide that.
  bool isAlone = dims.empty() && facts.inputs.size() == 1;
  if (isAlone && reducesVector) {
    constexpr int64_t kSumsAlong = 8, kLongRow = 16;
    // A long row is read as it lies: several at once compete for cache lines.
    if (facts.extents[draft.vectorDim] >= kLongRow * draft.lanes) {
      draft.tile[draft.vectorDim] = kSumsAlong * draft.lanes;
      return;
    }
    dims = longRows(facts, draft);
  }
  if (chooseOuterTile(facts, target, dims, draft)) {
    return;
  }
  RowShape shape;
  shape.inner = dims.empty() ? 1 : facts.extents[dims[0]];
  shape.outer = dims.size() < 2 ? 1 : facts.extents[dims[1]];
  int64_t rowExtent = shape.inner * shape.outer;
  int64_t vectorExtent =
      llvm::divideCeil(facts.extents[draft.vectorDim], draft.lanes);
  bool shared = llvm::any_of(facts.inputs, [&](const AccessFacts &input) {
    return input.inner && !input.uses(draft.vectorDim);
  });
  TileCost cost{target, std::max<int64_t>(1, facts.reductions),
                !isAlone && (shared || reducesVector),
                rowsInOneSet(facts, draft, dims, rowExtent)};
  bool isWindow = !shared && !reducesVector && !isAlone &&
                  isWindowOverChannels(facts, draft, dims);
  if (isWindow && chooseWindowTile(facts, target, dims, draft)) {
    blockWindows(facts, target, dims, draft);
    unrollReduction(facts, shared, draft);
    return;
  }
  // Where every point loads its own vector, a second one shares nothing.
  constexpr int64_t kMostAlone = 8;
  int64_t widest = reducesVector ? 1 : isAlone ? kMostAlone : shared ? 6 : 1;
  int64_t registers = target.vectorRegisters - 1;
  if (target.tileRegisters > 0) {
    registers = std::min<int64_t>(registers, target.tileRegisters);
  }
  // Masks of tails and operands from memory let loops hold more than a tile
  // counts. Without them the count is exact: a tile of 4 rows by 3 vectors
  // fills 16 registers and is 3 to 14 % faster than 4 by 2, but one of 2 by 5
  // is slower than 13 by 1.
  bool isExact = !target.maskedMemory && target.tileRegisters == 0;
  int64_t bestRows = 1, bestVectors = 1;
  double best = -1;
  for (int64_t vectors = 1; vectors <= widest; ++vectors) {
    for (int64_t rows = 1; rows <= std::min<int64_t>(rowExtent, kMostTileRows);
         ++rows) {
      int64_t live =
          (rows * vectors + vectors) * cost.reductions + (vectors > 1 ? 1 : 0);
      bool tooWide = (vectors > 1 && vectors > vectorExtent) ||
                     draft.panel % (vectors * draft.lanes) != 0;
      if (live > registers + (isExact && rows >= vectors) || tooWide) {
        continue;
      }
      double total = cost.total(shape, rows, vectorExtent, vectors);
      // Between equals the squarer tile: fewer loads leave room for misses.
      if (best < 0 || total < best * 0.995 ||
          (total < best * 1.005 && rows + vectors > bestRows + bestVectors)) {
        best = std::min(best < 0 ? total : best, total);
        bestRows = rows;
        bestVectors = vectors;
      }
    }
  }
  draft.tile[draft.vectorDim] = bestVectors * draft.lanes;
  auto [outer, inner] = shape.tileOf(bestRows);
  if (!dims.empty()) {
    draft.tile[dims[0]] = inner;
  }
  if (dims.size() > 1) {
    draft.tile[dims[1]] = outer;
  }
  if (isWindow) {
    blockWindows(facts, target, dims, draft);
  }
  unrollReduction(facts, shared, draft);
}

} // namespace tessera::schedule
