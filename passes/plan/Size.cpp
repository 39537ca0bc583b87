//===- Size.cpp - byte counts that may depend on free dimensions ----------===//

#include "passes/plan/Size.h"
#include "dialects/kernel/Extents.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {

namespace {
/// `coefficient * product`; the product of a constant is 1.
struct Term {
  AffineExpr product;
  int64_t coefficient;
};
} // namespace

/// The terms of a simplified expression.
static SmallVector<Term> termsOf(AffineExpr expr) {
  AffineExpr one = getAffineConstantExpr(1, expr.getContext());
  if (auto constant = constantOf(expr)) {
    return {{one, *constant}};
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (binary && expr.getKind() == AffineExprKind::Add) {
    SmallVector<Term> terms = termsOf(binary.getLHS());
    terms.append(termsOf(binary.getRHS()));
    return terms;
  }
  if (binary && expr.getKind() == AffineExprKind::Mul) {
    if (auto constant = constantOf(binary.getRHS())) {
      return {{binary.getLHS(), *constant}};
    }
  }
  return {{expr, 1}};
}

static AffineExpr withoutNegativeProducts(AffineExpr expr) {
  AffineExpr sum = getAffineConstantExpr(0, expr.getContext());
  for (const Term &term : termsOf(simplify(expr))) {
    if (constantOf(term.product) || term.coefficient > 0) {
      sum = sum + term.product * term.coefficient;
    }
  }
  return simplify(sum);
}

/// `numerator floordiv divisor` with the constant of the numerator in
/// [0, divisor), so that the division itself is never negative.
static AffineExpr normalDivision(AffineExpr numerator, int64_t divisor) {
  int64_t constant = 0;
  for (const Term &term : termsOf(numerator)) {
    constant += constantOf(term.product) ? term.coefficient : 0;
  }
  int64_t whole = llvm::divideFloorSigned(constant, divisor);
  return simplify(numerator - whole * divisor).floorDiv(divisor) + whole;
}

/// As `growingBound`, but the constant may be negative.
static AffineExpr growing(AffineExpr expr) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary) {
    return expr;
  }
  AffineExpr lhs = binary.getLHS(), rhs = binary.getRHS();
  auto divisor = constantOf(rhs);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return growing(lhs) + growing(rhs);
  case AffineExprKind::Mul:
    return divisor && *divisor < 0 ? growing(lhs) * rhs
                                   : growing(lhs) * growing(rhs);
  case AffineExprKind::Mod:
    return divisor ? getAffineConstantExpr(*divisor - 1, expr.getContext())
                   : rhs;
  case AffineExprKind::FloorDiv:
  case AffineExprKind::CeilDiv: {
    if (!divisor || *divisor <= 0) {
      return expr;
    }
    int64_t up = expr.getKind() == AffineExprKind::CeilDiv ? *divisor - 1 : 0;
    return normalDivision(withoutNegativeProducts(growing(lhs) + up), *divisor);
  }
  default:
    return expr;
  }
}

AffineExpr growingBound(AffineExpr expr) {
  AffineExpr bound = withoutNegativeProducts(growing(simplify(expr)));
  for (const Term &term : termsOf(bound)) {
    if (constantOf(term.product) && term.coefficient < 0) {
      return simplify(bound - term.coefficient);
    }
  }
  return bound;
}

SizeBasis::SizeBasis(ModuleOp module) : module(module) {
  indexOf(getAffineConstantExpr(1, module.getContext()));
}

/// The value of an expression when free dimensions have an assumed extent.
static int64_t nominalOf(ModuleOp module, AffineExpr expr,
                         int64_t assumedExtent) {
  SmallVector<AffineExpr> values;
  if (auto list = module->getAttrOfType<ArrayAttr>(kDimensionsAttr)) {
    for (auto dimension : list.getAsRange<DimensionAttr>()) {
      int64_t value = std::max(assumedExtent, dimension.getLower());
      if (dimension.getUpper() >= 0) {
        value = std::min(value, dimension.getUpper());
      }
      values.push_back(getAffineConstantExpr(value, module.getContext()));
    }
  }
  auto value = constantOf(expr.replaceSymbols(values));
  return value.value_or(assumedExtent);
}

unsigned SizeBasis::indexOf(AffineExpr product) {
  auto *found = llvm::find(products, product);
  if (found != products.end()) {
    return found - products.begin();
  }
  products.push_back(product);
  nominals.push_back({nominalOf(module, product, 128),
                      nominalOf(module, product, 16),
                      nominalOf(module, product, 1024)});
  return products.size() - 1;
}

Size SizeBasis::sizeOf(AffineExpr bytes) {
  Size size = zero();
  for (const Term &term : termsOf(growingBound(bytes))) {
    unsigned index = indexOf(term.product);
    size.resize(products.size(), 0);
    size[index] += term.coefficient;
  }
  return size;
}

AffineExpr SizeBasis::exprOf(const Size &size) const {
  AffineExpr sum = getAffineConstantExpr(0, context());
  for (auto [product, coefficient] : llvm::zip(products, size)) {
    sum = sum + product * coefficient;
  }
  return simplify(sum);
}

int64_t SizeBasis::nominal(const Size &size, unsigned sample) const {
  int64_t sum = 0;
  for (auto [values, coefficient] : llvm::zip(nominals, size)) {
    sum += values[sample] * coefficient;
  }
  return sum;
}

bool neverMore(const Size &a, const Size &b) {
  return llvm::all_of(llvm::zip_equal(a, b), [](auto pair) {
    return std::get<0>(pair) <= std::get<1>(pair);
  });
}

Size sumOf(const Size &a, const Size &b) {
  Size sum = a;
  for (auto [value, other] : llvm::zip_equal(sum, b)) {
    value += other;
  }
  return sum;
}

Size boundOf(const Size &a, const Size &b) {
  Size bound = a;
  for (auto [value, other] : llvm::zip_equal(bound, b)) {
    value = std::max(value, other);
  }
  return bound;
}

void addPeak(SmallVectorImpl<Size> &peaks, Size size) {
  if (llvm::any_of(peaks,
                   [&](const Size &peak) { return neverMore(size, peak); })) {
    return;
  }
  llvm::erase_if(peaks,
                 [&](const Size &peak) { return neverMore(peak, size); });
  peaks.push_back(std::move(size));
}

} // namespace tessera::plan
