//===- ExpandSigmoid.cpp - the logistic function --------------------------===//
//
// With e = e^-|x| it is 1 - e / (1 + e), and e - e e / (1 + e) for a negative
// x: the error of the quotient counts e times.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/MathFunctions.h"

using namespace mlir;
using namespace tessera::cpu;

Value tessera::cpu::expandSigmoid(MathBuilder &m, Value x) {
  Value one = m.constant(1.0f);
  Value e = expandFlushedExp(m, m.copySign(x, m.constant(-1.0f)));
  Value n = m.select(m.less(x, m.constant(0.0f)), e, one);
  Value quotient = m.div(n, m.add(e, one));
  return m.fma(m.mul(e, m.constant(-1.0f)), quotient, n);
}
