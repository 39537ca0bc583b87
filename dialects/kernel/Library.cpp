//===- Library.cpp - calls of the runtime's operator library --------------===//

#include "dialects/kernel/Library.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/GrowingBound.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;

namespace tessera::kernel {

SmallVector<Definition> definitionsOf(ArrayRef<int64_t> extents,
                                      ArrayRef<int64_t> elements) {
  SmallVector<Definition> result;
  for (auto [list, isElement] :
       {std::pair(extents, false), std::pair(elements, true)}) {
    for (size_t i = 0; i + 2 < list.size(); i += 3) {
      result.push_back({list[i], list[i + 1], list[i + 2], isElement});
    }
  }
  return result;
}

void addDefinitionEffects(
    ArrayRef<int64_t> extents, ArrayRef<int64_t> elements,
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  if (!extents.empty() || !elements.empty()) {
    effects.emplace_back(MemoryEffects::Write::get());
  }
}

LogicalResult verifyLibrary(Operation *op, ArrayRef<int64_t> positions,
                            ArrayRef<int64_t> extents,
                            ArrayRef<int64_t> elements) {
  if (positions.size() != op->getNumOperands()) {
    return op->emitOpError("expected one position for each of its ")
           << op->getNumOperands() << " inputs, got " << positions.size();
  }
  int64_t last = -1;
  for (int64_t position : positions) {
    if (position <= last) {
      return op->emitOpError("expected increasing positions, got ")
             << position << " after " << last;
    }
    last = position;
  }
  if (extents.size() % 3 != 0 || elements.size() % 3 != 0) {
    return op->emitOpError("expected triples of symbol, result and index");
  }
  for (const Definition &definition : definitionsOf(extents, elements)) {
    bool known = definition.result >= 0 &&
                 definition.result < int64_t(op->getNumResults());
    auto type = known ? dyn_cast<RankedTensorType>(
                            op->getResult(definition.result).getType())
                      : RankedTensorType();
    if (!type || definition.symbol < 0) {
      return op->emitOpError("expected definitions by one of its ")
             << op->getNumResults() << " results, got " << definition.result;
    }
    int64_t end = !definition.isElement                 ? type.getRank()
                  : !type.hasStaticShape()              ? 0
                  : type.getElementType().isInteger(64) ? type.getNumElements()
                                                        : 0;
    if (definition.index < 0 || definition.index >= end) {
      return op->emitOpError("expected an index below ")
             << end << ", got " << definition.index;
    }
  }
  return success();
}

void LibraryOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addDefinitionEffects(getExtents(), getElements(), effects);
}

LogicalResult LibraryOp::verify() {
  return verifyLibrary(*this, getPositions(), getExtents(), getElements());
}

static ArrayAttr dimensionsOf(ModuleOp module) {
  auto list = module->getAttrOfType<ArrayAttr>(kDimensionsAttr);
  return list ? list : ArrayAttr::get(module.getContext(), {});
}

llvm::BitVector computedDimensions(ModuleOp module) {
  ArrayAttr list = dimensionsOf(module);
  llvm::BitVector computed(list.size());
  for (auto [i, dimension] :
       llvm::enumerate(list.getAsRange<DimensionAttr>())) {
    bool derived = dimension.getKind() == DimensionKind::min ||
                   dimension.getKind() == DimensionKind::max;
    computed[i] = dimension.getKind() == DimensionKind::computed;
    for (AffineExpr operand : dimension.getOperands().getResults()) {
      computed[i] =
          computed[i] || (derived && usesDimensions(operand, computed));
    }
  }
  return computed;
}

void addSymbolsOf(AffineExpr expr, ModuleOp module,
                  llvm::BitVector &dimensions) {
  ArrayAttr list = dimensionsOf(module);
  SmallVector<AffineExpr> exprs = {expr};
  while (!exprs.empty()) {
    exprs.pop_back_val().walk([&](AffineExpr part) {
      auto symbol = dyn_cast<AffineSymbolExpr>(part);
      if (!symbol || symbol.getPosition() >= dimensions.size() ||
          dimensions[symbol.getPosition()]) {
        return;
      }
      dimensions.set(symbol.getPosition());
      auto dimension = cast<DimensionAttr>(list[symbol.getPosition()]);
      if (dimension.getKind() != DimensionKind::computed) {
        llvm::append_range(exprs, dimension.getOperands().getResults());
      }
    });
  }
}

bool usesDimensions(AffineExpr expr, const llvm::BitVector &dimensions) {
  bool uses = false;
  expr.walk([&](AffineExpr part) {
    auto symbol = dyn_cast<AffineSymbolExpr>(part);
    uses |= symbol && symbol.getPosition() < dimensions.size() &&
            dimensions[symbol.getPosition()];
  });
  return uses;
}

/// Quotients by computed dimensions as what is divided: by the greatest divisor
/// they would be at least.
static AffineExpr withoutDivisors(AffineExpr expr,
                                  const llvm::BitVector &computed) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary) {
    return expr;
  }
  AffineExpr left = withoutDivisors(binary.getLHS(), computed);
  bool isQuotient = expr.getKind() == AffineExprKind::FloorDiv ||
                    expr.getKind() == AffineExprKind::CeilDiv;
  if (isQuotient && usesDimensions(binary.getRHS(), computed)) {
    return left;
  }
  return getAffineBinaryOpExpr(expr.getKind(), left,
                               withoutDivisors(binary.getRHS(), computed));
}

AffineExpr boundOfComputed(AffineExpr expr, ModuleOp module) {
  llvm::BitVector computed = computedDimensions(module);
  if (!usesDimensions(expr, computed)) {
    return expr;
  }
  MLIRContext *context = module.getContext();
  SmallVector<AffineExpr> bounds;
  for (auto [i, dimension] :
       llvm::enumerate(dimensionsOf(module).getAsRange<DimensionAttr>())) {
    AffineExpr bound = getAffineSymbolExpr(i, context);
    if (computed[i]) {
      // Bounds of earlier entries are at hand; a maximum is at most the sum of
      // what operands are at most, none of it negative.
      bound = {};
      bool isMin = dimension.getKind() == DimensionKind::min;
      for (AffineExpr value : dimension.getOperands().getResults()) {
        AffineExpr operand = withoutDivisors(growingBound(value), computed);
        bool unbounded = false;
        operand.walk([&](AffineExpr part) {
          auto symbol = dyn_cast<AffineSymbolExpr>(part);
          unbounded |= symbol && !bounds[symbol.getPosition()];
        });
        AffineExpr one =
            unbounded ? AffineExpr() : operand.replaceSymbols(bounds);
        if (isMin) {
          bool isBetter = one && (!bound || constantOf(one));
          bound = isBetter ? one : bound;
        } else if (!one) {
          bound = {};
          break;
        } else {
          bound = bound ? bound + one : one;
        }
      }
      if (dimension.getUpper() >= 0) {
        bound = getAffineConstantExpr(dimension.getUpper(), context);
      }
    }
    bounds.push_back(bound);
  }
  bool unbounded = false;
  expr.walk([&](AffineExpr part) {
    auto symbol = dyn_cast<AffineSymbolExpr>(part);
    unbounded |= symbol && !bounds[symbol.getPosition()];
  });
  return unbounded
             ? AffineExpr()
             : simplify(withoutDivisors(expr, computed).replaceSymbols(bounds));
}

AffineExpr computedDimension(ModuleOp module, StringRef name, int64_t lower,
                             int64_t upper, AffineExpr bound) {
  MLIRContext *context = module.getContext();
  SmallVector<Attribute> entries = llvm::to_vector(dimensionsOf(module));
  AffineMap operands =
      bound ? extentMapOf(context, {bound}) : AffineMap::get(context);
  entries.push_back(DimensionAttr::get(context, name, DimensionKind::computed,
                                       lower, upper, operands));
  module->setAttr(kDimensionsAttr, ArrayAttr::get(context, entries));
  return getAffineSymbolExpr(entries.size() - 1, context);
}

} // namespace tessera::kernel
