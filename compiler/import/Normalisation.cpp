//===- Normalisation.cpp - adapters: batch, layer and group norms ---------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Term.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

AffineExpr one(Node &node) {
  return getAffineConstantExpr(1, node.builder.getContext());
}

/// Training mode: statistics of this batch, and the running ones that follow.
LogicalResult trainingBatchNormalization(Node &node) {
  Term x = inputOf(node, 0);
  double momentum = node.number("momentum", 0.9f);
  if (x.rank() < 2) {
    return node.fail("invalid input", "expected [N, C, ...]");
  }
  SmallVector<int64_t> axes{0};
  Sizes channels(x.rank(), one(node));
  channels[1] = x.extent(1);
  for (int64_t axis = 2; axis < x.rank(); ++axis) {
    axes.push_back(axis);
  }
  Term mean = reduce("mean", x, axes, true), centered = x - mean;
  Term variance = reduce("mean", centered * centered, axes, true);
  Term deviation =
      apply<graph::SqrtOp>({variance + node.number("epsilon", 1e-5f)});
  Term scaled = centered / deviation * reshape(inputOf(node, 1), channels);
  const Term statistics[] = {mean, variance};
  for (auto [i, value] : enumerate(statistics)) {
    Term running = inputOf(node, 3 + i);
    Term next =
        running * momentum + reshape(value, {x.extent(1)}) * (1 - momentum);
    if (node.wants(1 + i) && failed(node.setResult(1 + i, next))) {
      return failure();
    }
  }
  return node.setResult(0, scaled + reshape(inputOf(node, 2), channels));
}

LogicalResult batchNormalization(Node &node) {
  if (node.integer("training_mode", 0) != 0) {
    return trainingBatchNormalization(node);
  }
  node.ignore({"momentum", "is_test", "consumed_inputs"});
  if (node.integer("spatial", 1) == 0) {
    return node.fail("unsupported attribute 'spatial'", "expected 1");
  }
  return node.setResult(
      0,
      node.create<graph::BatchNormOp>(
          node.allInputs(),
          {{"epsilon", node.numberAttribute(node.number("epsilon", 1e-5))}}));
}

/// The normalisation of `x`, computed in f32 where `stash_type` says so.
Value normalize(Node &node, Value x, Value scale, Value bias,
                ArrayRef<int64_t> axes, bool centered) {
  Type element = getElementTypeOrSelf(x.getType());
  bool widen = node.integer("stash_type", 1) == 1 &&
               (element.isF16() || element.isBF16());
  Type wide = widen ? node.builder.getF32Type() : element;
  SmallVector<Value> operands{node.cast(x, wide), node.cast(scale, wide)};
  if (bias) {
    operands.push_back(node.cast(bias, wide));
  }
  Value result = node.create<graph::NormalizeOp>(
      operands,
      {{"axes", node.integersAttribute(axes)},
       {"epsilon", node.numberAttribute(node.number("epsilon", 1e-5))},
       {"centered", node.integerAttribute(centered)}});
  return node.cast(result, element);
}

Value reduceMean(Node &node, Value value, Attribute axes) {
  return node.create<graph::ReduceOp>({value},
                                      {{"kind", node.textAttribute("mean")},
                                       {"axes", axes},
                                       {"keepdims", node.integerAttribute(1)}});
}

/// The second and third results of LayerNormalization: the mean and one over
/// the standard deviation.
LogicalResult statistics(Node &node, ArrayRef<int64_t> axes) {
  Type f32 = node.builder.getF32Type();
  Attribute over = node.integersAttribute(axes);
  Value x = node.cast(node.input(0), f32);
  Value mean = reduceMean(node, x, over);
  if (node.wants(1) && failed(node.setResult(1, mean))) {
    return failure();
  }
  if (!node.wants(2)) {
    return success();
  }
  Value centered = node.create<graph::SubOp>({x, mean});
  Value variance =
      reduceMean(node, node.create<graph::MulOp>({centered, centered}), over);
  Value sum = node.create<graph::AddOp>(
      {variance, node.scalarConstant(f32, node.number("epsilon", 1e-5))});
  Value deviation = node.create<graph::SqrtOp>({sum});
  return node.setResult(2, node.create<graph::ReciprocalOp>({deviation}));
}

/// LayerNormalization and RMSNormalization: rows from `axis` on.
LogicalResult layerNormalization(Node &node, bool centered) {
  FailureOr<int64_t> axis = node.axis(node.integer("axis", -1), node.rank(0));
  if (failed(axis)) {
    return failure();
  }
  SmallVector<int64_t> axes;
  for (int64_t i = *axis; i < node.rank(0); ++i) {
    axes.push_back(i);
  }
  LogicalResult result =
      node.setResult(0, normalize(node, node.input(0), node.input(1),
                                  node.input(2), axes, centered));
  if (failed(result) || (!node.wants(1) && !node.wants(2))) {
    return result;
  }
  return statistics(node, axes);
}

/// One value for each channel, shaped to broadcast against [N, C, ...].
Value perChannel(Node &node, unsigned input, int64_t rank) {
  Sizes extents(rank - 1, one(node));
  extents[0] = node.extents(input)[0];
  return node.reshape(node.input(input), extents);
}

LogicalResult instanceNormalization(Node &node) {
  node.ignore({"consumed_inputs"});
  int64_t rank = node.rank(0);
  if (rank < 3 || node.rank(1) != 1 || node.rank(2) != 1) {
    return node.fail("invalid input", "expected [N, C, ...] and one scale and "
                                      "bias for each channel");
  }
  SmallVector<int64_t> axes;
  for (int64_t i = 2; i < rank; ++i) {
    axes.push_back(i);
  }
  return node.setResult(0, normalize(node, node.input(0),
                                     perChannel(node, 1, rank),
                                     perChannel(node, 2, rank), axes, true));
}

/// Splits the channels into groups, normalises each, scales each channel.
LogicalResult groupNormalization(Node &node) {
  int64_t groups = node.integer("num_groups", 0), rank = node.rank(0);
  if (groups < 1 || rank < 3 || node.rank(1) != 1 || node.rank(2) != 1) {
    return node.fail("invalid input", "expected [N, C, ...], num_groups and "
                                      "one scale and bias for each channel");
  }
  Sizes extents = node.extents(0);
  MLIRContext *context = node.builder.getContext();
  AffineExpr group = getAffineConstantExpr(groups, context);
  AffineExpr size = node.importer.divided(extents[1], group);
  if (!size) {
    return node.fail("invalid attribute 'num_groups'",
                     "it does not divide the channels");
  }
  // Opset 18 has one scale for each group, opset 21 one for each channel.
  bool perGroup = node.opset < 21;
  Sizes split{extents[0], group, size};
  split.append(extents.begin() + 2, extents.end());
  Sizes scaleShape(rank, one(node));
  scaleShape[0] = group;
  scaleShape[1] = perGroup ? one(node) : size;
  SmallVector<int64_t> axes;
  for (int64_t i = 2; i <= rank; ++i) {
    axes.push_back(i);
  }
  if (!isa<FloatType>(node.type(0).getElementType())) {
    return node.fail("unsupported type", "expected floats");
  }
  Value result = normalize(node, node.reshape(node.input(0), split),
                           node.reshape(node.input(1), scaleShape),
                           node.reshape(node.input(2), scaleShape), axes, true);
  return node.setResult(0, node.reshape(result, extents));
}

LogicalResult lpNormalization(Node &node) {
  int64_t p = node.integer("p", 2);
  FailureOr<int64_t> axis = node.axis(node.integer("axis", -1), node.rank(0));
  if (failed(axis)) {
    return failure();
  }
  if (p != 1 && p != 2) {
    return node.fail("unsupported attribute 'p'", "expected 1 or 2");
  }
  Value norm = node.create<graph::ReduceOp>(
      {node.input(0)}, {{"kind", node.textAttribute(p == 1 ? "l1" : "l2")},
                        {"axes", node.integersAttribute({*axis})},
                        {"keepdims", node.integerAttribute(1)}});
  if (!norm) {
    return failure();
  }
  // Rows of zeros stay zeros.
  Type element = node.type(0).getElementType();
  Value zero = node.scalarConstant(element, 0);
  Value isZero = node.create<graph::EqualOp>({norm, zero});
  Value divisor = node.create<graph::WhereOp>(
      {isZero, node.scalarConstant(element, 1), norm});
  return node.setResult(0, node.create<graph::DivOp>({node.input(0), divisor}));
}

LogicalResult meanVarianceNormalization(Node &node) {
  SmallVector<int64_t> given = node.integers("axes");
  if (!node.hasAttribute("axes")) {
    given = {0, 2, 3};
  }
  FailureOr<SmallVector<int64_t>> axes = node.axes(given, node.rank(0));
  if (failed(axes)) {
    return failure();
  }
  sort(*axes);
  Attribute over = node.integersAttribute(*axes);
  Type element = node.type(0).getElementType();
  Value mean = reduceMean(node, node.input(0), over);
  Value centered = node.create<graph::SubOp>({node.input(0), mean});
  Value variance =
      reduceMean(node, node.create<graph::MulOp>({centered, centered}), over);
  Value deviation = node.create<graph::SqrtOp>({variance});
  Value sum = node.create<graph::AddOp>(
      {deviation, node.scalarConstant(element, 1e-9)});
  return node.setResult(0, node.create<graph::DivOp>({centered, sum}));
}

/// Local response normalisation: a sum of squares over neighbouring channels.
LogicalResult lrn(Node &node) {
  int64_t size = node.integer("size", 0), rank = node.rank(0);
  if (size < 1 || rank < 3) {
    return node.fail("invalid input", "expected [N, C, ...] and a size");
  }
  double alpha = node.number("alpha", 1e-4), beta = node.number("beta", 0.75),
         bias = node.number("bias", 1);
  MLIRContext *context = node.builder.getContext();
  Type element = node.type(0).getElementType();
  Sizes extents = node.extents(0);
  Value squares = node.create<graph::MulOp>({node.input(0), node.input(0)});
  // A pool over the channels: [N, 1, C, rest].
  Sizes planes{extents[0], one(node), extents[1],
               kernel::productOf(context, ArrayRef(extents).drop_front(2))};
  auto constant = [&](int64_t v) { return getAffineConstantExpr(v, context); };
  Sizes pads{constant((size - 1) / 2), constant(0), constant(size / 2),
             constant(0)};
  Value mean = node.create<graph::AveragePoolOp>(
      {node.reshape(squares, planes)},
      {{"kernel_shape", node.integersAttribute({size, 1})},
       {"strides", node.integersAttribute({1, 1})},
       {"dilations", node.integersAttribute({1, 1})},
       {"pads", node.sizesAttribute(pads)},
       {"count_include_pad", node.integerAttribute(1)}});
  Value scaled = node.create<graph::MulOp>(
      {node.reshape(mean, extents), node.scalarConstant(element, alpha)});
  Value base =
      node.create<graph::AddOp>({scaled, node.scalarConstant(element, bias)});
  Value divisor =
      node.create<graph::PowOp>({base, node.scalarConstant(element, beta)});
  return node.setResult(0, node.create<graph::DivOp>({node.input(0), divisor}));
}

} // namespace

void addNormalisationAdapters(AdapterTable &table) {
  table.add("BatchNormalization", 1, 5, 5, batchNormalization);
  table.add("GroupNormalization", 18, 3, 3, groupNormalization);
  table.add("InstanceNormalization", 1, 3, 3, instanceNormalization);
  table.add("LayerNormalization", 17, 2, 3,
            [](Node &node) { return layerNormalization(node, true); });
  table.add("LpNormalization", 1, 1, 1, lpNormalization);
  table.add("LRN", 1, 1, 1, lrn);
  table.add("MeanVarianceNormalization", 9, 1, 1, meanVarianceNormalization);
  table.add("RMSNormalization", 23, 2, 2,
            [](Node &node) { return layerNormalization(node, false); });
}

} // namespace tessera::import
