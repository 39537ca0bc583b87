//===- Attention.cpp - attention as a composition -------------------------===//

#include "compiler/import/Attention.h"
#include "dialects/kernel/Extents.h"
#include <cmath>

using namespace llvm;
using namespace mlir;

namespace tessera::import {

Term splitHeads(const Term &x, int64_t heads) {
  Node &node = x.node();
  AffineExpr count = sizeOf(node, heads), size;
  if (x.rank() == 3 && heads > 0) {
    size = kernel::divideExactly(x.extent(2), count);
  }
  if (!size) {
    if (!node.failed()) {
      (void)node.fail("invalid input",
                      "expected rank 3 and a last extent that " + Twine(heads) +
                          " heads divide");
    }
    return {};
  }
  return transpose(splitAxis(x, 2, count, size), {0, 2, 1, 3});
}

Term joinHeads(const Term &x) {
  return joinAxes(transpose(x, {0, 2, 1, 3}), 2);
}

AttentionPositions attentionPositions(const Term &offset, AffineExpr queries,
                                      AffineExpr keys) {
  Node &node = offset.node();
  return {unsqueeze(positions(node, queries), 1) + offset,
          unsqueeze(positions(node, keys), 0)};
}

Term both(const Term &a, const Term &b) { return !a ? b : !b ? a : a & b; }

/// The product of queries and keys. Heads that share a key become an axis of
/// their own, over which the keys are broadcast.
static Term scoresOf(const AttentionOperands &in, AffineExpr group,
                     double scale) {
  Term query = in.query, key = in.key;
  bool small = query.element().getIntOrFloatBitWidth() < 32;
  if (small) {
    // As the specification has it, against overflow.
    query = query * std::sqrt(scale);
    key = key * std::sqrt(scale);
  }
  bool grouped = kernel::constantOf(group) != 1;
  if (grouped) {
    query = splitAxis(query, 1, key.extent(1), group);
    key = unsqueeze(key, 2);
  }
  Term scores = matmul(query, key, false, true);
  if (grouped) {
    scores = joinAxes(scores, 1);
  }
  return small ? scores : scores * scale;
}

static Term outputOf(const AttentionOperands &in, AffineExpr group,
                     const Term &probabilities) {
  if (kernel::constantOf(group) == 1) {
    return matmul(probabilities, in.value);
  }
  Term split = splitAxis(probabilities, 1, in.value.extent(1), group);
  return joinAxes(matmul(split, unsqueeze(in.value, 2)), 1);
}

AttentionResults attend(Node &node, const AttentionOperands &in) {
  if (node.failed()) {
    return {};
  }
  if (in.query.rank() != 4 || in.key.rank() != 4 || in.value.rank() != 4) {
    (void)node.fail("invalid input", "expected query, key and value of rank 4");
    return {};
  }
  AffineExpr group =
      kernel::divideExactly(in.query.extent(1), in.key.extent(1));
  std::optional<int64_t> size = kernel::constantOf(in.query.extent(3));
  if (!group || !size || *size < 1) {
    (void)node.fail("unsupported heads", "expected a constant head size and a "
                                         "number of heads that the number of "
                                         "key heads divides");
    return {};
  }
  AttentionResults out;
  double scale = in.scale != 0 ? in.scale : 1.0 / std::sqrt(double(*size));
  out.scores = out.capped = scoresOf(in, group, scale);
  if (in.softcap > 0) {
    out.capped = apply<graph::TanhOp>({out.scores / in.softcap}) * in.softcap;
  }
  Term lowest = number(out.scores, -INFINITY), bias = in.bias;
  out.biased = bias ? out.capped + bias : out.capped;
  if (in.allowed) {
    out.biased = where(in.allowed, out.biased, lowest);
    bias = where(in.allowed, bias ? bias : number(out.scores, 0), lowest);
  }
  Type element = out.scores.element();
  Term exact = in.precision ? cast(out.biased, in.precision) : out.biased;
  if (in.changeScores) {
    exact = in.changeScores(exact);
  }
  Term probabilities = softmax(exact, 3);
  if (in.changeProbabilities) {
    probabilities = in.changeProbabilities(probabilities);
  }
  out.probabilities = cast(probabilities, element);
  out.output = outputOf(in, group, cast(probabilities, in.value.element()));
  if (in.mayMaskRows && bias) {
    // Decided on the bias: scores may be infinite or NaN themselves.
    Term masked = equal(reduce("max", bias, {-1}, true), lowest);
    out.output = where(masked, number(out.output, 0), out.output);
    out.probabilities =
        where(masked, number(out.probabilities, 0), out.probabilities);
  }
  return out;
}

Term rotate(const Term &x, const Term &cosines, const Term &sines,
            bool interleaved) {
  Node &node = x.node();
  std::optional<int64_t> size = kernel::constantOf(x.extent(3)),
                         half = kernel::constantOf(cosines.extent(-1));
  if (x.rank() != 4 || cosines.rank() != 3 || sines.rank() != 3 || !size ||
      !half || *half < 1 || 2 * *half > *size) {
    if (!node.failed()) {
      (void)node.fail("invalid input",
                      "expected cosines and sines [B, S, R/2] with R of at "
                      "most the constant head size");
    }
    return {};
  }
  AffineExpr zero = sizeOf(node, 0), count = sizeOf(node, *half);
  Term real = slice(x, 3, zero, count, interleaved ? 2 : 1);
  Term imaginary = slice(x, 3, sizeOf(node, interleaved ? 1 : *half), count,
                         interleaved ? 2 : 1);
  Term c = unsqueeze(cosines, 1), s = unsqueeze(sines, 1);
  Term first = real * c - imaginary * s, second = real * s + imaginary * c;
  Term rotated =
      interleaved
          ? joinAxes(concat({unsqueeze(first, 4), unsqueeze(second, 4)}, 4), 3)
          : concat({first, second}, 3);
  Term rest;
  if (2 * *half < *size) {
    rest =
        slice(x, 3, sizeOf(node, 2 * *half), sizeOf(node, *size - 2 * *half));
  }
  return concat({rotated, rest}, 3);
}

} // namespace tessera::import
