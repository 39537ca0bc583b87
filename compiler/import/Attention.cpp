//===- Attention.cpp - attention as a composition -------------------------===//

#include "compiler/import/Attention.h"
#include "compiler/import/Importer.h"
#include "dialects/kernel/Extents.h"
#include <cmath>

using namespace llvm;
using namespace mlir;

namespace tessera::import {

Term splitHeads(const Term &x, int64_t heads) {
  Node &node = x.node();
  AffineExpr count = sizeOf(node, heads), size;
  if (x.rank() == 3 && heads > 0) {
    size = node.importer.divided(x.extent(2), count);
  }
  if (!size) {
    if (!node.failed()) {
      (void)node.fail("invalid input",
                      "expected rank 3 and a last extent that " + Twine(heads) +
                          " heads divide");
    }
    return {node, {}};
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

/// The factor of the scores, as a scalar of the queries' type.
static Term scaleOf(const AttentionOperands &in) {
  if (in.scale != 0) {
    return number(in.query, in.scale);
  }
  std::optional<int64_t> size = kernel::constantOf(in.query.extent(3));
  if (size && *size > 0) {
    return number(in.query, 1.0 / std::sqrt(double(*size)));
  }
  Term free = sizeTerm(in.query.node(), in.query.element(), in.query.extent(3));
  return apply<graph::ReciprocalOp>({apply<graph::SqrtOp>({free})});
}

/// The product of queries and keys. Heads that share a key become an axis of
/// their own, over which the keys are broadcast.
static Term scoresOf(const AttentionOperands &in, AffineExpr group,
                     const Term &scale) {
  Term query = in.query, key = in.key;
  bool small = query.element().getIntOrFloatBitWidth() < 32;
  if (small) {
    // As the specification has it, against overflow.
    Term root = apply<graph::SqrtOp>({scale});
    query = query * root;
    key = key * root;
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
  if (!isa<FloatType>(in.query.element()) ||
      !isa<FloatType>(in.key.element()) ||
      !isa<FloatType>(in.value.element())) {
    (void)node.fail("unsupported type", "expected query, key and value of "
                                        "floats");
    return {};
  }
  AffineExpr group =
      node.importer.divided(in.query.extent(1), in.key.extent(1));
  if (!group) {
    (void)node.fail("unsupported heads", "expected a number of heads that the "
                                         "number of key heads divides");
    return {};
  }
  AttentionResults out;
  out.scores = out.capped = scoresOf(in, group, scaleOf(in));
  if (in.softcap > 0) {
    out.capped = apply<graph::TanhOp>({out.scores / in.softcap}) * in.softcap;
  }
  // Written with the operands' own extents, which masks may be 1 along.
  Sizes extents{in.query.extent(0), in.query.extent(1), in.query.extent(2),
                in.key.extent(2)};
  Term lowest = number(out.scores, -INFINITY),
       bias = spreadTo(in.bias, extents),
       allowed = spreadTo(in.allowed, extents);
  out.biased = bias ? out.capped + bias : out.capped;
  if (allowed) {
    out.biased = where(allowed, out.biased, lowest);
    bias = where(allowed, bias ? bias : number(out.scores, 0), lowest);
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

/// Half the rotated elements of a head of `size`. Without numbers that say
/// otherwise all of them are rotated, which the call checks.
static AffineExpr rotatedHalf(Node &node, AffineExpr size, AffineExpr angles,
                              int64_t rotated) {
  AffineExpr half = rotated > 0 ? sizeOf(node, rotated / 2) : angles;
  node.importer.assumeEqual(half, angles);
  if (!kernel::constantOf(half) ||
      (rotated == 0 && !kernel::constantOf(size))) {
    node.importer.assumeEqual(size, half * 2);
  }
  return half;
}

Term rotate(const Term &x, const Term &cosines, const Term &sines,
            bool interleaved, int64_t rotated) {
  Node &node = x.node();
  if (x.rank() != 4 || cosines.rank() != 3 || sines.rank() != 3) {
    if (!node.failed()) {
      (void)node.fail("invalid input",
                      "expected heads of rank 4 and cosines and sines [B, S, "
                      "R/2]");
    }
    return {node, {}};
  }
  AffineExpr size = x.extent(3), zero = sizeOf(node, 0);
  AffineExpr count = rotatedHalf(node, size, cosines.extent(2), rotated);
  AffineExpr others = kernel::simplify(size - count * 2);
  std::optional<int64_t> half = kernel::constantOf(count),
                         left = kernel::constantOf(others);
  if ((half && *half < 1) || (left && *left < 0)) {
    (void)node.fail("invalid input", "expected to rotate 2 elements or more, "
                                     "and at most the head size");
    return {node, {}};
  }
  bool whole = !half || left == 0 || (rotated == 0 && !left);
  AffineExpr behind = interleaved ? sizeOf(node, 1) : count;
  int64_t step = interleaved ? 2 : 1;
  Term real = slice(x, 3, zero, count, step),
       imaginary = slice(x, 3, behind, count, step);
  Term c = unsqueeze(cosines, 1), s = unsqueeze(sines, 1);
  Term first = real * c - imaginary * s, second = real * s + imaginary * c;
  Term turned =
      interleaved
          ? joinAxes(concat({unsqueeze(first, 4), unsqueeze(second, 4)}, 4), 3)
          : concat({first, second}, 3);
  Term rest;
  if (!whole) {
    rest = slice(x, 3, kernel::simplify(count * 2), others);
  }
  return concat({turned, rest}, 3);
}

} // namespace tessera::import
