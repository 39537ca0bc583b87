//===- ExpandErf.cpp - the error function ---------------------------------===//

#include "codegen/cpu/MathFunctions.h"

using namespace mlir;
using namespace tessera::cpu;

Value tessera::cpu::expandErf(MathBuilder &m, Value x) {
  Value square = m.mul(x, x);
  Value near = m.polynomial(square, {0.128379166f, -0.376126289f, 0.112836257f,
                                     -0.0268557314f, 0.00519240508f,
                                     -0.000804976968f, 7.99664995e-05f});
  Value small = m.fma(near, x, x);
  // 1 - exp(log(1 - erf)); at 4 the result has rounded to 1.
  Value t = m.clamp(m.abs(x), 0.0f, 4.0f);
  Value far = m.polynomial(t, {-0.128554374f, -0.635613203f, -0.10528595f,
                               0.0226984583f, -0.00294506783f, 5.49423894e-05f,
                               4.45379083e-05f, -4.85320106e-06f});
  Value exponent = m.sub(m.mul(far, t), t);
  Value large = m.sub(m.constant(1.0f), expandModerateExp(m, exponent));
  Value isSmall = m.less(m.abs(x), m.constant(0.9277f));
  return m.select(isSmall, small, m.copySign(large, x));
}
