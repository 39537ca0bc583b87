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

/// Bytes of all channels of the rows that the windows of a tile read.
static int64_t bytesOfRows(const LaunchFacts &facts, const Draft &draft,
                           int64_t row) {
  int64_t most = 0;
  for (const AccessFacts &input : facts.inputs) {
    for (int64_t d = 0; d < facts.numDims(); ++d) {
      if (input.inner && input.uses(draft.vectorDim) &&
          facts.windowsMeet(input, row, d)) {
        int64_t pitch = std::abs(*input.strides[d]),
                step = std::abs(*input.strides[row]) / pitch;
        int64_t rows = (draft.tile[row] - 1) * step + facts.extents[d];
        most = std::max(most, rows * pitch * input.elementBytes);
      }
    }
  }
  return most;
}

void blockWindows(const LaunchFacts &facts, const Target &target,
                  llvm::ArrayRef<int64_t> dims, Draft &draft) {
  // Two pairs of lines: processors fetch the second of a pair with the first.
  constexpr int64_t kChannelBytes = 256;
  int64_t channels = kChannelBytes / facts.elementBytes(),
          rows = facts.extents[dims[1]];
  bool isKept = bytesOfRows(facts, draft, dims[1]) <= target.l1Bytes;
  bool isFree = facts.isFree[draft.vectorDim] || facts.isFree[dims[0]] ||
                facts.isFree[dims[1]];
  if (isFree || isKept || facts.extents[draft.vectorDim] <= channels ||
      facts.extents[dims[0]] > kMostTileRows || !isSmall(facts)) {
    return;
  }
  draft.blocks.assign(facts.numDims(), 0);
  draft.blocks[draft.vectorDim] =
      llvm::alignTo(channels, draft.tile[draft.vectorDim]);
  // Of all rows there would be one block for each few channels, and threads
  // without any; smaller parts read the rows between them more often.
  constexpr int64_t kParts = 2;
  draft.blocks[dims[1]] =
      llvm::alignTo(llvm::divideCeil(rows, kParts), draft.tile[dims[1]]);
}

} // namespace tessera::schedule
