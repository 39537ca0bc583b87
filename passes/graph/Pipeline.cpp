//===- Pipeline.cpp - the graph passes in order ---------------------------===//

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/graph/Passes.h"

using namespace mlir;

namespace tessera::graph {

void buildGraphPipeline(OpPassManager &manager, const GraphOptions &options) {
  OpPassManager &functions = manager.nest<func::FuncOp>();
  if (options.simplify) {
    // Quantised weights are constants of 8 bits until something folds them.
    functions.addPass(createFormIntegerProducts());
    // Folding scales into weights needs constants, and leaves new identities.
    functions.addPass(createFoldConstants());
    functions.addPass(createSimplify());
    functions.addPass(createFoldBatchNormalization());
    functions.addPass(createSimplify());
  }
}

void buildLoweringPipeline(OpPassManager &manager,
                           const GraphOptions &options) {
  if (options.simplify && options.winograd) {
    manager.nest<func::FuncOp>().addPass(createFormWinograd());
  }
  manager.addPass(createLowerToKernels());
  if (options.simplify) {
    manager.nest<func::FuncOp>().addPass(createFoldConstants());
  }
}

} // namespace tessera::graph
