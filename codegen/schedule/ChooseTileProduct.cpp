//===- ChooseTileProduct.cpp - when sums are computed on tiles ------------===//
//
// Counts cycles of both ways: 16 for a product of tiles, 8 for a load and 16
// for a store of one (Intel's optimization manual, Sapphire Rapids), about ten
// for splitting two vectors, and what fused multiply-adds take.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/TileProduct.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/Sizes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

static constexpr int64_t kBlockRows = 2 * kTileRows;

/// Products of parts that are summed when each factor has so many.
static int64_t productsOfParts(int64_t parts) {
  return parts * (parts + 1) / 2;
}

/// Most rows of one task, in whole blocks of tiles.
static int64_t mostRows(int64_t panel) {
  return kSumBytes / 4 / sumColumnsOf(panel) / kBlockRows * kBlockRows;
}

/// Points of a dimension in a task: equal shares, whole blocks.
static int64_t shareOf(int64_t extent, bool isFree, int64_t most) {
  if (isFree) {
    return most;
  }
  if (extent <= most) {
    return extent;
  }
  int64_t shares = llvm::divideCeil(extent, most);
  return std::min<int64_t>(
      most, llvm::alignTo(llvm::divideCeil(extent, shares), kBlockRows));
}

/// Adds points of a second dimension to a task's rows, so many that the fewest
/// blocks of rows are computed altogether.
static void chooseOuterRows(const LaunchFacts &facts, const Planes &planes,
                            int64_t inner, int64_t outer, Draft &draft) {
  int64_t step = planes.steps[inner], outerStep = planes.steps[outer];
  if (facts.isFree[inner] || facts.isFree[outer] ||
      draft.tile[inner] != facts.extents[inner] || outerStep % step != 0) {
    return;
  }
  TileRows rows{inner, outer, step, outerStep / step};
  int64_t most = mostRows(draft.tile[draft.vectorDim]), best = 0;
  for (int64_t points = 1; points <= facts.extents[outer]; ++points) {
    int64_t count = rows.count(facts.extents[inner], points);
    if (count > most) {
      return;
    }
    int64_t tasks = llvm::divideCeil(facts.extents[outer], points);
    int64_t blocks = tasks * llvm::divideCeil(count, kBlockRows);
    if (best == 0 || blocks <= best) {
      best = blocks;
      draft.tile[outer] = points;
    }
  }
}

/// Sets the tile of the dimensions whose points are rows. False where there are
/// none.
static bool chooseRows(const LaunchFacts &facts, const Planes &planes,
                       Draft &draft) {
  SmallVector<std::pair<int64_t, int64_t>> dims;
  for (unsigned d = 0; d < facts.numDims(); ++d) {
    draft.tile[d] = int64_t(d) == draft.vectorDim ? draft.tile[d] : 1;
    if (planes.steps[d] > 0 && facts.isParallel(d)) {
      dims.push_back({planes.steps[d], d});
    }
  }
  llvm::sort(dims);
  if (dims.empty()) {
    return false;
  }
  int64_t inner = dims[0].second;
  draft.tile[inner] = shareOf(facts.extents[inner], facts.isFree[inner],
                              mostRows(draft.tile[draft.vectorDim]));
  if (dims.size() > 1) {
    chooseOuterRows(facts, planes, inner, dims[1].second, draft);
  }
  return true;
}

namespace {
/// Cycles of a launch in both ways, epilogue and the way to memory left out.
class Estimate {
public:
  Estimate(LaunchOp launch, const LaunchFacts &facts, const Target &target,
           const Draft &draft, const TileProduct &product, const Planes &planes,
           const TileRows &rows)
      : facts(facts), target(target), draft(draft),
        parts(partsOf(draft.algorithm)), panel(draft.tile[draft.vectorDim]) {
    steps = llvm::divideCeil(facts.extents[product.inner], kTileSums);
    for (int64_t d : product.outer) {
      steps *= facts.extents[d];
    }
    rowCount = rows.count(pointsOf(rows.inner),
                          rows.outer < 0 ? 1 : pointsOf(rows.outer));
    elements = 1;
    for (const PlaneAxis &axis : planes.axes) {
      elements *= constantOf(axis.extent).value_or(kAssumedExtent);
    }
  }

  double onTiles() const {
    constexpr double product = 16, load = 8, store = 16, splitPair = 10,
                     splitVector = 14, calls = 600;
    double tasks = 1;
    for (unsigned d = 0; d < facts.numDims(); ++d) {
      tasks *= facts.isParallel(d)
                   ? llvm::divideCeil(facts.extents[d], draft.tile[d])
                   : 1;
    }
    double blocks = llvm::divideCeil(rowCount, kBlockRows) *
                    (sumColumnsOf(panel) / (2 * kTileColumns));
    double passes = llvm::divideCeil(steps, splitStepsOf(panel, parts));
    double task = blocks * (steps * productsOfParts(parts) * 4 * product +
                            passes * 4 * (load + store)) +
                  steps * (kTileSums / 2) * (panel / kTileColumns) * splitPair;
    return tasks * task + elements / target.f32Lanes() * splitVector + calls;
  }

  double onVectors() const {
    constexpr double reached = 0.85;
    double points = 1;
    for (unsigned d = 0; d < facts.numDims(); ++d) {
      points *= int64_t(d) == draft.vectorDim
                    ? llvm::divideCeil(facts.extents[d], draft.lanes)
                    : facts.extents[d];
    }
    return points / target.fmaPerCycle / reached;
  }

private:
  /// Points of a dimension in a whole task.
  int64_t pointsOf(int64_t dim) const {
    return std::min(draft.tile[dim], facts.extents[dim]);
  }

  const LaunchFacts &facts;
  const Target &target;
  const Draft &draft;
  int64_t parts, panel, steps = 0, rowCount = 0;
  double elements = 0;
};
} // namespace

void chooseTileProduct(LaunchOp launch, const LaunchFacts &facts,
                       const Target &target, Draft &draft) {
  if (target.products == Products::fma) {
    return;
  }
  auto product = tileProductOf(launch, draft.vectorDim, draft.lanes,
                               draft.order, draft.packed);
  auto planes = product ? planesOf(launch, *product) : std::nullopt;
  Draft tiled = draft;
  if (!planes || !chooseRows(facts, *planes, tiled)) {
    return;
  }
  auto rows = tileRowsOf(launch, tiled.tile, tiled.vectorDim, *planes);
  if (!rows) {
    return;
  }
  tiled.algorithm = algorithmOf(target.products);
  tiled.blocks.clear();
  tiled.tasks = llvm::count(facts.iterators, IteratorKind::parallel);
  // What the estimate leaves out may cost a tenth.
  constexpr double margin = 0.9;
  Estimate estimate(launch, facts, target, tiled, *product, *planes, *rows);
  if (estimate.onTiles() < margin * estimate.onVectors()) {
    draft = tiled;
  }
}

std::string tileProductIllegality(LaunchOp launch, ScheduleAttr schedule,
                                  const Target &target) {
  if (schedule.getAlgorithm() != algorithmOf(target.products)) {
    return "the target or the options do not allow products of bf16";
  }
  LaunchFacts facts(launch);
  int64_t v = schedule.getVectorDim();
  auto product = tileProductOf(launch, v, schedule.getLanes(),
                               schedule.getOrder().asArrayRef(),
                               schedule.getPacked().asArrayRef());
  auto planes = product ? planesOf(launch, *product) : std::nullopt;
  if (!planes) {
    return "only sums of products of f32 with a packed constant, read in known "
           "steps, can be computed on tiles";
  }
  ArrayRef<int64_t> tile = schedule.getTile().asArrayRef();
  auto rows = tileRowsOf(launch, tile, v, *planes);
  if (!rows) {
    return "the rows of tiles are points of one dimension, or of two, all "
           "those "
           "of the inner one";
  }
  int64_t count =
      rows->count(tile[rows->inner], rows->outer < 0 ? 1 : tile[rows->outer]);
  bool isLarge = count > mostRows(tile[v]);
  bool isUnrolled = false;
  for (unsigned d = 0; d < facts.numDims(); ++d) {
    isUnrolled |= facts.isReduction(d) && tile[d] != 1;
  }
  if (isLarge || isUnrolled || schedule.getBlocks() ||
      schedule.panelWidth() != tile[v] ||
      schedule.getTasks() !=
          llvm::count(facts.iterators, IteratorKind::parallel)) {
    return "tiles need at most " + std::to_string(mostRows(tile[v])) +
           " rows in a task, all parallel loops split, whole panels, no "
           "blocks and no unrolled sums";
  }
  return "";
}

ScheduleAttr withoutTiles(LaunchOp launch, ScheduleAttr schedule,
                          const Target &target) {
  LaunchFacts facts(launch);
  Draft draft;
  draft.vectorDim = schedule.getVectorDim();
  draft.lanes = schedule.getLanes();
  draft.order = llvm::to_vector(schedule.getOrder().asArrayRef());
  draft.packed = llvm::to_vector(schedule.getPacked().asArrayRef());
  draft.panel = schedule.getPanel();
  draft.tile.assign(facts.numDims(), 1);
  int64_t panel = schedule.getTile()[draft.vectorDim];
  draft.tile[draft.vectorDim] = panel;
  int64_t vectors = panel / draft.lanes;
  int64_t rows = (target.vectorRegisters - 2 - vectors) / vectors;
  for (int64_t d : llvm::reverse(draft.order)) {
    if (facts.isParallel(d) && d != draft.vectorDim && facts.extents[d] > 1) {
      draft.tile[d] = std::min(rows, facts.extents[d]);
      break;
    }
  }
  chooseTasks(facts, draft);
  return attributeOf(launch.getContext(), draft);
}

} // namespace tessera::schedule
