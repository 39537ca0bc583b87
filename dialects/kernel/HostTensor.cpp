//===- HostTensor.cpp - tensors in the compiler's memory ------------------===//

#include "dialects/kernel/HostTensor.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/Endian.h"

using namespace mlir;

namespace tessera::kernel {

double roundTo(Type type, double value) {
  if (type.isF64()) {
    return value;
  }
  if (type.isF32()) {
    return static_cast<float>(value);
  }
  APFloat rounded(value);
  bool lost = false;
  const llvm::fltSemantics &semantics =
      cast<FloatType>(type).getFloatSemantics();
  rounded.convert(semantics, APFloat::rmNearestTiesToEven, &lost);
  rounded.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lost);
  return rounded.convertToDouble();
}

double roundIntegerTo(Type type, llvm::APInt value, bool isSigned) {
  APFloat rounded(cast<FloatType>(type).getFloatSemantics());
  bool lost = false;
  rounded.convertFromAPInt(value, isSigned, APFloat::rmNearestTiesToEven);
  rounded.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lost);
  return rounded.convertToDouble();
}

int64_t wrapTo(unsigned width, int64_t value) {
  return width >= 64 ? value
                     : static_cast<int64_t>(static_cast<uint64_t>(value)
                                            << (64 - width)) >>
                           (64 - width);
}

static bool isKnownElement(Type type) {
  if (auto integer = dyn_cast<IntegerType>(type)) {
    return llvm::is_contained({1u, 2u, 4u, 8u, 16u, 32u, 64u},
                              integer.getWidth());
  }
  return isa<FloatType>(type) && type.getIntOrFloatBitWidth() <= 64;
}

/// The element that starts at `bytes`.
static Scalar readElement(Type type, const char *bytes) {
  Scalar scalar;
  if (type.isF32()) {
    float value;
    std::memcpy(&value, bytes, sizeof(value));
    scalar.f = value;
    return scalar;
  }
  unsigned width = type.getIntOrFloatBitWidth();
  uint64_t bits = 0;
  std::memcpy(&bits, bytes, llvm::divideCeil(width, 8));
  if (auto floating = dyn_cast<FloatType>(type)) {
    bool lost = false;
    APFloat value(floating.getFloatSemantics(),
                  APInt(width, bits, false, true));
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lost);
    scalar.f = value.convertToDouble();
  } else {
    scalar.i = width == 1 ? (bits ? -1 : 0) : wrapTo(width, bits);
  }
  return scalar;
}

static void writeElement(Type type, Scalar scalar, char *bytes) {
  if (type.isF32()) {
    float value = static_cast<float>(scalar.f);
    std::memcpy(bytes, &value, sizeof(value));
    return;
  }
  unsigned width = type.getIntOrFloatBitWidth();
  uint64_t bits = scalar.i;
  if (auto floating = dyn_cast<FloatType>(type)) {
    bool lost = false;
    APFloat value(scalar.f);
    value.convert(floating.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                  &lost);
    bits = value.bitcastToAPInt().getZExtValue();
  } else if (width < 8) {
    bits &= (1u << width) - 1;
  }
  std::memcpy(bytes, &bits, llvm::divideCeil(width, 8));
}

Scalar scalarOf(Attribute attribute) {
  Scalar scalar;
  scalar.i = 0;
  if (auto number = dyn_cast<FloatAttr>(attribute)) {
    scalar.f = number.getValueAsDouble();
  } else if (auto number = dyn_cast<IntegerAttr>(attribute)) {
    scalar.i = number.getValue().getSExtValue();
  }
  return scalar;
}

std::optional<HostTensor> loadElements(ElementsAttr value) {
  auto type = cast<ShapedType>(value.getType());
  Type element = type.getElementType();
  if (!type.hasStaticShape() || !isKnownElement(element)) {
    return std::nullopt;
  }
  HostTensor tensor{element, llvm::to_vector(type.getShape()), {}};
  int64_t count = type.getNumElements(), size = storageBytesOf(element);
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() < static_cast<size_t>(count * size)) {
      return std::nullopt;
    }
    tensor.elements.resize(count);
    for (int64_t i = 0; i < count; ++i) {
      tensor.elements[i] =
          readElement(element, blob->getData().data() + i * size);
    }
    return tensor;
  }
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (!dense) {
    return std::nullopt;
  }
  tensor.elements.reserve(count);
  if (isa<FloatType>(element)) {
    for (APFloat item : dense.getValues<APFloat>()) {
      bool lost = false;
      item.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lost);
      Scalar scalar;
      scalar.f = item.convertToDouble();
      tensor.elements.push_back(scalar);
    }
  } else {
    for (const APInt &item : dense.getValues<APInt>()) {
      Scalar scalar;
      scalar.i = item.getSExtValue();
      tensor.elements.push_back(scalar);
    }
  }
  return tensor;
}

/// A splat or inline constant from bytes; `bytes` has one element for a splat.
static ElementsAttr inlineConstant(ShapedType type, ArrayRef<char> bytes) {
  if (type.getElementType().isInteger(1)) {
    SmallVector<bool> values;
    for (char byte : bytes) {
      values.push_back(byte != 0);
    }
    return DenseElementsAttr::get(type, values);
  }
  return DenseElementsAttr::getFromRawBuffer(type, bytes);
}

ElementsAttr storeBytes(ShapedType type, ArrayRef<char> bytes) {
  size_t size = storageBytesOf(type.getElementType());
  bool splat =
      bytes.size() > size &&
      std::memcmp(bytes.data(), bytes.data() + size, bytes.size() - size) == 0;
  if (splat) {
    return inlineConstant(type, bytes.take_front(size));
  }
  if (bytes.size() <= static_cast<size_t>(kInlineConstantBytes)) {
    return inlineConstant(type, bytes);
  }
  // Mutable: what is not lies in a mapped file, whose pages may be given back.
  AsmResourceBlob blob =
      HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, /*align=*/64);
  return DenseResourceElementsAttr::get(type, "folded", std::move(blob));
}

ElementsAttr storeElements(const HostTensor &tensor) {
  size_t size = storageBytesOf(tensor.element);
  std::vector<char> bytes(size * tensor.elements.size());
  for (auto [i, scalar] : llvm::enumerate(tensor.elements)) {
    writeElement(tensor.element, scalar, bytes.data() + i * size);
  }
  return storeBytes(RankedTensorType::get(tensor.shape, tensor.element), bytes);
}

} // namespace tessera::kernel
