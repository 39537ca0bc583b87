//===- Pipeline.cpp - the planning passes in order ------------------------===//

#include "mlir/Pass/PassManager.h"
#include "passes/plan/Passes.h"

using namespace mlir;

namespace tessera::plan {

void buildPlanPipeline(OpPassManager &manager, const PlanOptions &options) {
  PlaceTensorsOptions placeOptions;
  placeOptions.halo = options.halo;
  manager.addPass(createPlaceTensors(placeOptions));
  manager.addPass(createPlanArena());
}

} // namespace tessera::plan
