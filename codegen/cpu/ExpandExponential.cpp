//===- ExpandExponential.cpp - exp and the hyperbolic functions -----------===//
//
// e^x = 2^n e^r with n the integer nearest to x / log 2, |r| <= log(2) / 2.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/MathFunctions.h"
#include "llvm/ADT/STLExtras.h"
#include <array>
#include <cmath>

using namespace mlir;
using namespace tessera::cpu;

static constexpr float log2e = 1.44269504f;
// log 2 = high + low; high has 15 bits, so that x - n * high is exact.
static constexpr float log2High = 0.693145752f;
static constexpr float log2Low = 1.42860677e-6f;

namespace {
/// x = n log 2 + r.
struct Reduced {
  Value n;
  Value r;
};
} // namespace

static Reduced reduce(MathBuilder &m, Value x) {
  MathBuilder::Rounded n = m.round(x, log2e);
  Value r = m.fma(n.real, m.constant(-log2High), x);
  return {n.integer, m.fma(n.real, m.constant(-log2Low), r)};
}

/// e^r for a reduced argument.
static Value reducedExp(MathBuilder &m, Value r) {
  return m.polynomial(r, {1.0f, 1.0f, 0.49999994f, 0.166665226f, 0.0416682921f,
                          0.00836853217f, 0.00138182985f});
}

/// e^r - 1 for a reduced argument.
static Value reducedExpM1(MathBuilder &m, Value r) {
  Value q = m.polynomial(r, {0.5f, 0.166666657f, 0.0416664928f, 0.00833354704f,
                             0.00139323191f, 0.000197607966f});
  return m.fma(m.mul(r, r), q, r);
}

/// Where the result is 0 without rounding: -254 are two exponents of -127,
/// whose powers of two are 0 (MathBuilder::powerOfTwo). Rounding to 0, as for
/// -150, takes some processors a hundred times as long.
static constexpr float kExactlyZeroPower = -254.0f, kExactlyZero = -176.0f;

/// p * 2^n for -254 <= n <= 128, in two steps, of which only the last rounds.
static Value scale(MathBuilder &m, Value p, Value n) {
  Value half = m.shiftRight(n, 1);
  Value first = m.mul(p, m.powerOfTwo(half));
  return m.mul(first, m.powerOfTwo(m.subBits(n, half)));
}

Value tessera::cpu::expandExp(MathBuilder &m, Value x) {
  // Beyond these bounds the result is 0 or infinity, and so it is at them.
  Reduced reduced = reduce(m, m.clamp(x, kExactlyZero, 88.8f));
  return scale(m, reducedExp(m, reduced.r), reduced.n);
}

/// 2^(j / 8) for 0 <= j < 8, less j in the place of bits where j / 8 is added.
static constexpr float kPowers[] = {1.0f,         0.982753873f, 0.969603539f,
                                    0.960919797f, 0.957106769f, 0.958605409f,
                                    0.965896428f, 0.979504049f};
/// Bits of an eighth in a float's exponent.
static constexpr int32_t kEighth = 20;

// e^x = 2^(n / 8) e^r with n the integer nearest to 8 x / log 2: the power of
// the fraction of n / 8 is looked up, and |r| <= log(2) / 16 halves the
// polynomial, `rest` of which is (e^r - 1 - r) / r^2. Times 2^raised, which is
// normal.
static Value raisedExp(MathBuilder &m, Value x, int raised,
                       ArrayRef<double> rest) {
  std::array<float, std::size(kPowers)> powers;
  llvm::transform(kPowers, powers.begin(),
                  [&](float power) { return std::ldexp(power, raised); });
  auto [n, bits] = m.roundToBits(x, 8 * log2e);
  Value r = m.fma(n, m.constant(-log2High / 8), x);
  r = m.fma(n, m.constant(-log2Low / 8), r);
  Value power = m.floatOf(
      m.addBits(m.bitsOf(m.lookUp(powers, bits)), m.shiftLeft(bits, kEighth)));
  Value minusOne = m.fma(m.mul(r, r), m.polynomial(r, rest), r);
  return m.fma(power, minusOne, power);
}

/// With an error of 0.9 and 1.13 units of the last place.
static constexpr double kCloseRest[] = {0.5f, 0.166680202f, 0.0416671708f},
                        kShortRest[] = {0.500064492f, 0.166669115f};

Value tessera::cpu::expandModerateExp(MathBuilder &m, Value x) {
  return raisedExp(m, x, 0, kCloseRest);
}

/// e^x 2^raised from `least` on, and 0 for smaller arguments. What would come
/// of these, any bits, costs time only where lanes cannot be left out.
static Value raisedExpFrom(MathBuilder &m, Value x, double least, int raised,
                           ArrayRef<double> rest) {
  Value counts = m.notLess(x, m.constant(least));
  Value argument = m.leavesLanesOut() ? x : m.atLeast(x, least);
  return m.select(counts, raisedExp(m, argument, raised, rest),
                  m.constant(0.0f));
}

/// The logarithm of the smallest normal number. What lies below it takes some
/// processors a hundred times as long, here and wherever it is read.
static constexpr double kLeastNormal = -87.33654;

Value tessera::cpu::expandFlushedExp(MathBuilder &m, Value x) {
  return raisedExpFrom(m, x, kLeastNormal, 0, kCloseRest);
}

Value tessera::cpu::expandFlushedNotPositiveExp(MathBuilder &m, Value x) {
  return raisedExpFrom(m, x, kLeastNormal, 0, kShortRest);
}

Value tessera::cpu::expandNotPositiveExp(MathBuilder &m, Value x) {
  // Below, results are less than half of the smallest number. Raised they are
  // normal, and the product rounds to a denormal number or 0.
  constexpr double kLeast = -104;
  constexpr int kRaised = 64;
  return m.mul(raisedExpFrom(m, x, kLeast, kRaised, kShortRest),
               m.constant(std::ldexp(1.0, -kRaised)));
}

Value tessera::cpu::expandHalfExp(MathBuilder &m, Value x) {
  Reduced reduced = reduce(m, m.clamp(x, -104.0f, 90.0f));
  return scale(m, reducedExp(m, reduced.r), m.subBits(reduced.n, m.integer(1)));
}

Value tessera::cpu::expandExp2(MathBuilder &m, Value x) {
  x = m.clamp(x, kExactlyZeroPower, 128.0f);
  MathBuilder::Rounded n = m.round(x, 1.0f);
  Value r = m.sub(x, n.real);
  Value p = m.polynomial(r, {1.0f, 0.693147182f, 0.240226477f, 0.0555035993f,
                             0.00961850584f, 0.00133908063f, 0.000153264627f});
  return scale(m, p, n.integer);
}

Value tessera::cpu::expandExpM1(MathBuilder &m, Value x) {
  // At the lower bound the result is -1; at the upper one infinity.
  Reduced reduced = reduce(m, m.clamp(x, -18.0f, 88.8f));
  Value p = reducedExpM1(m, reduced.r);
  // 2^n p + (2^n - 1), with half of 2^n, which is finite.
  Value half = m.powerOfTwo(m.subBits(reduced.n, m.integer(1)));
  Value sum = m.fma(half, p, m.sub(half, m.constant(0.5f)));
  Value result = m.mul(sum, m.constant(2.0f));
  // The sum would lose the sign of zero and the last bits of the smallest.
  return m.select(m.isZero(reduced.n), p, result);
}

Value tessera::cpu::expandSinh(MathBuilder &m, Value x) {
  Value magnitude = m.abs(x);
  Value half = expandHalfExp(m, magnitude);
  Value large = m.sub(half, m.div(m.constant(0.25f), half));
  Value square = m.mul(x, x);
  Value q = m.polynomial(
      square, {0.166666672f, 0.00833331048f, 0.000198428956f, 2.78221319e-06f});
  Value small = m.fma(m.mul(square, q), magnitude, magnitude);
  Value isSmall = m.less(magnitude, m.constant(1.0f));
  return m.copySign(m.select(isSmall, small, large), x);
}

Value tessera::cpu::expandCosh(MathBuilder &m, Value x) {
  Value half = expandHalfExp(m, m.abs(x));
  return m.add(half, m.div(m.constant(0.25f), half));
}

Value tessera::cpu::expandTanh(MathBuilder &m, Value x) {
  Value magnitude = m.abs(x);
  // At 9.1 the result has rounded to 1.
  Value twice = m.clamp(m.add(magnitude, magnitude), 0.0f, 18.2f);
  Value sum = m.add(expandModerateExp(m, twice), m.constant(1.0f));
  Value large = m.sub(m.constant(1.0f), m.div(m.constant(2.0f), sum));
  Value square = m.mul(x, x);
  Value q =
      m.polynomial(square, {-0.333333313f, 0.133332297f, -0.0539500676f,
                            0.0217204653f, -0.00823036954f, 0.0021952684f});
  Value small = m.fma(m.mul(square, q), magnitude, magnitude);
  Value isSmall = m.less(magnitude, m.constant(0.6f));
  return m.copySign(m.select(isSmall, small, large), x);
}
