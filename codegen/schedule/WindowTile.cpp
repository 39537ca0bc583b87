//===- WindowTile.cpp - tiles and blocks of windows over channels ---------===//
//
// Windows of neighbouring points overlap, and each point loads its own vectors:
// what counts is how often a line of the input comes to the nearest cache.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/WindowTile.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"

namespace tessera::schedule {

/// How many points each result sums.
static int64_t windowPoints(const LaunchFacts &facts) {
  int64_t points = 1;
  for (int64_t d = 0; d < facts.numDims(); ++d) {
    points *= facts.isReduction(d) ? facts.extents[d] : 1;
  }
  return points;
}

/// Whether windows at neighbouring points of a row dimension overlap.
static bool windowsOverlapAlong(const LaunchFacts &facts, const Draft &draft,
                                int64_t row) {
  return llvm::any_of(facts.inputs, [&](const AccessFacts &input) {
    return input.inner && input.uses(draft.vectorDim) &&
           llvm::any_of(llvm::seq(facts.numDims()), [&](unsigned d) {
             return facts.windowsMeet(input, row, d);
           });
  });
}

bool isWindowOverChannels(const LaunchFacts &facts, const Draft &draft,
                          llvm::ArrayRef<int64_t> dims) {
  return dims.size() > 1 && windowsOverlapAlong(facts, draft, dims[0]) &&
         windowsOverlapAlong(facts, draft, dims[1]);
}

bool chooseHighTile(const LaunchFacts &facts, const Target &target,
                    llvm::ArrayRef<int64_t> dims, Draft &draft) {
  // Such a tile loads less for each point than one of 16 points of a row, and
  // brings rows that the nearest cache does not keep less often. Large windows
  // are bound by their products, of which a wider tile does more for each load.
  constexpr int64_t kHigh = 4, kLargeWindow = 32;
  if (facts.extents[dims[0]] <= kMostRows || facts.extents[dims[1]] < kHigh) {
    return false;
  }
  bool isLarge = windowPoints(facts) > kLargeWindow;
  draft.tile[draft.vectorDim] = draft.lanes;
  draft.tile[dims[0]] = isLarge && target.vectorRegisters >= 32 ? 4 : 2;
  draft.tile[dims[1]] = kHigh;
  return true;
}

void blockWindows(const LaunchFacts &facts, const Target &target,
                  llvm::ArrayRef<int64_t> dims, Draft &draft) {
  // Two pairs of lines: processors fetch the second of a pair with the first.
  constexpr int64_t kChannelBytes = 256, kSmallWindow = 16;
  int64_t channels = kChannelBytes / 4, rows = facts.extents[dims[1]];
  int64_t rowBytes =
      facts.extents[dims[0]] * facts.extents[draft.vectorDim] * 4;
  bool isKept = rowBytes * (draft.tile[dims[1]] + 2) <= target.l1Bytes;
  bool isFree = facts.isFree[draft.vectorDim] || facts.isFree[dims[0]] ||
                facts.isFree[dims[1]];
  if (isFree || isKept || facts.extents[draft.vectorDim] <= channels ||
      facts.extents[dims[0]] > kMostRows ||
      windowPoints(facts) > kSmallWindow) {
    return;
  }
  draft.blocks.assign(facts.numDims(), 0);
  draft.blocks[draft.vectorDim] =
      llvm::alignTo(channels, draft.tile[draft.vectorDim]);
  // Halves of the rows, for two threads.
  draft.blocks[dims[1]] =
      llvm::alignTo(llvm::divideCeil(rows, 2), draft.tile[dims[1]]);
}

} // namespace tessera::schedule
