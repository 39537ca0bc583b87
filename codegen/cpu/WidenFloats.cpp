//===- WidenFloats.cpp - arithmetic on floats below 32 bits ---------------===//
//
// CPUs only convert these types, those of 8 bits not even that. LLVM would do
// the rest by calling a compiler's support library, which models must not need.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/WidenFloats.h"
#include "codegen/cpu/SmallFloats.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera::cpu;

static Type withElement(Type type, Type element) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(vector.clone(element)) : element;
}

/// Whether the element type is a float of 8 bits or less.
static bool isSmallFloat(Type type) {
  return tessera::cpu::isNarrowFloat(type) &&
         getElementTypeOrSelf(type).getIntOrFloatBitWidth() <= 8;
}

bool tessera::cpu::isNarrowFloat(Type type) {
  Type element = getElementTypeOrSelf(type);
  return isa<FloatType>(element) && element.getIntOrFloatBitWidth() < 32;
}

/// The float type that holds what an operation computes before rounding.
static Type wideElementOf(Operation *op) {
  Builder builder(op->getContext());
  if (isa<arith::SIToFPOp, arith::UIToFPOp>(op)) {
    Type source = getElementTypeOrSelf(op->getOperand(0).getType());
    if (source.getIntOrFloatBitWidth() > 16) {
      return builder.getF64Type();
    }
  }
  return builder.getF32Type();
}

Operation *tessera::cpu::widenOperation(Operation *op) {
  OpBuilder builder(op);
  Location loc = op->getLoc();
  Type element = wideElementOf(op);
  Operation *wide = op->clone();
  for (OpOperand &operand : wide->getOpOperands()) {
    Type type = operand.get().getType();
    if (isNarrowFloat(type)) {
      operand.set(arith::ExtFOp::create(
          builder, loc, withElement(type, element), operand.get()));
    }
  }
  builder.insert(wide);
  for (auto [before, after] :
       llvm::zip_equal(op->getResults(), wide->getResults())) {
    Value result = after;
    if (isNarrowFloat(before.getType())) {
      after.setType(withElement(before.getType(), element));
      result = arith::TruncFOp::create(builder, loc, before.getType(), after);
    }
    before.replaceAllUsesWith(result);
  }
  op->erase();
  return wide;
}

static bool computes(Operation *op) {
  if (isa<arith::ExtFOp, arith::TruncFOp, arith::BitcastOp, arith::ConstantOp,
          arith::SelectOp>(op)) {
    return false;
  }
  return isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) ||
         isa<vector::ReductionOp, vector::FMAOp>(op);
}

/// Rounds a double to f32 "to odd": when inexact, to the neighbour whose last
/// bit is set. Rounding that to 16 bits gives what one rounding would.
static Value roundToOdd(OpBuilder &b, Location loc, Value x) {
  Type type = withElement(x.getType(), b.getF32Type());
  Type bitsType = withElement(x.getType(), b.getI32Type());
  Value one = arith::ConstantOp::create(
      b, loc,
      isa<VectorType>(bitsType)
          ? cast<TypedAttr>(Attribute(DenseElementsAttr::get(
                cast<VectorType>(bitsType), b.getI32IntegerAttr(1))))
          : cast<TypedAttr>(Attribute(b.getI32IntegerAttr(1))));
  Value nearest = arith::TruncFOp::create(b, loc, type, x);
  Value back = arith::ExtFOp::create(b, loc, x.getType(), nearest);
  Value bits = arith::BitcastOp::create(b, loc, bitsType, nearest);
  Value isBeyond = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT,
                                         math::AbsFOp::create(b, loc, back),
                                         math::AbsFOp::create(b, loc, x));
  Value towardsZero = arith::SelectOp::create(
      b, loc, isBeyond, arith::SubIOp::create(b, loc, bits, one), bits);
  Value isInexact =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ONE, back, x);
  Value odd = arith::OrIOp::create(b, loc, towardsZero, one);
  Value chosen = arith::SelectOp::create(b, loc, isInexact, odd, bits);
  return arith::BitcastOp::create(b, loc, type, chosen);
}

/// Splits conversions between small floats and anything but f32, and hands
/// those that remain to their expansion.
static void expandSmallFloat(Operation *op) {
  OpBuilder builder(op);
  Location loc = op->getLoc();
  Type type = op->getResult(0).getType(), f32 = builder.getF32Type();
  Value x = op->getNumOperands() ? op->getOperand(0) : Value(), result;
  if (isa<arith::ExtFOp>(op)) {
    result = expandExtension(builder, loc, x);
    if (getElementTypeOrSelf(type).isF64()) {
      result = arith::ExtFOp::create(builder, loc, type, result);
    } else if (!getElementTypeOrSelf(type).isF32()) {
      result = arith::TruncFOp::create(builder, loc, type, result);
    }
  } else if (isa<arith::TruncFOp>(op)) {
    if (!getElementTypeOrSelf(x.getType()).isF32()) {
      x = arith::ExtFOp::create(builder, loc, withElement(x.getType(), f32), x);
    }
    result = expandTruncation(builder, loc, x, type);
  } else if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    result = expandSmallConstant(builder, constant);
  } else {
    return;
  }
  op->getResult(0).replaceAllUsesWith(result);
  op->erase();
}

void tessera::cpu::widenFloats(ModuleOp module) {
  SmallVector<Operation *> work;
  module.walk([&](Operation *op) {
    bool isNarrow = llvm::any_of(op->getOperandTypes(), isNarrowFloat) ||
                    llvm::any_of(op->getResultTypes(), isNarrowFloat);
    if (isNarrow && computes(op)) {
      work.push_back(op);
    }
  });
  for (Operation *op : work) {
    widenOperation(op);
  }
  module.walk([](arith::TruncFOp op) {
    if (isNarrowFloat(op.getType()) &&
        getElementTypeOrSelf(op.getIn().getType()).isF64()) {
      OpBuilder builder(op);
      op.getInMutable().assign(roundToOdd(builder, op.getLoc(), op.getIn()));
    }
  });
  work.clear();
  module.walk([&](Operation *op) {
    if (llvm::any_of(op->getOperandTypes(), isSmallFloat) ||
        llvm::any_of(op->getResultTypes(), isSmallFloat)) {
      work.push_back(op);
    }
  });
  for (Operation *op : work) {
    expandSmallFloat(op);
  }
}
