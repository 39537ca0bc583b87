//===- Deform.cpp - adapter: convolution with moved samples ---------------===//
//
// The samples of every window are interpolated into columns; a product with
// the weight follows, as for any convolution written that way.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Sampling.h"
#include "compiler/import/Window.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// The operands' extents that the composition needs as constants.
struct DeformSizes {
  int64_t group, offsetGroup;
  AffineExpr count;                       // elements of the kernel
  AffineExpr outHeight, outWidth, points; // points: count * height * width
};

/// Coordinates along spatial axis `axis` of all samples, [N, G, 1, points].
Term coordinates(Node &node, const DeformSizes &sizes, const Window &window,
                 int axis) {
  Term offset = inputOf(node, 2);
  Type element = offset.element();
  AffineExpr one = sizeOf(node, 1), batch = offset.extent(0),
             groups = sizeOf(node, sizes.offsetGroup), count = sizes.count;
  Term moved = reshape(offset, {batch, groups, count, sizeOf(node, 2),
                                sizes.outHeight, sizes.outWidth});
  moved = squeeze(slice(moved, 3, sizeOf(node, axis), one), 3);
  Sizes tapShape{one, one};
  tapShape[axis] = window.kernel[axis];
  Term tap = expand(reshape(cast(positions(node, window.kernel[axis]), element),
                            tapShape),
                    window.kernel) *
             double(window.dilations[axis]);
  Sizes along(5, one);
  along[3 + axis] = axis == 0 ? sizes.outHeight : sizes.outWidth;
  Term start = reshape(positions(node, along[3 + axis]), along);
  Term base = cast(start, element) * double(window.strides[axis]) -
              sizeTerm(node, element, window.pads[axis]) +
              reshape(tap, {one, one, count, one, one});
  return reshape(moved + base, {batch, groups, one, sizes.points});
}

/// Checks ranks and group counts; the window is read with the weight's kernel.
FailureOr<DeformSizes> readSizes(Node &node, ArrayRef<AffineExpr> window) {
  DeformSizes sizes;
  sizes.group = node.integer("group", 1);
  sizes.offsetGroup = node.integer("offset_group", 1);
  if (node.rank(0) != 4 || node.rank(1) != 4 || node.rank(2) != 4 ||
      sizes.group < 1 || sizes.offsetGroup < 1) {
    return node.fail("unsupported input",
                     "expected two spatial axes and positive groups");
  }
  sizes.count = kernel::simplify(window[0] * window[1]);
  AffineExpr offsets = kernel::simplify(sizes.count * (2 * sizes.offsetGroup));
  if (!node.fixExtent(2, 1, offsets)) {
    return node.fail("invalid input", "expected 2 offsets for each element of "
                                      "the kernel and group");
  }
  Sizes offset = node.extents(2);
  sizes.outHeight = offset[2];
  sizes.outWidth = offset[3];
  sizes.points = kernel::simplify(offset[2] * offset[3] * sizes.count);
  return sizes;
}

LogicalResult deformConv(Node &node) {
  FailureOr<Sizes> extents = kernelOf(node, 1);
  if (failed(extents)) {
    return failure();
  }
  FailureOr<DeformSizes> sizes = readSizes(node, *extents);
  if (failed(sizes)) {
    return failure();
  }
  FailureOr<Window> window = readWindow(node, *extents);
  if (failed(window)) {
    return failure();
  }
  Term x = inputOf(node, 0), weight = inputOf(node, 1), bias = inputOf(node, 3),
       mask = inputOf(node, 4);
  AffineExpr one = sizeOf(node, 1), groups = sizeOf(node, sizes->offsetGroup),
             convGroups = sizeOf(node, sizes->group);
  AffineExpr channels = node.importer.divided(x.extent(1), groups),
             inputs = node.importer.divided(x.extent(1), convGroups),
             outputs = node.importer.divided(weight.extent(0), convGroups);
  if (!channels || !inputs || !outputs) {
    return node.fail("invalid attribute 'group' or 'offset_group'",
                     "it does not divide the channels");
  }
  Term planes = reshape(x, {x.extent(0), groups, channels,
                            kernel::simplify(x.extent(2) * x.extent(3))});
  Term columns = sample(planes, {x.extent(2), x.extent(3)},
                        {coordinates(node, *sizes, *window, 0),
                         coordinates(node, *sizes, *window, 1)},
                        SamplingRule());
  if (mask) {
    columns =
        columns * reshape(mask, {x.extent(0), groups, one, sizes->points});
  }
  AffineExpr area = kernel::simplify(sizes->outHeight * sizes->outWidth),
             rows = kernel::simplify(inputs * sizes->count);
  Term product =
      matmul(reshape(weight, {convGroups, outputs, rows}),
             reshape(columns, {x.extent(0), convGroups, rows, area}));
  Term result = reshape(product, {x.extent(0), weight.extent(0),
                                  sizes->outHeight, sizes->outWidth});
  if (bias) {
    result = result + reshape(bias, {bias.extent(0), one, one});
  }
  return node.setResult(0, result);
}

} // namespace

void addDeformAdapters(AdapterTable &table) {
  table.add("DeformConv", 19, 3, 5, deformConv);
}

} // namespace tessera::import
