//===- Node.cpp - one ONNX node as adapters see it ------------------------===//

#include "compiler/import/Node.h"
#include "compiler/import/Importer.h"
#include "compiler/import/LibraryCall.h"
#include "compiler/import/Tensors.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/ExtentLimits.h"
#include "dialects/kernel/Extents.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include <limits>

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
// Attributes
//===----------------------------------------------------------------------===//

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
// Building
//===----------------------------------------------------------------------===//

Operation *Node::createOperation(StringRef operation, ValueRange operands,
                                 Attributes attributes) {
  if (hasFailed) {
    return nullptr;
  }
  for (Value operand : operands) {
    if (!operand) {
      (void)fail("unsupported input", "an input is missing");
      return nullptr;
    }
  }
  SmallVector<NamedAttribute> named;
  for (auto [key, value] : attributes) {
    if (value) {
      named.push_back(builder.getNamedAttr(key, value));
    }
  }
  std::string why;
  ScopedDiagnosticHandler handler(
      builder.getContext(), [&](Diagnostic &diagnostic) {
        why += (why.empty() ? "" : "; ") + diagnostic.str();
        return success();
      });
  OperationName name(operation, builder.getContext());
  Operation *result =
      graph::createCheckedOperation(builder, location, name, operands, named);
  if (!result) {
    (void)fail("unsupported operands or attributes",
               why.empty() ? "types cannot be inferred" : why);
  }
  return result;
}

Value Node::constant(ElementsAttr value) {
  return create<graph::ConstantOp>({}, {{"value", value}});
}

/// The nearest integer of 64 bits; 0 for what is no number.
static int64_t saturated(double value) {
  constexpr double kEnd = 9223372036854775808.0; // 2^63
  if (value >= kEnd) {
    return std::numeric_limits<int64_t>::max();
  }
  return value >= -kEnd  ? int64_t(value)
         : value < -kEnd ? std::numeric_limits<int64_t>::min()
                         : 0;
}

Value Node::scalarConstant(Type element, double value) {
  if (!element.isIntOrFloat()) {
    (void)fail("unsupported type", "expected numbers");
    return {};
  }
  KnownTensor known;
  known.element = element;
  Scalar scalar = isa<FloatType>(element)
                      ? Scalar{{}, value}
                      : integerScalar(saturated(value), builder.getContext());
  known.elements.push_back(scalar);
  return constant(constantOfKnown(known));
}

Attribute Node::integersAttribute(ArrayRef<int64_t> values) {
  return builder.getDenseI64ArrayAttr(values);
}

Attribute Node::integerAttribute(int64_t value) {
  return builder.getI64IntegerAttr(value);
}

Attribute Node::numberAttribute(double value) {
  return builder.getF32FloatAttr(value);
}

Attribute Node::textAttribute(StringRef value) {
  return builder.getStringAttr(value);
}

Attribute Node::sizesAttribute(ArrayRef<AffineExpr> values) {
  SmallVector<AffineExpr> simplified;
  for (AffineExpr value : values) {
    simplified.push_back(kernel::simplify(value));
  }
  return AffineMapAttr::get(
      kernel::extentMapOf(builder.getContext(), simplified));
}

/// The same elements under another type; null when they have to be copied.
static ElementsAttr reshapeConstant(ElementsAttr value, RankedTensorType type) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  }
  auto dense = dyn_cast<DenseElementsAttr>(value);
  return dense ? ElementsAttr(dense.reshape(type)) : ElementsAttr();
}

Value Node::reshape(Value value, ArrayRef<AffineExpr> extents) {
  if (!value) {
    return {};
  }
  Type element = getElementTypeOrSelf(value.getType());
  RankedTensorType type = kernel::tensorTypeOf(element, extents);
  if (type == value.getType()) {
    return value;
  }
  auto source = value.getDefiningOp<graph::ConstantOp>();
  if (source && type.hasStaticShape() &&
      type.getNumElements() == source.getValue().getNumElements()) {
    if (ElementsAttr reshaped = reshapeConstant(source.getValue(), type)) {
      return constant(reshaped);
    }
  }
  return create<graph::ReshapeOp>({value},
                                  {{"shape", sizesAttribute(extents)}});
}

Value Node::cast(Value value, Type element) {
  if (!value || getElementTypeOrSelf(value.getType()) == element) {
    return value;
  }
  return create<graph::CastOp>({value}, {{"to", TypeAttr::get(element)}});
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
