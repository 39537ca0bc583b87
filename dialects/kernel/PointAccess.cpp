//===- PointAccess.cpp - coordinates at the points of a nest --------------===//

#include "dialects/kernel/PointAccess.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tessera::kernel {

int64_t evaluate(AffineExpr expr, ArrayRef<int64_t> dims,
                 ArrayRef<int64_t> symbols) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    return constant.getValue();
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    return dims[dim.getPosition()];
  }
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    unsigned position = symbol.getPosition();
    return position < symbols.size() ? symbols[position] : -1;
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  int64_t a = evaluate(binary.getLHS(), dims, symbols);
  int64_t b = evaluate(binary.getRHS(), dims, symbols);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return a + b;
  case AffineExprKind::Mul:
    return a * b;
  case AffineExprKind::FloorDiv:
    return b == 0 ? 0 : llvm::divideFloorSigned(a, b);
  case AffineExprKind::CeilDiv:
    return b == 0 ? 0 : llvm::divideCeilSigned(a, b);
  default:
    return b == 0 ? 0 : llvm::mod(a, b);
  }
}

Access::Access(ArrayRef<AffineExpr> exprs, unsigned dims,
               ArrayRef<int64_t> symbols)
    : exprs(exprs), symbols(symbols), coordinates(exprs.size()) {
  for (AffineExpr expr : exprs) {
    SmallVector<int64_t> row, point(dims, 0);
    bool linear = true;
    expr.walk([&](AffineExpr e) {
      linear &= e.getKind() != AffineExprKind::Mod &&
                e.getKind() != AffineExprKind::FloorDiv &&
                e.getKind() != AffineExprKind::CeilDiv;
    });
    row.push_back(linear ? evaluate(expr, point, symbols) : 0);
    for (unsigned d = 0; linear && d < dims; ++d) {
      point[d] = 1;
      row.push_back(evaluate(expr, point, symbols) - row[0]);
      point[d] = 0;
    }
    rows.push_back(std::move(row));
  }
}

ArrayRef<int64_t> Access::at(ArrayRef<int64_t> point) {
  for (size_t i = 0; i < exprs.size(); ++i) {
    if (rows[i].size() != point.size() + 1) {
      coordinates[i] = evaluate(exprs[i], point, symbols);
      continue;
    }
    coordinates[i] = rows[i][0];
    for (size_t d = 0; d < point.size(); ++d) {
      coordinates[i] += rows[i][d + 1] * point[d];
    }
  }
  return coordinates;
}

} // namespace tessera::kernel
