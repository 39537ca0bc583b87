//===- MathBuilder.cpp - float arithmetic on scalars and vectors ----------===//

#include "codegen/cpu/MathBuilder.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include <cmath>

using namespace mlir;
using namespace tessera::cpu;

MathBuilder::MathBuilder(OpBuilder &builder, Location loc, Type type)
    : builder(builder), loc(loc), type(type) {
  bool isWide = getElementTypeOrSelf(type).isF64();
  bitsType = isWide ? builder.getI64Type() : builder.getI32Type();
  fractionBits = isWide ? 52 : 23;
  if (auto vector = dyn_cast<VectorType>(type)) {
    bitsType = vector.clone(bitsType);
  }
}

Value MathBuilder::splat(TypedAttr value, Type ofType) {
  if (auto vector = dyn_cast<VectorType>(ofType)) {
    value = DenseElementsAttr::get(vector, Attribute(value));
  }
  return arith::ConstantOp::create(builder, loc, value);
}
Value MathBuilder::constant(double value) {
  return splat(builder.getFloatAttr(getElementTypeOrSelf(type), value), type);
}
Value MathBuilder::integer(int64_t value) {
  Type element = getElementTypeOrSelf(bitsType);
  value = element.isInteger(32) ? static_cast<int32_t>(value) : value;
  return splat(builder.getIntegerAttr(element, value), bitsType);
}

Value MathBuilder::add(Value a, Value b) {
  return arith::AddFOp::create(builder, loc, a, b);
}
Value MathBuilder::sub(Value a, Value b) {
  return arith::SubFOp::create(builder, loc, a, b);
}
Value MathBuilder::mul(Value a, Value b) {
  return arith::MulFOp::create(builder, loc, a, b);
}
Value MathBuilder::div(Value a, Value b) {
  return arith::DivFOp::create(builder, loc, a, b);
}
Value MathBuilder::fma(Value a, Value b, Value c) {
  return math::FmaOp::create(builder, loc, a, b, c);
}
Value MathBuilder::abs(Value a) {
  return math::AbsFOp::create(builder, loc, a);
}
Value MathBuilder::sqrt(Value a) {
  return math::SqrtOp::create(builder, loc, a);
}
Value MathBuilder::floor(Value a) {
  return math::FloorOp::create(builder, loc, a);
}
Value MathBuilder::copySign(Value magnitude, Value sign) {
  return math::CopySignOp::create(builder, loc, magnitude, sign);
}

Value MathBuilder::polynomial(Value x, ArrayRef<double> lowestFirst) {
  Value result = constant(lowestFirst.back());
  for (double coefficient : llvm::reverse(lowestFirst.drop_back())) {
    result = fma(result, x, constant(coefficient));
  }
  return result;
}

Value MathBuilder::less(Value a, Value b) {
  return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT, a, b);
}
Value MathBuilder::equal(Value a, Value b) {
  return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ, a, b);
}
Value MathBuilder::notLess(Value a, Value b) {
  return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UGE, a, b);
}
Value MathBuilder::both(Value condition, Value other) {
  return arith::AndIOp::create(builder, loc, condition, other);
}
Value MathBuilder::select(Value condition, Value ifTrue, Value ifFalse) {
  return arith::SelectOp::create(builder, loc, condition, ifTrue, ifFalse);
}
bool MathBuilder::leavesLanesOut() const {
  constexpr int64_t kMaskedBits = 512;
  auto vector = dyn_cast<VectorType>(type);
  return vector && vector.getNumElements() * vector.getElementTypeBitWidth() ==
                       kMaskedBits;
}
// In this form a bound is one x86 instruction, which returns its second operand
// when one of them is NaN.
Value MathBuilder::atMost(Value a, double high) {
  Value highest = constant(high);
  return select(less(highest, a), highest, a);
}
Value MathBuilder::atLeast(Value a, double low) {
  Value lowest = constant(low);
  return select(less(a, lowest), lowest, a);
}
Value MathBuilder::clamp(Value a, double low, double high) {
  return atLeast(atMost(a, high), low);
}

Value MathBuilder::bitsOf(Value a) {
  return arith::BitcastOp::create(builder, loc, bitsType, a);
}
Value MathBuilder::floatOf(Value bits) {
  return arith::BitcastOp::create(builder, loc, type, bits);
}
Value MathBuilder::addBits(Value a, Value b) {
  return arith::AddIOp::create(builder, loc, a, b);
}
Value MathBuilder::subBits(Value a, Value b) {
  return arith::SubIOp::create(builder, loc, a, b);
}
Value MathBuilder::andBits(Value a, int64_t mask) {
  return arith::AndIOp::create(builder, loc, a, integer(mask));
}
Value MathBuilder::xorBits(Value a, Value b) {
  return arith::XOrIOp::create(builder, loc, a, b);
}
Value MathBuilder::shiftLeft(Value a, int32_t count) {
  return arith::ShLIOp::create(builder, loc, a, integer(count));
}
Value MathBuilder::shiftRight(Value a, int32_t count) {
  return arith::ShRSIOp::create(builder, loc, a, integer(count));
}
Value MathBuilder::shiftRightUnsigned(Value a, int32_t count) {
  return arith::ShRUIOp::create(builder, loc, a, integer(count));
}
Value MathBuilder::isZero(Value bits) {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, bits,
                               integer(0));
}
Value MathBuilder::fromInteger(Value a) {
  return arith::SIToFPOp::create(builder, loc, type, a);
}

Value MathBuilder::powerOfTwo(Value n) {
  int64_t bias = fractionBits == 23 ? 127 : 1023;
  return floatOf(shiftLeft(addBits(n, integer(bias)), fractionBits));
}

/// The first `lanes` of a vector, or as many with copies of them behind.
static Value withLanes(OpBuilder &builder, Location loc, Value vector,
                       int64_t lanes) {
  int64_t given = cast<VectorType>(vector.getType()).getNumElements();
  SmallVector<int64_t> from;
  for (int64_t lane = 0; lane < lanes; ++lane) {
    from.push_back(lane % given);
  }
  return given == lanes
             ? vector
             : vector::ShuffleOp::create(builder, loc, vector, vector, from)
                   .getResult();
}

Value MathBuilder::lookUp(ArrayRef<float> table, Value index) {
  constexpr int64_t kNumbers = 8, kMostLanes = 16;
  auto vector = dyn_cast<VectorType>(type);
  int64_t lanes = vector ? vector.getNumElements() : 1;
  assert(table.size() == kNumbers && lanes <= kMostLanes);
  int64_t width = lanes <= kNumbers ? kNumbers : kMostLanes;
  if (!vector) {
    auto one = VectorType::get({1}, bitsType);
    index = vector::BroadcastOp::create(builder, loc, one, index);
  }
  SmallVector<float> numbers(table);
  numbers.resize(width);
  llvm::copy(table, numbers.end() - kNumbers);
  auto wide = VectorType::get({width}, builder.getF32Type());
  Value all = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(wide, ArrayRef(numbers)));
  StringRef name = width == kNumbers ? "llvm.x86.avx2.permps"
                                     : "llvm.x86.avx512.permvar.sf.512";
  Value found = LLVM::CallIntrinsicOp::create(
                    builder, loc, wide, builder.getStringAttr(name),
                    ValueRange{all, withLanes(builder, loc, index, width)})
                    .getResult(0);
  return vector ? withLanes(builder, loc, found, lanes)
                : vector::ExtractOp::create(builder, loc, found, 0).getResult();
}

/// Adding 1.5 * 2^23 (in f64 2^52) leaves no bits for a fraction, and the
/// integer in the low bits of the sum.
Value MathBuilder::shifter() { return constant(std::ldexp(1.5, fractionBits)); }

MathBuilder::RoundedBits MathBuilder::roundToBits(Value a, double factor) {
  Value sum = fma(a, constant(factor), shifter());
  return {sub(sum, shifter()), bitsOf(sum)};
}

MathBuilder::Rounded MathBuilder::round(Value a, double factor) {
  RoundedBits rounded = roundToBits(a, factor);
  return {rounded.real, subBits(rounded.bits, bitsOf(shifter()))};
}
