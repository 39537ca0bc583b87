//===- LinearForm.cpp - element offsets that are sums of steps ------------===//

#include "dialects/kernel/LinearForm.h"
#include "dialects/kernel/Extents.h"

using namespace mlir;

namespace tessera::kernel {

std::optional<int64_t> LinearForm::stride(unsigned dim) const {
  return coefficients[dim] ? constantOf(coefficients[dim]) : std::nullopt;
}

static bool usesDims(AffineExpr expr) {
  bool found = false;
  expr.walk([&](AffineExpr e) { found |= isa<AffineDimExpr>(e); });
  return found;
}

static LinearForm constantForm(AffineExpr expr, unsigned dims) {
  LinearForm form{SmallVector<AffineExpr>(
                      dims, getAffineConstantExpr(0, expr.getContext())),
                  expr};
  return form;
}

/// A form in which every dimension used by `expr` is marked as not linear.
static LinearForm opaqueForm(AffineExpr expr, unsigned dims) {
  LinearForm form = constantForm(expr, dims);
  expr.walk([&](AffineExpr e) {
    if (auto dim = dyn_cast<AffineDimExpr>(e)) {
      form.coefficients[dim.getPosition()] = {};
    }
  });
  return form;
}

/// The sum of both forms; a dimension that is not linear in one is not linear
/// in the sum, so its linear part moves into the rest.
static LinearForm sumOf(LinearForm a, const LinearForm &b,
                        MLIRContext *context) {
  a.rest = a.rest + b.rest;
  for (auto [d, coefficient] : llvm::enumerate(a.coefficients)) {
    AffineExpr other = b.coefficients[d];
    if (coefficient && other) {
      coefficient = simplify(coefficient + other);
      continue;
    }
    AffineExpr linear = coefficient ? coefficient : other;
    if (linear) {
      a.rest = a.rest + linear * getAffineDimExpr(d, context);
    }
    coefficient = {};
  }
  return a;
}

LinearForm linearFormOf(AffineExpr expr, unsigned dims) {
  MLIRContext *context = expr.getContext();
  if (!usesDims(expr)) {
    return constantForm(expr, dims);
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    LinearForm form = constantForm(getAffineConstantExpr(0, context), dims);
    form.coefficients[dim.getPosition()] = getAffineConstantExpr(1, context);
    return form;
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  if (expr.getKind() == AffineExprKind::Add) {
    return sumOf(linearFormOf(binary.getLHS(), dims),
                 linearFormOf(binary.getRHS(), dims), context);
  }
  if (expr.getKind() == AffineExprKind::Mul) {
    AffineExpr inner = binary.getLHS(), factor = binary.getRHS();
    if (usesDims(factor)) {
      std::swap(inner, factor);
    }
    if (!usesDims(factor)) {
      LinearForm form = linearFormOf(inner, dims);
      for (AffineExpr &coefficient : form.coefficients) {
        coefficient =
            coefficient ? simplify(coefficient * factor) : coefficient;
      }
      form.rest = form.rest * factor;
      return form;
    }
  }
  return opaqueForm(expr, dims);
}

} // namespace tessera::kernel
