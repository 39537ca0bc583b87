//===- Extents.cpp - shapes whose extents may be symbols ------------------===//

#include "dialects/kernel/Extents.h"
#include "mlir/IR/AffineMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace tessera::kernel {

Extents extentsOf(RankedTensorType type) {
  MLIRContext *context = type.getContext();
  if (auto encoding = dyn_cast_or_null<AffineMapAttr>(type.getEncoding())) {
    return Extents(encoding.getValue().getResults());
  }
  Extents extents;
  for (int64_t size : type.getShape()) {
    extents.push_back(getAffineConstantExpr(size, context));
  }
  return extents;
}

Extents extentsOf(Value tensor) {
  return extentsOf(cast<RankedTensorType>(tensor.getType()));
}

/// One more than the largest symbol position used by the expressions.
static unsigned symbolCountOf(ArrayRef<AffineExpr> exprs) {
  unsigned count = 0;
  for (AffineExpr expr : exprs) {
    expr.walk([&](AffineExpr e) {
      if (auto symbol = dyn_cast<AffineSymbolExpr>(e)) {
        count = std::max(count, symbol.getPosition() + 1);
      }
    });
  }
  return count;
}

AffineMap extentMapOf(MLIRContext *context, ArrayRef<AffineExpr> exprs) {
  return accessMapOf(context, 0, exprs);
}

AffineMap accessMapOf(MLIRContext *context, unsigned dims,
                      ArrayRef<AffineExpr> exprs) {
  return AffineMap::get(dims, symbolCountOf(exprs), exprs, context);
}

RankedTensorType tensorTypeOf(Type element, ArrayRef<AffineExpr> extents) {
  SmallVector<int64_t> shape;
  Extents simplified;
  for (AffineExpr extent : extents) {
    simplified.push_back(simplify(extent));
    shape.push_back(
        constantOf(simplified.back()).value_or(ShapedType::kDynamic));
  }
  Attribute encoding;
  if (llvm::is_contained(shape, ShapedType::kDynamic)) {
    encoding =
        AffineMapAttr::get(extentMapOf(element.getContext(), simplified));
  }
  return RankedTensorType::get(shape, element, encoding);
}

std::optional<int64_t> constantOf(AffineExpr expr) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    return constant.getValue();
  }
  return std::nullopt;
}

namespace {
/// A sum of products in a canonical order: each term is a coefficient and the
/// sorted list of its non-constant factors.
struct Term {
  SmallVector<AffineExpr> factors;
  int64_t coefficient;
};
} // namespace

/// A total order on expressions that does not depend on addresses, so that the
/// same model always prints the same.
static std::string keyOf(AffineExpr expr) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << expr;
  return text;
}

static void addTerm(SmallVectorImpl<Term> &terms, Term term) {
  for (Term &other : terms) {
    if (other.factors == term.factors) {
      other.coefficient += term.coefficient;
      return;
    }
  }
  terms.push_back(std::move(term));
}

static SmallVector<Term> termsOf(AffineExpr expr);

static AffineExpr sumOf(MLIRContext *context, SmallVector<Term> terms) {
  llvm::erase_if(terms, [](const Term &t) { return t.coefficient == 0; });
  auto textOf = [](const Term &t) {
    return llvm::join(llvm::map_range(t.factors, keyOf), "*");
  };
  llvm::sort(terms, [&](const Term &a, const Term &b) {
    // Constants last, as MLIR prints them.
    return a.factors.empty() != b.factors.empty() ? b.factors.empty()
                                                  : textOf(a) < textOf(b);
  });
  AffineExpr sum = getAffineConstantExpr(0, context);
  for (const Term &term : terms) {
    AffineExpr product = getAffineConstantExpr(1, context);
    for (AffineExpr factor : term.factors) {
      product = product * factor;
    }
    sum = sum + product * term.coefficient;
  }
  return sum;
}

static SmallVector<Term> termsOf(AffineExpr expr) {
  SmallVector<Term> terms;
  if (auto constant = constantOf(expr)) {
    terms.push_back({{}, *constant});
    return terms;
  }
  if (auto binary = dyn_cast<AffineBinaryOpExpr>(expr)) {
    if (expr.getKind() == AffineExprKind::Add) {
      terms = termsOf(binary.getLHS());
      for (Term &term : termsOf(binary.getRHS())) {
        addTerm(terms, term);
      }
      return terms;
    }
    if (expr.getKind() == AffineExprKind::Mul) {
      for (const Term &a : termsOf(binary.getLHS())) {
        for (const Term &b : termsOf(binary.getRHS())) {
          Term product{a.factors, a.coefficient * b.coefficient};
          product.factors.append(b.factors);
          llvm::sort(product.factors, [](AffineExpr x, AffineExpr y) {
            return keyOf(x) < keyOf(y);
          });
          addTerm(terms, product);
        }
      }
      return terms;
    }
    AffineExpr lhs = simplify(binary.getLHS()), rhs = simplify(binary.getRHS());
    AffineExpr exact = expr.getKind() != AffineExprKind::Mod
                           ? divideExactly(lhs, rhs)
                           : AffineExpr();
    if (exact) {
      return termsOf(exact);
    }
    AffineExpr rebuilt = getAffineBinaryOpExpr(expr.getKind(), lhs, rhs);
    if (rebuilt != expr) {
      return termsOf(rebuilt);
    }
  }
  terms.push_back({{expr}, 1});
  return terms;
}

AffineExpr simplify(AffineExpr expr) {
  if (isa<AffineConstantExpr, AffineDimExpr, AffineSymbolExpr>(expr)) {
    return expr;
  }
  return sumOf(expr.getContext(), termsOf(expr));
}

AffineExpr productOf(MLIRContext *context, ArrayRef<AffineExpr> exprs) {
  AffineExpr product = getAffineConstantExpr(1, context);
  for (AffineExpr expr : exprs) {
    product = product * expr;
  }
  return simplify(product);
}

AffineExpr divideExactly(AffineExpr numerator, AffineExpr denominator) {
  if (numerator == denominator) {
    return getAffineConstantExpr(1, numerator.getContext());
  }
  SmallVector<Term> divisor = termsOf(denominator);
  if (divisor.size() != 1 || divisor[0].coefficient == 0) {
    return {};
  }
  SmallVector<Term> quotient;
  for (Term term : termsOf(numerator)) {
    if (term.coefficient % divisor[0].coefficient != 0) {
      return {};
    }
    term.coefficient /= divisor[0].coefficient;
    for (AffineExpr factor : divisor[0].factors) {
      auto *found = llvm::find(term.factors, factor);
      if (found == term.factors.end()) {
        return {};
      }
      term.factors.erase(found);
    }
    addTerm(quotient, term);
  }
  return sumOf(numerator.getContext(), quotient);
}

AffineExpr derivedDimension(ModuleOp module, DimensionKind kind,
                            ArrayRef<AffineExpr> operands) {
  MLIRContext *context = module.getContext();
  SmallVector<AffineExpr> distinct;
  std::optional<int64_t> folded;
  for (AffineExpr operand : operands) {
    AffineExpr simplified = simplify(operand);
    if (auto value = constantOf(simplified)) {
      folded = !folded                      ? *value
               : kind == DimensionKind::min ? std::min(*folded, *value)
                                            : std::max(*folded, *value);
    } else if (!llvm::is_contained(distinct, simplified)) {
      distinct.push_back(simplified);
    }
  }
  // Extents are never negative, so a constant bound of zero or less decides.
  if (folded && *folded <= 0 && kind == DimensionKind::min) {
    return getAffineConstantExpr(*folded, context);
  }
  if (folded && !(*folded <= 0 && !distinct.empty())) {
    distinct.push_back(getAffineConstantExpr(*folded, context));
  }
  if (distinct.size() == 1) {
    return distinct[0];
  }
  AffineMap map = extentMapOf(context, distinct);
  auto list = module->getAttrOfType<ArrayAttr>(kDimensionsAttr);
  SmallVector<Attribute> entries =
      list ? llvm::to_vector(list.getValue()) : SmallVector<Attribute>();
  for (auto [i, entry] : llvm::enumerate(entries)) {
    auto dimension = cast<DimensionAttr>(entry);
    if (dimension.getKind() == kind && dimension.getOperands() == map) {
      return getAffineSymbolExpr(i, context);
    }
  }
  std::string name =
      (stringifyDimensionKind(kind) + llvm::Twine(entries.size())).str();
  entries.push_back(DimensionAttr::get(context, name, kind, 0, -1, map));
  module->setAttr(kDimensionsAttr, ArrayAttr::get(context, entries));
  return getAffineSymbolExpr(entries.size() - 1, context);
}

} // namespace tessera::kernel
