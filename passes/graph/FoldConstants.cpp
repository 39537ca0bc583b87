//===- FoldConstants.cpp - compute operations on constants ----------------===//

#include "passes/graph/ConstantFolder.h"
#include "passes/graph/Passes.h"

using namespace mlir;

namespace tessera::graph {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "passes/graph/Passes.h.inc"

/// A constant of the dialect that `op` belongs to.
static Value constantLike(Operation *op, Type type, ElementsAttr value,
                          OpBuilder &builder) {
  if (isa<TsrDialect>(op->getDialect())) {
    return ConstantOp::create(builder, op->getLoc(), type, value);
  }
  return arith::ConstantOp::create(builder, op->getLoc(), type, value);
}

namespace {
struct FoldConstants : impl::FoldConstantsBase<FoldConstants> {
  using FoldConstantsBase::FoldConstantsBase;

  void runOnOperation() override {
    FoldBudget budget{tensorBytes, modelBytes, steps};
    OpBuilder builder(&getContext());
    Block &block = getOperation().getBody().front();
    for (Operation &op : llvm::make_early_inc_range(block)) {
      auto folded = foldOperation(&op, budget);
      if (!folded) {
        continue;
      }
      builder.setInsertionPoint(&op);
      for (auto [result, value] : llvm::zip_equal(op.getResults(), *folded)) {
        result.replaceAllUsesWith(
            constantLike(&op, result.getType(), value, builder));
      }
      op.erase();
    }
  }
};
} // namespace
} // namespace tessera::graph
