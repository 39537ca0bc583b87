//===- ExpandPower.cpp - powers -------------------------------------------===//
//
// x^y = 2^(y log2 |x|) in f64, where the error of the logarithm, times a
// product of up to 150, is still far below the last bit of an f32; the sign and
// the special cases are those of IEEE 754's pow.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/MathFunctions.h"
#include <limits>

using namespace mlir;
using namespace tessera::cpu;

static constexpr double infinity = std::numeric_limits<double>::infinity();

/// log2 of a number that is not negative, normal in f64: x = 2^e m with m in
/// [2/3, 4/3), log m = 2 artanh((m - 1) / (m + 1)).
static Value wideLog2(MathBuilder &m, Value x) {
  constexpr int64_t twoThirds = 0x3fe5555555555555;
  constexpr int64_t exponentMask = 0xfff0000000000000;
  // The exponent's field, 1024 added so that it is not negative, becomes a
  // float as the last digits of 2^52: x86 converts no 64-bit integers below
  // AVX-512.
  constexpr int64_t bias = 1024;
  Value bits = m.bitsOf(x);
  Value above = m.subBits(bits, m.integer(twoThirds));
  Value field =
      m.shiftRightUnsigned(m.addBits(above, m.integer(bias << 52)), 52);
  Value digits = m.floatOf(m.addBits(field, m.bitsOf(m.constant(0x1p52))));
  Value exponent = m.sub(digits, m.constant(0x1p52 + bias));
  Value mantissa = m.floatOf(m.subBits(bits, m.andBits(above, exponentMask)));
  Value one = m.constant(1);
  Value s = m.div(m.sub(mantissa, one), m.add(mantissa, one));
  // 2 / ((2k + 1) log 2): the series of artanh. |s| <= 1/5, so what follows is
  // below 2^-40 of the sum.
  Value q =
      m.polynomial(m.mul(s, s), {2.8853900817779268, 0.96179669392597560,
                                 0.57707801635558536, 0.41219858311113240,
                                 0.32059889797532520, 0.26230818925253880,
                                 0.22195308321368670, 0.19235933878519512});
  Value log = m.fma(s, q, exponent);
  // Infinity and NaN are their own logarithms.
  log = m.select(m.less(x, m.constant(infinity)), log, x);
  return m.select(m.equal(x, m.constant(0)), m.constant(-infinity), log);
}

/// 2^t for |t| <= 1000.
static Value wideExp2(MathBuilder &m, Value t) {
  MathBuilder::Rounded n = m.round(t, 1);
  // (log 2)^k / k!: the series, below 2^-32 after this for |r| <= 1/2.
  Value p = m.polynomial(m.sub(t, n.real),
                         {1.0, 0.69314718055994531, 0.24022650695910071,
                          0.055504108664821580, 0.0096181291076284772,
                          0.0013333558146428443, 0.00015403530393381609,
                          1.5252733804059840e-05, 1.3215486790144309e-06});
  return m.mul(p, m.powerOfTwo(n.integer));
}

Value tessera::cpu::expandPower(MathBuilder &m, Value x, Value y) {
  Value zero = m.constant(0), magnitude = m.abs(x);
  // Beyond these bounds every power of an f32 but 1 is 0 or infinity, and the
  // logarithm of 1 times them is 0.
  Value exponent = m.clamp(y, -0x1p200, 0x1p200);
  Value t = m.mul(exponent, wideLog2(m, magnitude));
  t = m.select(m.equal(y, zero), zero, t);
  t = m.select(m.equal(x, m.constant(1)), zero, t);
  Value power = wideExp2(m, m.clamp(t, -200, 200));
  // An odd exponent keeps the sign; a negative number has no other powers than
  // those with an integer.
  Value half = m.mul(y, m.constant(0.5));
  Value isInteger = m.equal(m.floor(y), y);
  Value isOdd = m.both(isInteger, m.less(m.floor(half), half));
  power = m.select(isOdd, m.copySign(power, x), power);
  Value isNone = m.both(m.both(m.less(x, zero), m.less(m.floor(y), y)),
                        m.less(magnitude, m.constant(infinity)));
  Value none = m.constant(std::numeric_limits<double>::quiet_NaN());
  return m.select(isNone, none, power);
}
