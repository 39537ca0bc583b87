//===- Importer.cpp - walks the graphs of one model -----------------------===//

#include "compiler/import/Importer.h"
#include "compiler/import/Domains.h"
#include "compiler/import/Evaluate.h"
#include "compiler/import/LibraryCall.h"
#include "compiler/import/Schemas.h"
#include "compiler/import/Sequences.h"
#include "compiler/import/SparseTensor.h"
#include "compiler/import/Tensors.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

Tensor *Scope::find(StringRef name) const {
  for (const Scope *scope = this; scope; scope = scope->parent) {
    if (Tensor *tensor = scope->tensors.lookup(name)) {
      return tensor;
    }
  }
  return nullptr;
}

static std::string functionKey(StringRef domain, StringRef name,
                               StringRef overload) {
  return (domain + "\n" + name + "\n" + overload).str();
}

Importer::Importer(const onnx::ModelProto &model, ModelFile &file,
                   const ImportOptions &options, MLIRContext *context)
    : module(ModuleOp::create(UnknownLoc::get(context))), builder(context),
      file(file), options(options), model(model),
      dimensions(*module, options.dimensions) {
  for (const onnx::FunctionProto &function : model.functions()) {
    functions[functionKey(canonicalDomain(function.domain()), function.name(),
                          function.overload())] = &function;
  }
}

void Importer::addProblem(StringRef what, const Twine &hint, StringRef op) {
  problems.push_back({"", op.str(), "", 0, what.str(), hint.str()});
}

bool Importer::hasEnoughProblems() const {
  constexpr size_t kMostProblems = 1000;
  return problems.size() >= kMostProblems;
}

Expected<ElementsAttr> Importer::valueOf(const onnx::TensorProto &tensor) {
  return tensorValueOf(tensor, options.budget, file, builder.getContext());
}

Tensor *Importer::newTensor(Location location) {
  return &tensors.emplace_back(location);
}

llvm::DenseSet<Value> Importer::valuesOfTensors(size_t count) const {
  llvm::DenseSet<Value> values;
  for (size_t i = 0; i < count; ++i) {
    if (tensors[i].value) {
      values.insert(tensors[i].value);
    }
  }
  return values;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value Importer::materialise(Tensor &tensor) {
  if (tensor.value || !tensor.type) {
    return tensor.value;
  }
  if (!tensor.constant && tensor.known && tensor.known->isConstant()) {
    tensor.constant = constantOfKnown(*tensor.known);
  }
  auto create = [&](StringRef name, ValueRange operands,
                    ArrayRef<NamedAttribute> attributes) {
    Operation *operation = graph::createCheckedOperation(
        builder, tensor.location, OperationName(name, builder.getContext()),
        operands, attributes);
    return operation ? Value(operation->getResult(0)) : Value();
  };
  if (auto texts = dyn_cast_or_null<DenseStringElementsAttr>(tensor.constant)) {
    tensor.value = stringConstant(builder, tensor.location, texts);
    return tensor.value;
  }
  if (tensor.constant) {
    tensor.value = create(graph::ConstantOp::getOperationName(), {},
                          builder.getNamedAttr("value", tensor.constant));
    return tensor.value;
  }
  // Floats and truth values that follow from sizes are converted from integers.
  const KnownTensor &known = *tensor.known;
  bool isConverted = known.isFloat() || known.element.isInteger(1);
  Type integer = isConverted ? builder.getI64Type() : known.element;
  AffineMap values = kernel::extentMapOf(builder.getContext(), *known.exprs());
  tensor.value = create(
      graph::ExtentsOp::getOperationName(), {},
      {builder.getNamedAttr("values", AffineMapAttr::get(values)),
       builder.getNamedAttr("shape", builder.getDenseI64ArrayAttr(known.shape)),
       builder.getNamedAttr("element", TypeAttr::get(integer))});
  if (isConverted && tensor.value) {
    tensor.value =
        create(graph::CastOp::getOperationName(), {tensor.value},
               builder.getNamedAttr("to", TypeAttr::get(known.element)));
  }
  return tensor.value;
}

const KnownTensor *Importer::known(Tensor &tensor) {
  if (!tensor.knownWasRead) {
    tensor.knownWasRead = true;
    if (tensor.constant) {
      tensor.known = readKnown(tensor.constant);
    } else if (!tensor.known && tensor.type && tensor.type.getRank() == 1 &&
               tensor.type.getDimSize(0) == 0) {
      // No elements: nothing about it is unknown.
      tensor.known.emplace();
      tensor.known->shape = {0};
      tensor.known->element = tensor.type.getElementType();
    }
  }
  return tensor.known ? &*tensor.known : nullptr;
}

void Importer::assumeEqual(AffineExpr a, AffineExpr b) {
  AffineExpr left = kernel::simplify(a), right = kernel::simplify(b);
  if (left == right ||
      (kernel::constantOf(left) && kernel::constantOf(right))) {
    return;
  }
  StringRef name = "tsk.constraints";
  auto list = (*module)->getAttrOfType<ArrayAttr>(name);
  SmallVector<Attribute> entries =
      list ? to_vector(list.getValue()) : SmallVector<Attribute>();
  Attribute entry = AffineMapAttr::get(
      kernel::extentMapOf(builder.getContext(), {left, right}));
  if (!is_contained(entries, entry)) {
    entries.push_back(entry);
    (*module)->setAttr(name, builder.getArrayAttr(entries));
  }
}

AffineExpr Importer::divided(AffineExpr extent, AffineExpr count) {
  if (AffineExpr exact = kernel::divideExactly(extent, count)) {
    return exact;
  }
  if (kernel::constantOf(extent) && kernel::constantOf(count)) {
    return {};
  }
  AffineExpr one = getAffineConstantExpr(1, extent.getContext());
  AffineExpr divisor =
      extremeOf(*module, kernel::DimensionKind::max, count, one);
  AffineExpr quotient = kernel::simplify(extent.floorDiv(divisor));
  assumeEqual(extent, quotient * count);
  return quotient;
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// Adds the names that the nodes of a graph read, those of inner graphs too.
static void addReadNames(const onnx::NodeProto &node,
                         llvm::StringSet<> &names) {
  for (const std::string &input : node.input()) {
    names.insert(input);
  }
  for (const onnx::AttributeProto &attribute : node.attribute()) {
    if (!attribute.has_g()) {
      continue;
    }
    for (const onnx::NodeProto &inner : attribute.g().node()) {
      addReadNames(inner, names);
    }
    for (const onnx::ValueInfoProto &output : attribute.g().output()) {
      names.insert(output.name());
    }
  }
}

/// Which nodes the outputs depend on.
static std::vector<bool> neededNodes(const Nodes &nodes,
                                     ArrayRef<std::string> outputs) {
  llvm::StringSet<> names;
  for (const std::string &output : outputs) {
    names.insert(output);
  }
  std::vector<bool> needed(nodes.size());
  for (int i = nodes.size() - 1; i >= 0; --i) {
    needed[i] = any_of(nodes[i].output(), [&](const std::string &output) {
      return !output.empty() && names.contains(output);
    });
    if (needed[i]) {
      addReadNames(nodes[i], names);
    }
  }
  return needed;
}

void Importer::importNodes(const Nodes &nodes, ArrayRef<std::string> outputs,
                           Scope &scope) {
  std::vector<bool> needed = neededNodes(nodes, outputs);
  for (int i = 0; i < nodes.size(); ++i) {
    if (!needed[i]) {
      continue;
    }
    if (hasEnoughProblems()) {
      return;
    }
    if (++nodeCount > options.budget.maxNodes) {
      if (nodeCount == options.budget.maxNodes + 1) {
        addProblem("the model is too large",
                   "more than " + Twine(options.budget.maxNodes) +
                       " nodes after expanding functions");
      }
      return;
    }
    importNode(nodes[i], scope);
  }
}

const onnx::FunctionProto *
Importer::functionOf(const onnx::NodeProto &node) const {
  return functions.lookup(functionKey(canonicalDomain(node.domain()),
                                      node.op_type(), node.overload()));
}

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
  for (unsigned i = 0; i < adapter.minInputs; ++i) {
    if (!node.has(i)) {
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

void Importer::importInitializer(const onnx::TensorProto &initializer,
                                 Scope &scope) {
  Location location = NameLoc::get(builder.getStringAttr(initializer.name()));
  Tensor *tensor = newTensor(location);
  if (!scope.tensors.try_emplace(initializer.name(), tensor).second) {
    addProblem("value defined twice",
               "initializer '" + initializer.name() + "'");
    return;
  }
  Expected<ElementsAttr> value = valueOf(initializer);
  if (!value) {
    addProblem("unsupported initializer",
               "'" + initializer.name() + "': " + toString(value.takeError()));
    return;
  }
  tensor->constant = *value;
  tensor->type = cast<RankedTensorType>(value->getType());
}

void Importer::importGraph(const onnx::GraphProto &graph, Scope &scope,
                           ArrayRef<std::string> instead) {
  for (const onnx::SparseTensorProto &sparse : graph.sparse_initializer()) {
    if (hasEnoughProblems()) {
      return;
    }
    StringRef name = sparse.values().name();
    Tensor *tensor = newTensor(NameLoc::get(builder.getStringAttr(name)));
    if (!scope.tensors.try_emplace(name, tensor).second) {
      addProblem("value defined twice", "initializer '" + name + "'");
      continue;
    }
    Expected<ElementsAttr> value =
        sparseValueOf(sparse, options.budget, file, builder.getContext());
    if (!value) {
      addProblem("unsupported initializer",
                 "'" + name + "': " + toString(value.takeError()));
      continue;
    }
    tensor->constant = *value;
    tensor->type = cast<RankedTensorType>(value->getType());
  }
  for (const onnx::TensorProto &initializer : graph.initializer()) {
    if (hasEnoughProblems()) {
      return;
    }
    importInitializer(initializer, scope);
  }
  std::vector<std::string> outputs(instead.begin(), instead.end());
  if (outputs.empty()) {
    for (const onnx::ValueInfoProto &output : graph.output()) {
      outputs.push_back(output.name());
    }
  }
  importNodes(graph.node(), outputs, scope);
}

LogicalResult Importer::expandFunction(Node &node,
                                       const onnx::FunctionProto &function) {
  Scope body;
  body.depth = node.scope.depth + 1;
  body.prefix = node.name + "/";
  if (body.depth > options.budget.maxDepth) {
    return node.fail("functions call each other too deeply",
                     "more than " + Twine(options.budget.maxDepth) + " levels");
  }
  for (const onnx::OperatorSetIdProto &opset : function.opset_import()) {
    body.opsets[canonicalDomain(opset.domain())] = opset.version();
  }
  for (const onnx::AttributeProto &attribute : function.attribute_proto()) {
    body.arguments[attribute.name()] = &attribute;
  }
  for (const onnx::AttributeProto &attribute : node.proto.attribute()) {
    if (const onnx::AttributeProto *given = node.attribute(attribute.name())) {
      body.arguments[attribute.name()] = given;
    }
  }
  if (node.proto.input_size() > function.input_size() ||
      node.proto.output_size() > function.output_size()) {
    return node.fail("invalid call",
                     "function '" + function.name() + "' has " +
                         Twine(function.input_size()) + " inputs and " +
                         Twine(function.output_size()) + " outputs");
  }
  for (int i = 0; i < node.proto.input_size(); ++i) {
    if (node.has(i)) {
      body.tensors[function.input(i)] = node.tensorOf(i);
    } else if (!node.proto.input(i).empty()) {
      return node.fail("undefined value", "'" + node.proto.input(i) + "'");
    }
  }
  std::vector<std::string> outputs(function.output().begin(),
                                   function.output().end());
  size_t before = problems.size();
  importNodes(function.node(), outputs, body);
  for (int i = 0; i < node.proto.output_size(); ++i) {
    Tensor *tensor = body.find(outputs[i]);
    if (tensor && tensor->isBuilt()) {
      (void)node.setAlias(i, tensor);
    } else if (!tensor && node.wants(i)) {
      return node.fail("undefined value", "function '" + function.name() +
                                              "' does not compute '" +
                                              outputs[i] + "'");
    }
  }
  return success(problems.size() == before);
}

} // namespace tessera::import
