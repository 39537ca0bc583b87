//===- TensorProto.cpp - ONNX tensors in .pb files ------------------------===//
//
// One message of a dozen fields is read and written here by its wire format, so
// that the commands which only run models need no protobuf. Every length is
// checked against the bytes that are left; memory is bounded by the file's
// size.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/io/TensorProto.h"
#include "compiler/tools/io/WireReader.h"
#include "runtime/include/tessera/types.h"
#include "llvm/ADT/StringExtras.h"
#include <cstring>

using namespace llvm;
using namespace tessera::tools;

namespace {
/// Fields of TensorProto.
enum Field : uint64_t {
  fieldDims = 1,
  fieldType = 2,
  fieldFloats = 4,
  fieldInt32s = 5,
  fieldStrings = 6,
  fieldInt64s = 7,
  fieldName = 8,
  fieldRaw = 9,
  fieldDoubles = 10,
  fieldUint64s = 11,
  fieldLocation = 14
};
struct Message {
  std::vector<int64_t> dims;
  uint64_t type = 0;
  std::string name;
  bool hasRaw = false, isExternal = false;
  std::vector<std::string> texts;
  StringRef raw;
  /// Elements given in typed fields, as bits.
  std::vector<uint64_t> values;
};
} // namespace

/// Appends the numbers of one occurrence of a repeated field, packed or not.
static bool readVarints(StringRef contents, std::vector<uint64_t> &values) {
  WireReader reader(contents);
  while (!reader.atEnd()) {
    values.push_back(reader.readVarint());
  }
  return !reader.hasFailed();
}

template <typename Bits>
static bool readFixed(StringRef contents, std::vector<uint64_t> &values) {
  if (contents.size() % sizeof(Bits) != 0) {
    return false;
  }
  for (size_t at = 0; at < contents.size(); at += sizeof(Bits)) {
    Bits bits;
    std::memcpy(&bits, contents.data() + at, sizeof(Bits));
    values.push_back(bits);
  }
  return true;
}

static bool readMessage(StringRef data, Message &message) {
  WireReader reader(data);
  bool ok = true;
  while (ok && !reader.atEnd()) {
    uint64_t tag = reader.readVarint();
    StringRef contents = reader.readField(tag & 7);
    std::vector<uint64_t> numbers;
    switch (tag >> 3) {
    case fieldDims:
      ok = readVarints(contents, numbers);
      message.dims.insert(message.dims.end(), numbers.begin(), numbers.end());
      break;
    case fieldType:
      ok = readVarints(contents, numbers) && !numbers.empty();
      message.type = ok ? numbers.back() : 0;
      break;
    case fieldLocation:
      ok = readVarints(contents, numbers) && !numbers.empty();
      message.isExternal = ok && numbers.back() == 1;
      break;
    case fieldName:
      message.name = contents.str();
      break;
    case fieldRaw:
      message.hasRaw = true;
      message.raw = contents;
      break;
    case fieldStrings:
      message.texts.push_back(contents.str());
      break;
    case fieldInt32s:
    case fieldInt64s:
    case fieldUint64s:
      ok = readVarints(contents, message.values);
      break;
    case fieldFloats:
      ok = readFixed<uint32_t>(contents, message.values);
      break;
    case fieldDoubles:
      ok = readFixed<uint64_t>(contents, message.values);
      break;
    default:
      break;
    }
  }
  return ok && !reader.hasFailed();
}

Expected<HostTensor> tessera::tools::parseTensorProto(StringRef data) {
  Message message;
  if (!readMessage(data, message)) {
    return toolError("expected a serialised TensorProto, got other contents or "
                     "a file cut short");
  }
  if (message.isExternal) {
    return toolError("expected the tensor's data in the file, got a reference "
                     "to another one");
  }
  const ElementType *type =
      message.type <= UINT32_MAX ? findElementType(message.type) : nullptr;
  if (!type) {
    return toolError("expected a TensorProto of numbers or booleans, got "
                     "element type " +
                     Twine(message.type));
  }
  std::optional<uint64_t> count = elementCountOf(message.dims);
  if (type->kind == ElementKind::text) {
    // Elements of another kind would be taken for addresses of texts.
    if (count != message.texts.size() || message.hasRaw ||
        !message.values.empty()) {
      return toolError("expected the texts of " +
                       Twine(describe(type->code, message.dims)) + ", got " +
                       Twine(message.texts.size()));
    }
    HostTensor tensor;
    tensor.name = std::move(message.name);
    tensor.elementType = type->code;
    tensor.shape = std::move(message.dims);
    tensor.texts = std::move(message.texts);
    return tensor;
  }
  // Complex numbers in typed fields are two entries each.
  unsigned parts = type->kind == ElementKind::complex ? 2 : 1;
  uint64_t given = message.hasRaw
                       ? message.raw.size()
                       : message.values.size() * (type->bytes / parts);
  if (!count || type->bytesOf(*count) != given) {
    return toolError("expected the elements of " +
                     Twine(describe(type->code, message.dims)) + ", got " +
                     Twine(given) + " bytes");
  }
  HostTensor tensor;
  tensor.name = std::move(message.name);
  tensor.elementType = type->code;
  tensor.shape = std::move(message.dims);
  if (message.hasRaw) {
    tensor.bytes.assign(message.raw.bytes_begin(), message.raw.bytes_end());
    return tensor;
  }
  // The low bytes of each value are the element, on a little-endian host.
  unsigned width = type->bytes / parts;
  tensor.bytes.resize(message.values.size() * width);
  for (size_t i = 0; i < message.values.size(); ++i) {
    std::memcpy(&tensor.bytes[i * width], &message.values[i], width);
  }
  return tensor;
}

static void appendVarint(std::string &out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) {
    out += char(value | 0x80);
  }
  out += char(value);
}

static void appendBytes(std::string &out, Field field, StringRef contents) {
  appendVarint(out, field << 3 | Wire::bytes);
  appendVarint(out, contents.size());
  out += contents;
}

std::string tessera::tools::formatTensorProto(const HostTensor &tensor) {
  std::string out;
  for (int64_t extent : tensor.shape) {
    appendVarint(out, fieldDims << 3 | Wire::varint);
    appendVarint(out, extent);
  }
  appendVarint(out, fieldType << 3 | Wire::varint);
  appendVarint(out, tensor.elementType);
  appendBytes(out, fieldName, tensor.name);
  if (tensor.elementType == TSR_STRING) {
    for (const std::string &text : tensor.texts) {
      appendBytes(out, fieldStrings, text);
    }
    return out;
  }
  appendBytes(out, fieldRaw,
              StringRef(reinterpret_cast<const char *>(tensor.bytes.data()),
                        tensor.bytes.size()));
  return out;
}
