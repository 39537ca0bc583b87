//===- Control.cpp - adapters: conditions ---------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
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

/// A known condition picks its branch. Otherwise both are computed, which is
/// right because no operation has effects, and the results are selected.
LogicalResult ifNode(Node &node) {
  const onnx::GraphProto *branches[] = {node.graph("else_branch"),
                                        node.graph("then_branch")};
  if (!branches[0] || !branches[1]) {
    return node.fail("missing attribute", "expected both branches");
  }
  const KnownTensor *condition = node.known(0);
  if (condition && condition->elements.size() == 1 && condition->isConstant()) {
    bool taken = condition->elements[0].value() != 0;
    auto results = importBranch(node, *branches[taken]);
    if (!results) {
      return failure();
    }
    for (auto [i, tensor] : enumerate(*results)) {
      (void)node.setAlias(i, tensor);
    }
    return success();
  }
  auto otherwise = importBranch(node, *branches[0]);
  auto then = importBranch(node, *branches[1]);
  if (!otherwise || !then) {
    return failure();
  }
  Value selector = node.reshape(node.input(0), {});
  for (auto [i, pair] : enumerate(zip(*then, *otherwise))) {
    auto [a, b] = pair;
    if (a->type != b->type) {
      return node.fail("unsupported condition",
                       "it depends on data and the branches give results of "
                       "different shapes");
    }
    if (failed(node.setResult(i, node.create<graph::WhereOp>(
                                     {selector, node.importer.materialise(*a),
                                      node.importer.materialise(*b)})))) {
      return failure();
    }
  }
  return success();
}

} // namespace

void addControlAdapters(AdapterTable &table) {
  table.add("If", 1, 1, 1, ifNode);
}

} // namespace tessera::import
