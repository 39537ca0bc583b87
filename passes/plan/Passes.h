//===- Passes.h - from kernels to launches on buffers -----------*- C++ -*-===//

#ifndef TESSERA_PASSES_PLAN_PASSES_H
#define TESSERA_PASSES_PLAN_PASSES_H

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir {
class OpPassManager;
}

namespace tessera::plan {

/// Attribute of launches that use what they use at the same time as the one
/// before.
inline constexpr llvm::StringLiteral kSameTimeAttr = "tsk.same_time";

struct PlanOptions {
  /// Let outputs take the memory of inputs that end in the same launch.
  bool inPlace = true;
  /// Give tensors that are read outside their bounds a border of pad values.
  bool halo = true;
  /// Compute chains of contractions in blocks.
  bool block = true;
  /// Merge dimensions that are contiguous in every access.
  bool collapse = true;
};

/// Turns the kernels of @main into launches on buffers with arena offsets.
void buildPlanPipeline(mlir::OpPassManager &manager,
                       const PlanOptions &options);

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/plan/Passes.h.inc"

} // namespace tessera::plan

#endif // TESSERA_PASSES_PLAN_PASSES_H
