//===- Legality.cpp - which schedules the emitters can follow -------------===//
//
// One function decides, for files, searches and defaults alike.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/Levels.h"
#include "codegen/schedule/TileProduct.h"
#include "dialects/kernel/LinearForm.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

bool canPack(LaunchOp launch, const LaunchFacts &facts, int64_t input,
             int64_t v) {
  if (input < 0 || input >= static_cast<int64_t>(launch.getInputs().size()) ||
      launch.isWholeInput(input) || v < 0 || !facts.isParallel(v)) {
    return false;
  }
  auto weight = launch.getInputs()[input].getDefiningOp<WeightOp>();
  if (!weight || weight.getPacking()) {
    return false;
  }
  int64_t dims = facts.numDims();
  LinearForm form = linearFormOf(launch.getInputMap(input).getResult(0), dims);
  for (int64_t d = 0; d < dims; ++d) {
    if (!form.stride(d) || (form.uses(d) && facts.isFree[d])) {
      return false;
    }
  }
  return form.uses(v);
}

std::string illegality(LaunchOp launch, ScheduleAttr schedule,
                       const Target &target) {
  LaunchFacts facts(launch);
  int64_t dims = facts.numDims();
  ArrayRef<int64_t> tile = schedule.getTile().asArrayRef(),
                    order = schedule.getOrder().asArrayRef();
  SmallVector<int64_t> sorted(order);
  llvm::sort(sorted);
  if (static_cast<int64_t>(tile.size()) != dims ||
      sorted != llvm::to_vector(llvm::seq<int64_t>(0, dims))) {
    return "tile and order need one entry for each dimension";
  }
  if (llvm::any_of(tile,
                   [](int64_t size) { return size < 1 || size > 4096; })) {
    return "tile sizes lie between 1 and 4096";
  }
  int64_t v = schedule.getVectorDim(), lanes = schedule.getLanes();
  if (v < -1 || v >= dims ||
      (v >= 0 && (!llvm::isPowerOf2_64(lanes) || lanes > target.f32Lanes() ||
                  tile[v] % lanes != 0))) {
    return "the vector dimension's tile must be a multiple of a power of two "
           "of at most " +
           std::to_string(target.f32Lanes()) + " lanes";
  }
  if (v >= 0 &&
      (facts.iterators[v] == IteratorKind::sequential ||
       (facts.isReduction(v) && (facts.positional || facts.sequential)))) {
    return "this dimension cannot fill vectors";
  }
  bool reduction = false, parallel = false;
  for (int64_t d : order) {
    bool sequential = facts.iterators[d] == IteratorKind::sequential;
    if ((reduction && !facts.isReduction(d)) || (sequential && parallel)) {
      return "sequential loops come first and reduction loops last";
    }
    reduction |= facts.isReduction(d);
    parallel |= facts.isParallel(d);
  }
  std::string blocks = blockIllegality(launch, schedule);
  if (!blocks.empty()) {
    return blocks;
  }
  if (schedule.getTasks() < 0 ||
      schedule.getTasks() > splittableLevels(levelsOf(launch, schedule))) {
    return "only loops over parallel dimensions can be split into tasks, and "
           "of blocked ones those over blocks";
  }
  if (facts.sequential && tile[order.front()] != 1) {
    return "steps follow one another, one by one";
  }
  constexpr int64_t kFarthest = 1 << 20;
  if (schedule.getPrefetch() < -1 || schedule.getPrefetch() > kFarthest) {
    return "panels are fetched up to 1048576 bytes ahead; -1 means not at all";
  }
  if (schedule.getPanel() < 0 || schedule.getPanel() > 4096 ||
      (v >= 0 && schedule.getPanel() % tile[v] != 0)) {
    return "the width of panels is a multiple of the tile along the vector "
           "dimension, at most 4096";
  }
  for (int64_t input : schedule.getPacked().asArrayRef()) {
    if (!canPack(launch, facts, input, v)) {
      return "only constants of fixed size that move along the vector "
             "dimension can be packed";
    }
  }
  if (partsOf(schedule.getAlgorithm()) > 0) {
    return tileProductIllegality(launch, schedule, target);
  }
  return schedule.getAlgorithm() == Algorithm::halide
             ? halideIllegality(launch, schedule)
             : "";
}

} // namespace tessera::schedule
