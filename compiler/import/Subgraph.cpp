//===- Subgraph.cpp - imports bodies of control operators -----------------===//

#include "compiler/import/Subgraph.h"
#include "compiler/import/Importer.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

/// A scope inside that of the node, in which the body's inputs are bound.
static Scope scopeOfBody(Node &node, const onnx::GraphProto &graph,
                         ArrayRef<Tensor *> arguments, StringRef step) {
  Scope body;
  body.parent = &node.scope;
  body.opsets = node.scope.opsets;
  for (const auto &argument : node.scope.arguments) {
    body.arguments[argument.getKey()] = argument.getValue();
  }
  body.prefix = node.name + "/" + step.str();
  body.depth = node.scope.depth + 1;
  for (auto [input, tensor] : zip(graph.input(), arguments)) {
    body.tensors[input.name()] = tensor;
  }
  return body;
}

std::optional<SmallVector<Tensor *>>
importSubgraph(Node &node, const onnx::GraphProto &graph,
               ArrayRef<Tensor *> arguments, StringRef step) {
  if (graph.input_size() != int(arguments.size())) {
    (void)node.fail("invalid body", "expected " + Twine(arguments.size()) +
                                        " inputs, got " +
                                        Twine(graph.input_size()));
    return std::nullopt;
  }
  if (node.scope.depth >= node.importer.options.budget.maxDepth) {
    (void)node.fail("graphs are nested too deeply",
                    "more than " +
                        Twine(node.importer.options.budget.maxDepth) +
                        " levels");
    return std::nullopt;
  }
  Scope body = scopeOfBody(node, graph, arguments, step);
  size_t before = node.importer.problems.size();
  node.importer.importGraph(graph, body);
  SmallVector<Tensor *> results;
  for (const onnx::ValueInfoProto &output : graph.output()) {
    Tensor *tensor = body.find(output.name());
    if (!tensor) {
      (void)node.fail("undefined value",
                      "the body does not compute '" + output.name() + "'");
      return std::nullopt;
    }
    results.push_back(tensor);
  }
  if (node.importer.problems.size() != before) {
    return std::nullopt;
  }
  if (any_of(results, [](Tensor *tensor) { return !tensor->isBuilt(); })) {
    (void)node.fail("unsupported body",
                    "a value that it reads from outside could not be built");
    return std::nullopt;
  }
  return results;
}

Tensor *tensorOf(Node &node, Value value) {
  if (!value) {
    return nullptr;
  }
  Tensor *tensor = node.importer.newTensor(node.location);
  tensor->value = value;
  tensor->type = cast<RankedTensorType>(value.getType());
  return tensor;
}

Value stackSteps(Node &node, ArrayRef<Tensor *> steps, int64_t axis,
                 bool reverse) {
  SmallVector<Value> parts;
  for (Tensor *step : steps) {
    if (!step->isTensor()) {
      (void)node.fail("unsupported sequence",
                      "expected tensors to put side by side");
      return {};
    }
    Value value = node.importer.materialise(*step);
    if (!value || axis > step->type.getRank()) {
      return {};
    }
    kernel::Extents extents = kernel::extentsOf(value);
    extents.insert(extents.begin() + axis,
                   getAffineConstantExpr(1, node.builder.getContext()));
    parts.push_back(node.reshape(value, extents));
  }
  if (reverse) {
    std::reverse(parts.begin(), parts.end());
  }
  return node.create<graph::ConcatOp>(parts,
                                      {{"axis", node.integerAttribute(axis)}});
}

LogicalResult dependsOnData(Node &node, const Twine &what) {
  return node.fail("unsupported loop",
                   what + " must be constant; fix the sizes it depends on with "
                          "--dim, or make it an initializer");
}

} // namespace tessera::import
