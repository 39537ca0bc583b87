//===- Sampling.cpp - interpolation at computed positions -----------------===//

#include "compiler/import/Sampling.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

Term clamp(const Term &x, const Term &low, const Term &high) {
  return apply<graph::MinOp>({apply<graph::MaxOp>({x, low}), high});
}

Term floorOf(const Term &x) { return apply<graph::FloorOp>({x}); }

/// Reflected at the borders [low, high] until it lies between them.
static Term reflect(const Term &x, const Term &low, const Term &high) {
  Term span = apply<graph::MaxOp>({high - low, number(x, 1e-20)});
  Term distance = apply<graph::AbsOp>({x - low});
  Term period = span * 2.0;
  Term rest = distance - floorOf(distance / period) * period;
  return low + where(span < rest, period - rest, rest);
}

namespace {
/// What one axis contributes to one point of the interpolation.
struct Tap {
  Term offset; // of the element, i64
  Term inside; // empty: always
  Term weight; // empty: 1
};
} // namespace

/// The weights of the cubic convolution with a = -0.75 at distance t behind
/// the second of four elements (R. G. Keys, 1981).
static SmallVector<Term> cubicWeights(const Term &t) {
  const double a = -0.75;
  auto outer = [&](const Term &d) {
    return ((d * a - 5 * a) * d + 8 * a) * d - 4 * a;
  };
  auto inner = [&](const Term &d) {
    return (d * (a + 2) - (a + 3)) * d * d + 1.0;
  };
  Term rest = number(t, 1) - t;
  return {outer(t + 1.0), inner(t), inner(rest), outer(rest + 1.0)};
}

/// The elements along one axis that a position is interpolated from.
static SmallVector<Tap> tapsOf(const Term &position, AffineExpr extent,
                               AffineExpr stride, const SamplingRule &rule) {
  Node &node = position.node();
  Type element = position.element(), i64 = node.builder.getI64Type();
  Term zero = number(position, 0), last = sizeTerm(node, element, extent) - 1.0;
  Term low = rule.alignsCorners ? zero : number(position, -0.5);
  Term high = rule.alignsCorners ? last : last + 0.5;
  Term at = position;
  if (rule.mode == "nearest") {
    at = apply<graph::RoundOp>({at});
  }
  if (rule.padding == "border" && rule.mode != "cubic") {
    at = where((at < low) | (high < at), clamp(at, zero, last), at);
  } else if (rule.padding == "reflection") {
    at = where((at < low) | (high < at), reflect(at, low, high), at);
  }
  bool nearest = rule.mode == "nearest";
  Term first = nearest ? at : floorOf(at);
  SmallVector<Term> weights;
  if (rule.mode == "cubic") {
    weights = cubicWeights(at - first);
    first = first - 1.0;
  } else if (!nearest) {
    weights = {number(at, 1) - (at - first), at - first};
  }
  SmallVector<Tap> taps;
  for (size_t i = 0; i < std::max<size_t>(weights.size(), 1); ++i) {
    Term index = first + double(i);
    Tap tap;
    if (rule.padding == "zeros") {
      tap.inside = (zero <= index) & (index <= last);
    } else if (rule.padding == "reflection") {
      index = reflect(index, low, high);
    }
    Term whole = cast(clamp(index, zero, last), i64);
    tap.offset = kernel::constantOf(stride) == 1
                     ? whole
                     : whole * sizeTerm(node, i64, stride);
    tap.weight = weights.empty() ? Term() : weights[i];
    taps.push_back(tap);
  }
  return taps;
}

Term sample(const Term &x, ArrayRef<AffineExpr> extents,
            ArrayRef<Term> positions, const SamplingRule &rule) {
  Node &node = x.node();
  if (!x || any_of(positions, [](const Term &p) { return !p; })) {
    return {node, {}};
  }
  SmallVector<Tap> points(1);
  AffineExpr stride = sizeOf(node, 1);
  // The last axis varies fastest.
  for (size_t axis = extents.size(); axis-- > 0;) {
    SmallVector<Tap> next;
    for (const Tap &tap :
         tapsOf(positions[axis], extents[axis], stride, rule)) {
      for (const Tap &point : points) {
        auto join = [](const Term &a, const Term &b, auto combine) {
          return !a ? b : !b ? a : Term(combine(a, b));
        };
        next.push_back({join(tap.offset, point.offset,
                             [](auto &a, auto &b) { return a + b; }),
                        join(tap.inside, point.inside,
                             [](auto &a, auto &b) { return a & b; }),
                        join(tap.weight, point.weight,
                             [](auto &a, auto &b) { return a * b; })});
      }
    }
    points = next;
    stride = kernel::simplify(stride * extents[axis]);
  }
  if (node.failed()) {
    return {node, {}};
  }
  Term sum;
  for (const Tap &point : points) {
    Sizes shape = x.extents();
    shape.back() = point.offset.extent(-1);
    Term value = gatherElements(x, expand(point.offset, shape), -1);
    if (point.inside) {
      value = where(point.inside, value, number(value, 0));
    }
    if (point.weight) {
      value = value * cast(point.weight, value.element());
    }
    sum = sum ? sum + value : value;
  }
  return sum;
}

} // namespace tessera::import
