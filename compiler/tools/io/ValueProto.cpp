//===- ValueProto.cpp - ONNX sequences and optionals in .pb files ---------===//
//
// Both messages number their fields alike. As for tensors, every length is
// checked against the file; elements and depth are limited, since an element of
// two bytes takes far more memory than that.
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/io/ValueProto.h"
#include "compiler/tools/io/TensorProto.h"
#include "compiler/tools/io/WireReader.h"

using namespace llvm;
using namespace tessera::tools;

namespace {
/// Fields of SequenceProto and of OptionalProto.
enum Field : uint64_t {
  fieldName = 1,
  fieldTensor = 3,
  fieldSparse = 4,
  fieldSequence = 5,
  fieldMap = 6,
  fieldOptional = 7
};

constexpr size_t kMostElements = 4096;
constexpr unsigned kMostLevels = 8;

/// Reads the values in a message; `budget` elements are left to all of them.
class ValueReader {
public:
  Expected<HostValue> read(StringRef data, bool isOptional, unsigned level) {
    HostValue value;
    value.kind = HostValue::sequence;
    if (level == kMostLevels) {
      return toolError("expected values nested less than " +
                       Twine(kMostLevels) + " levels deep");
    }
    WireReader reader(data);
    while (!reader.atEnd()) {
      uint64_t tag = reader.readVarint();
      StringRef contents = reader.readField(tag & 7);
      if (reader.hasFailed()) {
        break;
      }
      if (tag >> 3 == fieldName && (tag & 7) == Wire::bytes) {
        value.own.name = contents.str();
      }
      if (Error error = readElement(tag, contents, level, value)) {
        return std::move(error);
      }
    }
    if (reader.hasFailed()) {
      return toolError("expected a serialised SequenceProto or OptionalProto, "
                       "got other contents or a file cut short");
    }
    return isOptional ? unwrap(std::move(value)) : std::move(value);
  }

private:
  Error readElement(uint64_t tag, StringRef contents, unsigned level,
                    HostValue &into) {
    uint64_t field = tag >> 3;
    if (field == fieldSparse || field == fieldMap) {
      return toolError("expected tensors, sequences and optionals, got sparse "
                       "tensors or maps");
    }
    bool isNested = field == fieldSequence || field == fieldOptional;
    if (!isNested && field != fieldTensor) {
      return Error::success();
    }
    if ((tag & 7) != Wire::bytes || budget-- == 0) {
      return toolError("expected at most " + Twine(kMostElements) +
                       " elements, each a message");
    }
    if (isNested) {
      Expected<HostValue> element =
          read(contents, field == fieldOptional, level + 1);
      if (!element) {
        return element.takeError();
      }
      into.elements.push_back(std::move(*element));
      return Error::success();
    }
    Expected<HostTensor> tensor = parseTensorProto(contents);
    if (!tensor) {
      return tensor.takeError();
    }
    into.elements.push_back({HostValue::tensor, std::move(*tensor), {}});
    return Error::success();
  }

  /// The one value of an optional, which was read like a sequence.
  static Expected<HostValue> unwrap(HostValue optional) {
    if (optional.elements.size() > 1) {
      return toolError("expected an optional of one value, got " +
                       Twine(optional.elements.size()));
    }
    HostValue value;
    if (!optional.elements.empty()) {
      value = std::move(optional.elements.front());
    }
    value.own.name = std::move(optional.own.name);
    return value;
  }

  size_t budget = kMostElements;
};
} // namespace

Expected<HostValue> tessera::tools::parseSequenceProto(StringRef data) {
  return ValueReader().read(data, /*isOptional=*/false, 0);
}

Expected<HostValue> tessera::tools::parseOptionalProto(StringRef data) {
  return ValueReader().read(data, /*isOptional=*/true, 0);
}
