//===- Unify.cpp - one expression for extents that must be equal ----------===//
//
// `x[:, :n] + y` with n = min(s0, 512) works only when n equals y's extent s0.
// That becomes a constraint checked at the model's entry, and the module is
// written with s0 alone: later stages then see equal extents as equal.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Importer.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Library.h"
#include "mlir/IR/AttrTypeSubElements.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

bool isDerivedKind(kernel::DimensionKind kind) {
  return kind == kernel::DimensionKind::min ||
         kind == kernel::DimensionKind::max;
}

/// Symbols of derived dimensions and the expressions that take their places.
class Substitution {
public:
  explicit Substitution(ModuleOp module) : module(module) {}

  AffineExpr apply(AffineExpr expr) const {
    // An expression may use symbols that were replaced after it was recorded.
    for (size_t round = 0; round <= replacements.size(); ++round) {
      AffineExpr next = kernel::simplify(expr.replace(replacements));
      if (next == expr) {
        break;
      }
      expr = next;
    }
    return expr;
  }

  /// Replaces one side by the other if it is a derived dimension.
  void add(AffineExpr a, AffineExpr b) {
    // What is computed during the run cannot stand for what is known before.
    llvm::BitVector computed = kernel::computedDimensions(module);
    if (kernel::usesDimensions(a, computed) ||
        kernel::usesDimensions(b, computed)) {
      return;
    }
    if (isDerived(a) && !uses(b, a)) {
      replacements[a] = b;
    } else if (isDerived(b) && !uses(a, b)) {
      replacements[b] = a;
    }
  }

  bool empty() const { return replacements.empty(); }

private:
  bool isDerived(AffineExpr expr) const {
    auto symbol = dyn_cast<AffineSymbolExpr>(expr);
    auto list = module->getAttrOfType<ArrayAttr>(kernel::kDimensionsAttr);
    return symbol && list && symbol.getPosition() < list.size() &&
           isDerivedKind(cast<kernel::DimensionAttr>(list[symbol.getPosition()])
                             .getKind());
  }

  /// Whether `expr` depends on the symbol, also through derived dimensions.
  bool uses(AffineExpr expr, AffineExpr symbol) const {
    bool found = false;
    auto list = module->getAttrOfType<ArrayAttr>(kernel::kDimensionsAttr);
    expr.walk([&](AffineExpr part) {
      found |= part == symbol;
      if (isDerived(part) && part != expr) {
        found |= uses(part, symbol);
      }
    });
    if (!found && isDerived(expr)) {
      auto dimension = cast<kernel::DimensionAttr>(
          list[cast<AffineSymbolExpr>(expr).getPosition()]);
      for (AffineExpr operand : dimension.getOperands().getResults()) {
        found |= uses(operand, symbol);
      }
    }
    return found;
  }

  ModuleOp module;
  llvm::DenseMap<AffineExpr, AffineExpr> replacements;
};

/// Visits the pairs of different extents that broadcasting takes as equal.
void forEachAssumption(Operation *operation,
                       llvm::function_ref<void(AffineExpr, AffineExpr)> visit) {
  if (!isa<graph::ScalarOpInterface>(operation)) {
    return;
  }
  kernel::Extents result = kernel::extentsOf(operation->getResult(0));
  for (Value operand : operation->getOperands()) {
    kernel::Extents extents = kernel::extentsOf(operand);
    size_t offset = result.size() - extents.size();
    for (auto [i, extent] : enumerate(extents)) {
      if (kernel::constantOf(extent) != 1 && extent != result[offset + i]) {
        visit(result[offset + i], extent);
      }
    }
  }
}

} // namespace

void Importer::unifyExtents(func::FuncOp function) {
  Substitution substitution(*module);
  function.walk([&](Operation *operation) {
    forEachAssumption(operation, [&](AffineExpr a, AffineExpr b) {
      AffineExpr left = substitution.apply(a), right = substitution.apply(b);
      if (left != right) {
        assumeEqual(left, right);
        substitution.add(left, right);
      }
    });
  });
  if (substitution.empty()) {
    return;
  }
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](AffineMapAttr attribute) -> Attribute {
    SmallVector<AffineExpr> exprs;
    for (AffineExpr expr : attribute.getValue().getResults()) {
      exprs.push_back(substitution.apply(expr));
    }
    return AffineMapAttr::get(kernel::extentMapOf(builder.getContext(), exprs));
  });
  replacer.addReplacement([&](RankedTensorType type) -> std::optional<Type> {
    SmallVector<AffineExpr> exprs;
    for (AffineExpr extent : kernel::extentsOf(type)) {
      exprs.push_back(substitution.apply(extent));
    }
    return kernel::tensorTypeOf(type.getElementType(), exprs);
  });
  replacer.recursivelyReplaceElementsIn(function, /*replaceAttrs=*/true,
                                        /*replaceLocs=*/false,
                                        /*replaceTypes=*/true);
}

} // namespace tessera::import
