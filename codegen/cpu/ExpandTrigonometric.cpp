//===- ExpandTrigonometric.cpp - sine, cosine, tangent and inverses -------===//
//
// Arguments are reduced by multiples of pi / 2, given as the sum of three
// floats; with fused multiply-adds the first difference is exact.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/MathFunctions.h"

using namespace mlir;
using namespace tessera::cpu;

static constexpr float halfPiHigh = 1.57079637f;
static constexpr float halfPiMiddle = -4.37113883e-08f;
static constexpr float halfPiLow = -1.71512451e-15f;

namespace {
/// The quarter turns taken off, and sine and cosine of what remains.
struct Reduced {
  Value quarters;
  Value sine;
  Value cosine;
};
} // namespace

static Reduced reduce(MathBuilder &m, Value x) {
  MathBuilder::Rounded n = m.round(x, 0.636619747f);
  Value r = m.fma(n.real, m.constant(-halfPiHigh), x);
  r = m.fma(n.real, m.constant(-halfPiMiddle), r);
  r = m.fma(n.real, m.constant(-halfPiLow), r);
  Value square = m.mul(r, r);
  Value s = m.polynomial(square, {-0.166666672f, 0.0083333794f,
                                  -0.000198530746f, 2.83276563e-06f});
  Value c = m.polynomial(square, {-0.5f, 0.0416666679f, -0.001388898f,
                                  2.48220222e-05f, -2.88812146e-07f});
  return {n.integer, m.fma(m.mul(s, square), r, r),
          m.fma(c, square, m.constant(1.0f))};
}

/// The sine after `quarters` quarter turns more.
static Value turn(MathBuilder &m, const Reduced &reduced, Value quarters) {
  Value isEven = m.isZero(m.andBits(quarters, 1));
  Value magnitude = m.select(isEven, reduced.sine, reduced.cosine);
  Value sign = m.shiftLeft(m.andBits(quarters, 2), 30);
  return m.floatOf(m.xorBits(m.bitsOf(magnitude), sign));
}

Value tessera::cpu::expandSin(MathBuilder &m, Value x) {
  Reduced reduced = reduce(m, x);
  return turn(m, reduced, reduced.quarters);
}

Value tessera::cpu::expandCos(MathBuilder &m, Value x) {
  Reduced reduced = reduce(m, x);
  return turn(m, reduced, m.addBits(reduced.quarters, m.integer(1)));
}

Value tessera::cpu::expandTan(MathBuilder &m, Value x) {
  Reduced reduced = reduce(m, x);
  Value isEven = m.isZero(m.andBits(reduced.quarters, 1));
  Value minusCosine = m.sub(m.constant(0.0f), reduced.cosine);
  return m.div(m.select(isEven, reduced.sine, minusCosine),
               m.select(isEven, reduced.cosine, reduced.sine));
}

/// pi / 2 - angle.
static Value complementOf(MathBuilder &m, Value angle) {
  return m.sub(m.constant(halfPiHigh), m.add(angle, m.constant(-halfPiMiddle)));
}

Value tessera::cpu::expandAtan(MathBuilder &m, Value x) {
  Value magnitude = m.abs(x);
  Value one = m.constant(1.0f);
  Value isLarge = m.less(one, magnitude);
  Value a = m.div(m.select(isLarge, one, magnitude),
                  m.select(isLarge, magnitude, one));
  Value square = m.mul(a, a);
  Value q =
      m.polynomial(square, {-0.333332986f, 0.199985296f, -0.142640159f,
                            0.109508805f, -0.0839930624f, 0.0578813776f,
                            -0.0310969427f, 0.0108686313f, -0.00178279832f});
  Value inner = m.fma(m.mul(q, square), a, a);
  Value outer = complementOf(m, inner);
  return m.copySign(m.select(isLarge, outer, inner), x);
}

namespace {
/// asin of |x| up to 1/2, or else half of acos |x|.
struct Arc {
  Value isLarge;
  Value angle;
};
} // namespace

static Arc arc(MathBuilder &m, Value x) {
  Value magnitude = m.abs(x);
  Value isLarge = m.less(m.constant(0.5f), magnitude);
  Value complement = m.fma(magnitude, m.constant(-0.5f), m.constant(0.5f));
  Value square = m.select(isLarge, complement, m.mul(x, x));
  Value s = m.select(isLarge, m.sqrt(complement), magnitude);
  Value q = m.polynomial(square, {0.166666597f, 0.0750052184f, 0.0445133746f,
                                  0.0318390951f, 0.0143148107f, 0.0376969166f});
  return {isLarge, m.fma(m.mul(q, square), s, s)};
}

Value tessera::cpu::expandAsin(MathBuilder &m, Value x) {
  Arc a = arc(m, x);
  Value large = complementOf(m, m.add(a.angle, a.angle));
  return m.copySign(m.select(a.isLarge, large, a.angle), x);
}

Value tessera::cpu::expandAcos(MathBuilder &m, Value x) {
  Arc a = arc(m, x);
  Value isNegative = m.less(x, m.constant(0.0f));
  Value twice = m.add(a.angle, a.angle);
  // pi in two parts, as twice those of pi / 2.
  Value reflected = m.sub(m.constant(2 * halfPiHigh),
                          m.add(twice, m.constant(-2 * halfPiMiddle)));
  Value large = m.select(isNegative, reflected, twice);
  Value small = complementOf(m, m.copySign(a.angle, x));
  return m.select(a.isLarge, large, small);
}
