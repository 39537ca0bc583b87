//===- OrderCalls.cpp - calls before what uses their dimensions -----------===//
//
// A depth-first walk in the given order: before an operation comes what defines
// the dimensions its types and maps name, directly or through a minimum or
// maximum, and what computes its operands. Pieces of a concatenation whose size
// is still unknown wait for it, so that they can be written where they end up.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/Library.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "passes/plan/DefinedSizes.h"
#include "passes/plan/Passes.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {
#define GEN_PASS_DEF_ORDERCALLS
#include "passes/plan/Passes.h.inc"

namespace {
class Ordering {
public:
  Ordering(ModuleOp module, Block &block);

  /// Failure when an operation would have to come before itself.
  LogicalResult run();

private:
  LogicalResult visit(Operation *op);
  /// The calls that the types and maps of the operation depend on.
  SmallVector<Operation *> callsFor(Operation *op) const;
  bool canWait(Operation *op, unsigned depth = 0) const;

  Block &block;
  DefinedSizes sizes;
  llvm::DenseSet<Operation *> done, open;
  SmallVector<Operation *> order;
};
} // namespace

Ordering::Ordering(ModuleOp module, Block &block)
    : block(block), sizes(module, block) {}

SmallVector<Operation *> Ordering::callsFor(Operation *op) const {
  SmallVector<AffineExpr> exprs;
  AttrTypeWalker walker;
  walker.addWalk([&](AffineMapAttr map) {
    llvm::append_range(exprs, map.getValue().getResults());
  });
  op->walk([&](Operation *inner) {
    walker.walk(inner->getAttrDictionary());
    for (Type type : inner->getResultTypes()) {
      walker.walk(type);
    }
  });
  SmallVector<Operation *> calls = sizes.callsFor(exprs);
  llvm::erase(calls, op);
  return calls;
}

/// Whether nobody needs the result before a concatenation, perhaps seen in
/// another shape, that has to wait for a call.
bool Ordering::canWait(Operation *op, unsigned depth) const {
  constexpr unsigned kMostViews = 4;
  if (depth > kMostViews || !isa<KernelOp, ReshapeOp, ConcatOp>(op)) {
    return false;
  }
  return llvm::any_of(op->getUsers(), [&](Operation *user) {
    if (!isa<ConcatOp, ReshapeOp>(user)) {
      return false;
    }
    return llvm::any_of(
               callsFor(user),
               [&](Operation *call) { return !done.contains(call); }) ||
           canWait(user, depth + 1);
  });
}

LogicalResult Ordering::visit(Operation *op) {
  if (done.contains(op)) {
    return success();
  }
  if (!open.insert(op).second) {
    return op->emitOpError("expected sizes that do not depend on the result, "
                           "got a size computed from it");
  }
  SmallVector<Operation *> before = callsFor(op);
  for (Value operand : op->getOperands()) {
    if (Operation *definition = operand.getDefiningOp()) {
      before.push_back(definition);
    }
  }
  for (Operation *other : before) {
    if (failed(visit(other))) {
      return failure();
    }
  }
  done.insert(op);
  order.push_back(op);
  return success();
}

LogicalResult Ordering::run() {
  for (Operation &op : block.without_terminator()) {
    if (!canWait(&op) && failed(visit(&op))) {
      return failure();
    }
  }
  for (Operation &op : block.without_terminator()) {
    if (failed(visit(&op))) {
      return failure();
    }
  }
  for (Operation *op : order) {
    op->moveBefore(block.getTerminator());
  }
  return success();
}

namespace {
struct OrderCalls : impl::OrderCallsBase<OrderCalls> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto func = module.lookupSymbol<func::FuncOp>("main");
    if (!func || computedDimensions(module).none()) {
      return;
    }
    if (failed(Ordering(module, func.getBody().front()).run())) {
      signalPassFailure();
    }
  }
};
} // namespace
} // namespace tessera::plan
