//===- HalideSchedules.cpp - schedules whose code Halide writes -----------===//
//
// The fields mean what they mean for a nest, but for reductions: a dimension
// whose tile is its extent is unrolled; of a window's two dimensions one with a
// smaller tile is combined first, for all points along the other that
// neighbours share: a row ahead (tile 1) or as the loop goes (tile 2).
//
//===----------------------------------------------------------------------===//

#include "codegen/halide/Description.h"
#include "codegen/halide/Generator.h"
#include "codegen/schedule/ChooseSchedule.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

/// Points of a reduction, which all become code.
static constexpr int64_t kMostPoints = 256;
/// Points of a tile, which become code as well.
static constexpr int64_t kMostTile = 64;

/// Whether the stage of a window is combined as the innermost loop goes, and
/// that loop is the one over vectors, inside of which nothing is left to go
/// along.
static bool slidesAlongVectors(const LaunchFacts &facts,
                               ScheduleAttr schedule) {
  int64_t innermost = -1, loops = 0;
  bool slides = false;
  for (int64_t d : schedule.getOrder().asArrayRef()) {
    if (facts.isReduction(d)) {
      int64_t tile = schedule.getTile()[d];
      slides |= tile > 1 && tile < facts.extents[d];
    } else {
      innermost = d;
      ++loops;
    }
  }
  return slides && loops > 1 && innermost == schedule.getVectorDim();
}

std::string halideIllegality(LaunchOp launch, ScheduleAttr schedule) {
  if (!halide::isAvailable()) {
    return "it is Halide's, and tessera-halide is not installed";
  }
  LaunchFacts facts(launch);
  int64_t points = 1, tile = 1;
  for (unsigned d = 0; d < facts.numDims(); ++d) {
    (facts.isReduction(d) ? points : tile) *=
        facts.isReduction(d) ? facts.extents[d] : schedule.getTile()[d];
  }
  int64_t vectors = schedule.getVectorDim() < 0 ? 1 : schedule.getLanes();
  if (points > kMostPoints || tile / vectors > kMostTile) {
    return "Halide would write too much code: a reduction has at most " +
           std::to_string(kMostPoints) + " points, a tile " +
           std::to_string(kMostTile) + " vectors";
  }
  int64_t first = schedule.getOrder().empty() ? -1 : schedule.getOrder()[0];
  if (schedule.getTasks() > 1 || !schedule.getPacked().empty() ||
      schedule.getBlocks() || schedule.getPrefetch() != 0 ||
      (schedule.getTasks() == 1 &&
       (first == schedule.getVectorDim() || schedule.getTile()[first] != 1))) {
    return "Halide's code is split into the points of the first loop, and "
           "nothing is packed, blocked or fetched ahead";
  }
  if (schedule.getVectorDim() >= 0 &&
      facts.isReduction(schedule.getVectorDim())) {
    return "Halide's vectors lie along dimensions of the result";
  }
  if (slidesAlongVectors(facts, schedule)) {
    return "Halide combines a window as the innermost loop goes, which is not "
           "the one over vectors";
  }
  auto text = halide::describe(launch, schedule);
  return text ? "" : llvm::toString(text.takeError());
}

namespace {
/// Makes the candidates for one launch.
class Candidates {
public:
  Candidates(LaunchOp launch, const Target &target,
             SmallVectorImpl<ScheduleAttr> &found)
      : launch(launch), target(target), facts(launch), found(found) {
    for (unsigned d = 0; d < facts.numDims(); ++d) {
      (facts.isReduction(d) ? reductions : parallel).push_back(d);
    }
  }

  void run();

private:
  bool isWorthwhile();
  void addFor(int64_t vectorDim);
  void addOrders(Draft draft);
  void add(Draft draft);

  LaunchOp launch;
  const Target &target;
  LaunchFacts facts;
  SmallVectorImpl<ScheduleAttr> &found;
  SmallVector<int64_t> parallel, reductions;
};
} // namespace

/// Windows of two dimensions, reads at computed positions, and reads that skip
/// elements: what the nest's emitter does point by point.
bool Candidates::isWorthwhile() {
  if (facts.sequential || facts.storesRows || facts.stages > 1) {
    return false;
  }
  if (facts.stages == 1) {
    return reductions.size() == 2;
  }
  bool gathers = false;
  launch.getBody().walk([&](GatherOp) { gathers = true; });
  return gathers || llvm::any_of(facts.inputs, [&](const AccessFacts &access) {
           return llvm::none_of(access.strides,
                                [](auto stride) { return stride == 1; });
         });
}

void Candidates::run() {
  if (!halide::isAvailable() || !isWorthwhile()) {
    return;
  }
  constexpr size_t kMostDims = 2;
  size_t tried = 0;
  for (int64_t d : llvm::reverse(parallel)) {
    if (facts.extents[d] >= target.f32Lanes() && tried++ < kMostDims) {
      addFor(d);
    }
  }
}

void Candidates::addFor(int64_t vectorDim) {
  Draft draft;
  draft.algorithm = Algorithm::halide;
  draft.vectorDim = vectorDim;
  draft.lanes = target.f32Lanes();
  draft.tile.assign(facts.numDims(), 1);
  draft.tile[vectorDim] = draft.lanes;
  for (int64_t d : reductions) {
    draft.tile[d] = facts.extents[d];
  }
  // The few channels of an image share what is computed for a pixel.
  constexpr int64_t kMostChannels = 4;
  for (int64_t d : parallel) {
    if (d != vectorDim && facts.extents[d] <= kMostChannels &&
        d != parallel.front()) {
      draft.tile[d] = facts.extents[d];
    }
  }
  addOrders(draft);
  if (reductions.size() == 2) {
    for (int64_t stage : {1, 2}) {
      for (int64_t vectors : {1, 2}) {
        Draft staged = draft;
        staged.tile[reductions.front()] = stage;
        staged.tile[vectorDim] = vectors * draft.lanes;
        addOrders(staged);
      }
    }
  } else {
    draft.tile[vectorDim] = 2 * draft.lanes;
    addOrders(draft);
  }
}

/// The dimensions as they are, and with the vectors' next to the outermost, so
/// that the loops inside run over one vector of it.
void Candidates::addOrders(Draft draft) {
  draft.order = parallel;
  draft.order.append(reductions);
  bool isStaged = false;
  for (int64_t d : reductions) {
    isStaged |= draft.tile[d] < facts.extents[d];
  }
  if (!isStaged) {
    add(draft);
  }
  if (parallel.size() > 2 && draft.vectorDim != parallel[0] && isStaged) {
    llvm::erase(draft.order, draft.vectorDim);
    draft.order.insert(draft.order.begin() + 1, draft.vectorDim);
    add(draft);
  }
}

void Candidates::add(Draft draft) {
  int64_t first = draft.order.front();
  draft.tasks = first != draft.vectorDim && !facts.isReduction(first) &&
                draft.tile[first] == 1 && facts.extents[first] > 1;
  ScheduleAttr schedule = attributeOf(launch.getContext(), draft);
  if (illegality(launch, schedule, target).empty() &&
      !llvm::is_contained(found, schedule)) {
    found.push_back(schedule);
  }
}

void addHalideSchedules(LaunchOp launch, const Target &target,
                        SmallVectorImpl<ScheduleAttr> &found) {
  Candidates(launch, target, found).run();
}

} // namespace tessera::schedule
