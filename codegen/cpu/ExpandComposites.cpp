//===- ExpandComposites.cpp - functions of several operations -------------===//
//
// SiLU and GELU are made of sigmoids, 1 + erf and 1 + tanh. As a whole these
// take fewer operations than their parts, and are no less exact: 1 + tanh(x) is
// 2 / (1 + e^-2x).
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/ExpandComposites.h"
#include "codegen/cpu/MathFunctions.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace tessera::cpu;

static bool isOne(Value value) {
  auto broadcast = value.getDefiningOp<vector::BroadcastOp>();
  return matchPattern(broadcast ? broadcast.getSource() : value, m_OneFloat());
}

/// The other operand of a sum with 1, else null.
static Value besideOne(Value value) {
  auto sum = value.getDefiningOp<arith::AddFOp>();
  if (!sum) {
    return {};
  }
  if (isOne(sum.getRhs())) {
    return sum.getLhs();
  }
  return isOne(sum.getLhs()) ? sum.getRhs() : Value();
}

/// The argument of the function whose result nothing else reads, else null.
template <typename FunctionOp>
static Value argumentOf(Value value) {
  auto function = value ? value.getDefiningOp<FunctionOp>() : FunctionOp();
  return function && function->hasOneUse() ? function->getOperand(0) : Value();
}

/// 1 / (e^-x + 1), else null.
static Value expandQuotient(MathBuilder &m, arith::DivFOp quotient) {
  Value exponential =
      isOne(quotient.getLhs()) ? besideOne(quotient.getRhs()) : Value();
  auto exp =
      exponential ? exponential.getDefiningOp<math::ExpOp>() : math::ExpOp();
  auto negative =
      exp ? exp.getOperand().getDefiningOp<arith::NegFOp>() : arith::NegFOp();
  return negative ? expandSigmoid(m, negative.getOperand()) : Value();
}

/// 1 + erf(x) or 1 + tanh(x), else null.
static Value expandSum(MathBuilder &m, arith::AddFOp sum) {
  Value other = besideOne(sum);
  if (Value x = argumentOf<math::ErfOp>(other)) {
    return expandOnePlusErf(m, x);
  }
  if (Value x = argumentOf<math::TanhOp>(other)) {
    return m.mul(m.constant(2.0f), expandSigmoid(m, m.add(x, x)));
  }
  return {};
}

/// Erases the operation, and those that it alone read, while nothing reads
/// them.
static void eraseUnused(Operation *op) {
  if (op && isOpTriviallyDead(op)) {
    SmallVector<Value> operands(op->getOperands());
    op->erase();
    for (Value operand : operands) {
      eraseUnused(operand.getDefiningOp());
    }
  }
}

/// Replaces the operations for which there is an expansion, and what only they
/// read. That is no operation of the same kind.
template <typename OpType>
static void
expandEach(ModuleOp module,
           llvm::function_ref<Value(MathBuilder &, OpType)> expand) {
  SmallVector<OpType> found;
  module.walk([&](OpType op) {
    if (getElementTypeOrSelf(op.getType()).isF32()) {
      found.push_back(op);
    }
  });
  for (OpType op : found) {
    OpBuilder builder(op);
    MathBuilder m(builder, op.getLoc(), op.getType());
    if (Value expanded = expand(m, op)) {
      op.replaceAllUsesWith(expanded);
      eraseUnused(op);
    }
  }
}

void tessera::cpu::expandComposites(ModuleOp module) {
  // Quotients first: they read sums.
  expandEach<arith::DivFOp>(module, expandQuotient);
  expandEach<arith::AddFOp>(module, expandSum);
}
