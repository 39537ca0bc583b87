//===- Control.cpp - adapters: conditions ---------------------------------===//
//
// A known condition picks its branch. Of another both are computed. Where that
// cannot be and the condition compares sizes, they are taken to be equal.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Assumption.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Sequences.h"
#include "compiler/import/Subgraph.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// Imports a branch; its results, or nothing when it has problems.
std::optional<SmallVector<Tensor *>>
importBranch(Node &node, const onnx::GraphProto &graph) {
  auto results = importSubgraph(node, graph);
  if (results && int(results->size()) != node.proto.output_size()) {
    (void)node.fail("invalid branch",
                    "expected " + Twine(node.proto.output_size()) +
                        " outputs, got " + Twine(results->size()));
    return std::nullopt;
  }
  return results;
}

/// Makes the results of one branch those of the node.
LogicalResult takeBranch(Node &node, const onnx::GraphProto &graph) {
  auto results = importBranch(node, graph);
  if (!results) {
    return failure();
  }
  for (auto [i, tensor] : enumerate(*results)) {
    (void)node.setAlias(i, tensor);
  }
  return success();
}

/// Computes both branches, which is right because no operation has effects, and
/// selects the results.
LogicalResult takeBoth(Node &node, const onnx::GraphProto &thenGraph,
                       const onnx::GraphProto &elseGraph) {
  Value selector = node.reshape(node.input(0), {});
  node.importer.enterBranch(selector, false);
  auto otherwise = importBranch(node, elseGraph);
  node.importer.leaveBranch();
  node.importer.enterBranch(selector, true);
  auto then = importBranch(node, thenGraph);
  node.importer.leaveBranch();
  if (!otherwise || !then) {
    return failure();
  }
  AffineExpr truth = knownTruth(node);
  for (auto [i, pair] : enumerate(zip(*then, *otherwise))) {
    Tensor *chosen =
        select(node, selector, std::get<0>(pair), std::get<1>(pair), truth);
    if (!chosen) {
      return failure();
    }
    (void)node.setAlias(i, chosen);
  }
  return success();
}

LogicalResult ifNode(Node &node) {
  const onnx::GraphProto *otherwise = node.graph("else_branch"),
                         *then = node.graph("then_branch");
  if (!otherwise || !then) {
    return node.fail("missing attribute", "expected both branches");
  }
  const KnownTensor *condition = node.known(0);
  if (condition && condition->elements.size() == 1 && condition->isConstant()) {
    return takeBranch(node,
                      condition->elements[0].value() != 0 ? *then : *otherwise);
  }
  Trial trial(node.importer);
  if (succeeded(takeBoth(node, *then, *otherwise))) {
    return success();
  }
  auto sizes = sizeConditionOf(node);
  if (!sizes) {
    return failure();
  }
  trial.undo();
  node.forgive();
  node.importer.assumeHere(node, sizes->left, sizes->right);
  return takeBranch(node, sizes->isEqual ? *then : *otherwise);
}

} // namespace

void addControlAdapters(AdapterTable &table) {
  table.add("If", 1, 1, 1, ifNode);
}

} // namespace tessera::import
