//===- LoopCost.cpp - work and traffic of a loop of launches --------------===//

#include "codegen/tune/LoopCost.h"
#include "codegen/tune/LaunchCost.h"
#include "dialects/kernel/Extents.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::tune {

/// The operations of the loop's body at one point of each loop around it.
/// `symbols[i]` stands for symbol i.
static AffineExpr operationsAt(LoopOp loop, SmallVector<AffineExpr> symbols) {
  MLIRContext *context = loop.getContext();
  symbols.resize(loop.getSymbolEnd(), getAffineConstantExpr(0, context));
  unsigned next = loop.getSymbol() + loop.getExtents().getNumResults();
  for (Attribute length : loop.getLengths()) {
    AffineExpr whole = cast<AffineMapAttr>(length).getValue().getResult(0);
    symbols[next++] = whole.replaceSymbols(symbols);
  }
  AffineExpr sum = getAffineConstantExpr(0, context);
  for (Operation &op : loop.getBody().front()) {
    if (auto launch = dyn_cast<LaunchOp>(op)) {
      sum = sum + operationsOf(launch).getResult(0).replaceSymbols(symbols);
    } else {
      sum = sum + operationsAt(cast<LoopOp>(op), symbols);
    }
  }
  AffineExpr points = productOf(context, loop.getExtents().getResults());
  return sum * points.replaceSymbols(symbols);
}

AffineMap operationsOf(LoopOp loop) {
  SmallVector<AffineExpr> symbols;
  for (unsigned s = 0; s < loop.getSymbol(); ++s) {
    symbols.push_back(getAffineSymbolExpr(s, loop.getContext()));
  }
  return extentMapOf(loop.getContext(),
                     {simplify(operationsAt(loop, symbols))});
}

/// The type of a model input or output.
static RankedTensorType typeInSignature(ModuleOp plan, StringRef list,
                                        int64_t index) {
  auto signature = plan->getAttrOfType<DictionaryAttr>("tsk.signature");
  auto entries = signature ? signature.getAs<ArrayAttr>(list) : ArrayAttr();
  if (!entries || index >= static_cast<int64_t>(entries.size())) {
    return {};
  }
  auto type = cast<DictionaryAttr>(entries[index]).getAs<TypeAttr>("type");
  return type ? dyn_cast<RankedTensorType>(type.getValue())
              : RankedTensorType();
}

AffineMap footprintOf(ModuleOp plan, LoopOp loop, Value buffer) {
  MLIRContext *context = plan.getContext();
  int64_t bytes =
      storageBytesOf(cast<BufferType>(buffer.getType()).getElementType());
  Operation *op = buffer.getDefiningOp();
  if (auto arena = dyn_cast<ArenaOp>(op)) {
    bool isOwn = llvm::all_of(buffer.getUsers(), [&](Operation *user) {
      return loop->isProperAncestor(user);
    });
    return isOwn ? extentMapOf(context, {getAffineConstantExpr(0, context)})
                 : arena.getBytes();
  }
  RankedTensorType type;
  if (auto weight = dyn_cast<WeightOp>(op)) {
    type = cast<RankedTensorType>(weight.getValue().getType());
  } else if (auto argument = dyn_cast<ArgumentOp>(op)) {
    type = typeInSignature(plan, "inputs", argument.getIndex());
  } else if (auto output = dyn_cast<OutputOp>(op)) {
    type = typeInSignature(plan, "outputs", output.getIndex());
  }
  AffineExpr elements = type ? productOf(context, extentsOf(type))
                             : getAffineConstantExpr(0, context);
  return extentMapOf(context, {simplify(elements * bytes)});
}

} // namespace tessera::tune
