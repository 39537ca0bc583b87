//===- Pipeline.cpp - the fusion passes in order --------------------------===//
//
// Reads are composed first, so that producers and consumers meet directly.
// Chains of maps join before they are given to a reduction, whose epilogue then
// sees one map; rows come before epilogues because they take the same maps.
//
//===----------------------------------------------------------------------===//

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/fusion/Passes.h"

using namespace mlir;

namespace tessera::fusion {

static void addCleanup(OpPassManager &functions) {
  functions.addPass(createCSEPass());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createSimplifyKernels());
}

void buildFusionPipeline(OpPassManager &manager, const FusionOptions &options) {
  OpPassManager &functions = manager.nest<func::FuncOp>();
  addCleanup(functions);
  functions.addPass(createMarkBranches());
  if (options.fuse) {
    // Fused kernels compose further: the second round sees what the first made.
    for (bool last : {false, true}) {
      bool remarks = last && options.remarks;
      FuseMapIntoConsumerOptions mapOptions;
      FuseRowsOptions rowOptions;
      FuseEpilogueOptions epilogueOptions;
      mapOptions.remarks = rowOptions.remarks = epilogueOptions.remarks =
          remarks;
      functions.addPass(createComposeViews());
      functions.addPass(createComposeReshapes());
      functions.addPass(createComposeViews());
      functions.addPass(createFuseMapIntoConsumer(mapOptions));
      functions.addPass(createFuseRows(rowOptions));
      functions.addPass(createFuseEpilogue(epilogueOptions));
      addCleanup(functions);
    }
  }
  functions.addPass(createTabulateBytes());
  functions.addPass(createCheckFusion());
}

} // namespace tessera::fusion
