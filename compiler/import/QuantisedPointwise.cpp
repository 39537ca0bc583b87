//===- QuantisedPointwise.cpp - adapters: other operators, quantised ------===//
//
// Sums, products, pools and the like of quantised tensors: the operator on
// numbers between a dequantisation and a quantisation.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Quantisation.h"
#include "compiler/import/Window.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// The quantisation at inputs `scale` and `scale + 1`, one pair for the tensor.
Quantisation wholeQuantisation(Node &node, unsigned scale) {
  return quantisationOf(node, scale, 0, 1, sizeOf(node, 1));
}

/// Input `i` as numbers; its scale and zero point follow it.
Term numbersOf(Node &node, unsigned i) {
  Quantisation how = wholeQuantisation(node, i + 1);
  how.zeroPoint = isZero(node, i + 2) ? Term() : how.zeroPoint;
  return dequantise(inputOf(node, i), how);
}

/// Sets the result: `x` in the quantisation at input `scale`, in the type of
/// input `like` when that has no zero point.
LogicalResult setQuantised(Node &node, const Term &x, unsigned scale,
                           unsigned like = 0) {
  Quantisation how = wholeQuantisation(node, scale);
  if (!x || !how.scale) {
    return failure();
  }
  Type to = node.type(like).getElementType();
  Term zeroPoint = isZero(node, scale + 1) ? Term() : how.zeroPoint;
  return node.setResult(0, roundTo(x / how.scale, zeroPoint, to));
}

LogicalResult add(Node &node) {
  return setQuantised(node, numbersOf(node, 0) + numbersOf(node, 3), 6);
}

LogicalResult multiply(Node &node) {
  return setQuantised(node, numbersOf(node, 0) * numbersOf(node, 3), 6);
}

LogicalResult sigmoid(Node &node) {
  return setQuantised(node, apply<graph::SigmoidOp>({numbersOf(node, 0)}), 3);
}

LogicalResult leakyRelu(Node &node) {
  Attribute alpha = node.numberAttribute(node.number("alpha", 0.01));
  return setQuantised(
      node, apply<graph::LeakyReluOp>({numbersOf(node, 0)}, {{"alpha", alpha}}),
      3);
}

/// Before opset 13 the axes from `axis` on are one.
LogicalResult softmaxNode(Node &node) {
  int64_t opset = node.integer("opset", 13), rank = node.rank(0);
  FailureOr<int64_t> axis =
      node.axis(node.integer("axis", opset < 13 ? 1 : -1), rank);
  if (failed(axis)) {
    return failure();
  }
  Term x = numbersOf(node, 0);
  if (opset >= 13 || *axis == rank - 1) {
    return setQuantised(node, softmax(x, *axis), 3);
  }
  Sizes extents = x.extents();
  for (int64_t i = rank - 2; i >= *axis; --i) {
    x = joinAxes(x, i);
  }
  return setQuantised(node, reshape(softmax(x, *axis), extents), 3);
}

/// Whether channels are the last axis and not the second.
bool hasChannelsLast(Node &node) {
  return node.integer("channels_last", 0) != 0 && node.rank(0) > 2;
}

/// `x` with its last axis moved to the second place, or back.
Term moveChannels(const Term &x, bool toFront) {
  if (!x) {
    return x;
  }
  SmallVector<int64_t> order = to_vector(seq<int64_t>(0, x.rank()));
  if (toFront) {
    std::rotate(order.begin() + 1, order.end() - 1, order.end());
  } else {
    std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  }
  return transpose(x, order);
}

LogicalResult averagePoolNode(Node &node) {
  bool last = hasChannelsLast(node);
  std::string rule = node.text("auto_pad", "NOTSET");
  if (last && StringRef(rule).starts_with("SAME")) {
    return node.fail("unsupported attribute 'auto_pad'",
                     "expected NOTSET or VALID with channels_last 1, got " +
                         rule);
  }
  Term x = numbersOf(node, 0);
  Term pooled{node, {}};
  if (x) {
    pooled = {node, averagePool(node, last ? moveChannels(x, true) : x)};
  }
  return setQuantised(node, last ? moveChannels(pooled, false) : pooled, 3);
}

LogicalResult globalAveragePool(Node &node) {
  int64_t first = hasChannelsLast(node) ? 1 : 2;
  SmallVector<int64_t> axes =
      to_vector(seq<int64_t>(first, node.rank(0) + first - 2));
  return setQuantised(node, reduce("mean", numbersOf(node, 0), axes, true), 3);
}

/// Scale and zero point of the result come first, then each part with its own.
LogicalResult concatNode(Node &node) {
  unsigned count = node.inputCount();
  if (count < 5 || (count - 2) % 3 != 0) {
    return node.fail("invalid number of inputs",
                     "expected a scale, a zero point and triples, got " +
                         Twine(count));
  }
  SmallVector<Term> parts;
  for (unsigned i = 2; i < count; i += 3) {
    parts.push_back(numbersOf(node, i));
  }
  FailureOr<int64_t> axis = node.axis(node.integer("axis", 0), node.rank(2));
  if (failed(axis) || !all_of(parts, [](Term part) { return bool(part); })) {
    return failure();
  }
  return setQuantised(node, concat(parts, *axis), 0, 2);
}

} // namespace

void addQuantisedPointwiseAdapters(AdapterTable &table) {
  table.add("com.microsoft.QLinearAdd", 1, 7, 8, add);
  table.add("com.microsoft.QLinearAveragePool", 1, 4, 5, averagePoolNode);
  table.add("com.microsoft.QLinearConcat", 1, 5, kVariadic, concatNode);
  table.add("com.microsoft.QLinearGlobalAveragePool", 1, 4, 5,
            globalAveragePool);
  table.add("com.microsoft.QLinearLeakyRelu", 1, 4, 5, leakyRelu);
  table.add("com.microsoft.QLinearMul", 1, 7, 8, multiply);
  table.add("com.microsoft.QLinearSigmoid", 1, 4, 5, sigmoid);
  table.add("com.microsoft.QLinearSoftmax", 1, 4, 5, softmaxNode);
}

} // namespace tessera::import
