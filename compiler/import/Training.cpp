//===- Training.cpp - adapters: steps of optimisers -----------------------===//
//
// Each optimiser takes a rate, a step count and n tensors of each kind, one
// kind after the other, and gives n of each kind it changes.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Term.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

using Step = llvm::function_ref<SmallVector<Term>(ArrayRef<Term>)>;

/// Applies a step to each of the groups of `kinds` tensors.
LogicalResult eachGroup(Node &node, unsigned kinds, Step step) {
  unsigned given = node.inputCount() - 2;
  if (given == 0 || given % kinds != 0) {
    return node.fail("invalid number of inputs",
                     "expected a rate, a count and groups of " + Twine(kinds));
  }
  unsigned groups = given / kinds;
  for (unsigned i = 0; i < groups; ++i) {
    SmallVector<Term> group;
    for (unsigned kind = 0; kind < kinds; ++kind) {
      group.push_back(inputOf(node, 2 + kind * groups + i));
    }
    SmallVector<Term> results = step(group);
    for (auto [kind, result] : enumerate(results)) {
      if (failed(node.setResult(kind * groups + i, result))) {
        return failure();
      }
    }
  }
  return success();
}

/// The gradient with the penalty of the tensor's norm.
Term regularised(Node &node, const Term &x, const Term &gradient) {
  double coefficient = node.number("norm_coefficient", 0);
  return x * coefficient + gradient;
}

Term root(const Term &x) { return apply<graph::SqrtOp>({x}); }

LogicalResult adagrad(Node &node) {
  double epsilon = node.number("epsilon", 1e-6),
         decay = node.number("decay_factor", 0);
  Term rate = inputOf(node, 0);
  Term count = cast(inputOf(node, 1), rate.element());
  Term adjusted = rate / (count * decay + 1.0);
  return eachGroup(node, 3, [&](ArrayRef<Term> in) -> SmallVector<Term> {
    Term gradient = regularised(node, in[0], in[1]);
    Term squares = in[2] + gradient * gradient;
    Term x = in[0] - adjusted * gradient / (root(squares) + epsilon);
    return {x, squares};
  });
}

LogicalResult adam(Node &node) {
  double alpha = node.number("alpha", 0.9), beta = node.number("beta", 0.999),
         epsilon = node.number("epsilon", 1e-6),
         post = node.number("norm_coefficient_post", 0);
  Term rate = inputOf(node, 0);
  Term count = cast(inputOf(node, 1), rate.element()), one = number(rate, 1);
  auto unbiased = [&](double factor) {
    return one - apply<graph::PowOp>({number(rate, factor), count});
  };
  Term started = number(count, 0) < count;
  Term adjusted =
      where(started, rate * root(unbiased(beta)) / unbiased(alpha), rate);
  return eachGroup(node, 4, [&](ArrayRef<Term> in) -> SmallVector<Term> {
    Term gradient = regularised(node, in[0], in[1]);
    Term mean = in[2] * alpha + gradient * (1 - alpha);
    Term squares = in[3] * beta + gradient * gradient * (1 - beta);
    Term x = in[0] - adjusted * (mean / (root(squares) + epsilon));
    return {x * (1 - post), mean, squares};
  });
}

LogicalResult momentum(Node &node) {
  double alpha = node.number("alpha", 0), beta = node.number("beta", 1);
  std::string mode = node.text("mode", "standard");
  if (mode != "standard" && mode != "nesterov") {
    return node.fail("invalid attribute 'mode'",
                     "expected standard or nesterov, got " + mode);
  }
  Term rate = inputOf(node, 0);
  Term count = cast(inputOf(node, 1), rate.element());
  Term weight =
      where(number(count, 0) < count, number(rate, beta), number(rate, 1));
  return eachGroup(node, 3, [&](ArrayRef<Term> in) -> SmallVector<Term> {
    Term gradient = regularised(node, in[0], in[1]);
    Term velocity = in[2] * alpha + weight * gradient;
    Term step = mode == "standard" ? velocity : gradient + velocity * alpha;
    return {in[0] - rate * step, velocity};
  });
}

} // namespace

void addTrainingAdapters(AdapterTable &table) {
  table.add("ai.onnx.preview.training.Adagrad", 1, 5, kVariadic, adagrad);
  table.add("ai.onnx.preview.training.Adam", 1, 6, kVariadic, adam);
  table.add("ai.onnx.preview.training.Momentum", 1, 5, kVariadic, momentum);
}

} // namespace tessera::import
