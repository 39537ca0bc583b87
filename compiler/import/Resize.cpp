//===- Resize.cpp - adapters: resampling ----------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Resampling.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"
#include <cmath>

using namespace llvm;
using namespace mlir;

namespace tessera::import {

Term resized(const Term &x, const Resampling &rule) {
  Node &node = x.node();
  OpBuilder &b = node.builder;
  return apply<graph::ResizeOp>(
      {x},
      {{"shape", node.sizesAttribute(rule.target.shape)},
       {"scales", b.getDenseF32ArrayAttr(rule.target.scales)},
       {"roi", b.getDenseF32ArrayAttr(rule.region)},
       {"mode", node.textAttribute(rule.mode)},
       {"coordinate_transformation_mode", node.textAttribute(rule.coordinates)},
       {"nearest_mode", node.textAttribute(rule.nearest)},
       {"cubic_coeff_a",
        node.numberAttribute(node.number("cubic_coeff_a", -0.75))},
       {"exclude_outside",
        node.integerAttribute(node.integer("exclude_outside", 0))},
       {"extrapolation_value",
        node.numberAttribute(node.number("extrapolation_value", 0))},
       {"antialias", node.integerAttribute(0)}});
}

namespace {

/// `floor(extent * scale)`, where it is an affine expression.
FailureOr<AffineExpr> scaledExtent(Node &node, AffineExpr extent,
                                   double scale) {
  MLIRContext *context = node.builder.getContext();
  if (!(scale > 0 && scale < 1e9)) {
    return node.fail("invalid scale", std::to_string(scale));
  }
  if (std::optional<int64_t> size = kernel::constantOf(extent)) {
    return getAffineConstantExpr(int64_t(std::floor(*size * scale)), context);
  }
  // Scales are floats: accept quotients of small numbers near them.
  for (int64_t divisor = 1; divisor <= 64; ++divisor) {
    double numerator = std::round(scale * divisor);
    if (numerator >= 1 &&
        std::abs(numerator / divisor - scale) < 1e-7 * scale) {
      return kernel::simplify((extent * int64_t(numerator)).floorDiv(divisor));
    }
  }
  return node.fail("unsupported scale",
                   "a free dimension needs a quotient of small numbers, got " +
                       std::to_string(scale));
}

/// Spreads values for some axes to all of them.
template <typename Element>
SmallVector<Element> spread(ArrayRef<Element> values, ArrayRef<int64_t> axes,
                            SmallVector<Element> all) {
  for (auto [value, axis] : zip(values, axes)) {
    all[axis] = value;
  }
  return all;
}

FailureOr<ResizeTarget> targetOfScales(Node &node, ArrayRef<double> given,
                                       ArrayRef<int64_t> axes) {
  ResizeTarget target;
  Sizes extents = node.extents(0);
  if (given.size() != axes.size()) {
    return node.fail("invalid scales", "expected " + Twine(axes.size()) +
                                           " values, got " +
                                           Twine(given.size()));
  }
  SmallVector<double> scales =
      spread<double>(given, axes, SmallVector<double>(extents.size(), 1.0));
  for (auto [extent, scale] : zip(extents, scales)) {
    FailureOr<AffineExpr> size = scaledExtent(node, extent, scale);
    if (failed(size)) {
      return failure();
    }
    target.shape.push_back(*size);
    target.scales.push_back(scale);
  }
  return target;
}

/// Sizes that keep the aspect ratio: one scale for all axes.
FailureOr<ResizeTarget> proportionalTarget(Node &node, ArrayRef<int64_t> axes,
                                           const Sizes &sizes, bool larger) {
  Sizes extents = node.extents(0);
  ResizeTarget target{extents, SmallVector<float>(extents.size(), 1.0f)};
  std::optional<double> scale;
  for (auto [axis, size] : zip(axes, sizes)) {
    std::optional<int64_t> from = kernel::constantOf(extents[axis]);
    std::optional<int64_t> to = kernel::constantOf(size);
    if (!from || !to || *from == 0) {
      return node.fail("unsupported attribute 'keep_aspect_ratio_policy'",
                       "it needs constant extents");
    }
    double quotient = double(*to) / double(*from);
    scale = !scale   ? quotient
            : larger ? std::max(*scale, quotient)
                     : std::min(*scale, quotient);
  }
  for (int64_t axis : axes) {
    double size = *kernel::constantOf(extents[axis]) * *scale;
    target.shape[axis] = getAffineConstantExpr(int64_t(std::floor(size + 0.5)),
                                               node.builder.getContext());
    target.scales[axis] = *scale;
  }
  return target;
}

FailureOr<ResizeTarget> resizeTarget(Node &node, ArrayRef<int64_t> axes) {
  unsigned scalesInput = node.opset >= 11 ? 2 : 1;
  if (node.proto.op_type() == "Upsample" && node.opset < 9) {
    return targetOfScales(node, node.numbers("scales"), axes);
  }
  const KnownTensor *known = node.known(scalesInput);
  bool hasScales = node.has(scalesInput) &&
                   !(known && known->elements.empty()) &&
                   kernel::constantOf(node.extents(scalesInput)[0]) != 0;
  std::string policy = node.text("keep_aspect_ratio_policy", "stretch");
  if (hasScales) {
    FailureOr<SmallVector<double>> scales = node.constantNumbers(scalesInput);
    if (failed(scales)) {
      return failure();
    }
    return targetOfScales(node, *scales, axes);
  }
  if (!node.has(3)) {
    return node.fail("missing input", "expected scales or sizes");
  }
  FailureOr<Sizes> sizes = node.sizes(3);
  if (failed(sizes)) {
    return failure();
  }
  if (sizes->size() != axes.size()) {
    return node.fail("invalid sizes", "expected " + Twine(axes.size()) +
                                          " values, got " +
                                          Twine(sizes->size()));
  }
  if (policy != "stretch") {
    return proportionalTarget(node, axes, *sizes, policy == "not_smaller");
  }
  return ResizeTarget{spread<AffineExpr>(*sizes, axes, node.extents(0)), {}};
}

/// The region of interest of tf_crop_and_resize over all axes.
FailureOr<SmallVector<float>> resizeRegion(Node &node, ArrayRef<int64_t> axes) {
  FailureOr<SmallVector<double>> given = node.constantNumbers(1);
  if (failed(given)) {
    return failure();
  }
  if (given->size() != 2 * axes.size()) {
    return node.fail("invalid region",
                     "expected " + Twine(2 * axes.size()) + " values");
  }
  int64_t rank = node.rank(0);
  SmallVector<float> region(rank, 0.0f);
  region.append(rank, 1.0f);
  for (auto [i, axis] : enumerate(axes)) {
    region[axis] = (*given)[i];
    region[rank + axis] = (*given)[axes.size() + i];
  }
  return region;
}

LogicalResult resize(Node &node) {
  SmallVector<int64_t> axes = node.integers("axes");
  if (!node.hasAttribute("axes")) {
    for (int64_t axis = 0; axis < node.rank(0); ++axis) {
      axes.push_back(axis);
    }
  }
  FailureOr<SmallVector<int64_t>> checked = node.axes(axes, node.rank(0));
  if (failed(checked)) {
    return failure();
  }
  FailureOr<ResizeTarget> target = resizeTarget(node, *checked);
  if (failed(target)) {
    return failure();
  }
  bool early = node.opset < 11; // Upsample, and Resize of opset 10
  std::string mode = node.text("mode", "nearest");
  mode = mode == "bilinear" || mode == "trilinear" ? "linear" : mode;
  std::string coordinates =
      early ? "asymmetric"
            : node.text("coordinate_transformation_mode", "half_pixel");
  std::string nearest =
      early ? "floor" : node.text("nearest_mode", "round_prefer_floor");
  SmallVector<float> region;
  if (coordinates == "tf_crop_and_resize") {
    FailureOr<SmallVector<float>> given = resizeRegion(node, *checked);
    if (failed(given)) {
      return failure();
    }
    region = *given;
  }
  Resampling rule{*target, mode, coordinates, nearest};
  if (node.integer("antialias", 0) != 0 && mode != "nearest") {
    return node.setResult(0, resizeSmoothly(inputOf(node, 0), rule));
  }
  rule.region = region;
  return node.setResult(0, resized(inputOf(node, 0), rule));
}

} // namespace

void addResizeAdapters(AdapterTable &table) {
  table.add("Resize", 10, 2, 2, resize);
  table.add("Resize", 11, 1, 4, resize);
  table.add("Upsample", 7, 1, 1, resize);
  table.add("Upsample", 9, 2, 2, resize);
}

} // namespace tessera::import
