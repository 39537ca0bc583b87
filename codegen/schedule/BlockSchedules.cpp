//===- BlockSchedules.cpp - variants with cache blocks --------------------===//
//
// A block of rows stays in the second cache while all panels pass; a block of
// sums keeps a panel in the first cache while all rows pass.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/BlockSchedules.h"
#include "codegen/schedule/ChooseSchedule.h"
#include <algorithm>

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

/// The longest dimension of a kind that does not fill vectors, or -1.
static int64_t longest(const LaunchFacts &facts, IteratorKind kind,
                       int64_t vectorDim) {
  int64_t best = -1;
  for (int64_t d = 0; d < facts.numDims(); ++d) {
    if (facts.iterators[d] == kind && d != vectorDim &&
        (best < 0 || facts.extents[d] > facts.extents[best])) {
      best = d;
    }
  }
  return best;
}

static Draft draftOf(ScheduleAttr schedule) {
  Draft draft;
  draft.algorithm = schedule.getAlgorithm();
  draft.vectorDim = schedule.getVectorDim();
  draft.lanes = schedule.getLanes();
  draft.tasks = schedule.getTasks();
  draft.prefetch = schedule.getPrefetch();
  draft.panel = schedule.getPanel();
  draft.tile = llvm::to_vector(schedule.getTile().asArrayRef());
  draft.order = llvm::to_vector(schedule.getOrder().asArrayRef());
  draft.packed = llvm::to_vector(schedule.getPacked().asArrayRef());
  if (schedule.getBlocks()) {
    draft.blocks = llvm::to_vector(schedule.getBlocks().asArrayRef());
  }
  return draft;
}

/// Sizes of blocks of `dim` near these, each a multiple of the tile and smaller
/// than the extent; 0 (no blocks) first.
static SmallVector<int64_t> blockSizes(const LaunchFacts &facts, int64_t dim,
                                       int64_t tile, ArrayRef<int64_t> near) {
  SmallVector<int64_t> sizes = {0};
  for (int64_t size : near) {
    size = std::max(tile, size / tile * tile);
    if (dim >= 0 && size < facts.extents[dim] && size != sizes.back()) {
      sizes.push_back(size);
    }
  }
  return sizes;
}

/// Moves `dim` in front of `other` when it comes behind: a panel serves all
/// rows of a block.
static void moveBefore(SmallVectorImpl<int64_t> &order, int64_t dim,
                       int64_t other) {
  auto *from = llvm::find(order, dim), *to = llvm::find(order, other);
  if (to < from) {
    std::rotate(to, from, from + 1);
  }
}

SmallVector<ScheduleAttr>
blockedVariants(LaunchOp launch, ScheduleAttr schedule, const Target &target) {
  LaunchFacts facts(launch);
  int64_t v = schedule.getVectorDim();
  int64_t rows = longest(facts, IteratorKind::parallel, v),
          sums = longest(facts, IteratorKind::reduction, v);
  SmallVector<ScheduleAttr> variants;
  if (facts.stages != 1 || facts.storesRows || v < 0 || sums < 0) {
    return variants;
  }
  auto tileOf = [&](int64_t dim) {
    return dim < 0 ? 1 : schedule.getTile()[dim];
  };
  for (int64_t rowBlock :
       blockSizes(facts, rows, tileOf(rows), {32, 64, 128, 256})) {
    for (int64_t sumBlock :
         blockSizes(facts, sums, tileOf(sums), {64, 128, 192, 256, 384})) {
      Draft draft = draftOf(schedule);
      draft.blocks.assign(facts.numDims(), 0);
      if (rows >= 0) {
        draft.blocks[rows] = rowBlock;
      }
      draft.blocks[sums] = sumBlock;
      moveBefore(draft.order, v, rows);
      // Loops over blocks of rows are split, or, without them, the first loop
      // over tiles: blocks of sums lie inside of what is split.
      draft.tasks = std::min<int64_t>(schedule.getTasks(), 1);
      ScheduleAttr variant = attributeOf(launch.getContext(), draft);
      if (variant.getBlocks() && illegality(launch, variant, target).empty()) {
        variants.push_back(variant);
      }
    }
  }
  return variants;
}

SmallVector<ScheduleAttr>
prefetchVariants(LaunchOp launch, ScheduleAttr schedule, const Target &target) {
  SmallVector<ScheduleAttr> variants;
  if (schedule.getPacked().empty()) {
    return variants;
  }
  for (int64_t bytes : {-1, 1 << 10, 4 << 10, 24 << 10, 48 << 10}) {
    Draft draft = draftOf(schedule);
    draft.prefetch = bytes;
    ScheduleAttr variant = attributeOf(launch.getContext(), draft);
    if (illegality(launch, variant, target).empty()) {
      variants.push_back(variant);
    }
  }
  return variants;
}

} // namespace tessera::schedule
