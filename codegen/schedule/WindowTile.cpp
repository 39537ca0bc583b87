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

/// Windows of few points are bound by what they read.
static bool isSmall(const LaunchFacts &facts) {
  constexpr int64_t kSmallWindow = 16;
  return facts.reducedPoints() <= kSmallWindow;
}

bool chooseWindowTile(const LaunchFacts &facts, const Target &target,
                      llvm::ArrayRef<int64_t> dims, Draft &draft) {
  constexpr int64_t kHigh = 4, kLargeWindow = 32, kManyRegisters = 32;
  bool hasManyRegisters = target.vectorRegisters >= kManyRegisters;
  int64_t high = kHigh, wide = 2;
  if (facts.extents[dims[0]] <= kMostTileRows) {
    // As many sums as there are registers leave none for what LLVM keeps of a
    // constant and of neighbours' windows.
    if (hasManyRegisters || !isSmall(facts)) {
      return false;
    }
    std::swap(high, wide);
  } else if (facts.reducedPoints() > kLargeWindow && hasManyRegisters) {
    // Large windows are bound by their products, of which a wider tile does
    // more for each load.
    wide = 4;
  }
  if (facts.extents[dims[1]] < high) {
    return false;
  }
  draft.tile[draft.vectorDim] = draft.lanes;
  draft.tile[dims[0]] = wide;
  draft.tile[dims[1]] = high;
  return true;
}

void blockWindows(const LaunchFacts &facts, const Target &target,
                  llvm::ArrayRef<int64_t> dims, Draft &draft) {
  // Two pairs of lines: processors fetch the second of a pair with the first.
  constexpr int64_t kChannelBytes = 256;
  int64_t channels = kChannelBytes / facts.elementBytes(),
          rows = facts.extents[dims[1]];
  int64_t rowBytes = facts.extents[dims[0]] * facts.extents[draft.vectorDim] *
                     facts.elementBytes();
  // All channels of the rows of a tile and of the two that its windows reach.
  bool isKept = rowBytes * (draft.tile[dims[1]] + 2) <= target.l1Bytes;
  bool isFree = facts.isFree[draft.vectorDim] || facts.isFree[dims[0]] ||
                facts.isFree[dims[1]];
  if (isFree || isKept || facts.extents[draft.vectorDim] <= channels ||
      facts.extents[dims[0]] > kMostTileRows || !isSmall(facts)) {
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
