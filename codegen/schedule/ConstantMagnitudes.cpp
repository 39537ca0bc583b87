//===- ConstantMagnitudes.cpp - how large a constant's numbers are --------===//

#include "codegen/schedule/ConstantMagnitudes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include <cstring>

using namespace mlir;

namespace tessera::schedule {

static constexpr int32_t kMagnitude = 0x7fffffff, kExponentShift = 23,
                         kBias = 127;

int64_t ConstantMagnitudes::leastExponent() const {
  return most == 0 ? 0 : (least >> kExponentShift) - kBias;
}

int64_t ConstantMagnitudes::mostExponent() const {
  return most == 0 ? 1 : (most >> kExponentShift) - kBias + 1;
}

std::optional<ConstantMagnitudes> magnitudesOf(ElementsAttr value) {
  if (!value.getElementType().isF32()) {
    return std::nullopt;
  }
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
  ConstantMagnitudes result = {kMagnitude, 0, false};
  for (size_t at = 0; at + sizeof(float) <= bytes.size(); at += sizeof(float)) {
    int32_t bits;
    memcpy(&bits, bytes.data() + at, sizeof bits);
    bits &= kMagnitude;
    result.hasZeros |= bits == 0;
    result.least = bits ? std::min(result.least, bits) : result.least;
    result.most = std::max(result.most, bits);
  }
  return result;
}

} // namespace tessera::schedule
