//===- LowerToKernels.cpp - from operators to kernels ---------------------===//
//
// Every operator builds its own kernels; the pass only walks. It ends with the
// check that nothing of the graph dialect is left, which is what all later
// stages rely on.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "passes/graph/Passes.h"

namespace tessera::graph {
#define GEN_PASS_DEF_LOWERTOKERNELS
#include "passes/graph/Passes.h.inc"
} // namespace tessera::graph

using namespace mlir;

namespace tessera::graph {
namespace {

LogicalResult lowerOperation(LowerOpInterface op) {
  OpBuilder builder(op);
  FailureOr<SmallVector<Value>> values = op.lower(builder);
  if (failed(values)) {
    return failure();
  }
  for (auto [result, value] : llvm::zip(op->getResults(), *values)) {
    if (result.getType() != value.getType()) {
      return op->emitOpError("expected a lowering to ")
             << result.getType() << ", got " << value.getType();
    }
  }
  op->replaceAllUsesWith(*values);
  op->erase();
  return success();
}

struct LowerToKernels : impl::LowerToKernelsBase<LowerToKernels> {
  void runOnOperation() override {
    getOperation().walk([&](func::FuncOp function) {
      SmallVector<LowerOpInterface> operations;
      function.walk([&](LowerOpInterface op) { operations.push_back(op); });
      for (LowerOpInterface op : operations) {
        if (failed(lowerOperation(op))) {
          return signalPassFailure();
        }
      }
      function.walk([&](Operation *op) {
        if (isa<TsrDialect>(op->getDialect())) {
          op->emitOpError("expected only kernels after lowering, got a graph "
                          "operation");
          signalPassFailure();
        }
      });
    });
  }
};

} // namespace
} // namespace tessera::graph
