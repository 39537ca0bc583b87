//===- LeastSizes.cpp - sizes that a model's windows need -----------------===//

#include "compiler/import/LeastSizes.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/Kernel.h"
#include "dialects/kernel/Library.h"
#include "llvm/ADT/Sequence.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

/// Whether an expression of one symbol never falls when the symbol grows.
static bool isGrowing(AffineExpr expr) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary) {
    return true;
  }
  AffineExpr left = binary.getLHS(), right = binary.getRHS();
  if (expr.getKind() == AffineExprKind::Add) {
    return isGrowing(left) && isGrowing(right);
  }
  std::optional<int64_t> factor = kernel::constantOf(right);
  return expr.getKind() != AffineExprKind::Mod && factor && *factor > 0 &&
         isGrowing(left);
}

/// The only symbol of an expression, or null.
static AffineExpr onlySymbolOf(AffineExpr expr) {
  AffineExpr only;
  bool isAlone = true;
  expr.walk([&](AffineExpr part) {
    if (isa<AffineSymbolExpr>(part)) {
      isAlone &= !only || part == only;
      only = part;
    }
  });
  return isAlone ? only : AffineExpr();
}

/// The least value of `symbol` from `first` on with which `size`, which grows
/// with it, is not negative.
static std::optional<int64_t> leastOf(AffineExpr size, AffineExpr symbol,
                                      int64_t first) {
  // No window of more elements; sums stay far from overflow.
  constexpr int64_t kMost = int64_t(1) << 20;
  auto isEnough = [&](int64_t value) {
    AffineExpr at =
        size.replace(symbol, getAffineConstantExpr(value, size.getContext()));
    return kernel::constantOf(kernel::simplify(at)).value_or(-1) >= 0;
  };
  if (first > kMost || !isEnough(kMost)) {
    return std::nullopt;
  }
  return *partition_point(seq(first, kMost),
                          [&](int64_t value) { return !isEnough(value); });
}

LeastSizes leastSizesFor(ArrayRef<AffineExpr> needed,
                         ArrayRef<AffineExpr> undecided, ModuleOp module) {
  LeastSizes result;
  auto list = module->getAttrOfType<ArrayAttr>(kernel::kDimensionsAttr);
  llvm::BitVector wanted(list ? list.size() : 0);
  for (AffineExpr size : undecided) {
    kernel::addSymbolsOf(size, module, wanted);
  }
  for (AffineExpr size : needed) {
    AffineExpr symbol = onlySymbolOf(size);
    if (!symbol || !isGrowing(size) ||
        !wanted[cast<AffineSymbolExpr>(symbol).getPosition()]) {
      continue;
    }
    auto dimension = cast<kernel::DimensionAttr>(
        list[cast<AffineSymbolExpr>(symbol).getPosition()]);
    if (dimension.getKind() != kernel::DimensionKind::input) {
      continue;
    }
    std::optional<int64_t> least = leastOf(size, symbol, dimension.getLower());
    if (least && *least > dimension.getLower()) {
      int64_t &known = result[dimension.getName().str()];
      known = std::max(known, *least);
    }
  }
  return result;
}

} // namespace tessera::import
