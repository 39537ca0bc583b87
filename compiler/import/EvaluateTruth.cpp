//===- EvaluateTruth.cpp - comparisons of sizes that are not decided ------===//
//
// A truth value that depends on sizes is an expression that is 0 or 1, made of
// derived dimensions, so that sizes chosen by it (Where) remain sizes that are
// known before the run.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

static AffineExpr number(AffineExpr like, int64_t value) {
  return getAffineConstantExpr(value, like.getContext());
}

bool isSize(AffineExpr expr, ModuleOp module) {
  return rangeOf(expr, module).lower.value_or(-1) >= 0;
}

/// 1 when any of the amounts is positive, else 0.
static AffineExpr anyPositive(ModuleOp module,
                              SmallVector<AffineExpr> amounts) {
  AffineExpr zero = number(amounts.front(), 0), one = number(zero, 1);
  amounts.push_back(zero);
  AffineExpr greatest =
      kernel::derivedDimension(module, kernel::DimensionKind::max, amounts);
  return kernel::derivedDimension(module, kernel::DimensionKind::min,
                                  {greatest, one});
}

AffineExpr truthOf(ModuleOp module, StringRef op, AffineExpr a, AffineExpr b) {
  if (op == "Equal") {
    return 1 - anyPositive(module, {a - b, b - a});
  }
  if (op == "Less") {
    return anyPositive(module, {b - a});
  }
  if (op == "Greater") {
    return anyPositive(module, {a - b});
  }
  return op == "LessOrEqual" ? 1 - anyPositive(module, {a - b})
                             : 1 - anyPositive(module, {b - a});
}

AffineExpr chosenBy(ModuleOp module, AffineExpr truth, AffineExpr x,
                    AffineExpr y) {
  if (x == y) {
    return x;
  }
  if (!isSize(x, module) || !isSize(y, module)) {
    return {};
  }
  return kernel::derivedDimension(
      module, kernel::DimensionKind::max,
      {kernel::simplify(truth * x), kernel::simplify((1 - truth) * y)});
}

} // namespace tessera::import
