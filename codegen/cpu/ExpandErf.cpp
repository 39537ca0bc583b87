//===- ExpandErf.cpp - the error function ---------------------------------===//
//
// erf(c + r) = E + r q(r) around eight centres c, multiples of 0.5234375, of
// which the nearest is looked up. The first is 0; there the sum is r + r q(r).
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/MathFunctions.h"

using namespace mlir;
using namespace tessera::cpu;

namespace {
/// Distance of centres: 67 / 128, so that c and r are exact. From 3.921875 on
/// the result has rounded to 1.
constexpr double kDistance = 0.5234375, kLargest = 3.921875;
/// Between half the distance and E of the second centre.
constexpr double kFirst = 0.265;

/// E, then the coefficients of q, the lowest first, for each centre.
constexpr float kTable[][8] = {
    {0.0f, 0.540853143f, 0.861261427f, 0.973632574f, 0.996933699f, 0.999785483f,
     0.999991059f, 0.999999762f},
    {0.128379166f, 0.857954204f, 0.377130121f, 0.0958377048f, 0.0140799033f,
     0.00119586196f, 5.87192117e-05f, 1.66685038e-06f},
    {2.51762572e-07f, -0.449084848f, -0.394808322f, -0.150495201f,
     -0.0294797122f, -0.00312979147f, -0.000184421428f, -6.10852794e-06f},
    {-0.376137108f, -0.129275337f, 0.149832517f, 0.125603795f, 0.0364555269f,
     0.00506218942f, 0.000366550987f, 1.43641237e-05f},
    {0.000165776873f, 0.183479548f, 0.0531990379f, -0.0484473668f,
     -0.0283453465f, -0.00558140082f, -0.000513559848f, -2.41851521e-05f},
    {0.11170131f, 0.000446524005f, -0.0672019124f, -0.00725674862f,
     0.0127986781f, 0.00432553235f, 0.00053566217f, 3.12177908e-05f},
    {0.0034213278f, -0.047767099f, 0.00860360265f, 0.016546784f, -0.0011840536f,
     -0.00227718381f, -0.000438046118f, -3.40080987e-05f},
    {-0.03015895f, 0.00625086855f, 0.0130213173f, -0.00553791085f,
     -0.00226582773f, 0.000651986338f, 0.000257045496f, 2.69568136e-05f}};
} // namespace

Value tessera::cpu::expandErf(MathBuilder &m, Value x) {
  Value t = m.clamp(m.abs(x), 0.0, kLargest);
  // The nearest centre.
  auto [real, number] = m.roundToBits(t, 1 / kDistance);
  Value r = m.fma(real, m.constant(-kDistance), t);
  Value q = m.lookUp(kTable[std::size(kTable) - 1], number);
  for (size_t power = std::size(kTable) - 2; power >= 1; --power) {
    q = m.fma(q, r, m.lookUp(kTable[power], number));
  }
  // The first E is 0, less than t; others are more than what t is clamped to.
  Value limit = m.constant(kFirst),
        first = m.select(m.less(t, limit), t, limit),
        centre = m.lookUp(kTable[0], number);
  Value start = m.select(m.less(first, centre), centre, first);
  return m.copySign(m.fma(q, r, start), x);
}
