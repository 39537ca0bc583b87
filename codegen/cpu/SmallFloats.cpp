//===- SmallFloats.cpp - conversions of floats of 8 bits and less ---------===//
//
// A format is its numbers of exponent and fraction bits, its bias and its code
// for NaN. Magnitudes are handled as integers, whose order is that of the
// values.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/SmallFloats.h"
#include "codegen/cpu/MathBuilder.h"
#include "mlir/IR/TypeUtilities.h"
#include <cmath>

using namespace mlir;
using llvm::APFloat;

namespace tessera::cpu {

namespace {
struct Format {
  int width, fraction, bias;
  /// Codes without the sign: of the largest number, and of what stands beyond
  /// it (infinity, NaN, or the largest again).
  int largest, beyond;
  /// NaN's code without the sign; -1: the type has none. `unsignedZero` types
  /// write it as a negative zero, and zero has no sign.
  int nan;
  bool unsignedZero;
};
} // namespace

static Format formatOf(FloatType type) {
  const llvm::fltSemantics &semantics = type.getFloatSemantics();
  Format format;
  format.width = type.getWidth();
  format.fraction = type.getFPMantissaWidth() - 1;
  format.bias = 1 - APFloat::semanticsMinExponent(semantics);
  auto codeOf = [](const APFloat &value) {
    return static_cast<int>(value.bitcastToAPInt().getZExtValue());
  };
  format.largest = codeOf(APFloat::getLargest(semantics));
  format.unsignedZero = isa<Float8E4M3FNUZType, Float8E5M2FNUZType>(type);
  format.nan = APFloat::semanticsHasNaN(semantics)
                   ? codeOf(APFloat::getNaN(semantics))
                   : -1;
  format.beyond = APFloat::semanticsHasInf(semantics)
                      ? codeOf(APFloat::getInf(semantics))
                  : format.nan >= 0 ? format.nan
                                    : format.largest;
  return format;
}

static Type withElement(Type type, Type element) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(vector.clone(element)) : element;
}

static Value isGreater(OpBuilder &builder, Location loc, Value a, Value b) {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::sgt, a, b);
}

Value expandExtension(OpBuilder &builder, Location loc, Value x) {
  auto type = cast<FloatType>(getElementTypeOrSelf(x.getType()));
  Format format = formatOf(type);
  MathBuilder m(builder, loc, withElement(x.getType(), builder.getF32Type()));
  Value narrow = arith::BitcastOp::create(
      builder, loc,
      withElement(x.getType(), builder.getIntegerType(format.width)), x);
  Value bits = arith::ExtUIOp::create(
      builder, loc, withElement(x.getType(), builder.getI32Type()), narrow);
  int signBit = 1 << (format.width - 1);
  Value magnitude = m.andBits(bits, signBit - 1);
  // Read with f32's bias, numbers and denormals alike are off by one factor.
  Value value = m.mul(m.floatOf(m.shiftLeft(magnitude, 23 - format.fraction)),
                      m.constant(std::ldexp(1.0f, 127 - format.bias)));
  Value special = m.floatOf(m.integer(0x7fc00000));
  if (format.beyond != format.nan && format.nan >= 0) {
    Value infinity = m.constant(INFINITY);
    value = m.select(
        isGreater(builder, loc, magnitude, m.integer(format.largest)),
        m.select(isGreater(builder, loc, magnitude, m.integer(format.beyond)),
                 special, infinity),
        value);
  } else if (format.nan >= 0 && !format.unsignedZero) {
    value =
        m.select(isGreater(builder, loc, magnitude, m.integer(format.largest)),
                 special, value);
  }
  Value sign = m.shiftLeft(m.andBits(bits, signBit), 32 - format.width);
  Value result = m.floatOf(m.xorBits(m.bitsOf(value), sign));
  if (format.unsignedZero) {
    Value isNan = m.isZero(m.xorBits(bits, m.integer(signBit)));
    result = m.select(isNan, special, result);
  }
  return result;
}

Value expandTruncation(OpBuilder &builder, Location loc, Value x, Type to) {
  Format format = formatOf(cast<FloatType>(getElementTypeOrSelf(to)));
  MathBuilder m(builder, loc, x.getType());
  Value absolute = m.abs(x), bits = m.bitsOf(absolute);
  // Normal numbers: half of the last bit kept, less one for an even one, is
  // added; a carry moves into the exponent as it should.
  int dropped = 23 - format.fraction;
  Value odd = m.andBits(m.shiftRight(bits, dropped), 1);
  Value rounded =
      m.addBits(m.addBits(bits, m.integer((1 << (dropped - 1)) - 1)), odd);
  Value code = m.addBits(m.shiftRight(rounded, dropped),
                         m.integer(-((127 - format.bias) << format.fraction)));
  // Denormal ones are multiples of the smallest.
  float smallest = std::ldexp(1.0f, 1 - format.bias - format.fraction);
  float smallestNormal = std::ldexp(1.0f, 1 - format.bias);
  Value isDenormal = m.less(absolute, m.constant(smallestNormal));
  Value denormal = m.select(isDenormal, absolute, m.constant(0));
  code = m.select(isDenormal, m.round(denormal, 1 / smallest).integer, code);
  Value isBeyond = isGreater(builder, loc, code, m.integer(format.largest));
  // With unsigned zeros NaN is the sign alone, so it takes no part here.
  int beyond = format.unsignedZero ? 0 : format.beyond;
  code = m.select(isBeyond, m.integer(beyond), code);
  Value isNan = isGreater(builder, loc, bits, m.integer(0x7f800000));
  if (format.nan >= 0 && !format.unsignedZero) {
    code = m.select(isNan, m.integer(format.nan), code);
  }
  int signBit = 1 << (format.width - 1);
  Value sign = m.andBits(m.shiftRight(m.bitsOf(x), 32 - format.width), signBit);
  Value result = m.addBits(code, sign);
  if (format.unsignedZero) {
    result = m.select(m.isZero(code), m.integer(0), result);
    result = m.select(isBeyond, m.integer(signBit), result);
    result = m.select(isNan, m.integer(signBit), result);
  }
  Value narrow = arith::TruncIOp::create(
      builder, loc, withElement(to, builder.getIntegerType(format.width)),
      result);
  return arith::BitcastOp::create(builder, loc, to, narrow);
}

Value expandSmallConstant(OpBuilder &builder, arith::ConstantOp op) {
  Type type = op.getType();
  Type integer = builder.getIntegerType(
      getElementTypeOrSelf(type).getIntOrFloatBitWidth());
  TypedAttr bits;
  if (auto dense = dyn_cast<DenseElementsAttr>(op.getValue())) {
    bits = dense.bitcast(integer);
  } else {
    bits = builder.getIntegerAttr(
        integer, cast<FloatAttr>(op.getValue()).getValue().bitcastToAPInt());
  }
  Value constant = arith::ConstantOp::create(builder, op.getLoc(), bits);
  return arith::BitcastOp::create(builder, op.getLoc(), type, constant);
}

} // namespace tessera::cpu
