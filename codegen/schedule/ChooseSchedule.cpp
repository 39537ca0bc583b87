//===- ChooseSchedule.cpp - default schedules from structure --------------===//

#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/TileProduct.h"
#include "dialects/kernel/DotProduct.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

//===----------------------------------------------------------------------===//
// The vector dimension
//===----------------------------------------------------------------------===//

/// Relative cost of one vector access that moves by `stride` along the vector
/// dimension. Panels exist along parallel dimensions only.
static double accessCost(const LaunchFacts &facts, const AccessFacts &access,
                         unsigned dim, double irregular) {
  auto stride = access.strides[dim];
  if (stride == 0) {
    return 0.3;
  }
  bool inPanels = access.packable && facts.isParallel(dim) && facts.stages > 0;
  return stride == 1 || inPanels ? 1 : irregular;
}

/// Whether a constant has panels along a parallel dimension.
static bool hasPanelsAlong(const LaunchFacts &facts, unsigned dim) {
  return facts.stages > 0 && facts.isParallel(dim) && facts.extents[dim] > 1 &&
         llvm::any_of(facts.inputs, [&](const AccessFacts &input) {
           return input.packable && input.inner && input.uses(dim);
         });
}

/// Whether vectors along `dim`, which is parallel, leave constants without
/// panels that have them along another such dimension.
static bool leavesPanels(const LaunchFacts &facts, unsigned dim) {
  return facts.isParallel(dim) && !hasPanelsAlong(facts, dim) &&
         llvm::any_of(llvm::seq(facts.numDims()),
                      [&](unsigned d) { return hasPanelsAlong(facts, d); });
}

/// Cost of filling vectors along `dim`, for each point.
static double vectorCost(const LaunchFacts &facts, unsigned dim,
                         int64_t lanes) {
  // Without panels, rows of constants lie apart and a tile reads one number of
  // each: such products run at 0.25 to 0.45 of the peak.
  constexpr double gather = 12, scatter = 20, withoutPanels = 1.5;
  // What is not read or stored at every point of a reduction counts little. So
  // do lanes that are stored apart once for all of these points, where panels
  // make up for them.
  constexpr double outside = 0.1;
  double scatterOutside = scatter;
  if (hasPanelsAlong(facts, dim)) {
    double once = scatter / double(facts.reducedPoints());
    scatterOutside = std::min(scatter, 1 + once / outside);
  }
  double cost = 0;
  for (const AccessFacts &input : facts.inputs) {
    cost += (input.inner ? 1 : outside) * accessCost(facts, input, dim, gather);
  }
  bool isReduced = facts.stages > 0 && !facts.storesRows;
  for (const AccessFacts &output : facts.outputs) {
    if (!isReduced) {
      cost += accessCost(facts, output, dim, scatter);
    } else if (facts.isParallel(dim)) {
      cost += outside * accessCost(facts, output, dim, scatterOutside);
    }
  }
  cost *= leavesPanels(facts, dim) ? withoutPanels : 1;
  double extent = facts.extents[dim];
  double used = extent / (llvm::divideCeil(facts.extents[dim], lanes) * lanes);
  if (facts.isReduction(dim)) {
    // Combining the lanes of one result takes a few shuffles.
    cost += 6.0 * lanes / std::max<double>(extent, lanes);
  }
  return cost / used;
}

static int64_t chooseVectorDim(const LaunchFacts &facts, int64_t lanes) {
  int64_t best = -1;
  // A scalar point costs as much as a vector one does for all its lanes.
  double bestCost = 0;
  for (const AccessFacts &access : facts.inputs) {
    bestCost += access.inner ? 1 : 0.1;
  }
  bestCost = (bestCost + 1) * lanes;
  for (int64_t dim = facts.numDims() - 1; dim >= 0; --dim) {
    bool possible = facts.iterators[dim] != IteratorKind::sequential &&
                    !(facts.positional && facts.isReduction(dim)) &&
                    !(facts.sequential && facts.isReduction(dim)) &&
                    facts.extents[dim] > 1;
    if (!possible) {
      continue;
    }
    double cost = vectorCost(facts, dim, lanes);
    if (cost < bestCost * 0.999) {
      best = dim;
      bestCost = cost;
    }
  }
  return best;
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// Bytes of constants and of other inputs that the inner loops read.
static std::pair<int64_t, int64_t> innerBytes(const LaunchFacts &facts) {
  int64_t constants = 0, others = 0;
  for (const AccessFacts &input : facts.inputs) {
    if (!input.inner) {
      continue;
    }
    int64_t bytes = input.elementBytes;
    for (unsigned d = 0; d < facts.numDims(); ++d) {
      // Overlapping windows read the same elements.
      bool window =
          facts.isReduction(d) && !input.packable && facts.extents[d] <= 8;
      bytes *= input.uses(d) && !window ? facts.extents[d] : 1;
    }
    (input.packable ? constants : others) += bytes;
  }
  return {constants, others};
}

/// How far the inner reads that cannot be packed move along a dimension.
static int64_t innerStep(const LaunchFacts &facts, unsigned dim) {
  int64_t step = std::numeric_limits<int64_t>::max();
  for (const AccessFacts &input : facts.inputs) {
    if (input.inner && !input.packable && input.uses(dim)) {
      step = std::min(step, std::abs(input.strides[dim].value_or(step)));
    }
  }
  return step;
}

/// Sequential loops, then parallel ones, then reductions with the one that
/// moves least innermost.
static void chooseOrder(const LaunchFacts &facts, Draft &draft) {
  SmallVector<int64_t> parallel, reductions;
  for (int64_t d = 0; d < facts.numDims(); ++d) {
    if (facts.iterators[d] == IteratorKind::sequential) {
      draft.order.push_back(d);
    } else if (facts.isReduction(d)) {
      reductions.push_back(d);
    } else {
      parallel.push_back(d);
    }
  }
  llvm::stable_sort(reductions, [&](int64_t a, int64_t b) {
    return innerStep(facts, a) > innerStep(facts, b);
  });
  if (draft.vectorDim >= 0 && facts.isReduction(draft.vectorDim)) {
    llvm::erase(reductions, draft.vectorDim);
    reductions.push_back(draft.vectorDim);
  }
  draft.order.append(parallel);
  draft.order.append(reductions);
}

/// Moves the loop over vectors of a parallel dimension to its place among the
/// parallel loops.
static void placeVectorLoop(const LaunchFacts &facts, const Target &target,
                            Draft &draft) {
  llvm::erase(draft.order, draft.vectorDim);
  auto *position = llvm::find_if(
      draft.order, [&](int64_t d) { return facts.isReduction(d); });
  // Large constants are streamed once, panel by panel; otherwise the input is,
  // and panels stay in cache. Where neither would stay, a panel serves more
  // points for each byte than a tile's rows do.
  auto [constants, others] = innerBytes(facts);
  if (constants > std::min(others, target.l2Bytes)) {
    position = llvm::find_if(draft.order, [&](int64_t d) {
      return facts.isReduction(d) ||
             (facts.isParallel(d) &&
              llvm::none_of(facts.inputs, [&](const AccessFacts &i) {
                return i.packable && i.inner && i.uses(d);
              }));
    });
  }
  draft.order.insert(position, draft.vectorDim);
}

/// Whether the threads should share each step of a sequential loop. Handing one
/// out and waiting for the last thread takes 0.4 us; points so many take one.
static bool splitsSteps(const LaunchFacts &facts) {
  constexpr int64_t kPointsOfStep = 1 << 15;
  int64_t points = 1;
  for (unsigned d = 0; d < facts.numDims(); ++d) {
    points *=
        facts.iterators[d] == IteratorKind::sequential ? 1 : facts.extents[d];
  }
  return points >= kPointsOfStep;
}

/// The loops over blocks, and those over tiles of dimensions outside of all
/// blocked ones.
static int64_t blockTasks(const LaunchFacts &facts, const Draft &draft) {
  auto isBlocked = [&](int64_t d) { return draft.blocks[d] > 0; };
  int64_t blocks = 0, outside = 0;
  for (int64_t d : draft.order) {
    if (!facts.isReduction(d)) {
      blocks += isBlocked(d);
      outside += blocks == 0;
    }
  }
  return blocks + outside;
}

void chooseTasks(const LaunchFacts &facts, Draft &draft) {
  if (facts.sequential && !splitsSteps(facts)) {
    return;
  }
  if (!draft.blocks.empty()) {
    draft.tasks = blockTasks(facts, draft);
    return;
  }
  const int64_t pointsPerTask = facts.sequential ? 1 << 12 : 1 << 13;
  int64_t inner = 1;
  SmallVector<int64_t> outer;
  for (int64_t d : draft.order) {
    if (facts.isReduction(d)) {
      inner *= facts.extents[d];
    } else {
      outer.push_back(d);
    }
  }
  draft.tasks = outer.size();
  for (int64_t d : llvm::reverse(outer)) {
    int64_t tiles = llvm::divideCeil(facts.extents[d], draft.tile[d]);
    int64_t task = inner * draft.tile[d];
    if (task >= pointsPerTask || draft.tasks == 1) {
      break;
    }
    inner = task * tiles;
    --draft.tasks;
  }
}

ScheduleAttr attributeOf(MLIRContext *context, const Draft &draft) {
  bool isBlocked =
      llvm::any_of(draft.blocks, [](int64_t size) { return size > 0; });
  return ScheduleAttr::get(
      context, draft.algorithm, draft.vectorDim, draft.lanes,
      DenseI64ArrayAttr::get(context, draft.tile),
      DenseI64ArrayAttr::get(context, draft.order), draft.tasks,
      DenseI64ArrayAttr::get(context, draft.packed),
      isBlocked ? DenseI64ArrayAttr::get(context, draft.blocks)
                : DenseI64ArrayAttr(),
      draft.prefetch, draft.panel);
}

ScheduleAttr plainSchedule(LaunchOp launch) {
  LaunchFacts facts(launch);
  Draft draft;
  draft.tile.assign(facts.numDims(), 1);
  chooseOrder(facts, draft);
  chooseTasks(facts, draft);
  return attributeOf(launch.getContext(), draft);
}

void choosePacked(LaunchOp launch, const LaunchFacts &facts, Draft &draft) {
  unsigned input = 0;
  for (unsigned i = 0; i < launch.getInputs().size(); ++i) {
    if (launch.isWholeInput(i)) {
      continue;
    }
    const AccessFacts &access = facts.inputs[input++];
    if (facts.stages > 0 && access.packable && access.inner &&
        access.uses(draft.vectorDim) &&
        canPack(launch, facts, i, draft.vectorDim)) {
      draft.packed.push_back(i);
    }
  }
}

/// Vectors in a tile of a kernel that keeps nothing in registers: enough to
/// hide latencies. The instructions of a long body hide their own, and copies
/// of it would only take time to compile.
static int64_t mostVectorsOf(const LaunchFacts &facts) {
  constexpr size_t manyResults = 8;
  constexpr int64_t longBody = 128, most = 4;
  if (facts.outputs.size() > manyResults) {
    return 1;
  }
  return std::clamp<int64_t>(longBody / facts.bodyInstructions, 1, most);
}

/// Cycles by which the sum of a group's products takes longer.
static constexpr unsigned kGroupLatency = 1;

void chooseTile(LaunchOp launch, const LaunchFacts &facts, const Target &target,
                Draft &draft) {
  int64_t extent = std::max<int64_t>(1, facts.extents[draft.vectorDim]);
  int64_t vectors =
      std::clamp<int64_t>(extent / draft.lanes, 1, mostVectorsOf(facts));
  auto dot = dotProductOf(launch, draft.vectorDim, draft.lanes, draft.order,
                          draft.packed);
  if (facts.stages == 1 && !facts.storesRows) {
    Target room = target;
    bool hasHalves = dot && !target.byteProducts && !target.withByteProducts;
    room.vectorRegisters -= hasHalves ? kGroupRegisters : 0;
    room.fmaLatency += dot ? kGroupLatency : 0;
    chooseRegisterTile(facts, room, draft);
  } else {
    while (draft.panel % (vectors * draft.lanes) != 0) {
      --vectors;
    }
    draft.tile[draft.vectorDim] = vectors * draft.lanes;
    if (facts.stages == 0) {
      chooseTransposedRows(facts, draft);
    }
    chooseRows(facts, target, draft);
  }
  if (dot) {
    draft.tile[dot->dim] = kGroup;
  }
}

int64_t lanesAlong(const LaunchFacts &facts, int64_t dim,
                   const Target &target) {
  uint64_t extent = std::max<int64_t>(1, facts.extents[dim]);
  return std::min<int64_t>(target.lanes(facts.reducedBits),
                           llvm::PowerOf2Ceil(extent));
}

ScheduleAttr finish(LaunchOp launch, const LaunchFacts &facts,
                    const Target &target, Draft &draft,
                    std::string *rejection) {
  chooseTasks(facts, draft);
  chooseTileProduct(launch, facts, target, draft);
  ScheduleAttr chosen = attributeOf(launch.getContext(), draft);
  std::string reason = illegality(launch, chosen, target);
  if (reason.empty()) {
    return chosen;
  }
  if (rejection) {
    *rejection = std::move(reason);
  }
  return plainSchedule(launch);
}

ScheduleAttr chooseSchedule(LaunchOp launch, const Target &target, bool mayPack,
                            std::string *rejection) {
  LaunchFacts facts(launch);
  Draft draft;
  draft.tile.assign(facts.numDims(), 1);
  draft.vectorDim = chooseVectorDim(facts, target.lanes(facts.reducedBits));
  chooseOrder(facts, draft);
  if (draft.vectorDim >= 0) {
    if (facts.isParallel(draft.vectorDim) && facts.stages > 0) {
      placeVectorLoop(facts, target, draft);
    }
    draft.lanes = lanesAlong(facts, draft.vectorDim, target);
    if (mayPack) {
      choosePacked(launch, facts, draft);
    }
    chooseTile(launch, facts, target, draft);
  }
  return finish(launch, facts, target, draft, rejection);
}

} // namespace tessera::schedule
