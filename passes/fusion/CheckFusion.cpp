//===- CheckFusion.cpp - what is legal after fusion -----------------------===//

#include "passes/fusion/KernelTraits.h"
#include "passes/fusion/LinearForms.h"
#include "passes/fusion/Passes.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::fusion {
#define GEN_PASS_DEF_CHECKFUSION
#include "passes/fusion/Passes.h.inc"

/// Every point writes its own element; only then may points run in any order.
static LogicalResult checkResults(KernelOp op) {
  for (unsigned r = 0; r < op.getNumResults(); ++r) {
    for (AffineExpr expr : op.getOutputMap(r).getResults()) {
      if (usesDivision(expr)) {
        AffineMap map = op.getOutputMap(r);
        return op.emitOpError("expected result ")
               << r << " to be written at linear coordinates, got "
               << AffineMapAttr::get(map);
      }
    }
  }
  return success();
}

namespace {
struct CheckFusion : impl::CheckFusionBase<CheckFusion> {
  void runOnOperation() override {
    for (Operation &op : getOperation().getBody().front()) {
      if (!isa<KernelOp, LibraryOp, ReshapeOp, ConcatOp, arith::ConstantOp,
               func::ReturnOp>(op)) {
        op.emitOpError("expected only kernels, library calls, reshapes, "
                       "concatenations and constants after fusion");
        return signalPassFailure();
      }
      auto kernel = dyn_cast<KernelOp>(op);
      if (kernel && failed(checkResults(kernel))) {
        return signalPassFailure();
      }
    }
  }
};
} // namespace
} // namespace tessera::fusion
