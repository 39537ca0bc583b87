//===- Pipeline.cpp - the planning passes in order ------------------------===//
//
// Chains are found and memory is shared between inputs and outputs while maps
// still tell the dimensions apart; offsets come last.
//
//===----------------------------------------------------------------------===//

#include "mlir/Pass/PassManager.h"
#include "passes/plan/Passes.h"

using namespace mlir;

namespace tessera::plan {

void buildPlanPipeline(OpPassManager &manager, const PlanOptions &options) {
  manager.addPass(createOrderCalls());
  PlaceTensorsOptions placeOptions;
  placeOptions.halo = options.halo;
  manager.addPass(createPlaceTensors(placeOptions));
  if (options.block) {
    manager.addPass(createBlockChains());
    manager.addPass(createBlockFactors());
  }
  if (options.inPlace) {
    manager.addPass(createInPlace());
    manager.addPass(createShareBorders());
  }
  if (options.collapse) {
    manager.addPass(createCollapseDimensions());
    manager.addPass(createSplitReductions());
  }
  manager.addPass(createOutlineConstants());
  manager.addPass(createPlanArena());
  manager.addPass(createCheckPlan());
}

} // namespace tessera::plan
