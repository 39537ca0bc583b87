//===- Sequence.cpp - adapters: recurrent blocks of language models -------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Attention.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

Term silu(const Term &x) { return apply<graph::SwishOp>({x}); }

/// The depthwise convolution along the last axis of x, of which `outputs`
/// windows fit. A free number of channels is no number of groups: the windows
/// are gathered then.
Term depthwise(const Term &x, const Term &weight, const Term &bias,
               AffineExpr outputs) {
  Node &node = x.node();
  AffineExpr one = sizeOf(node, 1), none = sizeOf(node, 0);
  if (std::optional<int64_t> channels = kernel::constantOf(x.extent(1))) {
    SmallVector<Term> operands{x, weight};
    if (bias) {
      operands.push_back(bias);
    }
    return apply<graph::ConvOp>(operands,
                                {{"strides", node.integersAttribute({1})},
                                 {"dilations", node.integersAttribute({1})},
                                 {"pads", node.sizesAttribute({none, none})},
                                 {"group", node.integerAttribute(*channels)}});
  }
  AffineExpr points = weight.extent(2);
  Type f32 = node.builder.getF32Type();
  bool isSmall = x.element().getIntOrFloatBitWidth() < 32;
  Type wide = isSmall ? f32 : x.element();
  Term index = reshape(positions(node, outputs), {outputs, one}) +
               positions(node, points);
  Term windows = cast(gather(x, index, 2), wide) * cast(weight, wide);
  Term result = reduce("sum", windows, {3}, false);
  if (bias) {
    result = result + reshape(cast(bias, wide), {bias.extent(0), one});
  }
  return cast(result, x.element());
}

/// A depthwise convolution over the last k - 1 positions of the past and the
/// input; what follows the last output's window is the next call's past.
LogicalResult causalConvWithState(Node &node) {
  if (!node.fixExtent(1, 1, sizeOf(node, 1))) {
    return node.fail("invalid input", "expected a weight [C, 1, k]");
  }
  Term x = inputOf(node, 0), weight = inputOf(node, 1), bias = inputOf(node, 2),
       past = inputOf(node, 3);
  if (x.rank() != 3 || weight.rank() != 3 || (past && past.rank() != 3) ||
      kernel::constantOf(weight.extent(2)).value_or(1) < 1) {
    return node.fail("invalid input", "expected an input [B, C, L], a weight "
                                      "[C, 1, k] and a past [B, C, k - 1]");
  }
  AffineExpr kept = kernel::simplify(weight.extent(2) - 1);
  if (!past) {
    past = filled(node, x.element(), 0, {x.extent(0), x.extent(1), kept});
  }
  Term padded = concat({past, x}, 2);
  Term result = depthwise(padded, weight, bias, x.extent(2));
  std::string activation = node.text("activation", "none");
  if (activation == "silu" || activation == "swish") {
    result = silu(result);
  } else if (activation != "none") {
    return node.fail("invalid attribute 'activation'",
                     "expected none, silu or swish, got " + activation);
  }
  if (node.wants(1) &&
      failed(node.setResult(1, slice(padded, 2, x.extent(2), kept)))) {
    return failure();
  }
  return node.setResult(0, result);
}

/// [B, T, heads * D] as [B, heads, T, D], each head `repeats` times.
Term headsOf(const Term &x, int64_t heads, int64_t repeats) {
  Term split = splitHeads(x, heads);
  if (repeats == 1 || !split) {
    return split;
  }
  Sizes extents = split.extents();
  extents.insert(extents.begin() + 2, sizeOf(x.node(), repeats));
  return joinAxes(expand(unsqueeze(split, 2), extents), 1);
}

/// The state of a group of query heads is kept for each of them.
Term repeatState(const Term &state, int64_t repeats) {
  if (repeats == 1 || !state) {
    return state;
  }
  Sizes extents = state.extents();
  extents.insert(extents.begin() + 2, sizeOf(state.node(), repeats));
  return joinAxes(expand(unsqueeze(state, 2), extents), 1);
}

LogicalResult checkLinearAttention(Node &node, int64_t queryHeads,
                                   int64_t keyHeads, StringRef rule) {
  bool gates = rule == "gated" || rule == "gated_delta",
       corrects = rule == "delta" || rule == "gated_delta";
  if (queryHeads < 1 || keyHeads < 1 || queryHeads % keyHeads != 0) {
    return node.fail("invalid attribute 'q_num_heads'",
                     "expected a multiple of kv_num_heads");
  }
  if (!gates && !corrects && rule != "linear") {
    return node.fail("invalid attribute 'update_rule'", rule);
  }
  if (gates != node.has(4) || corrects != node.has(5)) {
    return node.fail("invalid input", "update rule '" + rule +
                                          "' does not fit the decay and beta "
                                          "that are given");
  }
  for (unsigned i : {0u, 1u, 2u, 4u, 5u}) {
    if (node.has(i) && node.rank(i) != 3) {
      return node.fail("invalid input", "expected rank 3");
    }
  }
  return success();
}

/// Adds what the update rule reads: decay (input 4) and beta (input 5).
void addGates(SmallVector<Term> &operands, int64_t keyHeads, int64_t repeats) {
  Term q = operands.front();
  Node &node = q.node();
  auto wide = [&](unsigned i) {
    return cast(inputOf(node, i), node.builder.getF32Type());
  };
  if (node.has(4)) {
    // One decay for each head or for each element.
    operands.push_back(
        spread(headsOf(wide(4), keyHeads, repeats), 3, q.extent(3)));
  }
  if (node.has(5)) {
    Term beta = spread(wide(5), 2, sizeOf(node, keyHeads));
    bool shared = kernel::constantOf(beta.extent(2)) == 1;
    operands.push_back(shared ? headsOf(beta, 1, 1)
                              : headsOf(beta, keyHeads, repeats));
  }
}

LogicalResult linearAttention(Node &node) {
  node.ignore({"chunk_size"});
  int64_t queryHeads = node.integer("q_num_heads", 0),
          keyHeads = node.integer("kv_num_heads", 0);
  std::string rule = node.text("update_rule", "gated_delta");
  if (failed(checkLinearAttention(node, queryHeads, keyHeads, rule))) {
    return failure();
  }
  int64_t repeats = queryHeads / keyHeads;
  // Computed in f32 throughout, as the specification's reference does.
  Type element = node.type(0).getElementType(), f32 = node.builder.getF32Type();
  auto wide = [&](unsigned i) { return cast(inputOf(node, i), f32); };
  Term q = headsOf(wide(0), queryHeads, 1),
       k = headsOf(wide(1), keyHeads, repeats),
       v = headsOf(wide(2), keyHeads, repeats);
  if (!q || !k || !v) {
    return failure();
  }
  double scale = node.number("scale", 0);
  if (scale == 0) {
    Term size = sizeTerm(node, f32, q.extent(3));
    q = q / apply<graph::SqrtOp>({size});
    scale = 1;
  }
  Term past = wide(3);
  Type stateElement = past ? node.type(3).getElementType() : element;
  AffineExpr heads = sizeOf(node, keyHeads);
  if (!past) {
    past = filled(node, f32, 0, {q.extent(0), heads, q.extent(3), v.extent(3)});
  }
  SmallVector<Term> operands{q, k, v, repeatState(past, repeats)};
  addGates(operands, keyHeads, repeats);
  SmallVector<Value> values(operands.begin(), operands.end());
  Operation *operation =
      node.createOperation(graph::LinearAttentionOp::getOperationName(), values,
                           {{"scale", node.numberAttribute(scale)},
                            {"gates", node.integerAttribute(node.has(4))},
                            {"corrects", node.integerAttribute(node.has(5))}});
  if (!operation) {
    return failure();
  }
  Term output{node, operation->getResult(0)};
  Term state{node, operation->getResult(1)};
  if (repeats > 1) {
    state = squeeze(slice(splitAxis(state, 1, heads, sizeOf(node, repeats)), 2,
                          sizeOf(node, 0), sizeOf(node, 1)),
                    2);
  }
  if (node.wants(1) && failed(node.setResult(1, cast(state, stateElement)))) {
    return failure();
  }
  return node.setResult(0, cast(joinHeads(output), element));
}

LogicalResult swiGlu(Node &node) {
  Term gate = apply<graph::SwishOp>(
      {inputOf(node, 0)},
      {{"alpha", node.numberAttribute(node.number("alpha", 1))}});
  return node.setResult(0, gate * inputOf(node, 1));
}

/// Writes the update into a cache from a position of its own for each batch
/// entry: what element s holds is found from s, so that nothing is scattered.
LogicalResult tensorScatter(Node &node) {
  Term cache = inputOf(node, 0), update = inputOf(node, 1),
       start = inputOf(node, 2);
  FailureOr<int64_t> axis = node.axis(node.integer("axis", -2), cache.rank());
  std::string mode = node.text("mode", "linear");
  if (failed(axis)) {
    return failure();
  }
  if (*axis == 0 || cache.rank() != update.rank() ||
      (mode != "linear" && mode != "circular")) {
    return node.fail("invalid input", "expected a cache and an update of one "
                                      "rank, an axis after the batch and mode "
                                      "linear or circular");
  }
  Type i64 = node.builder.getI64Type();
  AffineExpr one = sizeOf(node, 1), length = cache.extent(*axis);
  Sizes along(cache.rank(), one), batch(cache.rank(), one);
  along[*axis] = length;
  batch[0] = cache.extent(0);
  Term distance = reshape(positions(node, length), along);
  if (start) {
    distance = distance - reshape(cast(start, i64), batch);
  }
  if (mode == "circular") {
    distance = apply<graph::ModOp>({distance, sizeTerm(node, i64, length)});
  }
  Term count = sizeTerm(node, i64, update.extent(*axis)),
       zero = number(distance, 0);
  Term written = both(zero <= distance, distance < count);
  Term source = expand(where(written, distance, zero), cache.extents());
  return node.setResult(
      0, where(written, gatherElements(update, source, *axis), cache));
}

} // namespace

void addSequenceAdapters(AdapterTable &table) {
  table.add("CausalConvWithState", 27, 2, 4, causalConvWithState);
  table.add("LinearAttention", 27, 3, 6, linearAttention);
  table.add("SwiGLU", 28, 2, 2, swiGlu);
  table.add("TensorScatter", 24, 2, 3, tensorScatter);
}

} // namespace tessera::import
