//===- KnownTensor.cpp - tensors whose elements are known at import -------===//

#include "compiler/import/KnownTensor.h"
#include "compiler/import/Tensors.h"
#include "dialects/kernel/Extents.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include <cmath>
#include <cstring>

using namespace llvm;
using namespace mlir;

namespace tessera::import {

/// Integers up to this size are exact in a double.
static constexpr double kMaxExactInteger = 9007199254740992.0;

bool Scalar::isConstant() const {
  return !expr || isa<AffineConstantExpr>(expr);
}

double Scalar::value() const {
  return expr ? double(cast<AffineConstantExpr>(expr).getValue()) : number;
}

std::optional<int64_t> Scalar::integer() const {
  return expr ? kernel::constantOf(expr) : std::nullopt;
}

bool Scalar::operator==(const Scalar &other) const {
  return expr == other.expr && (expr || number == other.number);
}

bool KnownTensor::isConstant() const {
  return all_of(elements, [](const Scalar &s) { return s.isConstant(); });
}

std::optional<SmallVector<AffineExpr>> KnownTensor::exprs() const {
  SmallVector<AffineExpr> result;
  for (const Scalar &scalar : elements) {
    AffineExpr expr = scalar.expr;
    bool isIntegral = std::trunc(scalar.number) == scalar.number &&
                      std::abs(scalar.number) < kMaxExactInteger;
    if (!expr && isIntegral) {
      expr =
          getAffineConstantExpr(int64_t(scalar.number), element.getContext());
    }
    if (!expr) {
      return std::nullopt;
    }
    result.push_back(expr);
  }
  return result;
}

std::optional<SmallVector<int64_t>> KnownTensor::integers() const {
  SmallVector<int64_t> result;
  for (const Scalar &scalar : elements) {
    if (!scalar.integer()) {
      return std::nullopt;
    }
    result.push_back(*scalar.integer());
  }
  return result;
}

std::optional<SmallVector<double>> KnownTensor::numbers() const {
  if (!isConstant()) {
    return std::nullopt;
  }
  SmallVector<double> result;
  for (const Scalar &scalar : elements) {
    result.push_back(scalar.value());
  }
  return result;
}

RankedTensorType KnownTensor::type() const {
  return RankedTensorType::get(shape, element);
}

Scalar integerScalar(int64_t value, MLIRContext *context) {
  return {getAffineConstantExpr(value, context), 0};
}

/// The little-endian bytes of a constant, one byte for a bool.
static std::optional<SmallVector<char>> bytesOf(ElementsAttr attribute) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attribute)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob) {
      return std::nullopt;
    }
    return to_vector(blob->getData());
  }
  auto dense = dyn_cast<DenseElementsAttr>(attribute);
  if (!dense) {
    return std::nullopt;
  }
  SmallVector<char> bytes;
  Type element = dense.getElementType();
  unsigned width = std::max<unsigned>(1, element.getIntOrFloatBitWidth() / 8);
  auto append = [&](const APInt &bits) {
    uint64_t value = bits.getZExtValue();
    const char *data = reinterpret_cast<const char *>(&value);
    bytes.append(data, data + width);
  };
  if (isa<FloatType>(element)) {
    for (const APFloat &value : dense.getValues<APFloat>()) {
      append(value.bitcastToAPInt());
    }
  } else {
    for (const APInt &value : dense.getValues<APInt>()) {
      append(value);
    }
  }
  return bytes;
}

template <typename Stored>
static Stored load(const char *data) {
  Stored value;
  std::memcpy(&value, data, sizeof(value));
  return value;
}

static Scalar readScalar(const char *data, Type element) {
  MLIRContext *context = element.getContext();
  if (auto type = dyn_cast<FloatType>(element)) {
    uint64_t bits = 0;
    std::memcpy(&bits, data, type.getWidth() / 8);
    APFloat value(type.getFloatSemantics(), APInt(type.getWidth(), bits));
    bool losesInfo;
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
    return {{}, value.convertToDouble()};
  }
  auto type = cast<IntegerType>(element);
  int64_t value = 0;
  switch (type.getWidth()) {
  case 1:
    value = *data != 0;
    break;
  case 8:
    value = type.isUnsigned() ? load<uint8_t>(data) : load<int8_t>(data);
    break;
  case 16:
    value = type.isUnsigned() ? load<uint16_t>(data) : load<int16_t>(data);
    break;
  case 32:
    value = type.isUnsigned() ? int64_t(load<uint32_t>(data))
                              : int64_t(load<int32_t>(data));
    break;
  default:
    value = load<int64_t>(data);
    break;
  }
  return integerScalar(value, context);
}

bool isKnownElement(Type element) {
  if (!element.isIntOrFloat()) {
    return false; // A string.
  }
  unsigned width = element.getIntOrFloatBitWidth();
  return isa<FloatType>(element) ? width >= 16 : width == 1 || width >= 8;
}

std::optional<KnownTensor> readKnown(ElementsAttr attribute) {
  Type element = attribute.getElementType();
  if (attribute.getNumElements() > kMaxKnownElements ||
      !isKnownElement(element)) {
    return std::nullopt;
  }
  std::optional<SmallVector<char>> bytes = bytesOf(attribute);
  size_t width = std::max<unsigned>(1, element.getIntOrFloatBitWidth() / 8);
  if (!bytes || bytes->size() != width * attribute.getNumElements()) {
    return std::nullopt;
  }
  KnownTensor known;
  known.shape.assign(attribute.getShapedType().getShape().begin(),
                     attribute.getShapedType().getShape().end());
  known.element = element;
  for (size_t at = 0; at < bytes->size(); at += width) {
    auto scalar = roundTo(element, readScalar(bytes->data() + at, element));
    if (!scalar) {
      return std::nullopt;
    }
    known.elements.push_back(*scalar);
  }
  return known;
}

ElementsAttr constantOfKnown(const KnownTensor &known) {
  SmallVector<char> bytes;
  unsigned width =
      std::max<unsigned>(1, known.element.getIntOrFloatBitWidth() / 8);
  for (const Scalar &scalar : known.elements) {
    uint64_t bits = 0;
    if (auto type = dyn_cast<FloatType>(known.element)) {
      APFloat value(scalar.value());
      bool losesInfo;
      value.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                    &losesInfo);
      bits = value.bitcastToAPInt().getZExtValue();
    } else {
      bits = *scalar.integer();
    }
    const char *data = reinterpret_cast<const char *>(&bits);
    bytes.append(data, data + width);
  }
  return elementsOfBytes(known.type(), bytes);
}

std::optional<Scalar> roundTo(Type element, Scalar scalar) {
  MLIRContext *context = element.getContext();
  if (auto type = dyn_cast<FloatType>(element)) {
    if (!scalar.isConstant()) {
      return scalar;
    }
    APFloat value(scalar.value());
    bool losesInfo;
    value.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
    return Scalar{{}, value.convertToDouble()};
  }
  auto type = cast<IntegerType>(element);
  if (std::optional<int64_t> value = scalar.integer()) {
    if (type.getWidth() == 64 && type.isUnsigned() && *value < 0) {
      return std::nullopt;
    }
    if (type.getWidth() < 64) {
      APInt bits = APInt(64, *value).trunc(type.getWidth());
      bool zeroExtend = type.isUnsigned() || type.getWidth() == 1;
      return integerScalar(zeroExtend ? int64_t(bits.getZExtValue())
                                      : bits.getSExtValue(),
                           context);
    }
  }
  return scalar;
}

} // namespace tessera::import
