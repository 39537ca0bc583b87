//===- Extensions.cpp - adapters: fused operators of ONNX Runtime ---------===//
//
// Files that ONNX Runtime has optimised contain operators of its own domain.
// They become what they were fused from; Tessera fuses by itself.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Term.h"
#include "compiler/import/Window.h"
#include "dialects/kernel/Extents.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// The activation that a fused node applies, with its parameters.
Term activated(const Term &x, StringRef name, ArrayRef<double> parameters) {
  Node &node = x.node();
  auto parameter = [&](size_t i, double byDefault) {
    return i < parameters.size() ? parameters[i] : byDefault;
  };
  auto alpha = [&](double byDefault) {
    return std::make_pair(StringRef("alpha"),
                          node.numberAttribute(parameter(0, byDefault)));
  };
  if (name.empty()) {
    return x;
  }
  if (name == "Relu") {
    return apply<graph::ReluOp>({x});
  }
  if (name == "Tanh") {
    return apply<graph::TanhOp>({x});
  }
  if (name == "Sigmoid") {
    return apply<graph::SigmoidOp>({x});
  }
  if (name == "LeakyRelu") {
    return apply<graph::LeakyReluOp>({x}, {alpha(0.01)});
  }
  if (name == "Clip") {
    Term low = number(x, parameter(0, -3.4028234663852886e38)),
         high = number(x, parameter(1, 3.4028234663852886e38));
    return apply<graph::MinOp>({apply<graph::MaxOp>({x, low}), high});
  }
  if (name == "HardSigmoid") {
    return apply<graph::HardSigmoidOp>(
        {x}, {alpha(0.2), {"beta", node.numberAttribute(parameter(1, 0.5))}});
  }
  (void)node.fail("unsupported attribute 'activation'",
                  "expected Relu, Tanh, Sigmoid, LeakyRelu, Clip or "
                  "HardSigmoid, got " +
                      name);
  return {node, {}};
}

LogicalResult fusedConv(Node &node) {
  FailureOr<Sizes> extents = kernelOf(node, 1);
  if (failed(extents)) {
    return failure();
  }
  Term x = inputOf(node, 0), weight = inputOf(node, 1), bias = inputOf(node, 2),
       addend = inputOf(node, 3);
  FailureOr<Window> window = readWindow(node, *extents);
  if (failed(window)) {
    return failure();
  }
  SmallVector<Term> operands{x, weight};
  if (bias) {
    operands.push_back(bias);
  }
  Term result = apply<graph::ConvOp>(
      operands, {{"strides", node.integersAttribute(window->strides)},
                 {"dilations", node.integersAttribute(window->dilations)},
                 {"pads", node.sizesAttribute(window->pads)},
                 {"group", node.integerAttribute(node.integer("group", 1))}});
  if (addend) {
    result = result + addend;
  }
  return node.setResult(0, activated(result, node.text("activation", ""),
                                     node.numbers("activation_params")));
}

/// An operand whose first axis stands behind the batch axes: [M, B..., K] as
/// [B..., M, K].
Term batchFirst(const Term &x, bool wanted) {
  if (!wanted || x.rank() < 3) {
    return x;
  }
  SmallVector<int64_t> perm;
  for (int64_t i = 1; i + 1 < x.rank(); ++i) {
    perm.push_back(i);
  }
  perm.append({0, x.rank() - 1});
  return transpose(x, perm);
}

LogicalResult fusedMatMul(Node &node) {
  Term a = batchFirst(inputOf(node, 0), node.integer("transBatchA", 0) != 0),
       b = batchFirst(inputOf(node, 1), node.integer("transBatchB", 0) != 0);
  Term product = matmul(a, b, a.rank() > 1 && node.integer("transA", 0) != 0,
                        b.rank() > 1 && node.integer("transB", 0) != 0);
  node.ignore({"transA", "transB"});
  return node.setResult(0, product * node.number("alpha", 1));
}

LogicalResult gelu(Node &node, StringRef approximate) {
  Term x = inputOf(node, 0), bias = inputOf(node, 1);
  return node.setResult(
      0,
      apply<graph::GeluOp>({bias ? x + bias : x},
                           {{"approximate", node.textAttribute(approximate)}}));
}

LogicalResult quickGelu(Node &node) {
  double alpha = node.number("alpha", 1.702f);
  return node.setResult(
      0, apply<graph::SwishOp>({inputOf(node, 0)},
                               {{"alpha", node.numberAttribute(alpha)}}));
}

/// Mean and one over the standard deviation of rows, where they are wanted.
LogicalResult setStatistics(Node &node, const Term &x, double epsilon,
                            std::optional<unsigned> meanResult,
                            unsigned deviationResult) {
  Term centered = x;
  if (meanResult) {
    Term mean = reduce("mean", x, {-1}, true);
    centered = x - mean;
    if (node.wants(*meanResult) && failed(node.setResult(*meanResult, mean))) {
      return failure();
    }
  }
  if (!node.wants(deviationResult)) {
    return success();
  }
  Term variance = reduce("mean", centered * centered, {-1}, true);
  Term deviation = apply<graph::SqrtOp>({variance + epsilon});
  return node.setResult(deviationResult,
                        apply<graph::ReciprocalOp>({deviation}));
}

/// Rows normalised in f32, as ONNX Runtime computes smaller types too.
Term normalizeRows(const Term &x, const Term &scale, const Term &bias,
                   double epsilon, bool centered) {
  Node &node = x.node();
  Type element = x.element(), wide = element;
  if (element.isF16() || element.isBF16()) {
    wide = node.builder.getF32Type();
  }
  SmallVector<Term> operands{cast(x, wide), cast(scale, wide)};
  if (bias) {
    operands.push_back(cast(bias, wide));
  }
  Term result = apply<graph::NormalizeOp>(
      operands, {{"axes", node.integersAttribute({x.rank() - 1})},
                 {"epsilon", node.numberAttribute(epsilon)},
                 {"centered", node.integerAttribute(centered)}});
  return cast(result, element);
}

LogicalResult skipNormalization(Node &node, bool centered) {
  Term gamma = inputOf(node, 2), beta = centered ? inputOf(node, 3) : Term(),
       bias = inputOf(node, centered ? 4 : 3);
  double epsilon = node.number("epsilon", 1e-12f);
  Term sum = inputOf(node, 0) + inputOf(node, 1);
  if (bias) {
    sum = sum + bias;
  }
  if (node.wants(3) && failed(node.setResult(3, sum))) {
    return failure();
  }
  if (failed(setStatistics(node, sum, epsilon,
                           centered ? std::optional<unsigned>(1) : std::nullopt,
                           2))) {
    return failure();
  }
  return node.setResult(0, normalizeRows(sum, gamma, beta, epsilon, centered));
}

LogicalResult simplifiedLayerNormalization(Node &node) {
  node.ignore({"stash_type"});
  Term x = inputOf(node, 0);
  FailureOr<int64_t> axis = node.axis(node.integer("axis", -1), x.rank());
  if (failed(axis)) {
    return failure();
  }
  if (*axis + 1 != x.rank()) {
    return node.fail("unsupported attribute 'axis'", "expected the last axis");
  }
  double epsilon = node.number("epsilon", 1e-5f);
  if (failed(setStatistics(node, x, epsilon, std::nullopt, 1))) {
    return failure();
  }
  return node.setResult(0,
                        normalizeRows(x, inputOf(node, 1), {}, epsilon, false));
}

/// How many keys each batch entry has: those that the mask shows.
LogicalResult setMaskIndex(Node &node, const Term &ids, const Term &mask) {
  Type i32 = node.builder.getI32Type();
  if (!node.wants(1)) {
    return success();
  }
  if (node.integer("mask_index_type", mask ? 1 : 0) == 0 || !mask) {
    return node.setResult(1, filled(node, i32, 0, {ids.extent(0)}));
  }
  return node.setResult(1, reduce("sum", cast(mask, i32), {1}, false));
}

LogicalResult embedLayerNormalization(Node &node) {
  node.ignore({"mask_index_type"});
  Term ids = inputOf(node, 0), segments = inputOf(node, 1),
       word = inputOf(node, 2), position = inputOf(node, 3),
       segment = inputOf(node, 4), mask = inputOf(node, 7),
       positionIds = inputOf(node, 8);
  if (ids.rank() != 2 || !word || !position || !node.has(5) || !node.has(6)) {
    return node.fail("invalid input", "expected ids [B, S], gamma and beta");
  }
  Term places = positionIds
                    ? gather(position, positionIds, 0)
                    : slice(position, 0, sizeOf(node, 0), ids.extent(1));
  Term sum = gather(word, ids, 0) + places;
  if (segments && segment) {
    sum = sum + gather(segment, segments, 0);
  }
  if (failed(setMaskIndex(node, ids, mask)) ||
      (node.wants(2) && failed(node.setResult(2, sum)))) {
    return failure();
  }
  return node.setResult(0,
                        normalizeRows(sum, inputOf(node, 5), inputOf(node, 6),
                                      node.number("epsilon", 1e-12f), true));
}

/// Packed numbers of `bits` bits, least significant first, along the last axis.
Term unpack(const Term &packed, int64_t bits) {
  Node &node = packed.node();
  Type i32 = node.builder.getI32Type();
  if (bits == 8) {
    return cast(packed, i32);
  }
  Term rest = cast(packed, i32);
  SmallVector<Term> parts;
  double range = double(1 << bits);
  for (int64_t i = 0; i < 8 / bits; ++i) {
    Term quotient = rest / range;
    parts.push_back(unsqueeze(rest - quotient * range, -1));
    rest = quotient;
  }
  return joinAxes(concat(parts, -1), -2);
}

LogicalResult matMulNBits(Node &node) {
  node.ignore({"accuracy_level"});
  int64_t bits = node.integer("bits", 4), k = node.integer("K", 0),
          n = node.integer("N", 0), block = node.integer("block_size", 0);
  if ((bits != 2 && bits != 4 && bits != 8) || k < 1 || n < 1 || block < 8 ||
      std::max({k, n, block}) > (int64_t(1) << 31)) {
    return node.fail("unsupported attributes",
                     "expected 2, 4 or 8 bits, positive K and N and blocks of "
                     "8 or more");
  }
  Term a = inputOf(node, 0), packed = inputOf(node, 1);
  int64_t blocks = (k + block - 1) / block;
  Type element = a.element();
  AffineExpr rows = sizeOf(node, n), count = sizeOf(node, blocks),
             one = sizeOf(node, 1);
  Sizes grid{rows, count, one};
  Term quantised = cast(
      unpack(reshape(packed, {rows, count, sizeOf(node, block * bits / 8)}),
             bits),
      element);
  Term zero = inputOf(node, 3);
  if (!zero) {
    zero = number(a, double(1 << (bits - 1)));
  } else if (isa<IntegerType>(zero.element())) {
    int64_t bytes = (blocks * bits + 7) / 8;
    zero = unpack(reshape(zero, {rows, sizeOf(node, bytes)}), bits);
    zero = slice(zero, 1, sizeOf(node, 0), count);
    zero = cast(reshape(zero, grid), element);
  } else {
    zero = reshape(zero, grid);
  }
  Term scale = inputOf(node, 2), blockOf = inputOf(node, 4), weight;
  if (blockOf) { // which block's scale and zero point each input has
    auto byInput = [&](const Term &values) {
      return gather(squeeze(expand(values, grid), 2), blockOf, 1);
    };
    weight = slice(joinAxes(quantised, 1), 1, sizeOf(node, 0), sizeOf(node, k));
    weight = (weight - byInput(zero)) * byInput(reshape(scale, grid));
  } else {
    weight = (quantised - zero) * reshape(scale, grid);
    weight = slice(joinAxes(weight, 1), 1, sizeOf(node, 0), sizeOf(node, k));
  }
  Term result = matmul(a, weight, false, true);
  Term bias = inputOf(node, 5);
  return node.setResult(0, bias ? result + bias : result);
}

} // namespace

void addExtensionAdapters(AdapterTable &table) {
  auto add = [&](StringRef name, unsigned low, unsigned high, auto apply) {
    table.add(("com.microsoft." + name).str(), 1, low, high, apply);
  };
  add("BiasGelu", 2, 2, [](Node &node) { return gelu(node, "none"); });
  add("EmbedLayerNormalization", 1, 9, embedLayerNormalization);
  add("FastGelu", 1, 2, [](Node &node) { return gelu(node, "tanh"); });
  add("FusedConv", 2, 4, fusedConv);
  add("FusedMatMul", 2, 2, fusedMatMul);
  add("Gelu", 1, 1, [](Node &node) { return gelu(node, "none"); });
  add("MatMulNBits", 3, 6, matMulNBits);
  add("QuickGelu", 1, 1, quickGelu);
  add("SkipLayerNormalization", 3, 5,
      [](Node &node) { return skipNormalization(node, true); });
  add("SkipSimplifiedLayerNormalization", 3, 4,
      [](Node &node) { return skipNormalization(node, false); });
  // ONNX Runtime puts this one into ONNX's own domain.
  table.add("SimplifiedLayerNormalization", 1, 2, 2,
            simplifiedLayerNormalization);
}

} // namespace tessera::import
