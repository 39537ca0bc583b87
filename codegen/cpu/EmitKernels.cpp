//===- EmitKernels.cpp - writes the functions of a scheduled plan ---------===//

#include "codegen/cpu/KernelFunctions.h"
#include "codegen/cpu/LoopFunctions.h"
#include "codegen/cpu/Passes.h"
#include "codegen/cpu/PlanFunctions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace tessera::cpu {
#define GEN_PASS_DEF_EMITKERNELS
#include "codegen/cpu/Passes.h.inc"
} // namespace tessera::cpu

using namespace mlir;

namespace tessera::cpu {
namespace {

struct EmitKernels : impl::EmitKernelsBase<EmitKernels> {
  using EmitKernelsBase::EmitKernelsBase;

  void runOnOperation() override {
    ModuleOp plan = getOperation();
    if (failed(checkPlan(plan))) {
      return signalPassFailure();
    }
    // The new functions go behind the plan, which is dropped once they stand.
    SmallVector<Operation *> old;
    for (Operation &op : plan.getBody()->getOperations()) {
      old.push_back(&op);
    }
    emitKernelFunctions(plan, plan, prefix, byteProducts);
    emitLoopFunctions(plan, plan, prefix);
    emitPlanFunctions(plan, plan, prefix, isa);
    emitShapeFunctions(plan, plan, prefix);
    for (Operation *op : old) {
      op->erase();
    }
  }

  LogicalResult checkPlan(ModuleOp plan) {
    WalkResult result = plan.walk([&](Operation *op) -> WalkResult {
      if (auto launch = dyn_cast<kernel::LaunchOp>(op);
          launch && !launch.getSchedule()) {
        return launch.emitOpError(
            "expected a schedule; run tessera-assign-schedules first");
      }
      if (auto weight = dyn_cast<kernel::WeightOp>(op);
          weight && !weight.getOffset()) {
        return weight.emitOpError(
            "expected an offset; run tessera-pack-weights first");
      }
      return WalkResult::advance();
    });
    return failure(result.wasInterrupted());
  }
};

} // namespace
} // namespace tessera::cpu
