//===- SparseTensor.cpp - sparse initializers as dense constants ----------===//

#include "compiler/import/SparseTensor.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

static Error problem(const Twine &why) {
  return createStringError(inconvertibleErrorCode(), why);
}

/// The stored bytes; nothing for values without plain ones.
static std::optional<ArrayRef<char>> bytesOf(ElementsAttr value) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    return blob ? std::optional(blob->getData()) : std::nullopt;
  }
  auto dense = dyn_cast<DenseElementsAttr>(value);
  return dense && !dense.isSplat() ? std::optional(dense.getRawData())
                                   : std::nullopt;
}

/// All values of an integer tensor.
static SmallVector<int64_t> integersOf(ElementsAttr value) {
  SmallVector<int64_t> integers;
  if (auto dense = dyn_cast<DenseElementsAttr>(value)) {
    for (const APInt &element : dense.getValues<APInt>()) {
      integers.push_back(element.getSExtValue());
    }
  } else if (std::optional<ArrayRef<char>> bytes = bytesOf(value)) {
    integers.resize(bytes->size() / sizeof(int64_t));
    std::memcpy(integers.data(), bytes->data(),
                integers.size() * sizeof(int64_t));
  }
  return integers;
}

/// Bytes of the dense form, which is built in memory.
constexpr uint64_t kMostDenseBytes = uint64_t(256) << 20;

/// The shape, with the number of its elements below the budget.
static Expected<SmallVector<int64_t>>
shapeOf(const onnx::SparseTensorProto &sparse, const ImportBudget &budget,
        uint64_t elementBytes) {
  if (uint64_t(sparse.dims_size()) > budget.maxRank) {
    return problem("expected a rank of at most " + Twine(budget.maxRank));
  }
  uint64_t bytes = elementBytes;
  SmallVector<int64_t> shape;
  for (int64_t extent : sparse.dims()) {
    if (extent < 0 || (extent != 0 && bytes > kMostDenseBytes / extent)) {
      return problem("its dense form has more than " + Twine(kMostDenseBytes) +
                     " bytes");
    }
    bytes *= extent;
    shape.push_back(extent);
  }
  return shape;
}

/// The row-major position of each value; indices count elements, or are one
/// coordinate for each axis.
static Expected<SmallVector<int64_t>>
positionsOf(ArrayRef<int64_t> indices, ArrayRef<int64_t> shape, size_t count) {
  int64_t total = 1;
  for (int64_t extent : shape) {
    total *= extent;
  }
  bool linear = indices.size() == count;
  if (!linear && indices.size() != count * shape.size()) {
    return problem("expected one index or " + Twine(shape.size()) +
                   " for each of " + Twine(count) + " values, got " +
                   Twine(indices.size()));
  }
  SmallVector<int64_t> positions;
  for (size_t i = 0; i < count; ++i) {
    int64_t position = linear ? indices[i] : 0;
    for (size_t axis = 0; !linear && axis < shape.size(); ++axis) {
      int64_t index = indices[i * shape.size() + axis];
      if (index < 0 || index >= shape[axis]) {
        return problem("an index is out of range");
      }
      position = position * shape[axis] + index;
    }
    if (position < 0 || position >= total) {
      return problem("an index is out of range");
    }
    positions.push_back(position);
  }
  return positions;
}

Expected<ElementsAttr> sparseValueOf(const onnx::SparseTensorProto &sparse,
                                     const ImportBudget &budget,
                                     ModelFile &file, MLIRContext *context) {
  Expected<ElementsAttr> values =
      tensorValueOf(sparse.values(), budget, file, context);
  if (!values) {
    return values.takeError();
  }
  Expected<ElementsAttr> indices =
      tensorValueOf(sparse.indices(), budget, file, context);
  if (!indices) {
    return indices.takeError();
  }
  Type element = values->getElementType();
  unsigned bits = element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 1;
  if (bits % 8 != 0 || !indices->getElementType().isSignlessInteger(64)) {
    return problem("expected values of whole bytes and int64 indices");
  }
  uint64_t width = bits / 8;
  Expected<SmallVector<int64_t>> shape = shapeOf(sparse, budget, width);
  if (!shape) {
    return shape.takeError();
  }
  size_t count = values->getNumElements();
  Expected<SmallVector<int64_t>> positions =
      positionsOf(integersOf(*indices), *shape, count);
  if (!positions) {
    return positions.takeError();
  }
  RankedTensorType type = RankedTensorType::get(*shape, element);
  std::vector<char> bytes(type.getNumElements() * width, 0);
  std::optional<ArrayRef<char>> stored = bytesOf(*values);
  auto splat = dyn_cast<DenseElementsAttr>(*values);
  if (!stored && splat) {
    stored = splat.getRawData(); // The one value of a splat.
  }
  bool one = splat && splat.isSplat();
  if (!stored || stored->size() < (one ? width : count * width)) {
    return problem("its values are not stored");
  }
  for (size_t i = 0; i < count; ++i) {
    std::memcpy(bytes.data() + (*positions)[i] * width,
                stored->data() + (one ? 0 : i * width), width);
  }
  return elementsOfBytes(type, bytes);
}

} // namespace tessera::import
