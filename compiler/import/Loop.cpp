//===- Loop.cpp - adapter: a loop whose number of steps is known ----------===//
//
// Loop, like Scan, is unrolled when the number of steps is a constant: the
// steps then fuse like any other nodes, and a size that grows from step to step
// is known at each of them.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Subgraph.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

Tensor *integerTensor(Node &node, int64_t value) {
  MLIRContext *context = node.builder.getContext();
  Tensor *tensor = node.importer.newTensor(node.location);
  tensor->known = KnownTensor{
      {}, node.builder.getI64Type(), {integerScalar(value, context)}};
  tensor->knownWasRead = true;
  tensor->type = tensor->known->type();
  return tensor;
}

Tensor *boolTensor(Node &node, bool value) {
  Tensor *tensor = node.importer.newTensor(node.location);
  auto type = RankedTensorType::get({}, node.builder.getI1Type());
  tensor->constant = DenseElementsAttr::get(type, value);
  tensor->type = type;
  return tensor;
}

/// A known truth value; nothing when it depends on data.
std::optional<bool> truthOf(Node &node, Tensor &tensor) {
  const KnownTensor *known = node.importer.known(tensor);
  if (!known || known->elements.size() != 1 || !known->isConstant()) {
    return std::nullopt;
  }
  return known->elements[0].value() != 0;
}

/// How often a Loop runs at most; reports when that is not known.
FailureOr<int64_t> tripCount(Node &node) {
  if (!node.has(0)) {
    return kMaxSteps + 1; // As long as the condition holds.
  }
  const KnownTensor *known = node.known(0);
  auto values = known ? known->integers() : std::nullopt;
  if (!values || values->size() != 1) {
    return dependsOnData(node, "the trip count");
  }
  return (*values)[0];
}

/// Runs the steps of a Loop while its condition holds. `carried` is replaced by
/// the last values, `scanned[i]` gets those of scan output i.
LogicalResult unrollLoop(Node &node, const onnx::GraphProto &body,
                         int64_t trips, SmallVector<Tensor *> &carried,
                         SmallVector<Steps> &scanned) {
  std::optional<bool> goesOn =
      node.has(1) ? truthOf(node, *node.tensorOf(1)) : true;
  for (int64_t step = 0; step < trips; ++step) {
    if (!goesOn) {
      return dependsOnData(node, "the condition");
    }
    if (!*goesOn) {
      break;
    }
    if (step == kMaxSteps) {
      return node.fail("unsupported loop",
                       "it runs more than " + Twine(kMaxSteps) + " steps");
    }
    SmallVector<Tensor *> arguments{integerTensor(node, step),
                                    boolTensor(node, true)};
    arguments.append(carried);
    auto results =
        importSubgraph(node, body, arguments, Twine(step).str() + "/");
    if (!results) {
      return failure();
    }
    goesOn = truthOf(node, *results->front());
    for (size_t i = 0; i < carried.size(); ++i) {
      carried[i] = (*results)[1 + i];
    }
    for (size_t i = 0; i < scanned.size(); ++i) {
      scanned[i].push_back((*results)[1 + carried.size() + i]);
    }
  }
  return success();
}

LogicalResult loop(Node &node) {
  const onnx::GraphProto *body = node.graph("body");
  size_t carriedCount = node.inputCount() < 2 ? 0 : node.inputCount() - 2;
  if (!body || body->output_size() < int(1 + carriedCount)) {
    return node.fail("invalid body", "expected a condition and " +
                                         Twine(carriedCount) +
                                         " or more outputs");
  }
  FailureOr<int64_t> trips = tripCount(node);
  if (failed(trips)) {
    return failure();
  }
  SmallVector<Tensor *> carried;
  for (size_t i = 0; i < carriedCount; ++i) {
    if (!node.has(2 + i)) {
      return node.fail("missing input", "input " + Twine(2 + i));
    }
    carried.push_back(node.tensorOf(2 + i));
  }
  SmallVector<Steps> scanned(body->output_size() - 1 - carriedCount);
  if (failed(unrollLoop(node, *body, *trips, carried, scanned))) {
    return failure();
  }
  for (size_t i = 0; i < carriedCount; ++i) {
    (void)node.setAlias(i, carried[i]);
  }
  for (size_t i = 0; i < scanned.size(); ++i) {
    if (!node.wants(carriedCount + i)) {
      continue;
    }
    if (scanned[i].empty()) {
      return node.fail("unsupported loop",
                       "it has no steps, so the shape of output " +
                           Twine(carriedCount + i) + " is not known");
    }
    if (failed(node.setResult(carriedCount + i,
                              stackSteps(node, scanned[i], 0, false)))) {
      return failure();
    }
  }
  return success();
}

} // namespace

void addLoopAdapters(AdapterTable &table) {
  table.add("Loop", 1, 0, kVariadic, loop);
}

} // namespace tessera::import
