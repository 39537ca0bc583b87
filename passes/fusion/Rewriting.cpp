//===- Rewriting.cpp - steps shared by the fusion passes ------------------===//

#include "passes/fusion/Rewriting.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::fusion {

void rewriteKernels(func::FuncOp func,
                    llvm::function_ref<KernelOp(KernelOp)> attempt) {
  bool changed = true;
  while (changed) {
    changed = false;
    for (Operation &op : llvm::make_early_inc_range(func.getBody().front())) {
      KernelOp kernel = dyn_cast<KernelOp>(op);
      while (kernel) {
        kernel = attempt(kernel);
        changed |= kernel != nullptr;
      }
    }
  }
}

void eraseIfDead(ValueRange values) {
  llvm::SetVector<Operation *> worklist;
  auto add = [&](ValueRange all) {
    for (Value value : all) {
      if (Operation *definition = value.getDefiningOp()) {
        worklist.insert(definition);
      }
    }
  };
  add(values);
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val();
    if (isOpTriviallyDead(op)) {
      // What is used by several of them is met again after the last.
      add(op->getOperands());
      op->erase();
    }
  }
}

void restoreOrder(Operation *op) {
  for (Operation *user : op->getUsers()) {
    if (user->isBeforeInBlock(op)) {
      sortTopologically(op->getBlock());
      return;
    }
  }
}

KernelOp fuseAfter(KernelOp reducer, KernelParts parts, KernelOp consumer,
                   ArrayRef<AffineExpr> dims, OpBuilder &builder) {
  Operation *terminator = parts.terminator();
  IRMapping mapping;
  for (auto [i, input] : llvm::enumerate(consumer.getInputs())) {
    if (input.getDefiningOp() == reducer) {
      unsigned r = cast<OpResult>(input).getResultNumber();
      mapping.map(consumer.getBody().getArgument(i), terminator->getOperand(r));
    }
  }
  OpBuilder bodyBuilder(terminator);
  SmallVector<Value> values =
      parts.inlineBody(consumer, dims, bodyBuilder, mapping);
  unsigned before = parts.results.size();
  for (auto [r, value] : llvm::enumerate(values)) {
    terminator->insertOperands(terminator->getNumOperands(), value);
    KernelResult result;
    result.type = consumer.getResult(r).getType();
    for (AffineExpr expr : consumer.getOutputMap(r).getResults()) {
      result.coordinates.push_back(simplify(expr.replaceDims(dims)));
    }
    parts.results.push_back(std::move(result));
  }
  builder.setInsertionPoint(consumer);
  KernelOp fused = parts.build(
      builder, builder.getFusedLoc({reducer.getLoc(), consumer.getLoc()}));
  for (auto [r, result] : llvm::enumerate(consumer.getResults())) {
    result.replaceAllUsesWith(fused.getResult(before + r));
  }
  for (auto [r, result] : llvm::enumerate(reducer.getResults())) {
    result.replaceAllUsesWith(fused.getResult(r));
  }
  consumer.erase();
  reducer.erase();
  fused = simplifyKernel(fused, builder);
  restoreOrder(fused);
  return fused;
}

} // namespace tessera::fusion
