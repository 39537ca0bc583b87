//===- LinearForms.cpp - reasoning about coordinates ----------------------===//

#include "passes/fusion/LinearForms.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::fusion {

bool usesDims(AffineExpr expr) {
  bool found = false;
  expr.walk([&](AffineExpr e) { found |= isa<AffineDimExpr>(e); });
  return found;
}

bool usesDivision(AffineExpr expr) {
  bool found = false;
  expr.walk([&](AffineExpr e) {
    found |= e.getKind() == AffineExprKind::Mod ||
             e.getKind() == AffineExprKind::FloorDiv ||
             e.getKind() == AffineExprKind::CeilDiv;
  });
  return found;
}

std::optional<unsigned> bareDim(AffineExpr expr) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    return dim.getPosition();
  }
  return std::nullopt;
}

AffineExpr LinearForm::toExpr() const {
  AffineExpr sum = constant;
  for (auto [d, coefficient] : llvm::enumerate(coefficients)) {
    sum = sum + getAffineDimExpr(d, constant.getContext()) * coefficient;
  }
  return simplify(sum);
}

/// Adds `factor * expr` to the form.
static bool addTo(LinearForm &form, AffineExpr expr, AffineExpr factor) {
  if (!usesDims(expr)) {
    form.constant = form.constant + expr * factor;
    return true;
  }
  if (auto d = bareDim(expr)) {
    form.coefficients[*d] = form.coefficients[*d] + factor;
    return true;
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  AffineExpr lhs = binary.getLHS(), rhs = binary.getRHS();
  if (expr.getKind() == AffineExprKind::Add) {
    return addTo(form, lhs, factor) && addTo(form, rhs, factor);
  }
  if (expr.getKind() != AffineExprKind::Mul) {
    return false;
  }
  if (usesDims(rhs)) {
    std::swap(lhs, rhs);
  }
  return !usesDims(rhs) && addTo(form, lhs, factor * rhs);
}

std::optional<LinearForm> linearFormOf(AffineExpr expr, unsigned dims) {
  MLIRContext *context = expr.getContext();
  AffineExpr zero = getAffineConstantExpr(0, context);
  LinearForm form{SmallVector<AffineExpr>(dims, zero), zero};
  if (!addTo(form, simplify(expr), getAffineConstantExpr(1, context))) {
    return std::nullopt;
  }
  for (AffineExpr &coefficient : form.coefficients) {
    coefficient = simplify(coefficient);
  }
  form.constant = simplify(form.constant);
  return form;
}

std::optional<SmallVector<unsigned>>
linearisedDims(AffineExpr expr, AffineExpr total,
               ArrayRef<AffineExpr> extents) {
  std::optional<LinearForm> form = linearFormOf(expr, extents.size());
  if (!form || form->constant != 0) {
    return std::nullopt;
  }
  SmallVector<unsigned> found;
  AffineExpr stride = getAffineConstantExpr(1, expr.getContext());
  unsigned used =
      llvm::count_if(form->coefficients, [](AffineExpr c) { return c != 0; });
  while (found.size() < used) {
    bool progress = false;
    for (unsigned d = 0; d < extents.size() && !progress; ++d) {
      if (form->coefficients[d] == stride && !llvm::is_contained(found, d)) {
        found.push_back(d);
        stride = simplify(stride * extents[d]);
        progress = true;
      }
    }
    if (!progress) {
      return std::nullopt;
    }
  }
  if (stride != simplify(total)) {
    return std::nullopt;
  }
  std::reverse(found.begin(), found.end());
  return found;
}

/// Whether the form provably takes values in [0, size) only.
static bool staysBelow(const LinearForm &form, AffineExpr size,
                       ArrayRef<AffineExpr> extents) {
  AffineExpr expr = form.toExpr();
  if (expr == 0 || linearisedDims(expr, size, extents)) {
    return true;
  }
  std::optional<int64_t> limit = constantOf(size);
  std::optional<int64_t> greatest = constantOf(form.constant);
  if (!limit || !greatest || *greatest < 0) {
    return false;
  }
  for (auto [coefficient, extent] :
       llvm::zip_equal(form.coefficients, extents)) {
    std::optional<int64_t> factor = constantOf(coefficient);
    std::optional<int64_t> count = constantOf(extent);
    if (factor == 0) {
      continue;
    }
    if (!factor || !count || *factor < 0) {
      return false;
    }
    *greatest += *factor * (*count - 1);
  }
  return *greatest < *limit;
}

std::optional<Coordinates> delinearise(AffineExpr expr,
                                       ArrayRef<AffineExpr> sizes,
                                       ArrayRef<AffineExpr> extents) {
  Coordinates coordinates(sizes.size());
  AffineExpr zero = getAffineConstantExpr(0, expr.getContext());
  AffineExpr rest = expr;
  for (unsigned k = sizes.size(); k-- > 1;) {
    std::optional<LinearForm> form = linearFormOf(rest, extents.size());
    if (!form) {
      return std::nullopt;
    }
    LinearForm inner = *form, outer = *form;
    auto split = [&](AffineExpr &in, AffineExpr &out) {
      AffineExpr quotient = divideExactly(out, sizes[k]);
      out = quotient ? quotient : zero;
      in = quotient ? zero : in;
    };
    for (unsigned d = 0; d < extents.size(); ++d) {
      split(inner.coefficients[d], outer.coefficients[d]);
    }
    std::optional<int64_t> constant = constantOf(form->constant);
    std::optional<int64_t> size = constantOf(sizes[k]);
    if (constant && size && *size > 0 && *constant >= 0) {
      inner.constant =
          getAffineConstantExpr(*constant % *size, expr.getContext());
      outer.constant =
          getAffineConstantExpr(*constant / *size, expr.getContext());
    } else {
      split(inner.constant, outer.constant);
    }
    if (!staysBelow(inner, sizes[k], extents)) {
      return std::nullopt;
    }
    coordinates[k] = inner.toExpr();
    rest = outer.toExpr();
  }
  coordinates[0] = simplify(rest);
  return coordinates;
}

std::optional<SmallVector<AffineExpr>> solveDims(ArrayRef<AffineExpr> written,
                                                 ArrayRef<AffineExpr> read,
                                                 unsigned dims) {
  SmallVector<AffineExpr> solution(dims);
  for (auto [to, from] : llvm::zip_equal(written, read)) {
    if (std::optional<unsigned> d = bareDim(to)) {
      if (solution[*d] && solution[*d] != from) {
        return std::nullopt;
      }
      solution[*d] = from;
    } else if (to != from) {
      return std::nullopt;
    }
  }
  return solution;
}

} // namespace tessera::fusion
