//===- WireScan.cpp - bounded look at a serialized model ------------------===//

#include "compiler/import/WireScan.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Twine.h"

using namespace llvm;

namespace tessera::import {
namespace {

/// The messages of onnx.proto that are walked into; every other field is a
/// leaf.
enum class Message {
  model,
  graph,
  node,
  attribute,
  tensor,
  sparseTensor,
  function,
  valueInfo,
  type,
  tensorType,
  sequenceType,
  mapType,
  optionalType,
  shape,
  leaf,
};

/// A field that is kept. Fields without an entry are dropped.
struct Kept {
  Message owner;
  uint32_t field;
  Message child;
};

constexpr Kept kKept[] = {
    {Message::model, 1, Message::leaf},          // ir_version
    {Message::model, 2, Message::leaf},          // producer_name
    {Message::model, 7, Message::graph},         // graph
    {Message::model, 8, Message::leaf},          // opset_import
    {Message::model, 25, Message::function},     // functions
    {Message::graph, 1, Message::node},          // node
    {Message::graph, 2, Message::leaf},          // name
    {Message::graph, 5, Message::tensor},        // initializer
    {Message::graph, 11, Message::valueInfo},    // input
    {Message::graph, 12, Message::valueInfo},    // output
    {Message::graph, 13, Message::valueInfo},    // value_info
    {Message::graph, 15, Message::sparseTensor}, // sparse_initializer
    {Message::node, 1, Message::leaf},           // input
    {Message::node, 2, Message::leaf},           // output
    {Message::node, 3, Message::leaf},           // name
    {Message::node, 4, Message::leaf},           // op_type
    {Message::node, 5, Message::attribute},      // attribute
    {Message::node, 7, Message::leaf},           // domain
    {Message::node, 8, Message::leaf},           // overload
    {Message::attribute, 1, Message::leaf},      // name
    {Message::attribute, 2, Message::leaf},      // f
    {Message::attribute, 3, Message::leaf},      // i
    {Message::attribute, 4, Message::leaf},      // s
    {Message::attribute, 5, Message::tensor},    // t
    {Message::attribute, 6, Message::graph},     // g
    {Message::attribute, 7, Message::leaf},      // floats
    {Message::attribute, 8, Message::leaf},      // ints
    {Message::attribute, 9, Message::leaf},      // strings
    {Message::attribute, 10, Message::tensor},   // tensors
    {Message::attribute, 11, Message::graph},    // graphs
    {Message::attribute, 14, Message::type},     // tp
    {Message::attribute, 20, Message::leaf},     // type
    {Message::attribute, 21, Message::leaf},     // ref_attr_name
    {Message::attribute, 22, Message::sparseTensor},
    {Message::tensor, 1, Message::leaf},  // dims
    {Message::tensor, 2, Message::leaf},  // data_type
    {Message::tensor, 4, Message::leaf},  // float_data
    {Message::tensor, 5, Message::leaf},  // int32_data
    {Message::tensor, 6, Message::leaf},  // string_data
    {Message::tensor, 7, Message::leaf},  // int64_data
    {Message::tensor, 8, Message::leaf},  // name
    {Message::tensor, 9, Message::leaf},  // raw_data
    {Message::tensor, 10, Message::leaf}, // double_data
    {Message::tensor, 11, Message::leaf}, // uint64_data
    {Message::tensor, 13, Message::leaf}, // external_data
    {Message::tensor, 14, Message::leaf}, // data_location
    {Message::sparseTensor, 1, Message::tensor},
    {Message::sparseTensor, 2, Message::tensor},
    {Message::sparseTensor, 3, Message::leaf},
    {Message::function, 1, Message::leaf},       // name
    {Message::function, 4, Message::leaf},       // input
    {Message::function, 5, Message::leaf},       // output
    {Message::function, 6, Message::leaf},       // attribute
    {Message::function, 7, Message::node},       // node
    {Message::function, 9, Message::leaf},       // opset_import
    {Message::function, 10, Message::leaf},      // domain
    {Message::function, 11, Message::attribute}, // attribute_proto
    {Message::function, 13, Message::leaf},      // overload
    {Message::valueInfo, 1, Message::leaf},      // name
    {Message::valueInfo, 2, Message::type},      // type
    {Message::type, 1, Message::tensorType},
    {Message::type, 4, Message::sequenceType},
    {Message::type, 5, Message::mapType},
    {Message::type, 8, Message::tensorType}, // sparse_tensor_type
    {Message::type, 9, Message::optionalType},
    {Message::tensorType, 1, Message::leaf},   // elem_type
    {Message::tensorType, 2, Message::shape},  // shape
    {Message::sequenceType, 1, Message::type}, // elem_type
    {Message::mapType, 1, Message::leaf},      // key_type
    {Message::mapType, 2, Message::type},      // value_type
    {Message::optionalType, 1, Message::type}, // elem_type
    {Message::shape, 1, Message::leaf},        // dim
};

/// About what protobuf and the importer allocate for an empty message of each
/// kind, with the pointer to it.
uint64_t parsedBytesOf(Message message) {
  switch (message) {
  case Message::model:
  case Message::graph:
  case Message::node:
  case Message::attribute:
  case Message::tensor:
  case Message::sparseTensor:
  case Message::function:
    return 320;
  case Message::leaf:
    return 48;
  default:
    return 96;
  }
}

/// An integer in a list, with its copy on the way to the importer's own form.
constexpr uint64_t kNumberBytes = 16;

constexpr uint32_t kDims = 1, kSegment = 3, kFloatData = 4, kInt32Data = 5,
                   kInt64Data = 7, kRawData = 9, kDoubleData = 10,
                   kUint64Data = 11; // of a tensor
constexpr uint32_t kInts = 8;        // of an attribute
constexpr uint32_t kSparseDims = 3;  // of a sparse tensor
enum WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

const Kept *keptField(Message owner, uint32_t field) {
  for (const Kept &kept : kKept) {
    if (kept.owner == owner && kept.field == field) {
      return &kept;
    }
  }
  return nullptr;
}

void writeVarint(std::string &out, uint64_t value) {
  while (value >= 0x80) {
    out.push_back(char(value | 0x80));
    value >>= 7;
  }
  out.push_back(char(value));
}

void writeBytes(std::string &out, uint32_t field, StringRef bytes) {
  writeVarint(out, uint64_t(field) << 3 | kBytes);
  writeVarint(out, bytes.size());
  out.append(bytes.data(), bytes.size());
}

class Scanner {
public:
  Scanner(StringRef file, const ScanBudget &budget)
      : file(file), budget(budget) {}

  /// Walks one message that occupies `[position, end)`.
  bool scan(Message message, uint64_t position, uint64_t end, unsigned depth,
            std::string &out);

  std::string error;

private:
  bool fail(uint64_t position, const Twine &why) {
    error = (why + " at byte " + Twine(position)).str();
    return false;
  }
  bool readVarint(uint64_t &position, uint64_t end, uint64_t &value);
  /// The end of the field's value; `position` moves past a length prefix.
  bool readExtent(unsigned wireType, uint64_t &position, uint64_t end,
                  uint64_t &valueEnd);
  bool scanBytes(Message message, uint32_t field, const Kept *kept,
                 uint64_t begin, uint64_t end, unsigned depth, bool &cut,
                 std::string &out);
  /// Counts what a field will take once it is parsed.
  bool charge(uint64_t position, uint64_t bytes);

  StringRef file;
  const ScanBudget &budget;
  uint64_t fields = 0, parsedBytes = 0;
};

bool Scanner::readVarint(uint64_t &position, uint64_t end, uint64_t &value) {
  value = 0;
  uint64_t start = position;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (position >= end) {
      return fail(start, "the data ends inside a number");
    }
    uint8_t byte = file[position++];
    value |= shift < 64 ? uint64_t(byte & 0x7f) << shift : 0;
    if (!(byte & 0x80)) {
      return true;
    }
  }
  return fail(start, "a number is longer than ten bytes");
}

bool Scanner::readExtent(unsigned wireType, uint64_t &position, uint64_t end,
                         uint64_t &valueEnd) {
  uint64_t size = 0;
  valueEnd = position;
  switch (wireType) {
  case kVarint:
    return readVarint(valueEnd, end, size);
  case kFixed64:
    size = 8;
    break;
  case kFixed32:
    size = 4;
    break;
  case kBytes:
    if (!readVarint(position, end, size)) {
      return false;
    }
    break;
  default:
    return fail(position, "unexpected wire type " + Twine(wireType));
  }
  if (size > end - position) {
    return fail(position, "expected " + Twine(size) + " bytes, got " +
                              Twine(end - position));
  }
  valueEnd = position + size;
  return true;
}

bool Scanner::charge(uint64_t position, uint64_t bytes) {
  parsedBytes += bytes;
  return parsedBytes <= budget.maxParsedBytes ||
         fail(position, "the model takes more than " +
                            Twine(budget.maxParsedBytes) +
                            " bytes besides large tensor data");
}

/// Integers in packed form, of a byte or more each.
static bool isPackedIntegers(Message message, uint32_t field) {
  return (message == Message::tensor &&
          (field == kDims || field == kInt32Data || field == kInt64Data ||
           field == kUint64Data)) ||
         (message == Message::attribute && field == kInts) ||
         (message == Message::sparseTensor && field == kSparseDims);
}

/// Packed floats and doubles are stored as raw_data would be.
static bool isTensorData(uint32_t field) {
  return field == kRawData || field == kFloatData || field == kDoubleData;
}

bool Scanner::scanBytes(Message message, uint32_t field, const Kept *kept,
                        uint64_t begin, uint64_t end, unsigned depth, bool &cut,
                        std::string &out) {
  uint64_t perByte = isPackedIntegers(message, field) ? kNumberBytes : 1;
  if (!charge(begin, parsedBytesOf(kept->child))) {
    return false;
  }
  if (kept->child != Message::leaf) {
    std::string child;
    if (!scan(kept->child, begin, end, depth + 1, child)) {
      return false;
    }
    writeBytes(out, field, child);
    return true;
  }
  if (message != Message::tensor || !isTensorData(field) ||
      end - begin < budget.cutBytes) {
    if (!charge(begin, (end - begin) * perByte)) {
      return false;
    }
    writeBytes(out, field, file.slice(begin, end));
    return true;
  }
  if (cut) {
    return fail(begin, "a tensor has its data more than once");
  }
  cut = true;
  std::string segment;
  writeVarint(segment, 1 << 3 | kVarint);
  writeVarint(segment, begin);
  writeVarint(segment, 2 << 3 | kVarint);
  writeVarint(segment, end);
  writeBytes(out, kSegment, segment);
  return true;
}

bool Scanner::scan(Message message, uint64_t position, uint64_t end,
                   unsigned depth, std::string &out) {
  if (depth > budget.maxDepth) {
    return fail(position, "messages are nested more than " +
                              Twine(budget.maxDepth) + " deep");
  }
  bool cut = false;
  while (position < end) {
    uint64_t start = position, tag = 0, valueEnd = 0;
    if (++fields > budget.maxFields) {
      return fail(start, "more than " + Twine(budget.maxFields) + " fields");
    }
    if (!readVarint(position, end, tag)) {
      return false;
    }
    uint64_t field = tag >> 3;
    if (field == 0 || field > 0x1fffffff) {
      return fail(start, "expected a field number, got " + Twine(field));
    }
    unsigned wireType = tag & 7;
    if (!readExtent(wireType, position, end, valueEnd)) {
      return false;
    }
    if (message == Message::tensor && field == kSegment) {
      return fail(start, "tensors stored in segments are not supported");
    }
    const Kept *kept = keptField(message, field);
    if (kept && wireType == kBytes) {
      if (!scanBytes(message, field, kept, position, valueEnd, depth, cut,
                     out)) {
        return false;
      }
    } else if (kept && kept->child == Message::leaf) {
      if (!charge(start, kNumberBytes)) {
        return false;
      }
      out.append(file.data() + start, valueEnd - start);
    }
    if (out.size() > budget.maxReducedBytes) {
      return fail(start, "more than " + Twine(budget.maxReducedBytes) +
                             " bytes besides tensor data");
    }
    position = valueEnd;
  }
  return true;
}

} // namespace

std::optional<std::string> scanModel(StringRef file, const ScanBudget &budget,
                                     std::string &reduced) {
  Scanner scanner(file, budget);
  reduced.clear();
  if (!scanner.scan(Message::model, 0, file.size(), 0, reduced)) {
    return scanner.error;
  }
  return std::nullopt;
}

} // namespace tessera::import
