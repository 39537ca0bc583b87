//===- InnerInputs.cpp - what a body reads at every point -----------------===//

#include "dialects/kernel/InnerInputs.h"
#include "dialects/kernel/Kernel.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace tessera::kernel;

/// Marks the arguments that `value` needs before any reduction.
static void markInner(Value value, SmallVectorImpl<bool> &inner,
                      llvm::DenseSet<Value> &seen) {
  if (!seen.insert(value).second) {
    return;
  }
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    inner[argument.getArgNumber()] = true;
    return;
  }
  if (!isa<ReduceOp>(value.getDefiningOp())) {
    for (Value operand : value.getDefiningOp()->getOperands()) {
      markInner(operand, inner, seen);
    }
  }
}

SmallVector<bool> tessera::kernel::innerInputs(Block &body) {
  SmallVector<bool> inner(body.getNumArguments(), false);
  llvm::DenseSet<Value> seen;
  for (auto reduce : body.getOps<ReduceOp>()) {
    markInner(reduce.getValue(), inner, seen);
  }
  return inner;
}
