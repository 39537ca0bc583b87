//===- TargetPlans.cpp - the scheduled plan of each target ----------------===//

#include "compiler/driver/TargetPlans.h"
#include "codegen/schedule/Passes.h"
#include "codegen/schedule/SharedPanels.h"
#include "passes/plan/Passes.h"

using namespace mlir;
using namespace tessera;

llvm::Error TargetPlans::schedule(const schedule::Target &target,
                                  ModuleOp copy) {
  schedule::AssignSchedulesOptions assign;
  assign.target = target.name.str();
  assign.sharePanels = options.targets.size() > 1;
  assign.plain = !options.vectorise;
  assign.file = options.tuningFile;
  assign.machine = options.tuningMachine;
  assign.products = schedule::nameOf(options.products).str();
  return stages.run(copy, "schedule", [&](OpPassManager &manager) {
    manager.addPass(schedule::createAssignSchedules(assign));
  });
}

llvm::Error TargetPlans::pack(const schedule::Target &target, ModuleOp copy) {
  llvm::Error error = stages.run(copy, "pack", [&](OpPassManager &manager) {
    schedule::buildSchedulePipeline(
        manager, target, [](OpPassManager &afterSplit) {
          afterSplit.addPass(plan::createPlanArena());
          afterSplit.addPass(plan::createCheckPlan());
        });
    schedule::BandLaunchesOptions bands;
    bands.cacheBytes = target.l2Bytes;
    manager.addPass(schedule::createBandLaunches(bands));
  });
  if (error) {
    return error;
  }
  bool movesRanges = false;
  copy.walk([&](kernel::LaunchOp launch) {
    movesRanges |= launch->hasAttr(plan::kSameTimeAttr);
  });
  if (!movesRanges) {
    return llvm::Error::success();
  }
  return stages.run(copy, "pack", [](OpPassManager &manager) {
    manager.addPass(plan::createPlanArena());
    manager.addPass(plan::createCheckPlan());
  });
}

llvm::Error TargetPlans::scheduleMostCapable() {
  if (options.targets.size() < 2) {
    return llvm::Error::success();
  }
  mostCapable = plan.clone();
  return schedule(*schedule::findTarget(options.targets.back()), *mostCapable);
}

llvm::Expected<OwningOpRef<ModuleOp>>
TargetPlans::planFor(const schedule::Target &target) {
  OwningOpRef<ModuleOp> copy;
  if (mostCapable && target.name == options.targets.back()) {
    copy = std::move(mostCapable);
  } else {
    copy = plan.clone();
    if (mostCapable) {
      schedule::sharePanels(*mostCapable, *copy);
    }
    if (llvm::Error error = schedule(target, *copy)) {
      return error;
    }
  }
  if (llvm::Error error = pack(target, *copy)) {
    return error;
  }
  return copy;
}
