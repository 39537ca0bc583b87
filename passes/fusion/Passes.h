//===- Passes.h - forming kernels -------------------------------*- C++ -*-===//

#ifndef TESSERA_PASSES_FUSION_PASSES_H
#define TESSERA_PASSES_FUSION_PASSES_H

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir {
class OpPassManager;
}

namespace tessera::fusion {

struct FusionOptions {
  /// Off: every operator stays a kernel of its own, which is the oracle.
  bool fuse = true;
  /// Say why kernels were not fused.
  bool remarks = false;
};

/// From one kernel for each operator to few large ones.
void buildFusionPipeline(mlir::OpPassManager &manager,
                         const FusionOptions &options);

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/fusion/Passes.h.inc"

} // namespace tessera::fusion

#endif // TESSERA_PASSES_FUSION_PASSES_H
