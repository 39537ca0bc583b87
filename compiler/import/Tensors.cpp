//===- Tensors.cpp - tensor data of a model as attributes -----------------===//

#include "compiler/import/Tensors.h"
#include "dialects/kernel/Library.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringSwitch.h"
#include <cstring>

using namespace llvm;
using namespace mlir;
using onnx::TensorProto;

namespace tessera::import {

static Error failure(const Twine &why) {
  return createStringError(inconvertibleErrorCode(), why);
}

std::string dataTypeName(int32_t dataType) {
  if (!TensorProto::DataType_IsValid(dataType)) {
    return "type " + std::to_string(dataType);
  }
  return StringRef(TensorProto::DataType_Name(
                       static_cast<TensorProto::DataType>(dataType)))
      .lower();
}

Expected<Type> elementTypeOf(int32_t dataType, MLIRContext *context) {
  Builder b(context);
  switch (dataType) {
  case TensorProto::FLOAT:
    return b.getF32Type();
  case TensorProto::DOUBLE:
    return b.getF64Type();
  case TensorProto::FLOAT16:
    return b.getF16Type();
  case TensorProto::BFLOAT16:
    return b.getBF16Type();
  case TensorProto::BOOL:
    return b.getI1Type();
  case TensorProto::INT8:
    return b.getIntegerType(8);
  case TensorProto::INT16:
    return b.getIntegerType(16);
  case TensorProto::INT32:
    return b.getIntegerType(32);
  case TensorProto::INT64:
    return b.getIntegerType(64);
  case TensorProto::UINT8:
    return b.getIntegerType(8, /*isSigned=*/false);
  case TensorProto::UINT16:
    return b.getIntegerType(16, /*isSigned=*/false);
  case TensorProto::UINT32:
    return b.getIntegerType(32, /*isSigned=*/false);
  case TensorProto::UINT64:
    return b.getIntegerType(64, /*isSigned=*/false);
  case TensorProto::INT4:
    return b.getIntegerType(4);
  case TensorProto::INT2:
    return b.getIntegerType(2);
  case TensorProto::UINT4:
    return b.getIntegerType(4, /*isSigned=*/false);
  case TensorProto::UINT2:
    return b.getIntegerType(2, /*isSigned=*/false);
  case TensorProto::FLOAT8E4M3FN:
    return Type(Float8E4M3FNType::get(context));
  case TensorProto::FLOAT8E4M3FNUZ:
    return Type(Float8E4M3FNUZType::get(context));
  case TensorProto::FLOAT8E5M2:
    return Type(Float8E5M2Type::get(context));
  case TensorProto::FLOAT8E5M2FNUZ:
    return Type(Float8E5M2FNUZType::get(context));
  case TensorProto::FLOAT8E8M0:
    return Type(Float8E8M0FNUType::get(context));
  case TensorProto::FLOAT4E2M1:
    return Type(Float4E2M1FNType::get(context));
  case TensorProto::STRING:
    return kernel::stringTypeOf(context);
  default:
    return failure("elements of " + dataTypeName(dataType) +
                   " are not supported");
  }
}

int32_t dataTypeOf(Type element) {
  for (int32_t type = 1; type <= TensorProto::DataType_MAX; ++type) {
    Expected<Type> candidate = elementTypeOf(type, element.getContext());
    if (!candidate) {
      consumeError(candidate.takeError());
    } else if (*candidate == element) {
      return type;
    }
  }
  return TensorProto::UNDEFINED;
}

/// Bits of one element in ONNX's raw data: types of fewer than 8 are packed,
/// the first element in the low bits of a byte.
static uint64_t elementBitsOf(Type element) {
  if (kernel::isStringType(element)) {
    return 8 * kernel::storageBytesOf(element);
  }
  unsigned bits = element.getIntOrFloatBitWidth();
  return bits == 1 ? 8 : bits;
}

/// Bytes of this many elements in ONNX's raw data.
static uint64_t packedBytesOf(Type element, uint64_t count) {
  return divideCeil(count * elementBitsOf(element), 8);
}

/// One byte for each packed element.
static SmallVector<char> unpack(RankedTensorType type, StringRef packed) {
  unsigned bits = elementBitsOf(type.getElementType());
  uint64_t perByte = 8 / bits;
  SmallVector<char> bytes;
  bytes.reserve(type.getNumElements());
  for (int64_t i = 0; i < type.getNumElements(); ++i) {
    unsigned byte = static_cast<unsigned char>(packed[i / perByte]);
    bytes.push_back(char(byte >> (i % perByte * bits) & ((1u << bits) - 1)));
  }
  return bytes;
}

Expected<RankedTensorType> tensorTypeOf(const TensorProto &tensor,
                                        const ImportBudget &budget,
                                        MLIRContext *context) {
  Expected<Type> element = elementTypeOf(tensor.data_type(), context);
  if (!element) {
    return element.takeError();
  }
  if (uint64_t(tensor.dims_size()) > budget.maxRank) {
    return failure("expected a rank of at most " + Twine(budget.maxRank) +
                   ", got " + Twine(tensor.dims_size()));
  }
  uint64_t bytes = divideCeil(elementBitsOf(*element), 8);
  SmallVector<int64_t> shape;
  for (int64_t size : tensor.dims()) {
    if (size < 0) {
      return failure("expected extents of zero or more, got " + Twine(size));
    }
    shape.push_back(size);
    if (size != 0 && bytes > budget.maxTensorBytes / uint64_t(size)) {
      return failure("the tensor has more than " +
                     Twine(budget.maxTensorBytes) + " bytes");
    }
    bytes *= size;
  }
  return RankedTensorType::get(shape, *element);
}

template <typename Element, typename Field>
static void appendAs(const Field &values, SmallVectorImpl<char> &bytes) {
  for (auto value : values) {
    Element element = static_cast<Element>(value);
    const char *data = reinterpret_cast<const char *>(&element);
    bytes.append(data, data + sizeof(Element));
  }
}

/// Appends the elements of the typed field that ONNX prescribes for the type.
static void appendTypedData(const TensorProto &tensor,
                            SmallVectorImpl<char> &bytes) {
  switch (tensor.data_type()) {
  case TensorProto::FLOAT:
    return appendAs<float>(tensor.float_data(), bytes);
  case TensorProto::DOUBLE:
    return appendAs<double>(tensor.double_data(), bytes);
  case TensorProto::INT64:
    return appendAs<int64_t>(tensor.int64_data(), bytes);
  case TensorProto::UINT64:
    return appendAs<uint64_t>(tensor.uint64_data(), bytes);
  case TensorProto::UINT32:
    return appendAs<uint32_t>(tensor.uint64_data(), bytes);
  case TensorProto::INT32:
    return appendAs<int32_t>(tensor.int32_data(), bytes);
  case TensorProto::INT16:
  case TensorProto::UINT16:
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16:
    return appendAs<uint16_t>(tensor.int32_data(), bytes);
  default:
    return appendAs<uint8_t>(tensor.int32_data(), bytes);
  }
}

/// The bytes of data stored in a file of its own.
static Expected<StringRef> externalBytes(const TensorProto &tensor,
                                         uint64_t expected, ModelFile &file) {
  StringRef location;
  uint64_t offset = 0, length = expected;
  for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
    StringRef value = entry.value();
    if (entry.key() == "location") {
      location = value;
    } else if (entry.key() == "offset" && value.getAsInteger(10, offset)) {
      return failure("expected an offset, got '" + value + "'");
    } else if (entry.key() == "length" && value.getAsInteger(10, length)) {
      return failure("expected a length, got '" + value + "'");
    }
  }
  if (length != expected) {
    return failure("expected " + Twine(expected) +
                   " bytes of external data, got " + Twine(length));
  }
  Expected<StringRef> bytes = file.external(location);
  if (!bytes) {
    return bytes.takeError();
  }
  if (offset > bytes->size() || length > bytes->size() - offset) {
    return failure("external data '" + location + "' has " +
                   Twine(bytes->size()) + " bytes, too few for " +
                   Twine(length) + " at " + Twine(offset));
  }
  return bytes->substr(offset, length);
}

/// A resource over bytes that live as long as the model file.
static ElementsAttr resourceOf(RankedTensorType type, StringRef name,
                               StringRef bytes) {
  auto blob = UnmanagedAsmResourceBlob::allocateWithAlign(
      ArrayRef<char>(bytes.data(), bytes.size()), /*align=*/1);
  return DenseResourceElementsAttr::get(type, name.empty() ? "tensor" : name,
                                        std::move(blob));
}

ElementsAttr elementsOfBytes(RankedTensorType type, ArrayRef<char> bytes) {
  if (bytes.size() > kInlineBytes) {
    return DenseResourceElementsAttr::get(
        type, "constant",
        HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, /*align=*/64));
  }
  if (type.getElementType().isInteger(1)) {
    SmallVector<bool> values;
    for (char byte : bytes) {
      values.push_back(byte != 0);
    }
    return DenseElementsAttr::get(type, values);
  }
  return DenseElementsAttr::getFromRawBuffer(type, bytes);
}

static Expected<ElementsAttr> stringsOf(const TensorProto &tensor,
                                        RankedTensorType type) {
  if (tensor.string_data_size() != type.getNumElements()) {
    return failure("expected " + Twine(type.getNumElements()) +
                   " strings, got " + Twine(tensor.string_data_size()));
  }
  SmallVector<StringRef> texts(tensor.string_data().begin(),
                               tensor.string_data().end());
  return DenseStringElementsAttr::get(type, texts);
}

Expected<ElementsAttr> tensorValueOf(const TensorProto &tensor,
                                     const ImportBudget &budget,
                                     ModelFile &file, MLIRContext *context) {
  Expected<RankedTensorType> type = tensorTypeOf(tensor, budget, context);
  if (!type) {
    return type.takeError();
  }
  Type element = type->getElementType();
  if (kernel::isStringType(element)) {
    return stringsOf(tensor, *type);
  }
  uint64_t expected = packedBytesOf(element, type->getNumElements());
  StringRef bytes;
  SmallVector<char> typed;
  bool inFile = false;
  if (tensor.data_location() == TensorProto::EXTERNAL) {
    Expected<StringRef> external = externalBytes(tensor, expected, file);
    if (!external) {
      return external.takeError();
    }
    bytes = *external;
    inFile = true;
  } else if (tensor.has_segment()) {
    // Written by the wire scan, which checked the range.
    bytes =
        file.bytes().slice(tensor.segment().begin(), tensor.segment().end());
    inFile = true;
  } else if (tensor.has_raw_data()) {
    bytes = tensor.raw_data();
  } else {
    appendTypedData(tensor, typed);
    bytes = StringRef(typed.data(), typed.size());
  }
  if (bytes.size() != expected) {
    return failure("expected " + Twine(expected) + " bytes of data, got " +
                   Twine(bytes.size()));
  }
  if (elementBitsOf(element) < 8) {
    return elementsOfBytes(*type, unpack(*type, bytes));
  }
  if (inFile && bytes.size() > kInlineBytes) {
    return resourceOf(*type, tensor.name(), bytes);
  }
  return elementsOfBytes(*type, ArrayRef<char>(bytes.data(), bytes.size()));
}

} // namespace tessera::import
