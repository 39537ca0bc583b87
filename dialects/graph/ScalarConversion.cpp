//===- ScalarConversion.cpp - elements from one type to another -----------===//
//
// Floats of 8 bits and less exist only to be converted: everything else about
// them goes through f32, which has all their values.
//
//===----------------------------------------------------------------------===//

#include "dialects/graph/Scalar.h"
#include "dialects/kernel/Kernel.h"

using namespace mlir;
using arith::CmpIPredicate;

namespace tessera::graph {

/// Whether it is a float type of 8 bits or less.
static bool isSmallFloat(Type type) {
  return isa<FloatType>(type) && type.getIntOrFloatBitWidth() <= 8;
}

static Scalar asType(Scalar x, Type type, Value value) {
  bool isUnsigned = type.isUnsignedInteger() || type.isInteger(1);
  return {x.builder, x.location, value, isUnsigned};
}

static Scalar bitsOf(Scalar x, Type type) {
  return x.with(arith::BitcastOp::create(x.b(), x.loc(), type, x.value));
}

/// The integer from an integer of fewer bits, zeros above.
static Scalar widened(Scalar x, Type type) {
  return x.with(arith::ExtUIOp::create(x.b(), x.loc(), type, x.value));
}

static Scalar shiftedBy(Scalar x, int64_t count) {
  Value amount = constantLike(x, std::abs(count));
  return x.with(
      count > 0
          ? arith::ShLIOp::create(x.b(), x.loc(), x, amount).getResult()
          : arith::ShRUIOp::create(x.b(), x.loc(), x, amount).getResult());
}

//===----------------------------------------------------------------------===//
// Powers of two (e8m0)
//===----------------------------------------------------------------------===//

/// The exponent byte becomes f32's; its zero is 2^-127, which f32 holds as a
/// denormal number, and 255 is NaN.
static Scalar powerToFloat(Scalar x) {
  OpBuilder &b = x.b();
  Scalar exponent = widened(bitsOf(x, b.getI8Type()), b.getI32Type());
  Scalar bits = shiftedBy(exponent, 23);
  bits = select(exponent == 0.0, constantLike(exponent, 0x400000), bits);
  bits = select(exponent == 255.0, constantLike(exponent, 0x7fc00000), bits);
  return bitsOf(bits, b.getF32Type());
}

/// f32's exponent, plus one when the fraction rounds up; the sign is dropped.
static Scalar powerFromFloat(Scalar x, Type to, Rounding rounding) {
  OpBuilder &b = x.b();
  Scalar bits = bitsOf(x, b.getI32Type());
  Scalar exponent = shiftedBy(bits, -23) & constantLike(bits, 0xff);
  Scalar fraction = bits & constantLike(bits, 0x7fffff);
  Scalar zero = constantLike(bits, 0), one = constantLike(bits, 1);
  Scalar increment = zero;
  if (rounding.powersOfTwo == "up") {
    increment = select(fraction > 0.0, one, zero);
  } else if (rounding.powersOfTwo == "nearest") {
    // A tie goes up, but from the smallest power.
    Scalar half = constantLike(bits, 0x400000);
    Scalar up = (fraction > half) | ((fraction == half) & (exponent > 0.0));
    increment = select(up, one, zero);
  }
  if (rounding.saturate) {
    increment = select(exponent == 254.0, zero, increment);
  }
  Scalar rounded = exponent + increment;
  rounded = select(exponent == 255.0, exponent, rounded);
  Scalar byte = rounded.with(
      arith::TruncIOp::create(b, x.loc(), b.getI8Type(), rounded.value));
  return bitsOf(byte, to);
}

//===----------------------------------------------------------------------===//
// Other small floats
//===----------------------------------------------------------------------===//

static Scalar fromSmallFloat(Scalar x) {
  if (isa<Float8E8M0FNUType>(x.value.getType())) {
    return powerToFloat(x);
  }
  return x.with(
      arith::ExtFOp::create(x.b(), x.loc(), x.b().getF32Type(), x.value));
}

/// From f32 or f64.
static Scalar toSmallFloat(Scalar x, Type to, Rounding rounding) {
  if (isa<Float8E8M0FNUType>(to)) {
    return powerFromFloat(convert(x, x.b().getF32Type()), to, rounding);
  }
  const llvm::fltSemantics &semantics = cast<FloatType>(to).getFloatSemantics();
  bool hasNan = !isa<Float4E2M1FNType>(to);
  if (rounding.saturate || !hasNan) {
    double largest = toDouble(llvm::APFloat::getLargest(semantics));
    x = max(min(x, largest), -largest);
  }
  if (!hasNan) {
    // The type cannot say that there is no number.
    x = select(isNan(x), constantLike(x, -0.0), x);
  }
  return x.with(arith::TruncFOp::create(x.b(), x.loc(), to, x.value));
}

//===----------------------------------------------------------------------===//
// All types
//===----------------------------------------------------------------------===//

/// Float to integer as C on this kind of machine: through a wider signed type,
/// so that small negative numbers wrap in unsigned ones.
static Value floatToInteger(Scalar x, Type to) {
  unsigned width = to.getIntOrFloatBitWidth();
  Type scalar = kernel::scalarTypeOf(to);
  if (width == 64 && to.isUnsignedInteger()) {
    return arith::FPToUIOp::create(x.b(), x.loc(), scalar, x);
  }
  unsigned through =
      width == 32 && to.isUnsignedInteger() ? 64 : std::max(width, 32u);
  Value wide =
      arith::FPToSIOp::create(x.b(), x.loc(), x.b().getIntegerType(through), x);
  if (through == width) {
    return wide;
  }
  return arith::TruncIOp::create(x.b(), x.loc(), scalar, wide);
}

/// Between the floats of 16 bits and more.
static Scalar floatToFloat(Scalar x, Type to) {
  unsigned fromWidth = x.value.getType().getIntOrFloatBitWidth(),
           toWidth = to.getIntOrFloatBitWidth();
  if (fromWidth < toWidth) {
    return x.with(arith::ExtFOp::create(x.b(), x.loc(), to, x.value));
  }
  if (fromWidth > toWidth) {
    return x.with(arith::TruncFOp::create(x.b(), x.loc(), to, x.value));
  }
  return floatToFloat(floatToFloat(x, x.b().getF32Type()), to);
}

/// The float type through which a value becomes a small float; it has all
/// values of the type, and a double is rounded only once.
static Type workTypeOf(Scalar x) {
  Type from = x.value.getType();
  bool isWide = x.isFloat() ? from.isF64() : from.getIntOrFloatBitWidth() > 16;
  return isWide ? Type(x.b().getF64Type()) : Type(x.b().getF32Type());
}

Scalar convert(Scalar x, Type to, Rounding rounding) {
  Type from = x.value.getType(), scalar = kernel::scalarTypeOf(to);
  auto result = [&](Value value) { return asType(x, to, value); };
  if (from == scalar) {
    return result(x);
  }
  if (isSmallFloat(from)) {
    return convert(fromSmallFloat(x), to, rounding);
  }
  if (isSmallFloat(to)) {
    return toSmallFloat(convert(x, workTypeOf(x)), to, rounding);
  }
  if (to.isInteger(1)) {
    return result(bitNot(x == 0.0));
  }
  if (x.isFloat() && isa<FloatType>(scalar)) {
    return result(floatToFloat(x, scalar));
  }
  if (x.isFloat()) {
    return result(floatToInteger(x, to));
  }
  if (isa<FloatType>(scalar)) {
    if (x.isUnsigned) {
      return result(arith::UIToFPOp::create(x.b(), x.loc(), scalar, x));
    }
    return result(arith::SIToFPOp::create(x.b(), x.loc(), scalar, x));
  }
  if (from.getIntOrFloatBitWidth() > scalar.getIntOrFloatBitWidth()) {
    return result(arith::TruncIOp::create(x.b(), x.loc(), scalar, x));
  }
  if (x.isUnsigned) {
    return result(arith::ExtUIOp::create(x.b(), x.loc(), scalar, x));
  }
  return result(arith::ExtSIOp::create(x.b(), x.loc(), scalar, x));
}

Scalar bitCast(Scalar x, Type to) {
  Type scalar = kernel::scalarTypeOf(to);
  // Kernels read floats of 16 bits as f32; the bits are those in memory.
  auto extension = x.value.getDefiningOp<arith::ExtFOp>();
  if (extension && scalar.getIntOrFloatBitWidth() == 16) {
    x = x.with(extension.getIn());
  }
  if (x.value.getType() == scalar) {
    return asType(x, to, x.value);
  }
  return asType(x, to, bitsOf(x, scalar));
}

} // namespace tessera::graph
