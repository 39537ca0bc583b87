//===- ExpandLogarithm.cpp - logarithms -----------------------------------===//
//
// x = 2^e (1 + f) with 1 + f in [2/3, 4/3): the logarithm is e times a constant
// plus a polynomial in f, and near x = 1 the polynomial alone.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/MathFunctions.h"
#include <limits>

using namespace mlir;
using namespace tessera::cpu;

static constexpr float infinity = std::numeric_limits<float>::infinity();
// log 2 = high + low; an exponent times high is exact.
static constexpr float log2High = 0.693145752f;
static constexpr float log2Low = 1.42860677e-6f;

namespace {
struct Split {
  /// The exponent e, as a float.
  Value exponent;
  /// f.
  Value fraction;
};
} // namespace

static Split split(MathBuilder &m, Value x) {
  // Denormal numbers are scaled into the normal range first.
  Value isTiny = m.less(x, m.constant(std::numeric_limits<float>::min()));
  Value normal = m.select(isTiny, m.mul(x, m.constant(0x1p23f)), x);
  Value correction = m.select(isTiny, m.constant(-23.0f), m.constant(0.0f));
  Value bits = m.bitsOf(normal);
  constexpr int32_t twoThirds = 0x3f2aaaab;
  Value exponentBits =
      m.andBits(m.subBits(bits, m.integer(twoThirds)), 0xff800000);
  Value fraction =
      m.sub(m.floatOf(m.subBits(bits, exponentBits)), m.constant(1.0f));
  Value exponent =
      m.fma(m.fromInteger(exponentBits), m.constant(0x1p-23f), correction);
  return {exponent, fraction};
}

/// log(1 + f) - f.
static Value logTail(MathBuilder &m, Value f) {
  Value q = m.polynomial(f, {-0.5f, 0.333332151f, -0.249998048f, 0.200104371f,
                             -0.166802153f, 0.140055045f, -0.121875949f,
                             0.139858261f, -0.12878491f});
  return m.mul(q, m.mul(f, f));
}

/// Replaces what the polynomial says of 0, infinity, NaN and negative numbers.
/// `zero` is the argument where the logarithm is -infinity.
static Value withLimits(MathBuilder &m, Value x, Value result, float zero) {
  Value quiet = m.constant(std::numeric_limits<float>::quiet_NaN());
  Value pole =
      m.select(m.equal(x, m.constant(zero)), m.constant(-infinity), quiet);
  // Infinity and NaN are their own logarithms.
  result = m.select(m.less(x, m.constant(infinity)), result, x);
  return m.select(m.notLess(m.constant(zero), x),
                  m.select(m.equal(x, x), pole, x), result);
}

Value tessera::cpu::expandLog(MathBuilder &m, Value x) {
  Split parts = split(m, x);
  Value tail = logTail(m, parts.fraction);
  Value low = m.fma(parts.exponent, m.constant(log2Low), tail);
  Value sum = m.add(low, parts.fraction);
  Value result = m.fma(parts.exponent, m.constant(log2High), sum);
  return withLimits(m, x, result, 0.0f);
}

/// log2(1 + f).
static Value log2Fraction(MathBuilder &m, Value f) {
  Value q =
      m.polynomial(f, {0.442695051f, -0.721347511f, 0.480894208f, -0.360673249f,
                       0.288799375f, -0.240558162f, 0.200422049f, -0.176896036f,
                       0.209410295f, -0.181641355f});
  return m.fma(f, q, f);
}

Value tessera::cpu::expandLog2(MathBuilder &m, Value x) {
  Split parts = split(m, x);
  Value result = m.add(parts.exponent, log2Fraction(m, parts.fraction));
  return withLimits(m, x, result, 0.0f);
}

Value tessera::cpu::expandLog10(MathBuilder &m, Value x) {
  Split parts = split(m, x);
  Value tail = logTail(m, parts.fraction);
  // 1 / log 10 and log10 of 2, each as a short number and a correction.
  Value low = m.mul(tail, m.constant(0.434294492f));
  low = m.fma(parts.exponent, m.constant(4.60503898e-6f), low);
  low = m.fma(parts.fraction, m.constant(-1.01030501e-8f), low);
  Value sum = m.fma(parts.fraction, m.constant(0.434294492f), low);
  Value result = m.fma(parts.exponent, m.constant(0.301025391f), sum);
  return withLimits(m, x, result, 0.0f);
}

Value tessera::cpu::expandLog1p(MathBuilder &m, Value x) {
  // 1 + x = 2^e (1 + f) with 1 + f in [3/4, 3/2); f is computed from x, not
  // from the rounded sum.
  Value sumBits = m.bitsOf(m.add(x, m.constant(1.0f)));
  constexpr int32_t threeQuarters = 0x3f400000, four = 0x40800000;
  Value exponentBits =
      m.andBits(m.subBits(sumBits, m.integer(threeQuarters)), 0xff800000);
  // Four times 2^-e, which unlike 2^-e is never denormal.
  Value scale = m.floatOf(m.subBits(m.integer(four), exponentBits));
  Value quarter = m.constant(0.25f);
  Value f =
      m.fma(m.mul(x, scale), quarter, m.fma(scale, quarter, m.constant(-1.0f)));
  Value exponent = m.mul(m.fromInteger(exponentBits), m.constant(0x1p-23f));
  Value q =
      m.polynomial(f, {-0.49999997f, 0.333333313f, -0.250004411f, 0.200007305f,
                       -0.166493073f, 0.142404169f, -0.127270401f, 0.120005898f,
                       -0.0974899903f, 0.0417270511f});
  Value tail = m.mul(q, m.mul(f, f));
  Value low = m.fma(exponent, m.constant(log2Low), tail);
  Value result = m.fma(exponent, m.constant(log2High), m.add(low, f));
  return withLimits(m, x, result, -1.0f);
}
