//===- Schemas.cpp - what ONNX's own operators take -----------------------===//

#include "compiler/import/Schemas.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <limits>
#include <tuple>

using namespace llvm;
using onnx::AttributeProto;

namespace tessera::import {
namespace {

/// In the order of domain, operator and version.
constexpr Schema kSchemas[] = {
#include "OnnxSchemas.inc"
};

using Values = google::protobuf::RepeatedPtrField<std::string>;

/// How one attribute is declared.
struct Declaration {
  StringRef name, type;
  bool isRequired;
};

SmallVector<Declaration> attributesOf(const Schema &schema) {
  SmallVector<Declaration> result;
  for (StringRef field : split(schema.attributes, ' ')) {
    bool isRequired = field.consume_front("!");
    auto [name, type] = field.split(':');
    if (!name.empty()) {
      result.push_back({name, type, isRequired});
    }
  }
  return result;
}

/// Checks how many inputs or outputs there are, and that those that have to be
/// there have names.
void checkValues(StringRef kind, const Values &values, StringRef parameters,
                 int64_t least, int64_t most, StructureReport report) {
  int64_t count = values.size();
  while (count > least && values.Get(count - 1).empty()) {
    --count; // left out
  }
  if (count < least || count > most) {
    report("invalid number of " + kind + "s",
           "expected " + countText(least, most) + ", got " + Twine(count));
    return;
  }
  // A list is the last parameter. Nobody may want some outputs of one.
  bool isWhole = kind == "input" && parameters.ends_with("v");
  for (int64_t i = 0; i < count; ++i) {
    bool isNeeded =
        i < int64_t(parameters.size())
            ? parameters[i] == 's' || (parameters[i] == 'v' && isWhole)
            : isWhole;
    if (isNeeded && values.Get(i).empty()) {
      report("invalid " + kind, kind + " " + Twine(i) + " has no name");
    }
  }
}

void checkAttributes(const Schema &schema, const onnx::NodeProto &node,
                     StructureReport report) {
  SmallVector<Declaration> declared = attributesOf(schema);
  auto find = [&](StringRef name) {
    return find_if(declared,
                   [&](const Declaration &d) { return d.name == name; });
  };
  for (const AttributeProto &attribute : node.attribute()) {
    StringRef name = attribute.name();
    const Declaration *declaration = find(name);
    if (declaration == declared.end()) {
      // Names with two underscores are for tools to leave notes in.
      if (!name.starts_with("__")) {
        report("unsupported attribute '" + name + "'",
               "this version of the operator does not have it");
      }
      continue;
    }
    StringRef type = AttributeProto::AttributeType_Name(attribute.type());
    if (attribute.type() != AttributeProto::UNDEFINED &&
        type != declaration->type) {
      report("unsupported attribute '" + name + "'",
             "expected " + declaration->type + ", got " + type);
    }
  }
  for (const Declaration &declaration : declared) {
    bool isGiven = any_of(node.attribute(), [&](const AttributeProto &a) {
      return a.name() == declaration.name;
    });
    if (declaration.isRequired && !isGiven) {
      report("missing attribute '" + declaration.name + "'",
             node.op_type() + " needs one of type " + declaration.type);
    }
  }
}

} // namespace

std::string countText(int64_t least, int64_t most) {
  constexpr int64_t kUnlimited = std::numeric_limits<int32_t>::max();
  return least == most ? "exactly " + std::to_string(least)
         : most >= kUnlimited
             ? "at least " + std::to_string(least)
             : std::to_string(least) + " to " + std::to_string(most);
}

const Schema *findSchema(StringRef domain, StringRef op, int64_t opset) {
  auto key = [](const Schema &s) { return std::tie(s.domain, s.op, s.since); };
  const Schema *next = std::upper_bound(
      std::begin(kSchemas), std::end(kSchemas), std::tie(domain, op, opset),
      [&](const auto &k, const Schema &s) { return k < key(s); });
  if (next == std::begin(kSchemas)) {
    return nullptr;
  }
  const Schema *found = next - 1;
  return found->domain == domain && found->op == op ? found : nullptr;
}

void checkSchema(const Schema &schema, const onnx::NodeProto &node,
                 StructureReport report) {
  checkValues("input", node.input(), schema.inputs, schema.minInputs,
              schema.maxInputs, report);
  checkValues("output", node.output(), schema.outputs, schema.minOutputs,
              schema.maxOutputs, report);
  checkAttributes(schema, node, report);
}

} // namespace tessera::import
