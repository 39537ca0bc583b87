//===- Loss.cpp - adapters: losses over classes ---------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Term.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// -score[n, target[n, ...], ...] * weight[target], 0 where the target is
/// ignored; reduced as the attribute says. `scores` is [N, C, d...], `target`
/// [N, d...].
Term negativeLogLikelihood(Node &node, const Term &scores) {
  Term target = inputOf(node, 1), weight = inputOf(node, 2);
  if (scores.rank() < 2 || target.rank() + 1 != scores.rank()) {
    (void)node.fail("invalid input", "expected scores [N, C, ...] and one "
                                     "target for each of [N, ...]");
    return {node, {}};
  }
  Term ignored;
  if (node.hasAttribute("ignore_index")) {
    ignored = equal(target, number(target, node.integer("ignore_index", 0)));
    target = where(ignored, number(target, 0), target);
  }
  Term chosen = squeeze(gatherElements(scores, unsqueeze(target, 1), 1), 1);
  Term zero = number(scores, 0), applied;
  if (weight) {
    applied = gather(weight, target, 0);
  } else if (ignored) {
    applied = number(scores, 1);
  }
  if (ignored) {
    applied = where(ignored, zero, applied);
  }
  Term loss = apply<graph::NegOp>({chosen});
  if (applied) {
    loss = loss * applied;
  }
  std::string reduction = node.text("reduction", "mean");
  if (reduction == "none") {
    return loss;
  }
  SmallVector<int64_t> axes;
  for (int64_t axis = 0; axis < target.rank(); ++axis) {
    axes.push_back(axis);
  }
  if (reduction == "mean" && !applied) {
    return reduce("mean", loss, axes, false);
  }
  if (reduction != "mean" && reduction != "sum") {
    (void)node.fail("invalid attribute 'reduction'",
                    "expected none, sum or mean, got " + reduction);
    return {node, {}};
  }
  Term sum = reduce("sum", loss, axes, false);
  return reduction == "sum" ? sum : sum / reduce("sum", applied, axes, false);
}

LogicalResult negativeLogLikelihoodLoss(Node &node) {
  return node.setResult(0, negativeLogLikelihood(node, inputOf(node, 0)));
}

LogicalResult softmaxCrossEntropyLoss(Node &node) {
  if (node.rank(0) < 2) {
    return node.fail("invalid input", "expected scores of rank 2 or more");
  }
  Term logProbability = apply<graph::LogSoftmaxOp>(
      {inputOf(node, 0)}, {{"axis", node.integerAttribute(1)}});
  if (node.wants(1) && failed(node.setResult(1, logProbability))) {
    return failure();
  }
  return node.setResult(0, negativeLogLikelihood(node, logProbability));
}

} // namespace

void addLossAdapters(AdapterTable &table) {
  table.add("NegativeLogLikelihoodLoss", 12, 2, 3, negativeLogLikelihoodLoss);
  table.add("SoftmaxCrossEntropyLoss", 12, 2, 3, softmaxCrossEntropyLoss);
}

} // namespace tessera::import
