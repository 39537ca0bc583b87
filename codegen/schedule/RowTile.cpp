//===- RowTile.cpp - how many rows a tile of a map or row kernel has ------===//

#include "codegen/schedule/ChooseSchedule.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

/// Rows at once that hide each other's latencies, up to `most`: fewer where a
/// long body makes code for each of them long.
static int64_t mostRowsOf(const LaunchFacts &facts, int64_t most) {
  constexpr int64_t kLongBody = 256;
  return std::clamp<int64_t>(kLongBody / facts.bodyInstructions, 1, most);
}

/// The largest number up to `most` that divides an extent, so that there is no
/// code for a rest, unless it is far too small: such code costs less.
static int64_t rowsOf(int64_t extent, int64_t most) {
  most = std::min(extent, most);
  int64_t size = most;
  while (extent % size != 0) {
    --size;
  }
  return 2 * size > most ? size : most;
}

void chooseTransposedRows(const LaunchFacts &facts, Draft &draft) {
  constexpr int64_t kMostRows = 16;
  for (const AccessFacts &input : facts.inputs) {
    std::optional<int64_t> step = input.strides[draft.vectorDim];
    for (unsigned d = 0; d < facts.numDims(); ++d) {
      bool isAlong = facts.isParallel(d) && input.strides[d] == 1 &&
                     facts.extents[d] > 1 && int64_t(d) != draft.vectorDim;
      if (isAlong && step && std::abs(*step) > 1) {
        int64_t most = mostRowsOf(facts, kMostRows);
        draft.tile[d] = rowsOf(facts.extents[d], most);
        draft.tile[draft.vectorDim] = draft.lanes;
        return;
      }
    }
  }
}

void chooseRows(const LaunchFacts &facts, const Target &target, Draft &draft) {
  constexpr int64_t kMostRows = 8, kSums = 8, kKept = 3;
  if (!facts.storesRows || facts.sequential ||
      !facts.isReduction(draft.vectorDim)) {
    return;
  }
  for (int64_t d = facts.numDims() - 1; d >= 0; --d) {
    if (!facts.isParallel(d) || facts.extents[d] <= 1) {
      continue;
    }
    int64_t bytes = kKept * facts.elementBytes() * facts.reducedPoints();
    int64_t fitting = std::clamp<int64_t>(
        target.l1Bytes / std::max<int64_t>(1, bytes), 1, kMostRows);
    int64_t rows = rowsOf(facts.extents[d], mostRowsOf(facts, fitting));
    if (rows > 1 && !facts.isFree[d]) {
      draft.tile[d] = rows;
      int64_t &along = draft.tile[draft.vectorDim];
      int64_t vectors =
          std::max<int64_t>(2, kSums / llvm::bit_ceil<uint64_t>(rows));
      along = std::min(along, vectors * draft.lanes);
    }
    return;
  }
}

} // namespace tessera::schedule
