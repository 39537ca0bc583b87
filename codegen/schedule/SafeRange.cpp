//===- SafeRange.cpp - where products of parts are exact enough -----------===//

#include "codegen/schedule/SafeRange.h"
#include "codegen/schedule/ConstantMagnitudes.h"
#include "dialects/kernel/Extents.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

/// Exponents: a part of a number of this magnitude or more is no denormal.
static constexpr int64_t kLeastExponent = -102;
/// No rounded part of a number below this power overflows.
static constexpr int64_t kMostExponent = 126;
/// A product of this magnitude is so far above the denormals that losing them
/// from every sum changes less than rounding does.
static constexpr int64_t kLeastProduct = -90;
/// What every model's activations may reach.
static constexpr int64_t kUsualExponent = 40;

std::optional<SafeRange> safeRangeOf(LaunchOp launch,
                                     const TileProduct &product) {
  auto weight = launch.getInputs()[product.right].getDefiningOp<WeightOp>();
  auto found = magnitudesOf(weight.getValue());
  if (!found) {
    return std::nullopt;
  }
  int64_t least = found->leastExponent(), most = found->mostExponent();
  if (least < kLeastExponent || most > kMostExponent) {
    return std::nullopt;
  }
  int64_t sums = *constantOf(launch.getExtents().getResult(product.inner));
  for (int64_t d : product.outer) {
    sums *= *constantOf(launch.getExtents().getResult(d));
  }
  int64_t from = std::max(kLeastExponent, kLeastProduct - least);
  int64_t to = std::min(kMostExponent, kMostExponent - most -
                                           int64_t(llvm::Log2_64_Ceil(sums)));
  if (from > -kUsualExponent || to < kUsualExponent) {
    return std::nullopt;
  }
  constexpr int32_t kExponentShift = 23, kBias = 127;
  auto bitsOf = [](int64_t exponent) {
    return static_cast<int32_t>((exponent + kBias) << kExponentShift);
  };
  return SafeRange{bitsOf(from), bitsOf(to)};
}

} // namespace tessera::schedule
