//===- ExpandErf.cpp - the error function ---------------------------------===//
//
// erf(c + r) is a polynomial in r around eight centres c, multiples of one
// distance, of which the nearest is looked up.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/MathFunctions.h"

using namespace mlir;
using namespace tessera::cpu;

namespace {
/// Coefficients for each of eight centres, the lowest power first.
struct Centres {
  /// Has few bits, so that centres and r are exact.
  double distance;
  /// Arguments from here on have the same result.
  double largest;
  ArrayRef<float[8]> table;
};

/// E, then the coefficients of q: erf(c + r) = E + r q(r). The first centre is
/// 0; there it is r + r q(r).
constexpr float kErf[][8] = {
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
constexpr Centres kErfCentres = {67.0 / 128, 3.921875, kErf};
/// Between half the distance and E of the second centre.
constexpr double kFirst = 0.265;

/// The same with the least error of 1 + erf, which has rounded to 2 at the last
/// argument before a ninth centre.
constexpr float kErfBesideOne[][8] = {
    {0.0f, 0.547528446f, 0.867058277f, 0.975797713f, 0.997345984f, 0.999827683f,
     0.999993443f, 0.999999881f},
    {1.12837923f, 0.85091418f, 0.364903301f, 0.0889876038f, 0.0123408204f,
     0.000973238086f, 4.36470873e-05f, 1.11314853e-06f},
    {-4.31270473e-06f, -0.452047378f, -0.387710512f, -0.141823709f,
     -0.0262269583f, -0.00258176634f, -0.000137570576f, -9.0703661e-06f},
    {-0.376014262f, -0.12356922f, 0.152942225f, 0.121046372f, 0.033040069f,
     0.00425277837f, 0.000280849577f, 1.02163394e-05f},
    {-0.00132698985f, 0.183440521f, 0.0480127111f, -0.0491728522f,
     -0.0262786001f, -0.00490946602f, -0.000457980816f, 0.000125662322f},
    {0.1207214f, -0.00100881862f, -0.0647770017f, -0.00563980266f,
     0.0123344688f, 0.00386091718f, 0.000444462814f, 8.50262313e-06f},
    {-0.0230701398f, -0.0472592302f, 0.00974836852f, 0.0156776272f,
     -0.00238285842f, -0.000997698749f, 0.000160783311f, -0.00109753071f}};
constexpr Centres kCentresBesideOne = {17.0 / 32, 3.984, kErfBesideOne};

/// Evaluates what is looked up around the centre nearest to |x|.
class NearestCentre {
public:
  NearestCentre(MathBuilder &m, const Centres &centres, Value x)
      : t(m.atMost(m.abs(x), centres.largest)), m(m), table(centres.table) {
    auto [real, bits] = m.roundToBits(t, 1 / centres.distance);
    number = bits;
    r = m.fma(real, m.constant(-centres.distance), t);
  }

  Value coefficient(size_t power) const {
    return m.lookUp(table[power], number);
  }
  /// The sum of c_k r^(k - least) over the powers k from `least` on.
  Value sumFrom(size_t least) const {
    size_t power = table.size() - 1;
    Value sum = coefficient(power);
    while (power-- > least) {
      sum = m.fma(sum, r, coefficient(power));
    }
    return sum;
  }

  Value t, r;

private:
  MathBuilder &m;
  ArrayRef<float[8]> table;
  Value number;
};
} // namespace

Value tessera::cpu::expandErf(MathBuilder &m, Value x) {
  NearestCentre nearest(m, kErfCentres, x);
  // The first E is 0, less than t; others are more than what t is clamped to.
  Value first = m.atMost(nearest.t, kFirst), centre = nearest.coefficient(0);
  Value start = m.select(m.less(first, centre), centre, first);
  return m.copySign(m.fma(nearest.sumFrom(1), nearest.r, start), x);
}

Value tessera::cpu::expandOnePlusErf(MathBuilder &m, Value x) {
  Value erf = NearestCentre(m, kCentresBesideOne, x).sumFrom(0);
  return m.add(m.copySign(erf, x), m.constant(1.0f));
}
