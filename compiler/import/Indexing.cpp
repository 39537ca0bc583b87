//===- Indexing.cpp - adapters: elements chosen by position ---------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Shapes.h"
#include "compiler/import/Tensors.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"
#include <cmath>

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

template <typename Op>
LogicalResult gatherAlongAxis(Node &node) {
  FailureOr<int64_t> axis = node.axis(node.integer("axis", 0), node.rank(0));
  if (failed(axis)) {
    return failure();
  }
  return node.setResult(
      0, node.create<Op>({node.input(0), node.input(1)},
                         {{"axis", node.integerAttribute(*axis)}}));
}

LogicalResult gatherND(Node &node) {
  return node.setResult(
      0, node.create<graph::GatherNDOp>(
             {node.input(0), node.input(1)},
             {{"batch_dims",
               node.integerAttribute(node.integer("batch_dims", 0))}}));
}

/// How many floats there are between constants.
FailureOr<AffineExpr> rangeOfNumbers(Node &node) {
  FailureOr<SmallVector<double>> start = node.constantNumbers(0),
                                 limit = node.constantNumbers(1),
                                 delta = node.constantNumbers(2);
  if (failed(start) || failed(limit) || failed(delta)) {
    return failure();
  }
  double count = std::ceil(((*limit)[0] - (*start)[0]) / (*delta)[0]);
  if (!(count < 1e15)) {
    return node.fail("invalid range", "it has no end");
  }
  return getAffineConstantExpr(int64_t(std::max(0.0, count)),
                               node.builder.getContext());
}

/// Whether floats are sizes, or numbers without a fraction.
bool areIntegral(Node &node) {
  return all_of(seq(3u), [&](unsigned i) {
    const KnownTensor *known = node.known(i);
    return known && known->exprs();
  });
}

/// How many elements a range has, as far as sizes decide it.
FailureOr<AffineExpr> rangeExtent(Node &node) {
  bool isFloat = isa<FloatType>(node.type(0).getElementType());
  if (isFloat && !areIntegral(node)) {
    return rangeOfNumbers(node);
  }
  FailureOr<Sizes> start = node.sizes(0), limit = node.sizes(1),
                   delta = node.sizes(2);
  if (failed(start) || failed(limit) || failed(delta)) {
    return failure();
  }
  std::optional<int64_t> known = kernel::constantOf((*delta)[0]);
  if (!known) {
    return node.fail("a parameter is not constant",
                     "input 2 must be a constant");
  }
  int64_t step = *known;
  if (step == 0 || step == INT64_MIN) {
    return node.fail("invalid range", "expected a delta other than 0");
  }
  AffineExpr low = step > 0 ? (*start)[0] : (*limit)[0];
  AffineExpr high = step > 0 ? (*limit)[0] : (*start)[0];
  AffineExpr distance =
      extremeOf(*node.importer.module, kernel::DimensionKind::max,
                kernel::simplify(high), kernel::simplify(low)) -
      low;
  return kernel::simplify(kernel::simplify(distance).ceilDiv(std::abs(step)));
}

LogicalResult range(Node &node) {
  for (unsigned i = 0; i < 3; ++i) {
    SmallVector<AffineExpr> extents = node.extents(i);
    if (kernel::constantOf(
            kernel::productOf(node.builder.getContext(), extents)) != 1) {
      return node.fail("invalid range", "expected scalars");
    }
  }
  FailureOr<AffineExpr> extent = rangeExtent(node);
  if (failed(extent)) {
    return failure();
  }
  return node.setResult(
      0, node.create<graph::RangeOp>(
             {node.reshape(node.input(0), {}), node.reshape(node.input(2), {})},
             {{"extent", node.sizesAttribute({*extent})}}));
}

LogicalResult oneHot(Node &node) {
  FailureOr<Sizes> depth = node.sizes(1);
  FailureOr<int64_t> axis =
      node.axis(node.integer("axis", -1), node.rank(0) + 1);
  if (failed(depth) || failed(axis)) {
    return failure();
  }
  if (depth->size() != 1) {
    return node.fail("invalid depth", "expected one value");
  }
  return node.setResult(0, node.create<graph::OneHotOp>(
                               {node.input(0), node.input(2)},
                               {{"axis", node.integerAttribute(*axis)},
                                {"depth", node.sizesAttribute(*depth)}}));
}

LogicalResult trilu(Node &node) {
  Sizes diagonal{getAffineConstantExpr(0, node.builder.getContext())};
  if (node.has(1)) {
    FailureOr<Sizes> given = node.sizes(1, INT64_MIN);
    if (failed(given)) {
      return failure();
    }
    if (given->size() != 1) {
      return node.fail("invalid diagonal", "expected one value");
    }
    diagonal = *given;
  }
  return node.setResult(
      0, node.create<graph::TriluOp>(
             {node.input(0)},
             {{"upper", node.integerAttribute(node.integer("upper", 1) != 0)},
              {"k", node.sizesAttribute(diagonal)}}));
}

LogicalResult eyeLike(Node &node) {
  Type element = node.type(0).getElementType();
  if (node.hasAttribute("dtype")) {
    Expected<Type> given =
        elementTypeOf(node.integer("dtype", 0), node.builder.getContext());
    if (!given) {
      return node.fail("unsupported type", toString(given.takeError()));
    }
    element = *given;
  }
  return node.setResult(
      0, node.create<graph::EyeOp>(
             {}, {{"shape", node.sizesAttribute(node.extents(0))},
                  {"k", node.integerAttribute(node.integer("k", 0))},
                  {"element", TypeAttr::get(element)}}));
}

LogicalResult reverseSequence(Node &node) {
  return node.setResult(
      0,
      node.create<graph::ReverseSequenceOp>(
          {node.input(0), node.input(1)},
          {{"time_axis", node.integerAttribute(node.integer("time_axis", 0))},
           {"batch_axis",
            node.integerAttribute(node.integer("batch_axis", 1))}}));
}

//===----------------------------------------------------------------------===//
// Resize
//===----------------------------------------------------------------------===//

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

struct ResizeTarget {
  Sizes shape;
  SmallVector<float> scales;
};

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
  OpBuilder &b = node.builder;
  return node.setResult(
      0,
      node.create<graph::ResizeOp>(
          {node.input(0)},
          {{"shape", node.sizesAttribute(target->shape)},
           {"scales", b.getDenseF32ArrayAttr(target->scales)},
           {"roi", b.getDenseF32ArrayAttr(region)},
           {"mode", node.textAttribute(mode)},
           {"coordinate_transformation_mode", node.textAttribute(coordinates)},
           {"nearest_mode", node.textAttribute(nearest)},
           {"cubic_coeff_a",
            node.numberAttribute(node.number("cubic_coeff_a", -0.75))},
           {"exclude_outside",
            node.integerAttribute(node.integer("exclude_outside", 0))},
           {"extrapolation_value",
            node.numberAttribute(node.number("extrapolation_value", 0))},
           {"antialias",
            node.integerAttribute(node.integer("antialias", 0))}}));
}

} // namespace

void addIndexingAdapters(AdapterTable &table) {
  table.add("EyeLike", 9, 1, 1, eyeLike);
  table.add("Gather", 1, 2, 2, gatherAlongAxis<graph::GatherOp>);
  table.add("GatherElements", 11, 2, 2,
            gatherAlongAxis<graph::GatherElementsOp>);
  table.add("GatherND", 11, 2, 2, gatherND);
  table.add("OneHot", 9, 3, 3, oneHot);
  table.add("Range", 11, 3, 3, range);
  table.add("Resize", 10, 2, 2, resize);
  table.add("Resize", 11, 1, 4, resize);
  table.add("ReverseSequence", 10, 2, 2, reverseSequence);
  table.add("Trilu", 14, 1, 2, trilu);
  table.add("Upsample", 7, 1, 1, resize);
  table.add("Upsample", 9, 2, 2, resize);
}

} // namespace tessera::import
