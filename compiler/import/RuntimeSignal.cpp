//===- RuntimeSignal.cpp - signal operators with parameters of the run ----===//
//
// Transforms whose axis or length, and images and filters whose sizes, only the
// run knows are functions of the library. So are transforms of a free length,
// which a matrix cannot hold.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/LibraryCall.h"
#include "compiler/import/Signal.h"
#include "compiler/import/Term.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

/// Bytes of memory that a transform of one point takes at most: two buffers of
/// up to four points, half as many roots of unity and a chirp, 16 bytes each.
static constexpr int64_t kBytesOfPoint = 16 * 11;

bool isConstantInput(Node &node, unsigned i) {
  const KnownTensor *known = node.known(i);
  return !node.has(i) || (known && known->isConstant());
}

LogicalResult dftAtRunTime(Node &node, std::optional<int64_t> axis) {
  Sizes extents = node.extents(0);
  bool inverse = node.integer("inverse", 0) != 0,
       oneSided = node.integer("onesided", 0) != 0;
  bool toReal = inverse && oneSided;
  if (extents.size() < 2) {
    return node.fail("invalid input", "expected a signal and a last axis of 1 "
                                      "or 2 parts");
  }
  LibraryCall call(node, "dft");
  AffineExpr longest = sizeOf(node, 0);
  for (size_t i = 0; i + 1 < extents.size(); ++i) {
    if (axis && *axis != int64_t(i)) {
      continue;
    }
    // One half of a spectrum gives a line of up to twice its length.
    AffineExpr most = kernel::simplify(extents[i] * (toReal ? 2 : 1));
    longest = kernel::simplify(longest + most);
    extents[i] = call.outputDimension(0, i, node.has(1) ? AffineExpr() : most);
  }
  extents.back() = sizeOf(node, toReal ? 1 : 2);
  call.inputs(0, 3)
      .parameter("inverse", node.integerAttribute(inverse))
      .parameter("onesided", node.integerAttribute(oneSided));
  if (axis) {
    call.parameter("axis", node.integerAttribute(*axis));
  }
  return call.result(node.type(0).getElementType(), extents)
      .scratch(kernel::simplify(longest * kBytesOfPoint))
      .buildResults();
}

LogicalResult stftAtRunTime(Node &node) {
  Term x = inputOf(node, 0);
  bool oneSided = node.integer("onesided", 1) != 0;
  x = x.rank() == 2 ? unsqueeze(x, 2) : x;
  if (x.rank() != 3 || (node.has(2) && node.rank(2) != 1)) {
    return node.fail("invalid input",
                     "expected a signal [B, L, 1 or 2] and a window [n]");
  }
  LibraryCall call(node, "stft");
  AffineExpr length = x.extent(1);
  Sizes extents{x.extent(0), call.outputDimension(0, 1, length),
                call.outputDimension(0, 2, length), sizeOf(node, 2)};
  return call.input(x)
      .inputs(1, 3)
      .parameter("onesided", node.integerAttribute(oneSided))
      .result(x.element(), extents)
      .scratch(kernel::simplify(length * kBytesOfPoint))
      .buildResults();
}

LogicalResult melWeightsAtRunTime(Node &node, Type element) {
  for (unsigned i = 0; i < 5; ++i) {
    if (node.rank(i) > 1) {
      return node.fail("invalid input", "expected scalars");
    }
  }
  LibraryCall call(node, "mel_weight_matrix");
  Sizes extents{call.outputDimension(0, 0, {}), call.outputDimension(0, 1, {})};
  return call.inputs(0, 5).result(element, extents).buildResults();
}

/// An attribute with a value for each axis; reports others.
static FailureOr<SmallVector<int64_t>> perAxis(Node &node, StringRef name,
                                               size_t count, int64_t least) {
  SmallVector<int64_t> values = node.integers(name);
  bool isInRange = all_of(values, [&](int64_t value) {
    return value >= least && value < (int64_t(1) << 30);
  });
  if ((!values.empty() && values.size() != count) || !isInRange) {
    return node.fail("invalid attribute '" + name + "'",
                     "expected " + Twine(count) + " values of " + Twine(least) +
                         " or more");
  }
  return values;
}

LogicalResult col2ImAtRunTime(Node &node) {
  constexpr int64_t kMostAxes = 8; // of the library's function
  std::optional<int64_t> count = kernel::constantOf(
      kernel::productOf(node.builder.getContext(), node.extents(1)));
  if (node.rank(0) != 3 || !count || *count < 1 || *count > kMostAxes) {
    return node.fail("invalid input", "expected columns [N, C * block, L], and "
                                      "an image of 1 to " +
                                          Twine(kMostAxes) + " extents");
  }
  auto strides = perAxis(node, "strides", *count, 1),
       dilations = perAxis(node, "dilations", *count, 1),
       pads = perAxis(node, "pads", 2 * *count, 0);
  if (failed(strides) || failed(dilations) || failed(pads)) {
    return failure();
  }
  LibraryCall call(node, "col2im");
  Sizes columns = node.extents(0);
  Sizes extents{columns[0], call.outputDimension(0, 1, columns[1])};
  for (int64_t i = 0; i < *count; ++i) {
    extents.push_back(call.outputDimension(0, 2 + i, {}));
  }
  OpBuilder &builder = node.builder;
  return call.inputs(0, 3)
      .parameter("strides", builder.getDenseI64ArrayAttr(*strides))
      .parameter("dilations", builder.getDenseI64ArrayAttr(*dilations))
      .parameter("pads", builder.getDenseI64ArrayAttr(*pads))
      .result(node.type(0).getElementType(), extents)
      .buildResults();
}

} // namespace tessera::import
