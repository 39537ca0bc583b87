//===- ExpandSigmoid.cpp - the logistic function --------------------------===//
//
// With e = e^-|x| it is 1 - e / (1 + e), and e - e e / (1 + e) for a negative
// x: the error of the quotient counts e times.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/MathFunctions.h"

using namespace mlir;
using namespace tessera::cpu;

/// The logarithm of the smallest normal number, negated. What lies below it
/// takes some processors a hundred times as long, here and wherever it is read.
static constexpr double kLargest = 87.33654;
Value tessera::cpu::expandSigmoid(MathBuilder &m, Value x) {
  Value one = m.constant(1.0f), zero = m.constant(0.0f);
  Value negative = m.copySign(x, m.constant(-1.0f));
  Value isNormal = m.notLess(negative, m.constant(-kLargest));
  Value e = m.select(
      isNormal, expandModerateExp(m, m.atLeast(negative, -kLargest)), zero);
  Value n = m.select(m.less(x, zero), e, one);
  Value quotient = m.div(n, m.add(e, one));
  return m.fma(m.mul(e, m.constant(-1.0f)), quotient, n);
}
