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

/// The terms of one sign, as a sum without negative coefficients.
static AffineExpr partOf(AffineExpr expr, bool isPositive) {
  AffineExpr sum = getAffineConstantExpr(0, expr.getContext());
  for (const Term &term : termsOf(simplify(expr))) {
    if ((term.coefficient > 0) == isPositive) {
      sum = sum + term.product * (isPositive ? 1 : -1) * term.coefficient;
    }
  }
  return simplify(sum);
}

namespace {
/// What an expression is at least and at most: sums of products that are never
/// negative, with coefficients of either sign.
struct Bounds {
  AffineExpr lower, upper;

  AffineExpr positive() const { return partOf(upper, true); }
  /// How far below zero the expression may be.
  AffineExpr negative() const { return partOf(lower, false); }
};
} // namespace

static Bounds productOf(const Bounds &a, const Bounds &b) {
  AffineExpr below = a.negative(), other = b.negative();
  if (constantOf(below) == 0 && constantOf(other) == 0) {
    return {a.lower * b.lower, a.upper * b.upper};
  }
  return {-(a.positive() * other + below * b.positive()),
          a.positive() * b.positive() + below * other};
}

static Bounds quotientOf(const Bounds &a, AffineExpr divisor, bool isCeil) {
  std::optional<int64_t> known = constantOf(divisor);
  if (!known) {
    // A divisor is 1 or more.
    AffineExpr most = a.positive();
    return {-a.negative(),
            isCeil ? most.ceilDiv(divisor) : most.floorDiv(divisor)};
  }
  int64_t up = isCeil ? *known - 1 : 0;
  // Of a difference the quotient is at least that of what is added, less that
  // of what is subtracted, rounded up.
  AffineExpr least = simplify(a.lower + up);
  return {partOf(least, true).floorDiv(*known) -
              (partOf(least, false) + *known - 1).floorDiv(*known),
          normalDivision(withoutNegativeProducts(a.upper + up), *known)};
}

static Bounds boundsOf(AffineExpr expr) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary) {
    return {expr, expr};
  }
  Bounds a = boundsOf(binary.getLHS()), b = boundsOf(binary.getRHS());
  std::optional<int64_t> constant = constantOf(binary.getRHS());
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return {a.lower + b.lower, a.upper + b.upper};
  case AffineExprKind::Mul:
    if (!constant) {
      return productOf(a, b);
    }
    return *constant < 0 ? Bounds{a.upper * *constant, a.lower * *constant}
                         : Bounds{a.lower * *constant, a.upper * *constant};
  case AffineExprKind::Mod:
    return {getAffineConstantExpr(0, expr.getContext()),
            constant ? getAffineConstantExpr(*constant - 1, expr.getContext())
                     : b.positive()};
  case AffineExprKind::FloorDiv:
  case AffineExprKind::CeilDiv:
    if (constant.value_or(1) <= 0) {
      return {expr, expr};
    }
    return quotientOf(a, binary.getRHS(),
                      expr.getKind() == AffineExprKind::CeilDiv);
  default:
    return {expr, expr};
  }
}

AffineExpr growingBound(AffineExpr expr) {
  return boundsOf(simplify(expr)).positive();
}

} // namespace tessera::kernel
