//===- Pipeline.cpp - the layout passes in order --------------------------===//

#include "mlir/Pass/PassManager.h"
#include "passes/layout/Passes.h"

using namespace mlir;

namespace tessera::layout {

void buildLayoutPipeline(OpPassManager &manager, const LayoutOptions &options) {
  if (options.assign) {
    manager.nest<func::FuncOp>().addPass(createAssignLayouts());
  }
}

} // namespace tessera::layout
