//===- Passes.h - the order of dimensions in memory -------------*- C++ -*-===//

#ifndef TESSERA_PASSES_LAYOUT_PASSES_H
#define TESSERA_PASSES_LAYOUT_PASSES_H

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir {
class OpPassManager;
}

namespace tessera::layout {

struct LayoutOptions {
  /// Off: every tensor stays row-major.
  bool assign = true;
};

/// Chooses the order in memory of the dimensions of every kernel result.
void buildLayoutPipeline(mlir::OpPassManager &manager,
                         const LayoutOptions &options = {});

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/layout/Passes.h.inc"

} // namespace tessera::layout

#endif // TESSERA_PASSES_LAYOUT_PASSES_H
