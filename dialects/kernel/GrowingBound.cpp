//===- GrowingBound.cpp - expressions that only grow with sizes -----------===//

#include "dialects/kernel/GrowingBound.h"
#include "dialects/kernel/Extents.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tessera::kernel {

SmallVector<Term> termsOf(AffineExpr expr) {
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

} // namespace tessera::kernel
