//===- SharedPanels.cpp - one copy of weights for several targets ---------===//

#include "codegen/schedule/SharedPanels.h"
#include "codegen/schedule/ChooseSchedule.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

static ScheduleAttr withPanel(ScheduleAttr schedule, int64_t panel) {
  return ScheduleAttr::get(schedule.getContext(), schedule.getAlgorithm(),
                           schedule.getVectorDim(), schedule.getLanes(),
                           schedule.getTile(), schedule.getOrder(),
                           schedule.getTasks(), schedule.getPacked(),
                           schedule.getBlocks(), schedule.getPrefetch(), panel);
}

ScheduleAttr withSharedPanels(ScheduleAttr schedule) {
  return schedule.getPacked().empty()
             ? schedule
             : withPanel(schedule, schedule.panelWidth());
}

ScheduleAttr readingPanelsOf(ScheduleAttr schedule, ScheduleAttr other) {
  if (schedule.getPacked() != other.getPacked()) {
    return {};
  }
  if (other.getPacked().empty()) {
    return schedule;
  }
  bool fits =
      schedule.getVectorDim() == other.getVectorDim() &&
      schedule.getOrder() == other.getOrder() &&
      other.panelWidth() % schedule.getTile()[schedule.getVectorDim()] == 0;
  return fits ? withPanel(schedule, other.panelWidth()) : ScheduleAttr();
}

ScheduleAttr chooseReadingPanelsOf(LaunchOp launch, const Target &target,
                                   ScheduleAttr other, std::string *rejection) {
  if (other.getPacked().empty()) {
    return chooseSchedule(launch, target, /*mayPack=*/false, rejection);
  }
  LaunchFacts facts(launch);
  Draft draft;
  draft.tile.assign(facts.numDims(), 1);
  draft.vectorDim = other.getVectorDim();
  draft.lanes = lanesAlong(facts, draft.vectorDim, target);
  draft.order = llvm::to_vector(other.getOrder().asArrayRef());
  draft.packed = llvm::to_vector(other.getPacked().asArrayRef());
  draft.panel = other.panelWidth();
  chooseTile(launch, facts, target, draft);
  return finish(launch, facts, target, draft, rejection);
}

void sharePanels(Operation *scheduled, Operation *plan) {
  SmallVector<ScheduleAttr> schedules;
  scheduled->walk(
      [&](LaunchOp launch) { schedules.push_back(*launch.getSchedule()); });
  auto next = schedules.begin();
  plan->walk([&](LaunchOp launch) { launch->setAttr(kSharesAttr, *next++); });
}

} // namespace tessera::schedule
