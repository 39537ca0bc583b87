//===- Access.cpp - i64 arithmetic of generated code ----------------------===//

#include "codegen/cpu/Access.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace tessera::cpu {

std::optional<int64_t> constantIndexOf(Value value) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant))) {
    return constant.getSExtValue();
  }
  return std::nullopt;
}

Value constantIndex(OpBuilder &b, Location loc, int64_t value) {
  return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(value));
}

Value addIndex(OpBuilder &b, Location loc, Value lhs, Value rhs) {
  auto x = constantIndexOf(lhs), y = constantIndexOf(rhs);
  if (x && y) {
    return constantIndex(b, loc, *x + *y);
  }
  if (x == 0) {
    return rhs;
  }
  return y == 0 ? lhs : arith::AddIOp::create(b, loc, lhs, rhs).getResult();
}

Value mulIndex(OpBuilder &b, Location loc, Value lhs, Value rhs) {
  auto x = constantIndexOf(lhs), y = constantIndexOf(rhs);
  if (x && y) {
    return constantIndex(b, loc, *x * *y);
  }
  if (x == 0 || y == 0) {
    return constantIndex(b, loc, 0);
  }
  if (x == 1) {
    return rhs;
  }
  return y == 1 ? lhs : arith::MulIOp::create(b, loc, lhs, rhs).getResult();
}

/// Division and remainder of `kind`; the divisor of a legal program is
/// positive.
static Value emitDivision(OpBuilder &b, Location loc, AffineExprKind kind,
                          Value lhs, Value rhs) {
  auto x = constantIndexOf(lhs), y = constantIndexOf(rhs);
  if (x && y && *y > 0) {
    int64_t quotient = *x >= 0 ? *x / *y : -((-*x + *y - 1) / *y);
    int64_t remainder = *x - quotient * *y;
    return constantIndex(b, loc,
                         kind == AffineExprKind::Mod ? remainder
                         : kind == AffineExprKind::FloorDiv
                             ? quotient
                             : quotient + (remainder != 0));
  }
  if (y == 1) {
    return kind == AffineExprKind::Mod ? constantIndex(b, loc, 0) : lhs;
  }
  // A symbolic divisor may be zero in a model of zero size, which must not
  // trap.
  if (!y) {
    rhs = arith::MaxSIOp::create(b, loc, rhs, constantIndex(b, loc, 1));
  }
  if (kind == AffineExprKind::CeilDiv) {
    return arith::CeilDivSIOp::create(b, loc, lhs, rhs);
  }
  Value quotient = arith::FloorDivSIOp::create(b, loc, lhs, rhs);
  if (kind == AffineExprKind::FloorDiv) {
    return quotient;
  }
  return arith::SubIOp::create(b, loc, lhs,
                               arith::MulIOp::create(b, loc, quotient, rhs));
}

Value emitExpr(OpBuilder &b, Location loc, AffineExpr expr, ValueRange dims,
               ValueRange symbols) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    return constantIndex(b, loc, constant.getValue());
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    return dims[dim.getPosition()];
  }
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    return symbols[symbol.getPosition()];
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Value lhs = emitExpr(b, loc, binary.getLHS(), dims, symbols),
        rhs = emitExpr(b, loc, binary.getRHS(), dims, symbols);
  if (expr.getKind() == AffineExprKind::Add) {
    return addIndex(b, loc, lhs, rhs);
  }
  if (expr.getKind() == AffineExprKind::Mul) {
    return mulIndex(b, loc, lhs, rhs);
  }
  return emitDivision(b, loc, expr.getKind(), lhs, rhs);
}

/// An f64 that is close to `expr` or above it, as long as symbols are not
/// negative: divisions are exact, a remainder counts as its divisor, and a
/// difference as its first part.
static Value emitEstimate(OpBuilder &b, Location loc, AffineExpr expr,
                          ValueRange symbols) {
  Type type = b.getF64Type();
  auto constant = [&](double value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getFloatAttr(type, value));
  };
  if (auto number = dyn_cast<AffineConstantExpr>(expr)) {
    return constant(std::max<int64_t>(0, number.getValue()));
  }
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    return arith::SIToFPOp::create(b, loc, type, symbols[symbol.getPosition()]);
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Value lhs = emitEstimate(b, loc, binary.getLHS(), symbols),
        rhs = emitEstimate(b, loc, binary.getRHS(), symbols);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return arith::AddFOp::create(b, loc, lhs, rhs);
  case AffineExprKind::Mul:
    return arith::MulFOp::create(b, loc, lhs, rhs);
  case AffineExprKind::Mod:
    return rhs;
  default:
    return arith::AddFOp::create(
        b, loc, constant(1),
        arith::DivFOp::create(
            b, loc, lhs, arith::MaximumFOp::create(b, loc, rhs, constant(1))));
  }
}

Value emitOverflows(OpBuilder &b, Location loc, AffineExpr expr,
                    ValueRange symbols) {
  if (isa<AffineConstantExpr>(expr)) {
    return Value();
  }
  // Half of what fits, so that neither rounding nor a sum of parts matters.
  constexpr double most = double(int64_t(1) << 62);
  Value limit = arith::ConstantOp::create(b, loc, b.getF64FloatAttr(most));
  return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UGE,
                               emitEstimate(b, loc, expr, symbols), limit);
}

} // namespace tessera::cpu
