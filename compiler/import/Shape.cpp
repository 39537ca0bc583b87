//===- Shape.cpp - adapters: views and rearrangements ---------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Assumption.h"
#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Shapes.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

LogicalResult identity(Node &node) {
  return node.setAlias(0, node.tensorOf(0));
}

LogicalResult reshape(Node &node) {
  FailureOr<Sizes> extents = reshapedExtents(node);
  if (failed(extents)) {
    return failure();
  }
  Value input = node.input(0);
  if (node.proto.op_type() == "Squeeze" && node.importer.isInBranch()) {
    auto given = attributeOrInput(node, "axes", 1);
    FailureOr<SmallVector<int64_t>> axes = SmallVector<int64_t>();
    if (succeeded(given) && *given) {
      axes = node.axes(**given, node.rank(0));
    }
    if (failed(given) || failed(axes)) {
      return failure();
    }
    input = squeezeHere(node, input, *axes);
  }
  return node.setResult(0, node.reshape(input, *extents));
}

LogicalResult transpose(Node &node) {
  int64_t rank = node.rank(0);
  SmallVector<int64_t> order = node.integers("perm");
  if (!node.hasAttribute("perm")) {
    for (int64_t axis = rank; axis-- > 0;) {
      order.push_back(axis);
    }
  }
  return node.setResult(
      0, node.create<graph::TransposeOp>(
             {node.input(0)}, {{"perm", node.integersAttribute(order)}}));
}

LogicalResult concat(Node &node) {
  if (node.opset >= 4 && !node.hasAttribute("axis")) {
    return node.fail("missing attribute 'axis'", "Concat needs it");
  }
  FailureOr<int64_t> axis = node.axis(node.integer("axis", 1), node.rank(0));
  if (failed(axis)) {
    return failure();
  }
  for (unsigned i = 1; i < node.inputCount(); ++i) {
    if (!node.has(i) || node.rank(i) != node.rank(0)) {
      return node.fail("invalid input",
                       "expected inputs of equal rank to concatenate");
    }
  }
  if (node.inputCount() == 1) {
    return identity(node);
  }
  return node.setResult(
      0, node.create<graph::ConcatOp>(
             node.allInputs(), {{"axis", node.integerAttribute(*axis)}}));
}

Value slice(Node &node, Value input, const SliceBounds &bounds) {
  return node.create<graph::SliceOp>(
      {input}, {{"starts", node.sizesAttribute(bounds.starts)},
                {"sizes", node.sizesAttribute(bounds.extents)},
                {"steps", node.integersAttribute(bounds.steps)}});
}

LogicalResult sliceNode(Node &node) {
  FailureOr<SliceBounds> bounds = sliceBounds(node);
  if (failed(bounds)) {
    return failure();
  }
  return node.setResult(0, slice(node, node.input(0), *bounds));
}

/// The sizes of `count` equal parts of a free extent, of which those at the end
/// may be smaller or empty.
Sizes roundedParts(Node &node, AffineExpr extent, int64_t count) {
  AffineExpr part = extent.ceilDiv(count),
             begin = getAffineConstantExpr(0, extent.getContext());
  Sizes sizes;
  for (int64_t i = 1; i <= count; ++i) {
    AffineExpr end = i == count ? extent
                                : extremeOf(*node.importer.module,
                                            kernel::DimensionKind::min,
                                            kernel::simplify(part * i), extent);
    sizes.push_back(kernel::simplify(end - begin));
    begin = end;
  }
  return sizes;
}

/// The sizes of the parts: given, or equal with a smaller last one.
FailureOr<Sizes> splitSizes(Node &node, AffineExpr extent) {
  MLIRContext *context = node.builder.getContext();
  if (node.has(1)) {
    return node.sizes(1);
  }
  Sizes sizes;
  for (int64_t size : node.integers("split")) {
    sizes.push_back(getAffineConstantExpr(size, context));
  }
  if (!sizes.empty()) {
    return sizes;
  }
  int64_t count = node.integer("num_outputs", node.proto.output_size());
  if (count != node.proto.output_size()) {
    return node.fail("invalid split", "expected num_outputs " +
                                          Twine(node.proto.output_size()) +
                                          ", got " + Twine(count));
  }
  AffineExpr part =
      kernel::divideExactly(extent, getAffineConstantExpr(count, context));
  // The last of more than two parts may be smaller, even less than nothing.
  bool isRounded = node.hasAttribute("num_outputs");
  if (!part && isRounded && count > 2 && !kernel::constantOf(extent)) {
    return roundedParts(node, extent, count);
  }
  if (!part && !isRounded && !kernel::constantOf(extent)) {
    part = kernel::simplify(extent.floorDiv(count));
    node.importer.assumeEqual(extent, part * count);
  } else if (!part) {
    part = kernel::simplify(extent.ceilDiv(count));
  }
  sizes.assign(count - 1, part);
  sizes.push_back(kernel::simplify(extent - part * (count - 1)));
  return sizes;
}

LogicalResult split(Node &node) {
  FailureOr<int64_t> axis = node.axis(node.integer("axis", 0), node.rank(0));
  if (failed(axis)) {
    return failure();
  }
  MLIRContext *context = node.builder.getContext();
  SliceBounds bounds;
  bounds.extents = node.extents(0);
  bounds.starts.assign(bounds.extents.size(),
                       getAffineConstantExpr(0, context));
  bounds.steps.assign(bounds.extents.size(), 1);
  AffineExpr extent = bounds.extents[*axis];
  FailureOr<Sizes> sizes = splitSizes(node, extent);
  if (failed(sizes)) {
    return failure();
  }
  if (int(sizes->size()) != node.proto.output_size()) {
    return node.fail("invalid split",
                     "expected " + Twine(node.proto.output_size()) +
                         " sizes, got " + Twine(sizes->size()));
  }
  AffineExpr start = getAffineConstantExpr(0, context);
  for (auto [i, size] : enumerate(*sizes)) {
    std::optional<int64_t> constant = kernel::constantOf(size);
    if (constant && *constant < 0) {
      return node.fail("invalid split", "a part has a negative size");
    }
    bounds.starts[*axis] = start;
    bounds.extents[*axis] = size;
    if (node.wants(i) &&
        failed(node.setResult(i, slice(node, node.input(0), bounds)))) {
      return failure();
    }
    start = kernel::simplify(start + size);
  }
  if (kernel::constantOf(start) && kernel::constantOf(extent) &&
      start != extent) {
    return node.fail("invalid split", "the parts do not cover the axis");
  }
  node.importer.assumeEqual(start, extent);
  return success();
}

LogicalResult expand(Node &node) {
  FailureOr<Sizes> target = node.sizes(1);
  if (failed(target)) {
    return failure();
  }
  for (AffineExpr &size : *target) {
    if (isAtMostOne(size, *node.importer.module)) {
      AffineExpr one = getAffineConstantExpr(1, size.getContext());
      node.importer.assumeEqual(size, one);
      size = one;
    }
  }
  return node.setResult(
      0, node.create<graph::ExpandOp>(
             {node.input(0)}, {{"shape", node.sizesAttribute(*target)}}));
}

LogicalResult tile(Node &node) {
  FailureOr<Sizes> repeats = node.sizes(1);
  if (failed(repeats)) {
    return failure();
  }
  if (node.opset < 6) { // tiles and axis are single numbers
    FailureOr<SmallVector<int64_t>> axis = node.constants(2);
    if (failed(axis) || axis->size() != 1 || repeats->size() != 1) {
      return node.fail("unsupported repeats", "expected one axis");
    }
    FailureOr<int64_t> checked = node.axis((*axis)[0], node.rank(0));
    if (failed(checked)) {
      return failure();
    }
    Sizes all(node.rank(0),
              getAffineConstantExpr(1, node.builder.getContext()));
    all[*checked] = (*repeats)[0];
    repeats = all;
  }
  return node.setResult(
      0, node.create<graph::TileOp>(
             {node.input(0)}, {{"repeats", node.sizesAttribute(*repeats)}}));
}

/// Pads as (before..., after...) over all axes.
FailureOr<Sizes> padAmounts(Node &node) {
  MLIRContext *context = node.builder.getContext();
  int64_t rank = node.rank(0);
  Sizes given;
  if (node.opset >= 11) {
    FailureOr<Sizes> sizes = node.sizes(1);
    if (failed(sizes)) {
      return failure();
    }
    given = *sizes;
  } else {
    for (int64_t pad : node.integers(node.opset < 2 ? "paddings" : "pads")) {
      given.push_back(getAffineConstantExpr(pad, context));
    }
  }
  SmallVector<int64_t> axes;
  for (int64_t i = 0; i < rank; ++i) {
    axes.push_back(i);
  }
  if (node.has(3)) {
    FailureOr<SmallVector<int64_t>> values = node.constants(3);
    if (failed(values)) {
      return failure();
    }
    FailureOr<SmallVector<int64_t>> checked = node.axes(*values, rank);
    if (failed(checked)) {
      return failure();
    }
    axes = *checked;
  }
  if (given.size() != 2 * axes.size()) {
    return node.fail("invalid pads", "expected " + Twine(2 * axes.size()) +
                                         " values, got " + Twine(given.size()));
  }
  Sizes pads(2 * rank, getAffineConstantExpr(0, context));
  for (auto [i, axis] : enumerate(axes)) {
    pads[axis] = given[i];
    pads[rank + axis] = given[axes.size() + i];
  }
  return pads;
}

/// The constant that fills the padding, of the element type.
FailureOr<Attribute> padValue(Node &node, Type element) {
  double value = node.opset < 11 ? node.number("value", 0) : 0;
  if (node.has(2)) {
    FailureOr<SmallVector<double>> given = node.constantNumbers(2);
    if (failed(given) || given->size() != 1) {
      return node.fail("unsupported pad value", "expected one constant");
    }
    value = (*given)[0];
  }
  if (auto type = dyn_cast<FloatType>(element)) {
    return Attribute(FloatAttr::get(type, value));
  }
  return Attribute(IntegerAttr::get(element, int64_t(value)));
}

LogicalResult pad(Node &node) {
  FailureOr<Sizes> pads = padAmounts(node);
  std::string mode = node.text("mode", "constant");
  if (failed(pads)) {
    return failure();
  }
  Attribute value;
  if (mode == "constant") {
    FailureOr<Attribute> given = padValue(node, node.type(0).getElementType());
    if (failed(given)) {
      return failure();
    }
    value = *given;
  }
  return node.setResult(
      0, node.create<graph::PadOp>({node.input(0)},
                                   {{"pads", node.sizesAttribute(*pads)},
                                    {"mode", node.textAttribute(mode)},
                                    {"value", value}}));
}

/// Shape and Size never need an operation: extents are always expressions.
LogicalResult alwaysKnown(Node &node) {
  return node.fail("invalid attributes", "the shape cannot be read");
}

} // namespace

void addShapeAdapters(AdapterTable &table) {
  table.add("Concat", 1, 1, kVariadic, concat);
  table.add("Expand", 8, 2, 2, expand);
  table.add("Flatten", 1, 1, 1, reshape);
  table.add("Identity", 1, 1, 1, identity);
  table.add("Pad", 1, 1, 1, pad);
  table.add("Pad", 11, 2, 4, pad);
  table.add("Reshape", 1, 1, 1, reshape);
  table.add("Reshape", 5, 2, 2, reshape);
  table.add("Shape", 1, 1, 1, alwaysKnown);
  table.add("Size", 1, 1, 1, alwaysKnown);
  table.add("Slice", 1, 1, 1, sliceNode);
  table.add("Slice", 10, 3, 5, sliceNode);
  table.add("Split", 1, 1, 2, split);
  table.add("Squeeze", 1, 1, 2, reshape);
  table.add("Tile", 1, 2, 3, tile);
  table.add("Transpose", 1, 1, 1, transpose);
  table.add("Unsqueeze", 1, 1, 2, reshape);
}

} // namespace tessera::import
