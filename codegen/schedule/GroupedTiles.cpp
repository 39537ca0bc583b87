//===- GroupedTiles.cpp - tiles for bytes without byte products -----------===//
//
// A target's schedules also serve its form with an instruction for the products
// of bytes, which is the more common one and fills more registers with sums.
// The number of rows changes neither panels nor results.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/ChooseSchedule.h"
#include "dialects/kernel/DotProduct.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

/// Rows whose sums fit into the registers beside `vectors` vectors of a
/// constant, one that is broadcast, and the halves of both.
static int64_t mostRows(const Target &target, int64_t vectors) {
  int64_t others = vectors + 2 + kGroupRegisters;
  return (target.vectorRegisters - others) / std::max<int64_t>(1, vectors);
}

static void fit(LaunchOp launch, const Target &target) {
  ScheduleAttr schedule = *launch.getSchedule();
  SmallVector<int64_t> tile(schedule.getTile().asArrayRef());
  int64_t vectorDim = schedule.getVectorDim();
  int64_t most = mostRows(target, tile[vectorDim] / schedule.getLanes());
  auto isRow = [&](int64_t d) {
    return d != vectorDim && tile[d] > 1 &&
           launch.getIterator(d) == IteratorKind::parallel;
  };
  while (true) {
    int64_t rows = 1, smallest = -1;
    for (int64_t d = 0, e = tile.size(); d < e; ++d) {
      rows *= isRow(d) ? tile[d] : 1;
      smallest =
          isRow(d) && (smallest < 0 || tile[d] < tile[smallest]) ? d : smallest;
    }
    if (rows <= most || smallest < 0) {
      break;
    }
    --tile[smallest];
  }
  launch.setScheduleAttr(ScheduleAttr::get(
      launch.getContext(), schedule.getAlgorithm(), vectorDim,
      schedule.getLanes(), DenseI64ArrayAttr::get(launch.getContext(), tile),
      schedule.getOrder(), schedule.getTasks(), schedule.getPacked(),
      schedule.getBlocks(), schedule.getPrefetch(), schedule.getPanel()));
}

void fitGroupedTiles(Operation *plan, const Target &target) {
  if (target.byteProducts) {
    return;
  }
  plan->walk([&](LaunchOp launch) {
    // Blocks are multiples of the tile that was measured with them.
    if (dotProductOf(launch) && !launch.getSchedule()->getBlocks()) {
      fit(launch, target);
    }
  });
}

} // namespace tessera::schedule
