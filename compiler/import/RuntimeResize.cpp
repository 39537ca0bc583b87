//===- RuntimeResize.cpp - resampling by factors of the run ---------------===//
//
// Known sizes and factors become kernels; factors that are inputs of the model
// would have to be read in every coordinate, so a function of the library
// resamples then.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/LibraryCall.h"
#include "dialects/graph/Graph.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

static bool isUnknown(Node &node, unsigned input) {
  return node.has(input) && !node.known(input);
}

bool resizesAtRunTime(Node &node) {
  StringRef op = node.proto.op_type();
  if (op == "Upsample" || (op == "Resize" && node.opset < 11)) {
    return isUnknown(node, 1);
  }
  if (op != "Resize") {
    return false;
  }
  // Sizes alone can be dimensions of a kernel where nothing else depends on
  // their ratio.
  bool isPlain = node.integer("antialias", 0) == 0 &&
                 node.text("keep_aspect_ratio_policy", "stretch") == "stretch";
  bool crops =
      node.text("coordinate_transformation_mode", "") == "tf_crop_and_resize";
  return isUnknown(node, 2) || (crops && isUnknown(node, 1)) ||
         (!isPlain && isUnknown(node, 3));
}

static FailureOr<SmallVector<int64_t>> resizedAxes(Node &node) {
  SmallVector<int64_t> axes = node.integers("axes");
  if (!node.hasAttribute("axes")) {
    axes = to_vector(seq<int64_t>(0, node.rank(0)));
  }
  return node.axes(axes, node.rank(0));
}

LogicalResult resizeAtRunTime(Node &node) {
  FailureOr<SmallVector<int64_t>> axes = resizedAxes(node);
  if (failed(axes)) {
    return failure();
  }
  bool early = node.opset < 11 || node.proto.op_type() == "Upsample";
  std::string mode = node.text("mode", "nearest");
  mode = mode == "bilinear" || mode == "trilinear" ? "linear" : mode;
  if (mode != "nearest" && mode != "linear" && mode != "cubic") {
    return node.fail("unsupported attribute 'mode'",
                     "expected nearest, linear or cubic, got " + mode);
  }
  LibraryCall call(node, "resize");
  Sizes sizes = node.extents(0);
  for (int64_t axis : *axes) {
    sizes[axis] = call.outputDimension(0, axis, {});
  }
  call.inputs(0, 1);
  if (early) {
    call.input({}).inputs(1, 1).input({});
  } else {
    call.inputs(1, 3);
  }
  auto text = [&](StringRef name, StringRef byDefault, StringRef before) {
    call.parameter(
        name,
        node.textAttribute(early ? before.str() : node.text(name, byDefault)));
  };
  text("coordinate_transformation_mode", "half_pixel", "asymmetric");
  text("nearest_mode", "round_prefer_floor", "floor");
  text("keep_aspect_ratio_policy", "stretch", "stretch");
  auto number = [&](StringRef name, double byDefault) {
    call.parameter(name, node.numberAttribute(node.number(name, byDefault)));
  };
  number("cubic_coeff_a", -0.75);
  number("extrapolation_value", 0);
  for (StringRef name : {"antialias", "exclude_outside"}) {
    call.parameter(name, node.integerAttribute(node.integer(name, 0)));
  }
  return call.parameter("mode", node.textAttribute(mode))
      .parameter("axes", node.integersAttribute(*axes))
      .result(node.type(0).getElementType(), sizes)
      .buildResults();
}

} // namespace tessera::import
