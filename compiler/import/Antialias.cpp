//===- Antialias.cpp - resampling to fewer elements -----------------------===//
//
// An axis with fewer elements is a sum over taps, whose positions and weights
// are constants: the kernel of the mode, as wide as an element of the result.
// Formulas: the operator's text in the ONNX specification.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Resampling.h"
#include "dialects/kernel/Extents.h"
#include <cmath>

using namespace llvm;
using namespace mlir;

namespace tessera::import {

namespace {
/// One axis on its way from `in` to `out` elements.
struct SmallerAxis {
  StringRef mode, coordinates;
  int64_t in, out;
  double scale, cubic;
  bool excludesOutside;

  /// The position in the input of an element of the result.
  double source(int64_t at) const;
  double weight(double distance) const;
  /// Positions in the input on each side of the source that count.
  int64_t reach() const {
    return int64_t(std::ceil((mode == "cubic" ? 2 : 1) / scale));
  }
};
} // namespace

double SmallerAxis::source(int64_t at) const {
  double width = scale * double(in), x = double(at);
  if (coordinates == "align_corners") {
    return width == 1 ? 0 : x * double(in - 1) / (width - 1);
  }
  if (coordinates == "asymmetric") {
    return x / scale;
  }
  if (coordinates == "pytorch_half_pixel" && width == 1) {
    return -0.5;
  }
  double position = (x + 0.5) / scale - 0.5;
  if (coordinates == "half_pixel_symmetric") {
    position += double(in) / 2 * (1 - double(out) / width);
  }
  return position;
}

double SmallerAxis::weight(double distance) const {
  double t = std::abs(distance) * scale, a = cubic;
  if (mode == "linear") {
    return std::max(0.0, 1 - t);
  }
  return t <= 1  ? ((a + 2) * t - (a + 3)) * t * t + 1
         : t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a
                 : 0;
}

/// The term with `axis.out` elements along axis `position`.
static Term shrink(const Term &x, int64_t position, const SmallerAxis &axis) {
  Node &node = x.node();
  int64_t taps = 2 * axis.reach();
  SmallVector<int64_t> positions;
  SmallVector<double> weights;
  for (int64_t at = 0; at < axis.out; ++at) {
    double source = axis.source(at), sum = 0;
    int64_t first = int64_t(std::floor(source)) + 1 - axis.reach();
    for (int64_t tap = first; tap < first + taps; ++tap) {
      bool isInside = tap >= 0 && tap < axis.in;
      positions.push_back(std::clamp<int64_t>(tap, 0, axis.in - 1));
      weights.push_back(isInside || !axis.excludesOutside
                            ? axis.weight(double(tap) - source)
                            : 0);
      sum += weights.back();
    }
    for (double &weight : MutableArrayRef(weights).take_back(taps)) {
      weight /= sum;
    }
  }
  SmallVector<int64_t> shape(x.rank() + 1, 1);
  shape[position] = axis.out;
  shape[position + 1] = taps;
  int64_t count = positions.size();
  Term read =
      splitAxis(gather(x, constantIntegers(node, {count}, positions), position),
                position, sizeOf(node, axis.out), sizeOf(node, taps));
  return reduce("sum", read * constantTensor(node, x.element(), shape, weights),
                {position + 1}, /*keep=*/false);
}

Term resizeSmoothly(const Term &x, const Resampling &rule) {
  Node &node = x.node();
  Sizes extents = x.extents();
  Resampling others = rule;
  bool hasOthers = false;
  SmallVector<std::pair<int64_t, SmallerAxis>> smaller;
  for (auto [i, to] : enumerate(rule.target.shape)) {
    auto in = kernel::constantOf(extents[i]), out = kernel::constantOf(to);
    double scale = !rule.target.scales.empty() ? rule.target.scales[i]
                   : in && out && *in > 0      ? double(*out) / double(*in)
                                               : 1;
    if (kernel::simplify(to - extents[i]) == sizeOf(node, 0) && scale == 1) {
      continue;
    }
    if (!in || !out || *in == 0) {
      (void)node.fail("unsupported attribute 'antialias'",
                      "it needs known extents; fix them with --dim");
      return {node, {}};
    }
    if (scale >= 1) {
      hasOthers = true;
      continue;
    }
    smaller.push_back({int64_t(i),
                       {rule.mode, rule.coordinates, *in, *out, scale,
                        node.number("cubic_coeff_a", -0.75),
                        node.integer("exclude_outside", 0) != 0}});
    others.target.shape[i] = extents[i];
    if (!others.target.scales.empty()) {
      others.target.scales[i] = 1;
    }
  }
  if (rule.coordinates == "tf_crop_and_resize" ||
      !isa<FloatType>(x.element())) {
    (void)node.fail("unsupported attribute 'antialias'",
                    "it needs floats and a mode without a region");
    return {node, {}};
  }
  Term result = hasOthers ? resized(x, others) : x;
  for (auto &[position, axis] : smaller) {
    constexpr double kMostWeights = 1 << 24;
    if (2 * double(axis.out) * double(axis.reach()) > kMostWeights) {
      (void)node.fail("unsupported attribute 'antialias'",
                      "more than 2^24 weights along an axis");
      return {node, {}};
    }
    result = shrink(result, position, axis);
  }
  return result;
}

} // namespace tessera::import
