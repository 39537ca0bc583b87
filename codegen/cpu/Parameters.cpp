//===- Parameters.cpp - attributes as constant data -----------------------===//
//
// Position-independent: a count, one record for each parameter with offsets
// from the start, then names and values. The layout stands in abi.h.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/Parameters.h"
#include "tessera/abi.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tessera::cpu {
namespace {
/// Appends values behind the table of records.
class Writer {
public:
  explicit Writer(size_t count) : bytes(8 + count * sizeof(tsr_parameter), 0) {}

  uint32_t append(llvm::StringRef data) {
    bytes.resize(llvm::alignTo(bytes.size(), 8));
    uint32_t offset = bytes.size();
    bytes.append(data.begin(), data.end());
    return offset;
  }
  uint32_t appendText(llvm::StringRef text) {
    return append(std::string(text) + std::string(1, 0));
  }
  template <typename T>
  uint32_t appendValues(llvm::ArrayRef<T> values) {
    return append(llvm::StringRef(reinterpret_cast<const char *>(values.data()),
                                  values.size() * sizeof(T)));
  }
  template <typename T>
  void put(size_t position, const T &value) {
    std::memcpy(&bytes[position], &value, sizeof(T));
  }

  std::string bytes;
};
} // namespace

static tsr_parameter textsParameter(Writer &writer, ArrayRef<StringRef> texts) {
  SmallVector<uint32_t> table;
  for (StringRef text : texts) {
    table.push_back(writer.appendText(text));
    table.push_back(text.size());
  }
  return {0, TSR_PARAMETER_TEXTS, uint32_t(texts.size()),
          writer.appendValues<uint32_t>(table)};
}

static tsr_parameter parameterOf(Writer &writer, Attribute attribute) {
  auto integers = [&](ArrayRef<int64_t> values) {
    return tsr_parameter{0, TSR_PARAMETER_INTEGERS, uint32_t(values.size()),
                         writer.appendValues(values)};
  };
  auto numbers = [&](ArrayRef<double> values) {
    return tsr_parameter{0, TSR_PARAMETER_NUMBERS, uint32_t(values.size()),
                         writer.appendValues(values)};
  };
  if (auto integer = dyn_cast<IntegerAttr>(attribute)) {
    return integers({integer.getInt()});
  }
  if (auto array = dyn_cast<DenseI64ArrayAttr>(attribute)) {
    return integers(array.asArrayRef());
  }
  if (auto number = dyn_cast<FloatAttr>(attribute)) {
    return numbers({number.getValueAsDouble()});
  }
  if (auto array = dyn_cast<DenseF64ArrayAttr>(attribute)) {
    return numbers(array.asArrayRef());
  }
  if (auto text = dyn_cast<StringAttr>(attribute)) {
    return textsParameter(writer, {text.getValue()});
  }
  SmallVector<StringRef> texts;
  if (auto array = dyn_cast<ArrayAttr>(attribute)) {
    for (auto text : array.getAsRange<StringAttr>()) {
      texts.push_back(text.getValue());
    }
  }
  return textsParameter(writer, texts);
}

std::string parameterBytes(DictionaryAttr parameters) {
  Writer writer(parameters.size());
  writer.put(0, uint64_t(parameters.size()));
  for (auto [i, named] : llvm::enumerate(parameters)) {
    uint32_t name = writer.appendText(named.getName().getValue());
    tsr_parameter record = parameterOf(writer, named.getValue());
    record.name = name;
    writer.put(8 + i * sizeof(tsr_parameter), record);
  }
  return writer.bytes;
}

} // namespace tessera::cpu
