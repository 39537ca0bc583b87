//===- Node.cpp - a node's inputs, results and problems -------------------===//

#include "compiler/import/Node.h"
#include "compiler/import/Importer.h"
#include "compiler/import/LibraryCall.h"
#include "dialects/kernel/ExtentLimits.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;
using onnx::AttributeProto;

namespace tessera::import {

Node::Node(Importer &importer, Scope &scope, const onnx::NodeProto &proto,
           Location location, std::string name, int64_t opset)
    : importer(importer), scope(scope), proto(proto), location(location),
      name(std::move(name)), opset(opset), builder(importer.builder) {
  for (const AttributeProto &attribute : proto.attribute()) {
    const AttributeProto *resolved = &attribute;
    if (!attribute.ref_attr_name().empty()) {
      resolved = scope.arguments.lookup(attribute.ref_attr_name());
    }
    if (resolved) {
      attributes[attribute.name()] = resolved;
    }
  }
  for (const std::string &input : proto.input()) {
    inputs.push_back(input.empty() ? nullptr : scope.find(input));
  }
  // Trailing empty names say the same as missing inputs.
  while (!inputs.empty() && !inputs.back()) {
    inputs.pop_back();
  }
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

Value Node::input(unsigned i) {
  return has(i) ? importer.materialise(*inputs[i]) : Value();
}

SmallVector<Value> Node::allInputs() {
  SmallVector<Value> values;
  for (unsigned i = 0; i < inputCount(); ++i) {
    values.push_back(input(i));
  }
  return values;
}

SmallVector<AffineExpr> Node::extents(unsigned i) const {
  kernel::Extents extents = kernel::extentsOf(type(i));
  return SmallVector<AffineExpr>(extents.begin(), extents.end());
}

const KnownTensor *Node::known(unsigned i) {
  return has(i) ? importer.known(*inputs[i]) : nullptr;
}

FailureOr<SmallVector<AffineExpr>> Node::sizes(unsigned i, int64_t lower) {
  const KnownTensor *tensor = known(i);
  std::optional<SmallVector<AffineExpr>> exprs;
  if (tensor) {
    exprs = tensor->exprs();
  }
  return exprs ? *exprs : sizesAtRunTime(*this, i, lower);
}

FailureOr<SmallVector<int64_t>> Node::constants(unsigned i) {
  const KnownTensor *tensor = known(i);
  std::optional<SmallVector<int64_t>> values;
  if (tensor) {
    values = tensor->integers();
  }
  if (!values) {
    return fail("a parameter is not constant",
                "input " + Twine(i) + " must be a constant");
  }
  return *values;
}

FailureOr<SmallVector<double>> Node::constantNumbers(unsigned i) {
  const KnownTensor *tensor = known(i);
  std::optional<SmallVector<double>> values;
  if (tensor) {
    values = tensor->numbers();
  }
  if (!values) {
    return fail("a parameter is not constant",
                "input " + Twine(i) + " must be a constant");
  }
  return *values;
}

bool Node::fixExtent(unsigned i, unsigned axis, AffineExpr extent) {
  SmallVector<AffineExpr> fixed = extents(i);
  if (axis >= fixed.size()) {
    return false;
  }
  AffineExpr own = fixed[axis];
  if (kernel::constantOf(own)) {
    importer.assumeEqual(own, extent);
    return !kernel::constantOf(extent) || own == extent;
  }
  importer.assumeEqual(own, extent);
  fixed[axis] = extent;
  Value value = reshape(input(i), fixed);
  if (value) {
    inputs[i] = importer.newTensor(location);
    inputs[i]->value = value;
    inputs[i]->type = llvm::cast<RankedTensorType>(value.getType());
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Results and problems
//===----------------------------------------------------------------------===//

LogicalResult Node::setResult(unsigned i, Value value) {
  if (!value) {
    return hasFailed ? failure()
                     : fail("unsupported node", "its result was not built");
  }
  if (wants(i)) {
    Tensor *tensor = importer.newTensor(location);
    tensor->value = value;
    tensor->type = llvm::cast<RankedTensorType>(value.getType());
    scope.tensors[proto.output(i)] = tensor;
  }
  return success();
}

LogicalResult Node::setResults(Operation *operation) {
  if (!operation) {
    return setResult(0, {});
  }
  for (unsigned i = 0; i < operation->getNumResults(); ++i) {
    if (mlir::failed(setResult(i, operation->getResult(i)))) {
      return failure();
    }
  }
  return success();
}

LogicalResult Node::setKnown(unsigned i, KnownTensor known) {
  if (auto exprs = known.exprs(); exprs && !kernel::areShort(*exprs)) {
    return fail("a size is too complicated",
                "fix free dimensions that it depends on with --dim");
  }
  if (wants(i)) {
    Tensor *tensor = importer.newTensor(location);
    tensor->type = known.type();
    tensor->known = std::move(known);
    tensor->knownWasRead = true;
    scope.tensors[proto.output(i)] = tensor;
  }
  return success();
}

LogicalResult Node::setAlias(unsigned i, Tensor *tensor) {
  if (wants(i)) {
    scope.tensors[proto.output(i)] = tensor;
  }
  return success();
}

LogicalResult Node::fail(const Twine &what, const Twine &hint) {
  hasFailed = true;
  importer.problems.push_back(
      {name, proto.op_type(), proto.domain(), opset, what.str(), hint.str()});
  return failure();
}

FailureOr<int64_t> Node::axis(int64_t value, int64_t rank) {
  if (value < -rank || value >= rank) {
    return fail("invalid axis", "expected an axis in [" + Twine(-rank) + ", " +
                                    Twine(rank) + "), got " + Twine(value));
  }
  return value < 0 ? value + rank : value;
}

FailureOr<SmallVector<int64_t>> Node::axes(ArrayRef<int64_t> values,
                                           int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t value : values) {
    FailureOr<int64_t> normalised = axis(value, rank);
    if (mlir::failed(normalised)) {
      return failure();
    }
    if (is_contained(result, *normalised)) {
      return fail("invalid axes", "axis " + Twine(value) + " is given twice");
    }
    result.push_back(*normalised);
  }
  return result;
}

} // namespace tessera::import
