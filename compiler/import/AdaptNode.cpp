//===- AdaptNode.cpp - what builds one node -------------------------------===//
//
// A node is a call of a function of the model, is evaluated now because all it
// reads is known, or is built by its operator's adapter. Whatever stands in the
// way becomes a problem of the node, and only of the first one in a row.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Domains.h"
#include "compiler/import/Importer.h"
#include "compiler/import/LibraryCall.h"
#include "compiler/import/Quotients.h"
#include "compiler/import/Schemas.h"
#include "compiler/import/Sequences.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

/// Reports an operator that has no adapter, and what would make it work.
static LogicalResult failUnknown(Node &node, const AdapterTable &adapters) {
  std::string domain = canonicalDomain(node.proto.domain()).str();
  const std::string &op = node.proto.op_type();
  std::string hint = (domain.empty() ? op : domain + "." + op) + " of opset " +
                     std::to_string(node.opset) + " is not implemented";
  if (const Adapter *later = adapters.find(domain, op, INT64_MAX)) {
    hint += "; from opset " + std::to_string(later->since) +
            " on it is, so convert the model to that";
  } else if (!domain.empty()) {
    hint += "; a function of this name in the model would be expanded";
  }
  return node.fail("unsupported operator", hint);
}

/// Whether the operator needs the input: it takes at least so many, or any
/// number of them, of which none can be left out.
static bool isRequired(const Node &node, const Adapter &adapter, unsigned i) {
  if (i < adapter.minInputs || adapter.maxInputs != kVariadic) {
    return i < adapter.minInputs;
  }
  const Schema *schema = findSchema(canonicalDomain(node.proto.domain()),
                                    node.proto.op_type(), node.opset);
  return !schema || i >= schema->inputs.size() || schema->inputs[i] != 'o';
}

/// Whether the inputs are there and of a kind that the adapter takes; `plain`:
/// all of them are tensors.
static LogicalResult checkInputs(Node &node, const Adapter &adapter,
                                 bool &plain) {
  const onnx::NodeProto &proto = node.proto;
  bool poisoned = false;
  for (int i = 0; i < proto.input_size(); ++i) {
    Tensor *tensor =
        proto.input(i).empty() ? nullptr : node.scope.find(proto.input(i));
    if (!proto.input(i).empty() && !tensor) {
      return node.fail("undefined value", "no node before this one, no input "
                                          "and no initializer is named '" +
                                              proto.input(i) + "'");
    }
    poisoned |= tensor && !tensor->isBuilt();
    plain &= !tensor || tensor->isTensor();
  }
  if (poisoned) {
    return failure(); // Reported where it arose.
  }
  if (!plain && !takesAnyValue(proto.op_type())) {
    return node.fail("unsupported input",
                     "expected tensors, got a sequence or an empty optional");
  }
  unsigned count = node.inputCount();
  if (count < adapter.minInputs || count > adapter.maxInputs) {
    return node.fail("invalid number of inputs",
                     "expected " +
                         countText(adapter.minInputs, adapter.maxInputs) +
                         ", got " + Twine(count));
  }
  for (unsigned i = 0; i < std::max(count, adapter.minInputs); ++i) {
    if (!node.has(i) && isRequired(node, adapter, i)) {
      return node.fail("missing input", "input " + Twine(i) + " is required");
    }
  }
  return success();
}

LogicalResult Importer::adapt(Node &node) {
  const onnx::NodeProto &proto = node.proto;
  if (const onnx::FunctionProto *function = functionOf(proto)) {
    return expandFunction(node, *function);
  }
  const Adapter *adapter = adapters.find(canonicalDomain(proto.domain()),
                                         proto.op_type(), node.opset);
  if (!adapter) {
    return failUnknown(node, adapters);
  }
  bool plain = true;
  if (failed(checkInputs(node, *adapter, plain))) {
    return failure();
  }
  if (plain && evaluateKnown(node)) {
    return node.failed() ? failure() : node.checkAttributesUsed();
  }
  size_t before = problems.size();
  RuntimeAdapter atRunTime = plain ? runtimeAdapterOf(node) : nullptr;
  LogicalResult applied = node.failed() ? failure()
                          : atRunTime   ? atRunTime(node)
                                        : adapter->apply(node);
  if (failed(applied) || node.failed()) {
    // Nothing may be missing without a reason, which may lie in a body.
    return node.failed() || problems.size() != before
               ? failure()
               : node.fail("unsupported node", "its result was not built");
  }
  noteQuotient(node);
  return node.checkAttributesUsed();
}

/// A node's name in messages and locations. Names of nodes around it stand
/// before it, so long ones would be repeated for each node inside.
static std::string shortened(std::string name) {
  constexpr size_t kMostBytes = 512;
  if (name.size() > kMostBytes) {
    name = "..." + name.substr(name.size() - kMostBytes / 2);
  }
  return name;
}

void Importer::importNode(const onnx::NodeProto &proto, Scope &scope) {
  std::string name = proto.name();
  if (name.empty()) {
    name = proto.op_type() + "#" + std::to_string(nodeCount - 1);
  }
  name = shortened(scope.prefix + name);
  Location type = NameLoc::get(builder.getStringAttr(proto.op_type()));
  Location location = NameLoc::get(builder.getStringAttr(name), type);
  auto opset = scope.opsets.find(canonicalDomain(proto.domain()));
  Node node(*this, scope, proto, location, name,
            opset == scope.opsets.end() ? 1 : opset->second);
  for (const std::string &output : proto.output()) {
    if (!output.empty() && scope.tensors.contains(output)) {
      (void)node.fail("value defined twice", "'" + output + "'");
    }
  }
  if (!node.failed() && succeeded(adapt(node))) {
    // A result that the operator does not have is undefined where it is read.
    return;
  }
  for (const std::string &output : proto.output()) {
    if (!output.empty() && !scope.tensors.contains(output)) {
      // Stands for a result that could not be built.
      scope.tensors[output] = newTensor(location);
    }
  }
}

} // namespace tessera::import
