//===- Vision.cpp - adapters: sampling of images --------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "compiler/import/LibraryCall.h"
#include "compiler/import/Sampling.h"
#include "compiler/import/Signal.h"
#include "compiler/import/Window.h"
#include "dialects/kernel/Extents.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

AffineExpr productFrom(Node &node, const Sizes &extents, size_t first) {
  return kernel::productOf(node.builder.getContext(),
                           ArrayRef(extents).drop_front(first));
}

/// The rule that the attributes of GridSample give.
FailureOr<SamplingRule> gridRule(Node &node) {
  std::string mode = node.text("mode", node.opset < 20 ? "bilinear" : "linear"),
              padding = node.text("padding_mode", "zeros");
  SamplingRule rule;
  rule.mode = llvm::StringSwitch<StringRef>(mode)
                  .Cases({"linear", "bilinear"}, "linear")
                  .Cases({"cubic", "bicubic"}, "cubic")
                  .Case("nearest", "nearest")
                  .Default("");
  rule.padding = llvm::StringSwitch<StringRef>(padding)
                     .Case("zeros", "zeros")
                     .Case("border", "border")
                     .Case("reflection", "reflection")
                     .Default("");
  rule.alignsCorners = node.integer("align_corners", 0) != 0;
  if (rule.mode.empty() || rule.padding.empty()) {
    return node.fail("invalid attribute 'mode' or 'padding_mode'",
                     mode + ", " + padding);
  }
  return rule;
}

/// x [N, C, D...] at the points of grid [N, P..., rank], whose coordinates run
/// from -1 to 1, the last axis first.
LogicalResult gridSample(Node &node) {
  Term x = inputOf(node, 0), grid = inputOf(node, 1);
  int64_t spatial = x.rank() - 2;
  FailureOr<SamplingRule> rule = gridRule(node);
  if (failed(rule)) {
    return failure();
  }
  if (spatial < 1 || grid.rank() != x.rank() ||
      !isa<FloatType>(grid.element()) ||
      kernel::constantOf(grid.extent(-1)).value_or(spatial) != spatial) {
    return node.fail("invalid input", "expected x [N, C, D...] and a grid [N, "
                                      "..., rank of D] of floats");
  }
  node.importer.assumeEqual(grid.extent(-1), sizeOf(node, spatial));
  Sizes extents = x.extents(), points = grid.extents();
  Sizes box(extents.begin() + 2, extents.end());
  points.pop_back();
  AffineExpr one = sizeOf(node, 1), count = productFrom(node, points, 1);
  SmallVector<Term> at;
  for (int64_t axis = 0; axis < spatial; ++axis) {
    Term g = reshape(slice(grid, -1, sizeOf(node, spatial - 1 - axis), one),
                     {points[0], one, count});
    Term length = sizeTerm(node, g.element(), box[axis]);
    Term unit = g + 1.0;
    at.push_back(rule->alignsCorners ? unit * 0.5 * (length - 1.0)
                                     : (unit * length - 1.0) * 0.5);
  }
  Term flat =
      reshape(x, {extents[0], extents[1], productFrom(node, extents, 2)});
  bool isFloat = isa<FloatType>(x.element());
  Term values =
      sample(isFloat ? flat : cast(flat, grid.element()), box, at, *rule);
  Sizes result{extents[0], extents[1]};
  result.append(points.begin() + 1, points.end());
  return node.setResult(0, reshape(cast(values, x.element()), result));
}

/// Points of a box in coordinates from -1 to 1 under an affine map each.
LogicalResult affineGrid(Node &node) {
  Term theta = inputOf(node, 0);
  FailureOr<Sizes> size = anySizes(node, 1, {0, -1, 1, 2, 3});
  bool aligned = node.integer("align_corners", 0) != 0;
  if (failed(size)) {
    return failure();
  }
  int64_t spatial = int64_t(size->size()) - 2;
  if ((spatial != 2 && spatial != 3) || theta.rank() != 3 ||
      kernel::constantOf(theta.extent(1)).value_or(spatial) != spatial ||
      kernel::constantOf(theta.extent(2)).value_or(spatial + 1) !=
          spatial + 1) {
    return node.fail("invalid input",
                     "expected theta [N, 2, 3] and 4 sizes, or "
                     "[N, 3, 4] and 5");
  }
  node.importer.assumeEqual(theta.extent(1), sizeOf(node, spatial));
  node.importer.assumeEqual(theta.extent(2), sizeOf(node, spatial + 1));
  AffineExpr one = sizeOf(node, 1);
  Sizes whole(spatial + 2, one);
  whole[0] = theta.extent(0);
  whole.back() = sizeOf(node, spatial);
  // Column j of theta, for each point.
  auto column = [&](int64_t j) {
    return reshape(slice(theta, 2, sizeOf(node, j), one), whole);
  };
  Term sum = column(spatial);
  for (int64_t axis = 0; axis < spatial; ++axis) {
    AffineExpr extent = (*size)[2 + axis];
    Term index = cast(positions(node, extent), theta.element());
    Term length = sizeTerm(node, theta.element(), extent);
    Term at = aligned ? index * 2.0 / (length - 1.0) - 1.0
                      : (index * 2.0 + 1.0) / length - 1.0;
    Sizes along(spatial + 2, one);
    along[1 + axis] = extent;
    sum = sum + reshape(at, along) * column(spatial - 1 - axis);
  }
  return node.setResult(0, sum);
}

/// Coordinates of the samples of each region along one axis, [R, pooled *
/// ratio], and whether they are near enough to the image to count.
struct RegionSamples {
  Term low, high; // indices, i64
  Term fraction, inside;
};

/// Whether the middle of an element has the coordinate of the element, and not
/// half an element more.
bool hasHalfPixels(Node &node) {
  return node.text("coordinate_transformation_mode",
                   node.opset < 16 ? "output_half_pixel" : "half_pixel") ==
         "half_pixel";
}

RegionSamples regionSamples(Node &node, const Term &rois, int64_t first,
                            AffineExpr extent, int64_t pooled, int64_t ratio) {
  bool halfPixel = hasHalfPixels(node);
  double scale = node.number("spatial_scale", 1);
  AffineExpr one = sizeOf(node, 1);
  double shift = halfPixel ? 0.5 : 0.0;
  Term start = slice(rois, 1, sizeOf(node, first), one) * scale - shift,
       end = slice(rois, 1, sizeOf(node, first + 2), one) * scale - shift;
  Term length = end - start;
  if (!halfPixel) {
    length = apply<graph::MaxOp>({length, number(length, 1)});
  }
  SmallVector<double> steps;
  for (int64_t i = 0; i < pooled * ratio; ++i) {
    steps.push_back((i / ratio + (i % ratio + 0.5) / ratio) / pooled);
  }
  Term at = start + length * constantTensor(node, rois.element(),
                                            {1, pooled * ratio}, steps);
  Term size = sizeTerm(node, rois.element(), extent), last = size - 1.0;
  RegionSamples samples;
  samples.inside = (number(at, -1) <= at) & (at <= size);
  at = clamp(at, number(at, 0), last);
  Term low = floorOf(at);
  Type i64 = node.builder.getI64Type();
  samples.fraction = at - low;
  samples.low = cast(low, i64);
  samples.high = cast(apply<graph::MinOp>({low + 1.0, last}), i64);
  return samples;
}

/// Regions with as many samples as the run finds them to need.
LogicalResult roiAlignAtRunTime(Node &node, StringRef mode,
                                std::array<int64_t, 2> cells) {
  Term x = inputOf(node, 0);
  if (!x.element().isF32() || !inputOf(node, 1).element().isF32()) {
    return node.fail("unsupported attribute 'sampling_ratio'",
                     "0 needs f32 elements and regions");
  }
  return LibraryCall(node, "roi_align")
      .inputs(0, 3)
      .parameter("half_pixel", node.integerAttribute(hasHalfPixels(node)))
      .parameter("spatial_scale",
                 node.numberAttribute(node.number("spatial_scale", 1)))
      .parameter("takes_max", node.integerAttribute(mode == "max"))
      .result(x.element(), {node.extents(1)[0], x.extent(1),
                            sizeOf(node, cells[0]), sizeOf(node, cells[1])})
      .buildResults();
}

LogicalResult roiAlign(Node &node) {
  Term x = inputOf(node, 0), rois = inputOf(node, 1), batch = inputOf(node, 2);
  int64_t height = node.integer("output_height", 1),
          width = node.integer("output_width", 1),
          ratio = node.integer("sampling_ratio", 0);
  std::string mode = node.text("mode", "avg");
  if (x.rank() != 4 || rois.rank() != 2 || batch.rank() != 1) {
    return node.fail("invalid input", "expected x [N, C, H, W], regions [R, 4] "
                                      "and R batch indices");
  }
  if (ratio < 0 || ratio > 64 || height < 1 || width < 1 || height > 65536 ||
      width > 65536 / height || (mode != "avg" && mode != "max")) {
    return node.fail("unsupported attribute 'sampling_ratio'",
                     "expected 1 to 64 samples a cell, or 0, and mode avg or "
                     "max");
  }
  if (ratio == 0) {
    return roiAlignAtRunTime(node, mode, {height, width});
  }
  Type i64 = node.builder.getI64Type();
  RegionSamples y = regionSamples(node, rois, 1, x.extent(2), height, ratio),
                z = regionSamples(node, rois, 0, x.extent(3), width, ratio);
  // Rows of channels: element (n, h, w) is row (n * H + h) * W + w.
  Term rows = reshape(
      transpose(x, {0, 2, 3, 1}),
      {kernel::simplify(x.extent(0) * x.extent(2) * x.extent(3)), x.extent(1)});
  Term base = reshape(cast(batch, i64), {batch.extent(0), sizeOf(node, 1)}) *
              sizeTerm(node, i64, x.extent(2));
  Term total,
      inside = unsqueeze(unsqueeze(y.inside, 2) & unsqueeze(z.inside, 1), 3);
  for (bool lower : {false, true}) {
    for (bool right : {false, true}) {
      Term row =
          (base + (lower ? y.high : y.low)) * sizeTerm(node, i64, x.extent(3));
      Term index = unsqueeze(row, 2) + unsqueeze(right ? z.high : z.low, 1);
      Term one = number(y.fraction, 1);
      Term weight = unsqueeze(lower ? y.fraction : one - y.fraction, 2) *
                    unsqueeze(right ? z.fraction : one - z.fraction, 1);
      Term part = gather(rows, index, 0) * unsqueeze(weight, 3);
      // The specification's reference takes the greatest weighted corner.
      total = !total          ? part
              : mode == "avg" ? total + part
                              : apply<graph::MaxOp>({total, part});
    }
  }
  total = where(inside, total, number(total, 0));
  Term cells =
      splitAxis(splitAxis(total, 2, sizeOf(node, width), sizeOf(node, ratio)),
                1, sizeOf(node, height), sizeOf(node, ratio));
  Term pooled = reduce(mode == "avg" ? "mean" : "max", cells, {2, 4}, false);
  return node.setResult(0, transpose(pooled, {0, 3, 1, 2}));
}

/// The sum of overlapping blocks: a transposed convolution with a kernel that
/// puts each value of a column at its place in the block.
LogicalResult col2Im(Node &node) {
  Term x = inputOf(node, 0);
  FailureOr<SmallVector<int64_t>> image = node.constants(1),
                                  block = node.constants(2);
  if (failed(image) || failed(block)) {
    return failure();
  }
  size_t count = image->size();
  FailureOr<Window> window = readWindow(node, *block);
  if (failed(window)) {
    return failure();
  }
  int64_t elements = 1;
  for (int64_t extent : *block) {
    elements *= extent;
  }
  if (x.rank() != 3 || count < 1 || count > 3 || block->size() != count ||
      elements < 1 || elements > 4096) {
    return node.fail("invalid input", "expected columns [N, C * block, L], and "
                                      "an image and a block of 1 to 3 extents");
  }
  AffineExpr channels =
      kernel::divideExactly(x.extent(1), sizeOf(node, elements));
  if (!channels) {
    return node.fail("invalid input", "the block does not divide the columns");
  }
  Sizes shape{kernel::simplify(x.extent(0) * channels), sizeOf(node, elements)};
  SmallVector<int64_t> kernelShape{elements, 1}, spare;
  for (size_t i = 0; i < count; ++i) {
    int64_t before = *kernel::constantOf(window->pads[i]),
            after = *kernel::constantOf(window->pads[count + i]),
            span = window->dilations[i] * ((*block)[i] - 1) + 1,
            room = (*image)[i] + before + after - span;
    if (room < 0) {
      return node.fail("invalid input", "the block is larger than the image");
    }
    shape.push_back(sizeOf(node, room / window->strides[i] + 1));
    spare.push_back(room % window->strides[i]);
    kernelShape.push_back((*block)[i]);
  }
  SmallVector<double> weight(elements * elements, 0.0);
  for (int64_t i = 0; i < elements; ++i) {
    weight[i * elements + i] = 1;
  }
  Term result = apply<graph::ConvTransposeOp>(
      {reshape(x, shape),
       constantTensor(node, x.element(), kernelShape, weight)},
      {{"strides", node.integersAttribute(window->strides)},
       {"dilations", node.integersAttribute(window->dilations)},
       {"pads", node.sizesAttribute(window->pads)},
       {"output_padding", node.integersAttribute(spare)},
       {"group", node.integerAttribute(1)}});
  Sizes extents{x.extent(0), channels};
  for (int64_t extent : *image) {
    extents.push_back(sizeOf(node, extent));
  }
  return node.setResult(0, reshape(result, extents));
}

/// The middle of each axis, or the axis in the middle of zeros.
LogicalResult centerCropPad(Node &node) {
  Term x = inputOf(node, 0);
  FailureOr<Sizes> target = anySizes(node, 1);
  SmallVector<int64_t> axes = node.integers("axes");
  if (!node.hasAttribute("axes")) {
    for (int64_t axis = 0; axis < x.rank(); ++axis) {
      axes.push_back(axis);
    }
  }
  FailureOr<SmallVector<int64_t>> checked = node.axes(axes, x.rank());
  if (failed(target) || failed(checked)) {
    return failure();
  }
  if (target->size() != checked->size()) {
    return node.fail("invalid shape", "expected one extent for each axis");
  }
  Sizes pads(2 * x.rank(), sizeOf(node, 0));
  for (auto [axis, wanted] : zip(*checked, *target)) {
    AffineExpr own = x.extent(axis);
    AffineExpr kept = extremeOf(*node.importer.module,
                                kernel::DimensionKind::min, own, wanted);
    if (kept != own) {
      x = slice(x, axis, kernel::simplify((own - kept).floorDiv(2)), kept);
    }
    AffineExpr missing = kernel::simplify(wanted - kept);
    pads[axis] = kernel::simplify(missing.floorDiv(2));
    pads[x.rank() + axis] = kernel::simplify(missing - pads[axis]);
  }
  return node.setResult(
      0, apply<graph::PadOp>({x}, {{"pads", node.sizesAttribute(pads)},
                                   {"mode", node.textAttribute("constant")}}));
}

/// Mode CRD has the channel in front of the position in the block.
LogicalResult spaceToDepth(Node &node) {
  std::string mode = node.text("mode", "DCR");
  int64_t block = node.integer("blocksize", 0);
  Term x = inputOf(node, 0);
  if ((mode != "DCR" && mode != "CRD") || block < 1 || block > 65536 ||
      x.rank() != 4) {
    return node.fail("invalid attribute", "expected a positive blocksize, mode "
                                          "DCR or CRD and an input of rank 4");
  }
  Term result = apply<graph::SpaceToDepthOp>(
      {x}, {{"blocksize", node.integerAttribute(block)}});
  if (mode == "CRD") {
    Term split = splitAxis(result, 1, sizeOf(node, block * block), x.extent(1));
    result = joinAxes(transpose(split, {0, 2, 1, 3, 4}), 1);
  }
  return node.setResult(0, result);
}

} // namespace

void addVisionAdapters(AdapterTable &table) {
  table.add("AffineGrid", 20, 2, 2, affineGrid);
  table.add("CenterCropPad", 18, 2, 2, centerCropPad);
  table.add("Col2Im", 18, 3, 3, [](Node &node) {
    bool isFixed = isConstantInput(node, 1) && isConstantInput(node, 2);
    return isFixed ? col2Im(node) : col2ImAtRunTime(node);
  });
  table.add("GridSample", 16, 2, 2, gridSample);
  table.add("SpaceToDepth", 28, 1, 1, spaceToDepth);
  table.add("RoiAlign", 10, 3, 3, roiAlign);
}

} // namespace tessera::import
