//===- SafeRange.cpp - where products of parts are exact enough -----------===//

#include "codegen/schedule/SafeRange.h"
#include "dialects/kernel/Extents.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

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

static constexpr int32_t kMagnitude = 0x7fffffff, kExponentShift = 23,
                         kBias = 127;

namespace {
/// The least and the greatest magnitude of a constant, as bits; zeros aside.
struct Magnitudes {
  int32_t least = kMagnitude, most = 0;

  void add(const char *element) {
    int32_t bits;
    memcpy(&bits, element, sizeof bits);
    bits &= kMagnitude;
    least = bits ? std::min(least, bits) : least;
    most = std::max(most, bits);
  }
};
} // namespace

static std::optional<Magnitudes> magnitudesOf(ElementsAttr value) {
  ArrayRef<char> bytes;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    bytes = blob ? blob->getData() : bytes;
  } else if (auto dense = dyn_cast<DenseElementsAttr>(value)) {
    bytes = dense.getRawData();
  }
  if (bytes.empty()) {
    return std::nullopt;
  }
  Magnitudes result;
  for (size_t at = 0; at + sizeof(float) <= bytes.size(); at += sizeof(float)) {
    result.add(bytes.data() + at);
  }
  return result;
}

std::optional<SafeRange> safeRangeOf(LaunchOp launch,
                                     const TileProduct &product) {
  auto weight = launch.getInputs()[product.right].getDefiningOp<WeightOp>();
  auto found = magnitudesOf(weight.getValue());
  if (!found) {
    return std::nullopt;
  }
  // The powers of two below and above; those of 1 where all are zeros.
  int64_t least = 0, most = 1;
  if (found->most != 0) {
    least = (found->least >> kExponentShift) - kBias;
    most = (found->most >> kExponentShift) - kBias + 1;
  }
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
  auto bitsOf = [](int64_t exponent) {
    return static_cast<int32_t>((exponent + kBias) << kExponentShift);
  };
  return SafeRange{bitsOf(from), bitsOf(to)};
}

} // namespace tessera::schedule
