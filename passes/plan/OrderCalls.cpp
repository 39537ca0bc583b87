//===- OrderCalls.cpp - calls before what uses their dimensions -----------===//
//
// A depth-first walk in the given order: before an operation comes what
// computes its operands and what defines the dimensions its types and maps
// name, directly or through a minimum or maximum.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/Library.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "passes/plan/Passes.h"
#include "llvm/ADT/DenseMap.h"
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
  void addSymbols(AffineMap map, llvm::BitVector &symbols) const;
  /// The calls that the types and maps of the operation depend on.
  SmallVector<Operation *> callsFor(Operation *op) const;

  ModuleOp module;
  Block &block;
  llvm::DenseMap<int64_t, Operation *> definers;
  llvm::DenseSet<Operation *> done, open;
  SmallVector<Operation *> order;
};
} // namespace

Ordering::Ordering(ModuleOp module, Block &block)
    : module(module), block(block) {
  for (auto call : block.getOps<LibraryOp>()) {
    for (const Definition &definition :
         definitionsOf(call.getExtents(), call.getElements())) {
      definers[definition.symbol] = call;
    }
  }
}

void Ordering::addSymbols(AffineMap map, llvm::BitVector &symbols) const {
  auto list = module->getAttrOfType<ArrayAttr>(kDimensionsAttr);
  map.walkExprs([&](AffineExpr expr) {
    auto symbol = dyn_cast<AffineSymbolExpr>(expr);
    if (!symbol || symbol.getPosition() >= symbols.size() ||
        symbols[symbol.getPosition()]) {
      return;
    }
    symbols.set(symbol.getPosition());
    auto dimension = cast<DimensionAttr>(list[symbol.getPosition()]);
    if (dimension.getKind() != DimensionKind::computed) {
      addSymbols(dimension.getOperands(), symbols);
    }
  });
}

SmallVector<Operation *> Ordering::callsFor(Operation *op) const {
  auto list = module->getAttrOfType<ArrayAttr>(kDimensionsAttr);
  llvm::BitVector symbols(list.size());
  AttrTypeWalker walker;
  walker.addWalk(
      [&](AffineMapAttr map) { addSymbols(map.getValue(), symbols); });
  op->walk([&](Operation *inner) {
    walker.walk(inner->getAttrDictionary());
    for (Type type : inner->getResultTypes()) {
      walker.walk(type);
    }
  });
  SmallVector<Operation *> calls;
  for (unsigned symbol : symbols.set_bits()) {
    Operation *call = definers.lookup(symbol);
    if (call && call != op) {
      calls.push_back(call);
    }
  }
  return calls;
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
