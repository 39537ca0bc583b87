//===- Halo.cpp - reads outside a tensor ----------------------------------===//

#include "passes/plan/Halo.h"
#include "dialects/kernel/LinearForm.h"
#include "mlir/IR/IntegerSet.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {

/// `expr` with `x floordiv k` times a multiple of k replaced by the larger x.
static AffineExpr withoutDivisions(AffineExpr expr) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary) {
    return expr;
  }
  AffineExpr lhs = binary.getLHS(), rhs = binary.getRHS();
  if (expr.getKind() == AffineExprKind::Add) {
    return withoutDivisions(lhs) + withoutDivisions(rhs);
  }
  if (expr.getKind() == AffineExprKind::Mul) {
    auto division = dyn_cast<AffineBinaryOpExpr>(lhs);
    auto factor = constantOf(rhs);
    if (division && factor && *factor > 0 &&
        division.getKind() == AffineExprKind::FloorDiv) {
      auto divisor = constantOf(division.getRHS());
      if (divisor && *divisor > 0 && *factor % *divisor == 0) {
        return withoutDivisions(division.getLHS()) * (*factor / *divisor);
      }
    }
  }
  return expr;
}

/// A number that `expr` does not exceed.
static std::optional<int64_t> upperBoundOf(AffineExpr expr) {
  return constantOf(simplify(withoutDivisions(simplify(expr))));
}

/// The reach of one coordinate of a tensor dimension of the given extent.
static Reach reachOf(AffineExpr coordinate, AffineExpr extent,
                     AffineMap extents) {
  LinearForm form = linearFormOf(coordinate, extents.getNumResults());
  if (!form.isLinear()) {
    return {};
  }
  AffineExpr least = form.rest, greatest = form.rest;
  for (auto [coefficient, size] :
       llvm::zip_equal(form.coefficients, extents.getResults())) {
    std::optional<int64_t> step = constantOf(coefficient);
    if (!step) {
      return {};
    }
    (*step < 0 ? least : greatest) =
        (*step < 0 ? least : greatest) + (size - 1) * *step;
  }
  Reach reach;
  if (auto bound = upperBoundOf(simplify(least * -1))) {
    reach.below = std::max<int64_t>(*bound, 0);
  }
  if (auto bound = upperBoundOf(greatest - extent + 1)) {
    reach.above = std::max<int64_t>(*bound, 0);
  }
  return reach;
}

SmallVector<Reach> reachOf(KernelOp kernel, unsigned input) {
  SmallVector<Reach> all;
  Extents extents = extentsOf(kernel.getInputs()[input]);
  for (auto [coordinate, extent] :
       llvm::zip_equal(kernel.getInputMap(input).getResults(), extents)) {
    all.push_back(reachOf(coordinate, extent, kernel.getExtents()));
  }
  return all;
}

/// The pad value of a read that may go outside; null otherwise.
static TypedAttr padOf(KernelOp kernel, unsigned input) {
  if (kernel.isWholeInput(input)) {
    return {};
  }
  return dyn_cast<TypedAttr>(kernel.getPads()[input]);
}

bool coversRead(const Place &place, KernelOp kernel, unsigned input) {
  TypedAttr pad = padOf(kernel, input);
  if (!pad || place.storage->pad != pad) {
    return false;
  }
  for (auto [reach, border] :
       llvm::zip_equal(reachOf(kernel, input), place.border)) {
    if (!reach.below || !reach.above || *reach.below > border ||
        *reach.above > border) {
      return false;
    }
  }
  return true;
}

bool wantsBorder(KernelOp kernel, unsigned input) {
  if (!padOf(kernel, input)) {
    return false;
  }
  // An element is read more than once by several inputs, or when some dimension
  // does not move alone.
  if (llvm::count(kernel.getInputs(), kernel.getInputs()[input]) > 1) {
    return true;
  }
  for (AffineExpr coordinate : kernel.getInputMap(input).getResults()) {
    LinearForm form = linearFormOf(coordinate, kernel.getNumDims());
    unsigned moving = 0;
    for (AffineExpr coefficient : form.coefficients) {
      moving += !coefficient || constantOf(coefficient) != 0;
    }
    if (moving > 1) {
      return true;
    }
  }
  return false;
}

std::optional<Border> borderOf(KernelOp kernel, unsigned input) {
  Border border{{}, padOf(kernel, input)};
  bool needed = false;
  for (const Reach &reach : reachOf(kernel, input)) {
    if (!reach.below || !reach.above) {
      return std::nullopt;
    }
    border.width.push_back(std::max(*reach.below, *reach.above));
    needed |= border.width.back() > 0;
  }
  return needed ? std::optional<Border>(border) : std::nullopt;
}

std::optional<Border> borderOf(Value tensor) {
  std::optional<Border> all;
  for (OpOperand &use : tensor.getUses()) {
    auto kernel = dyn_cast<KernelOp>(use.getOwner());
    if (!kernel || !wantsBorder(kernel, use.getOperandNumber())) {
      continue;
    }
    std::optional<Border> one = borderOf(kernel, use.getOperandNumber());
    if (!one || (all && all->pad != one->pad)) {
      continue;
    }
    if (!all) {
      all = one;
    }
    for (auto [width, other] : llvm::zip_equal(all->width, one->width)) {
      width = std::max(width, other);
    }
  }
  return all;
}

Attribute guardOf(KernelOp kernel, unsigned input) {
  if (!padOf(kernel, input)) {
    return {};
  }
  SmallVector<AffineExpr> constraints;
  AffineMap map = kernel.getInputMap(input);
  Extents extents = extentsOf(kernel.getInputs()[input]);
  for (auto [coordinate, extent, reach] :
       llvm::zip_equal(map.getResults(), extents, reachOf(kernel, input))) {
    if (reach.below != 0) {
      constraints.push_back(simplify(coordinate));
    }
    if (reach.above != 0) {
      constraints.push_back(simplify(extent - 1 - coordinate));
    }
  }
  if (constraints.empty()) {
    return {};
  }
  AffineMap counted =
      accessMapOf(kernel.getContext(), kernel.getNumDims(), constraints);
  SmallVector<bool> equalities(constraints.size(), false);
  return IntegerSetAttr::get(IntegerSet::get(
      counted.getNumDims(), counted.getNumSymbols(), constraints, equalities));
}

} // namespace tessera::plan
