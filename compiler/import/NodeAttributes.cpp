//===- NodeAttributes.cpp - reads a node's attributes ---------------------===//
//
// Each is of the type that its reader asks for, and one that nobody asked for
// is a problem: it may change what the node means.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Node.h"

using namespace llvm;
using namespace mlir;
using onnx::AttributeProto;

namespace tessera::import {

bool Node::hasAttribute(StringRef attribute) const {
  return attributes.contains(attribute);
}

const AttributeProto *Node::attribute(StringRef attribute) {
  used.insert(attribute);
  return attributes.lookup(attribute);
}

/// The field that an attribute uses; old models leave the type out.
static AttributeProto::AttributeType typeOf(const AttributeProto &attribute) {
  if (attribute.type() != AttributeProto::UNDEFINED) {
    return attribute.type();
  }
  return attribute.has_f()            ? AttributeProto::FLOAT
         : attribute.has_i()          ? AttributeProto::INT
         : attribute.has_s()          ? AttributeProto::STRING
         : attribute.has_t()          ? AttributeProto::TENSOR
         : attribute.has_g()          ? AttributeProto::GRAPH
         : attribute.ints_size() != 0 ? AttributeProto::INTS
         : attribute.floats_size()    ? AttributeProto::FLOATS
                                      : AttributeProto::STRINGS;
}

const AttributeProto *Node::typedAttribute(StringRef name,
                                           AttributeProto::AttributeType type) {
  const AttributeProto *found = attribute(name);
  if (found && typeOf(*found) != type) {
    (void)fail("unsupported attribute '" + name + "'",
               "expected " + AttributeProto::AttributeType_Name(type) +
                   ", got " +
                   AttributeProto::AttributeType_Name(typeOf(*found)));
    return nullptr;
  }
  return found;
}

int64_t Node::integer(StringRef name, int64_t byDefault) {
  const AttributeProto *found = typedAttribute(name, AttributeProto::INT);
  return found ? found->i() : byDefault;
}

double Node::number(StringRef name, double byDefault) {
  const AttributeProto *found = typedAttribute(name, AttributeProto::FLOAT);
  return found ? found->f() : byDefault;
}

std::string Node::text(StringRef name, StringRef byDefault) {
  const AttributeProto *found = typedAttribute(name, AttributeProto::STRING);
  return found ? found->s() : byDefault.str();
}

SmallVector<int64_t> Node::integers(StringRef name) {
  const AttributeProto *found = typedAttribute(name, AttributeProto::INTS);
  return found
             ? SmallVector<int64_t>(found->ints().begin(), found->ints().end())
             : SmallVector<int64_t>();
}

SmallVector<double> Node::numbers(StringRef name) {
  const AttributeProto *found = typedAttribute(name, AttributeProto::FLOATS);
  return found ? SmallVector<double>(found->floats().begin(),
                                     found->floats().end())
               : SmallVector<double>();
}

SmallVector<std::string> Node::texts(StringRef name) {
  const AttributeProto *found = typedAttribute(name, AttributeProto::STRINGS);
  return found ? SmallVector<std::string>(found->strings().begin(),
                                          found->strings().end())
               : SmallVector<std::string>();
}

const onnx::TensorProto *Node::tensor(StringRef name) {
  const AttributeProto *found = typedAttribute(name, AttributeProto::TENSOR);
  return found ? &found->t() : nullptr;
}

const onnx::GraphProto *Node::graph(StringRef name) {
  const AttributeProto *found = typedAttribute(name, AttributeProto::GRAPH);
  return found ? &found->g() : nullptr;
}

void Node::ignore(std::initializer_list<StringRef> names) {
  for (StringRef name : names) {
    used.insert(name);
  }
}

LogicalResult Node::checkAttributesUsed() {
  LogicalResult result = success();
  for (const auto &entry : attributes) {
    if (!used.contains(entry.getKey())) {
      result = fail("unsupported attribute '" + entry.getKey() + "'",
                    "this version of the operator does not have it, or "
                    "Tessera does not implement it");
    }
  }
  return result;
}

} // namespace tessera::import
