//===- Tensor.cpp - tensors in the memory of a tool -----------------------===//

#include "compiler/tools/io/Tensor.h"
#include "compiler/tools/io/Npy.h"
#include "compiler/tools/io/TensorProto.h"
#include "runtime/include/tessera/types.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <cstring>
#include <new>
#include <unistd.h>

using namespace llvm;
using namespace tessera::tools;

static constexpr ElementType kElementTypes[] = {
    {TSR_FLOAT32, "float32", "f4", 4, ElementKind::floating},
    {TSR_UINT8, "uint8", "u1", 1, ElementKind::integer},
    {TSR_INT8, "int8", "i1", 1, ElementKind::integer},
    {TSR_UINT16, "uint16", "u2", 2, ElementKind::integer},
    {TSR_INT16, "int16", "i2", 2, ElementKind::integer},
    {TSR_INT32, "int32", "i4", 4, ElementKind::integer},
    {TSR_INT64, "int64", "i8", 8, ElementKind::integer},
    {TSR_BOOL, "bool", "b1", 1, ElementKind::boolean},
    {TSR_FLOAT16, "float16", "f2", 2, ElementKind::floating},
    {TSR_FLOAT64, "float64", "f8", 8, ElementKind::floating},
    {TSR_UINT32, "uint32", "u4", 4, ElementKind::integer},
    {TSR_UINT64, "uint64", "u8", 8, ElementKind::integer},
    {TSR_COMPLEX64, "complex64", "c8", 8, ElementKind::complex},
    {TSR_COMPLEX128, "complex128", "c16", 16, ElementKind::complex},
    {TSR_BFLOAT16, "bfloat16", nullptr, 2, ElementKind::floating},
    {TSR_FLOAT8E4M3FN, "float8e4m3fn", nullptr, 1, ElementKind::floating},
    {TSR_FLOAT8E4M3FNUZ, "float8e4m3fnuz", nullptr, 1, ElementKind::floating},
    {TSR_FLOAT8E5M2, "float8e5m2", nullptr, 1, ElementKind::floating},
    {TSR_FLOAT8E5M2FNUZ, "float8e5m2fnuz", nullptr, 1, ElementKind::floating},
    {TSR_UINT4, "uint4", nullptr, 1, ElementKind::integer, 2},
    {TSR_INT4, "int4", nullptr, 1, ElementKind::integer, 2},
    {TSR_FLOAT4E2M1, "float4e2m1", nullptr, 1, ElementKind::floating, 2},
    {TSR_FLOAT8E8M0, "float8e8m0", nullptr, 1, ElementKind::floating},
    {TSR_UINT2, "uint2", nullptr, 1, ElementKind::integer, 4},
    {TSR_INT2, "int2", nullptr, 1, ElementKind::integer, 4},
    {TSR_STRING, "string", nullptr, sizeof(tsr_string), ElementKind::text},
};

Error tessera::tools::toolError(const Twine &text) {
  return createStringError(text);
}

const ElementType *tessera::tools::findElementType(uint32_t code) {
  for (const ElementType &type : kElementTypes) {
    if (type.code == code) {
      return &type;
    }
  }
  return nullptr;
}

std::optional<uint64_t>
tessera::tools::elementCountOf(ArrayRef<int64_t> shape) {
  // 48 bits address more memory than any machine has.
  constexpr uint64_t kLimit = uint64_t(1) << 48;
  uint64_t count = 1;
  bool isEmpty = false;
  for (int64_t extent : shape) {
    if (extent < 0 || uint64_t(extent) > kLimit) {
      return std::nullopt;
    }
    isEmpty |= extent == 0;
    uint64_t factor = extent == 0 ? 1 : extent;
    if (factor > kLimit / count) {
      return std::nullopt;
    }
    count *= factor;
  }
  return isEmpty ? 0 : count;
}

bool tessera::tools::allocateBytes(HostTensor &tensor, uint64_t size) {
  if (size <= tensor.bytes.capacity()) { // Every run but the first.
    tensor.bytes.resize(size);
    return true;
  }
  // A system that promises more than it has ends the process instead.
  uint64_t most =
      uint64_t(::sysconf(_SC_PHYS_PAGES)) * uint64_t(::sysconf(_SC_PAGESIZE));
  if (size > most) {
    return false;
  }
  // Vectors report a lack of memory with exceptions only, so it is tried first.
  void *room = ::operator new(size, std::nothrow);
  ::operator delete(room);
  if (room) {
    tensor.bytes.resize(size);
  }
  return room != nullptr;
}

void tessera::tools::linkTexts(HostTensor &tensor) {
  tensor.bytes.resize(tensor.texts.size() * sizeof(tsr_string));
  for (size_t i = 0; i < tensor.texts.size(); ++i) {
    tsr_string text = {tensor.texts[i].data(), tensor.texts[i].size()};
    std::memcpy(&tensor.bytes[i * sizeof(text)], &text, sizeof(text));
  }
}

void tessera::tools::copyTexts(HostTensor &tensor) {
  tensor.texts.clear();
  for (size_t at = 0; at < tensor.bytes.size(); at += sizeof(tsr_string)) {
    tsr_string text;
    std::memcpy(&text, &tensor.bytes[at], sizeof(text));
    tensor.texts.emplace_back(text.data, text.bytes);
  }
}

std::string tessera::tools::describe(uint32_t elementType,
                                     ArrayRef<int64_t> shape) {
  const ElementType *type = findElementType(elementType);
  std::string text = type ? type->name : "type" + std::to_string(elementType);
  text += "[";
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    text += (axis ? "," : "") + std::to_string(shape[axis]);
  }
  return text + "]";
}

std::string tessera::tools::describe(const HostTensor &tensor) {
  return describe(tensor.elementType, tensor.shape);
}

template <typename Value>
static Value load(const unsigned char *data) {
  Value value;
  std::memcpy(&value, data, sizeof(value));
  return value;
}

/// The value of a floating number of 16 bits or less.
static double floatOf(const fltSemantics &semantics, uint64_t bits) {
  APFloat value(semantics,
                APInt(APFloat::semanticsSizeInBits(semantics), bits));
  return value.convertToDouble();
}

/// The bits of an element that shares its byte with others.
static unsigned packedBits(const HostTensor &tensor, uint64_t index,
                           unsigned perByte) {
  unsigned width = 8 / perByte;
  return tensor.bytes[index / perByte] >> (index % perByte * width) &
         ((1u << width) - 1);
}

static double signedOf(unsigned bits, unsigned width) {
  return static_cast<int>(bits) - (bits >> (width - 1) ? 1 << width : 0);
}

/// Elements of 8 bits and less that are neither int8, uint8 nor bool.
static double smallAsDouble(const HostTensor &tensor, uint64_t index,
                            const ElementType &type) {
  unsigned bits = packedBits(tensor, index, type.perByte);
  switch (tensor.elementType) {
  case TSR_FLOAT8E4M3FN:
    return floatOf(APFloat::Float8E4M3FN(), bits);
  case TSR_FLOAT8E4M3FNUZ:
    return floatOf(APFloat::Float8E4M3FNUZ(), bits);
  case TSR_FLOAT8E5M2:
    return floatOf(APFloat::Float8E5M2(), bits);
  case TSR_FLOAT8E5M2FNUZ:
    return floatOf(APFloat::Float8E5M2FNUZ(), bits);
  case TSR_FLOAT8E8M0:
    return floatOf(APFloat::Float8E8M0FNU(), bits);
  case TSR_FLOAT4E2M1:
    return floatOf(APFloat::Float4E2M1FN(), bits);
  case TSR_UINT4:
  case TSR_UINT2:
    return bits;
  case TSR_INT4:
    return signedOf(bits, 4);
  case TSR_INT2:
    return signedOf(bits, 2);
  default:
    return std::nan("");
  }
}

double tessera::tools::elementAsDouble(const HostTensor &tensor,
                                       uint64_t index) {
  const ElementType *type = findElementType(tensor.elementType);
  if (type->perByte > 1) {
    return smallAsDouble(tensor, index, *type);
  }
  const unsigned char *data = &tensor.bytes[index * type->bytes];
  switch (tensor.elementType) {
  case TSR_FLOAT32:
    return load<float>(data);
  case TSR_FLOAT64:
    return load<double>(data);
  case TSR_FLOAT16:
    return floatOf(APFloat::IEEEhalf(), load<uint16_t>(data));
  case TSR_BFLOAT16:
    return floatOf(APFloat::BFloat(), load<uint16_t>(data));
  case TSR_UINT8:
  case TSR_BOOL:
    return load<uint8_t>(data);
  case TSR_INT8:
    return load<int8_t>(data);
  case TSR_UINT16:
    return load<uint16_t>(data);
  case TSR_INT16:
    return load<int16_t>(data);
  case TSR_INT32:
    return load<int32_t>(data);
  case TSR_UINT32:
    return load<uint32_t>(data);
  case TSR_INT64:
    return static_cast<double>(load<int64_t>(data));
  case TSR_UINT64:
    return static_cast<double>(load<uint64_t>(data));
  default:
    return smallAsDouble(tensor, index, *type);
  }
}

static bool agree(double actual, double expected, double relative,
                  double absolute) {
  if (std::isnan(actual) || std::isnan(expected)) {
    return std::isnan(actual) && std::isnan(expected);
  }
  // Infinities agree with themselves only; numpy treats them alike.
  if (std::isinf(actual) || std::isinf(expected)) {
    return actual == expected;
  }
  return std::fabs(actual - expected) <=
         absolute + relative * std::fabs(expected);
}

/// The real and imaginary parts as a tensor of twice the elements.
static HostTensor partsOf(const HostTensor &tensor) {
  HostTensor parts = tensor;
  parts.elementType =
      tensor.elementType == TSR_COMPLEX64 ? TSR_FLOAT32 : TSR_FLOAT64;
  parts.shape.push_back(2);
  return parts;
}

/// `[1,0,3]` for a position in row-major order.
static std::string coordinatesOf(ArrayRef<int64_t> shape, uint64_t index) {
  std::string text;
  for (size_t axis = shape.size(); axis-- > 0;) {
    text =
        std::to_string(index % shape[axis]) + (text.empty() ? "" : ",") + text;
    index /= shape[axis];
  }
  return "[" + text + "]";
}

/// Nine significant digits, or all digits of an integer.
static std::string elementText(const HostTensor &tensor, uint64_t index) {
  if (tensor.elementType == TSR_INT64) {
    return std::to_string(load<int64_t>(&tensor.bytes[index * 8]));
  }
  if (tensor.elementType == TSR_UINT64) {
    return std::to_string(load<uint64_t>(&tensor.bytes[index * 8]));
  }
  std::string text;
  raw_string_ostream(text) << format("%.9g", elementAsDouble(tensor, index));
  return text;
}

static bool sameElement(const HostTensor &actual, const HostTensor &expected,
                        uint64_t i, const ElementType &type, double relative,
                        double absolute) {
  if (type.kind == ElementKind::floating) {
    return agree(elementAsDouble(actual, i), elementAsDouble(expected, i),
                 relative, absolute);
  }
  if (type.perByte > 1) {
    return packedBits(actual, i, type.perByte) ==
           packedBits(expected, i, type.perByte);
  }
  return std::memcmp(&actual.bytes[i * type.bytes],
                     &expected.bytes[i * type.bytes], type.bytes) == 0;
}

static std::optional<std::string>
findTextDifference(const HostTensor &actual, const HostTensor &expected) {
  for (size_t i = 0; i < expected.texts.size(); ++i) {
    if (actual.texts[i] != expected.texts[i]) {
      return "at " + coordinatesOf(expected.shape, i) + " expected '" +
             expected.texts[i] + "', got '" + actual.texts[i] + "'";
    }
  }
  return std::nullopt;
}

std::optional<std::string>
tessera::tools::findDifference(const HostTensor &actual,
                               const HostTensor &expected, double relative,
                               double absolute) {
  if (actual.elementType != expected.elementType ||
      actual.shape != expected.shape) {
    return "expected " + describe(expected) + ", got " + describe(actual);
  }
  const ElementType *type = findElementType(expected.elementType);
  if (type->kind == ElementKind::complex) {
    return findDifference(partsOf(actual), partsOf(expected), relative,
                          absolute);
  }
  if (type->kind == ElementKind::text) {
    return findTextDifference(actual, expected);
  }
  uint64_t count = elementCountOf(expected.shape).value_or(0);
  uint64_t differing = 0, first = 0;
  double largest = 0;
  for (uint64_t i = 0; i < count; ++i) {
    if (sameElement(actual, expected, i, *type, relative, absolute)) {
      continue;
    }
    first = differing++ == 0 ? i : first;
    double difference =
        std::fabs(elementAsDouble(actual, i) - elementAsDouble(expected, i));
    largest = std::fmax(largest, difference);
  }
  if (differing == 0) {
    return std::nullopt;
  }
  std::string text;
  raw_string_ostream(text) << differing << " of " << count
                           << " elements differ by up to "
                           << format("%.3g", largest) << "; at "
                           << coordinatesOf(expected.shape, first)
                           << " expected " << elementText(expected, first)
                           << ", got " << elementText(actual, first);
  return text;
}

Expected<HostTensor> tessera::tools::readTensor(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false,
                                      /*RequiresNullTerminator=*/false);
  if (!buffer) {
    return toolError("cannot read " + path + ": " +
                     buffer.getError().message());
  }
  bool isProto = sys::path::extension(path) == ".pb";
  if (!isProto && sys::path::extension(path) != ".npy") {
    return toolError("cannot read " + path +
                     ": expected a file named *.npy or *.pb");
  }
  StringRef data = (*buffer)->getBuffer();
  Expected<HostTensor> tensor =
      isProto ? parseTensorProto(data) : parseNpy(data);
  if (!tensor) {
    return toolError("cannot read " + path + ": " +
                     toString(tensor.takeError()));
  }
  return tensor;
}

Error tessera::tools::writeOutput(StringRef folder, unsigned index,
                                  const HostTensor &tensor) {
  const ElementType *type = findElementType(tensor.elementType);
  bool isNpy = type && type->npy;
  SmallString<128> path(folder);
  sys::path::append(path, "output_" + Twine(index) + (isNpy ? ".npy" : ".pb"));
  SmallString<128> other(path);
  sys::path::replace_extension(other, isNpy ? "pb" : "npy");
  sys::fs::remove(other);
  std::string contents = isNpy ? formatNpy(tensor) : formatTensorProto(tensor);
  Error error = writeToOutput(path, [&](raw_ostream &stream) {
    stream << contents;
    return Error::success();
  });
  if (error) {
    return toolError("cannot write " + path + ": " +
                     toString(std::move(error)));
  }
  return Error::success();
}
