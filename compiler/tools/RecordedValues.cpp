//===- RecordedValues.cpp - data sets of sequences and optionals ----------===//

#include "compiler/tools/RecordedValues.h"
#include "compiler/tools/io/TensorProto.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;
using import::BorderValue;
using import::ValueKind;

static Expected<HostValue> parse(StringRef data, ValueKind kind) {
  if (kind == ValueKind::sequence) {
    return parseSequenceProto(data);
  }
  if (kind == ValueKind::optional) {
    return parseOptionalProto(data);
  }
  Expected<HostTensor> tensor = parseTensorProto(data);
  if (!tensor) {
    return tensor.takeError();
  }
  return HostValue{HostValue::tensor, std::move(*tensor), {}};
}

Expected<std::vector<HostValue>>
tessera::tools::readValues(StringRef dataSet, StringRef stem,
                           ArrayRef<BorderValue> declared) {
  std::vector<HostValue> values;
  for (const BorderValue &own : declared) {
    SmallString<128> path(dataSet);
    sys::path::append(path, stem + "_" + Twine(values.size()) + ".pb");
    if (!sys::fs::exists(path)) {
      return values;
    }
    auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false,
                                        /*RequiresNullTerminator=*/false);
    if (!buffer) {
      return toolError("cannot read " + path + ": " +
                       buffer.getError().message());
    }
    Expected<HostValue> value = parse((*buffer)->getBuffer(), own.kind);
    if (!value) {
      return toolError("cannot read " + path + ": " +
                       toString(value.takeError()));
    }
    values.push_back(std::move(*value));
  }
  return values;
}

static void flattenInto(HostValue value, const std::string &name,
                        std::vector<HostTensor> &into) {
  if (value.kind == HostValue::tensor) {
    value.own.name = name;
    into.push_back(std::move(value.own));
  }
  for (size_t i = 0; i < value.elements.size(); ++i) {
    flattenInto(std::move(value.elements[i]), name + "_" + std::to_string(i),
                into);
  }
}

std::vector<HostTensor>
tessera::tools::flatten(std::vector<HostValue> values,
                        ArrayRef<BorderValue> declared) {
  std::vector<HostTensor> tensors;
  for (size_t i = 0; i < values.size(); ++i) {
    flattenInto(std::move(values[i]), declared[i].name, tensors);
  }
  return tensors;
}

static void addRule(const std::string &name, int64_t value,
                    std::vector<import::DimensionRule> &rules) {
  rules.push_back({name, value, value});
}

/// The rules of one value and of those in it.
static void addRules(const HostValue &value, const std::string &name,
                     bool hasRank, std::vector<import::DimensionRule> &rules) {
  if (value.kind == HostValue::tensor && !hasRank) {
    addRule(name + ".rank", value.own.shape.size(), rules);
  }
  if (value.kind == HostValue::sequence) {
    addRule(name + ".length", value.elements.size(), rules);
  }
  for (size_t i = 0; i < value.elements.size(); ++i) {
    addRules(value.elements[i], name + "_" + std::to_string(i), hasRank, rules);
  }
}

/// Fixes the elements of a small tensor; sizes and positions are never
/// negative.
static void addValueRules(const HostTensor &tensor, const std::string &name,
                          std::vector<import::DimensionRule> &rules) {
  constexpr uint64_t kMostValues = 64;
  uint64_t count = elementCountOf(tensor.shape).value_or(kMostValues + 1);
  std::vector<int64_t> values;
  for (uint64_t i = 0; i < count && count <= kMostValues; ++i) {
    values.push_back(int64_t(elementAsDouble(tensor, i)));
  }
  if (any_of(values, [](int64_t value) { return value < 0; })) {
    return;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    addRule(name + "(" + std::to_string(i) + ")", values[i], rules);
  }
}

std::vector<import::DimensionRule>
tessera::tools::rulesFor(ArrayRef<HostValue> values,
                         ArrayRef<BorderValue> declared, bool fixValues) {
  std::vector<import::DimensionRule> rules;
  for (auto [value, own] : zip(values, declared)) {
    if (own.kind == ValueKind::optional) {
      addRule(own.name + ".present", value.kind != HostValue::nothing, rules);
    }
    addRules(value, own.name, own.hasRank, rules);
    if (fixValues && own.isSmall && value.kind == HostValue::tensor) {
      addValueRules(value.own, own.name, rules);
    }
  }
  return rules;
}
