//===- DefinedSizes.cpp - which sizes a run knows when --------------------===//

#include "passes/plan/DefinedSizes.h"
#include "dialects/kernel/Kernel.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {

DefinedSizes::DefinedSizes(ModuleOp module, Block &block)
    : module(module), dimensionCount(computedDimensions(module).size()) {
  auto add = [&](auto call) {
    for (const Definition &definition :
         definitionsOf(call.getExtents(), call.getElements())) {
      calls[definition.symbol] = call;
    }
  };
  for (Operation &op : block) {
    if (auto call = dyn_cast<LibraryOp>(op)) {
      add(call);
    } else if (auto call = dyn_cast<CallOp>(op)) {
      add(call);
    }
  }
}

SmallVector<Operation *>
DefinedSizes::callsFor(ArrayRef<AffineExpr> exprs) const {
  llvm::BitVector symbols(dimensionCount);
  for (AffineExpr expr : exprs) {
    addSymbolsOf(expr, module, symbols);
  }
  SmallVector<Operation *> found;
  for (unsigned symbol : symbols.set_bits()) {
    Operation *call = calls.lookup(symbol);
    if (call && !llvm::is_contained(found, call)) {
      found.push_back(call);
    }
  }
  return found;
}

bool DefinedSizes::areKnownAt(Operation *op, ArrayRef<AffineExpr> exprs) const {
  return calls.empty() || llvm::all_of(callsFor(exprs), [&](Operation *call) {
           return call != op && call->isBeforeInBlock(op);
         });
}

} // namespace tessera::plan
