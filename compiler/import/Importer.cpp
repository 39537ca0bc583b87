//===- Importer.cpp - walks the graphs of one model -----------------------===//
//
// Initializers, the nodes that the outputs need, and the bodies of functions
// that the model brings along.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Importer.h"
#include "compiler/import/Domains.h"
#include "compiler/import/SparseTensor.h"
#include "compiler/import/Tensors.h"

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
      dimensions(*module, options.dimensions, options.leastSizes) {
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
// Graphs
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

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

const onnx::FunctionProto *
Importer::functionOf(const onnx::NodeProto &node) const {
  return functions.lookup(functionKey(canonicalDomain(node.domain()),
                                      node.op_type(), node.overload()));
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
