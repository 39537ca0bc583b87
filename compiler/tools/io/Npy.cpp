//===- Npy.cpp - numpy's .npy files ---------------------------------------===//
//
// A magic string, a version, the length of a header that is a Python dictionary
// literal with three known keys, and the elements. The literal is read with a
// cursor that accepts just what numpy writes.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/io/Npy.h"
#include "runtime/include/tessera/types.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include <cstring>

using namespace llvm;
using namespace tessera::tools;

static constexpr StringLiteral kMagic("\x93NUMPY");
static constexpr size_t kMaxRank = 64;

namespace {
struct Header {
  std::string type;
  bool fortranOrder = false;
  std::vector<int64_t> shape;
};

/// A position in the header's text.
class Cursor {
public:
  explicit Cursor(StringRef text) : rest(text.trim()) {}

  bool accept(StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }
  bool quoted(std::string &value) {
    rest = rest.ltrim();
    if (rest.empty() || (rest[0] != '\'' && rest[0] != '"')) {
      return false;
    }
    size_t end = rest.find(rest[0], 1);
    if (end == StringRef::npos) {
      return false;
    }
    value = rest.slice(1, end).str();
    rest = rest.drop_front(end + 1);
    return true;
  }
  bool shape(std::vector<int64_t> &extents) {
    if (!accept("(")) {
      return false;
    }
    while (!accept(")")) {
      int64_t extent;
      rest = rest.ltrim();
      if (extents.size() == kMaxRank || rest.consumeInteger(10, extent)) {
        return false;
      }
      extents.push_back(extent);
      accept("L");
      if (!accept(",") && !rest.ltrim().starts_with(")")) {
        return false;
      }
    }
    return true;
  }

private:
  StringRef rest;
};
} // namespace

static bool parseHeader(StringRef text, Header &header) {
  Cursor cursor(text);
  if (!cursor.accept("{")) {
    return false;
  }
  while (!cursor.accept("}")) {
    std::string key;
    if (!cursor.quoted(key) || !cursor.accept(":")) {
      return false;
    }
    bool understood = false;
    if (key == "descr") {
      understood = cursor.quoted(header.type);
    } else if (key == "fortran_order") {
      header.fortranOrder = cursor.accept("True");
      understood = header.fortranOrder || cursor.accept("False");
    } else if (key == "shape") {
      understood = cursor.shape(header.shape);
    }
    if (!understood) {
      return false;
    }
    cursor.accept(",");
  }
  return true;
}

/// The element type of a description such as `<f4`, or null.
static const ElementType *typeOf(StringRef description) {
  if (description.empty() || !StringRef("<|=").contains(description[0])) {
    return nullptr;
  }
  for (uint32_t code = TSR_FLOAT32; code <= TSR_BFLOAT16; ++code) {
    const ElementType *type = findElementType(code);
    if (type && type->npy && description.drop_front() == type->npy) {
      return type;
    }
  }
  return nullptr;
}

/// Copies elements stored with the first axis fastest into row-major order.
static void copyFromFortran(StringRef source, HostTensor &tensor,
                            unsigned elementBytes) {
  size_t rank = tensor.shape.size();
  std::vector<uint64_t> stride(rank, 1), index(rank, 0);
  for (size_t axis = 1; axis < rank; ++axis) {
    stride[axis] = stride[axis - 1] * tensor.shape[axis - 1];
  }
  uint64_t count = tensor.bytes.size() / elementBytes, from = 0;
  for (uint64_t to = 0; to < count; ++to) {
    std::memcpy(&tensor.bytes[to * elementBytes],
                source.data() + from * elementBytes, elementBytes);
    for (size_t axis = rank; axis-- > 0;) {
      from += stride[axis];
      if (++index[axis] < uint64_t(tensor.shape[axis])) {
        break;
      }
      from -= stride[axis] * tensor.shape[axis];
      index[axis] = 0;
    }
  }
}

/// Splits off the header's text; `data` becomes the elements.
static Expected<StringRef> takeHeader(StringRef &data) {
  if (!data.consume_front(kMagic) || data.size() < 2) {
    return toolError("expected a .npy file, got other contents");
  }
  unsigned major = static_cast<unsigned char>(data[0]);
  if (major < 1 || major > 3) {
    return toolError("expected .npy version 1 to 3, got " + Twine(major));
  }
  data = data.drop_front(2);
  size_t width = major == 1 ? 2 : 4;
  if (data.size() < width) {
    return toolError("the file ends within its header");
  }
  size_t length = width == 2 ? support::endian::read16le(data.data())
                             : support::endian::read32le(data.data());
  data = data.drop_front(width);
  if (data.size() < length) {
    return toolError("the file ends within its header");
  }
  StringRef text = data.take_front(length);
  data = data.drop_front(length);
  return text;
}

Expected<HostTensor> tessera::tools::parseNpy(StringRef data) {
  Expected<StringRef> text = takeHeader(data);
  if (!text) {
    return text.takeError();
  }
  Header header;
  if (!parseHeader(*text, header)) {
    return toolError("expected a .npy header with descr, fortran_order and "
                     "shape, got " +
                     Twine(text->trim().take_front(80)));
  }
  const ElementType *type = typeOf(header.type);
  if (!type) {
    return toolError("expected little-endian numbers or booleans, got elements "
                     "of type '" +
                     Twine(header.type) + "'");
  }
  std::optional<uint64_t> count = elementCountOf(header.shape);
  if (!count || *count > data.size() / type->bytes ||
      *count * type->bytes != data.size()) {
    return toolError("expected the elements of " +
                     Twine(describe(type->code, header.shape)) + ", got " +
                     Twine(data.size()) + " bytes");
  }
  HostTensor tensor;
  tensor.elementType = type->code;
  tensor.shape = std::move(header.shape);
  if (header.fortranOrder && tensor.shape.size() > 1) {
    tensor.bytes.resize(data.size());
    copyFromFortran(data, tensor, type->bytes);
  } else {
    tensor.bytes.assign(data.bytes_begin(), data.bytes_end());
  }
  return tensor;
}

std::string tessera::tools::formatNpy(const HostTensor &tensor) {
  const ElementType *type = findElementType(tensor.elementType);
  std::string shape;
  for (int64_t extent : tensor.shape) {
    shape += std::to_string(extent) + (tensor.shape.size() == 1 ? "," : ", ");
  }
  if (tensor.shape.size() > 1) {
    shape.resize(shape.size() - 2);
  }
  std::string text = std::string("{'descr': '") +
                     (type->bytes == 1 ? "|" : "<") + type->npy +
                     "', 'fortran_order': False, 'shape': (" + shape + "), }";
  // The elements start at a multiple of 64.
  size_t total = (kMagic.size() + 4 + text.size() + 1 + 63) / 64 * 64;
  size_t length = total - kMagic.size() - 4;
  text.resize(length - 1, ' ');
  std::string result = kMagic.str();
  result += {'\x01', '\x00', char(length & 0xff), char(length >> 8)};
  result += text + '\n';
  result.append(reinterpret_cast<const char *>(tensor.bytes.data()),
                tensor.bytes.size());
  return result;
}
