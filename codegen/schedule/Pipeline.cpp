//===- Pipeline.cpp - the passes between schedules and code ---------------===//

#include "codegen/schedule/Passes.h"
#include "codegen/schedule/Target.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace tessera::schedule {

void buildSchedulePipeline(
    OpPassManager &manager, const Target &target,
    llvm::function_ref<void(OpPassManager &)> afterSplit) {
  if (target.matrixTiles) {
    SplitProductsOptions split;
    split.target = target.name.str();
    manager.addPass(createSplitProducts(split));
    afterSplit(manager);
  }
  manager.addPass(createMultiplyByReciprocals());
  manager.addPass(createRoundToIntegers());
  manager.addPass(createBoundExponentials());
  manager.addPass(createFlushProbabilities());
  manager.addPass(createFlushDenormals());
  manager.addPass(createPackWeights());
  manager.addPass(createFetchWeights());
}

} // namespace tessera::schedule
