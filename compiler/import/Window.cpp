//===- Window.cpp - adapters: pools; windows of convolutions --------------===//

#include "compiler/import/Window.h"
#include "compiler/import/Adapters.h"
#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

FailureOr<SmallVector<int64_t>> perAxis(Node &node, StringRef attribute,
                                        size_t count, int64_t byDefault) {
  SmallVector<int64_t> values = node.integers(attribute);
  if (!node.hasAttribute(attribute)) {
    values.assign(count, byDefault);
  }
  if (values.size() != count) {
    return node.fail("invalid attribute '" + attribute + "'",
                     "expected " + Twine(count) + " values, got " +
                         Twine(values.size()));
  }
  return values;
}

/// The whole padding of an axis so that the result has one window for every
/// `stride` elements.
static AffineExpr samePadding(Node &node, AffineExpr extent, AffineExpr span,
                              int64_t stride) {
  if (stride == 1) {
    return kernel::simplify(span - 1);
  }
  AffineExpr windows = extent.ceilDiv(stride);
  AffineExpr covered = kernel::simplify((windows - 1) * stride + span);
  // The windows reach the end when they overlap or touch, and never beyond it
  // when they have one element; only in between it depends on the extent.
  std::optional<int64_t> known = kernel::constantOf(span);
  AffineExpr needed =
      known && *known >= stride ? covered
      : known == 1              ? extent
                   : extremeOf(*node.importer.module,
                               kernel::DimensionKind::max, covered, extent);
  return kernel::simplify(needed - extent);
}

AffineExpr Window::span(unsigned i) const {
  return kernel::simplify((kernel[i] - 1) * dilations[i] + 1);
}

FailureOr<Window> readWindow(Node &node, ArrayRef<int64_t> kernel) {
  SmallVector<AffineExpr> extents;
  for (int64_t extent : kernel) {
    extents.push_back(getAffineConstantExpr(extent, node.builder.getContext()));
  }
  return readWindow(node, extents);
}

FailureOr<Window> readWindow(Node &node, ArrayRef<AffineExpr> kernel) {
  size_t count = kernel.size();
  Window window;
  window.kernel.assign(kernel.begin(), kernel.end());
  FailureOr<SmallVector<int64_t>> strides = perAxis(node, "strides", count, 1);
  FailureOr<SmallVector<int64_t>> dilations =
      perAxis(node, "dilations", count, 1);
  FailureOr<SmallVector<int64_t>> pads = perAxis(node, "pads", 2 * count, 0);
  if (failed(strides) || failed(dilations) || failed(pads)) {
    return failure();
  }
  window.strides = *strides;
  window.dilations = *dilations;
  for (size_t i = 0; i < count; ++i) {
    // The bounds keep later sums of extents from overflowing.
    auto inRange = [](int64_t value) { return value > 0 && value < (1 << 30); };
    if (!inRange(kernel::constantOf(kernel[i]).value_or(1)) ||
        !inRange(window.strides[i]) || !inRange(window.dilations[i])) {
      return node.fail("invalid window",
                       "expected a positive kernel, stride and dilation");
    }
  }
  MLIRContext *context = node.builder.getContext();
  std::string rule = node.text("auto_pad", "NOTSET");
  bool upper = rule == "SAME_UPPER", lower = rule == "SAME_LOWER";
  if (!upper && !lower && rule != "NOTSET" && rule != "VALID" &&
      !rule.empty()) {
    return node.fail("unsupported attribute 'auto_pad'", rule);
  }
  window.pads.assign(2 * count, getAffineConstantExpr(0, context));
  SmallVector<AffineExpr> extents = node.extents(0);
  for (size_t i = 0; i < count; ++i) {
    if (upper || lower) {
      AffineExpr whole =
          samePadding(node, extents[2 + i], window.span(i), window.strides[i]);
      AffineExpr half = kernel::simplify(whole.floorDiv(2));
      AffineExpr rest = kernel::simplify(whole - half);
      window.pads[i] = upper ? half : rest;
      window.pads[count + i] = upper ? rest : half;
    } else if (rule != "VALID") {
      window.pads[i] = getAffineConstantExpr((*pads)[i], context);
      window.pads[count + i] =
          getAffineConstantExpr((*pads)[count + i], context);
    }
  }
  return window;
}

void needOnePosition(Node &node, const Window &window) {
  // Bodies of branches and loops may never run.
  if (node.scope.parent || node.scope.depth > 0) {
    return;
  }
  SmallVector<AffineExpr> extents = node.extents(0);
  unsigned rank = window.kernel.size();
  for (unsigned i = 0; i < rank; ++i) {
    AffineExpr rest = extents[2 + i] + window.pads[i] + window.pads[rank + i] -
                      window.span(i);
    node.importer.neededSizes.push_back(kernel::simplify(rest));
  }
}

namespace {

FailureOr<Window> poolWindow(Node &node) {
  int64_t spatial = node.rank(0) - 2;
  SmallVector<int64_t> kernel = node.integers("kernel_shape");
  if (spatial < 1 || int64_t(kernel.size()) != spatial) {
    return node.fail("invalid window",
                     "expected a kernel_shape of " +
                         Twine(std::max<int64_t>(spatial, 0)) +
                         " values, got " + Twine(kernel.size()));
  }
  return readWindow(node, kernel);
}

/// The attributes that all pools have.
SmallVector<std::pair<StringRef, Attribute>>
poolAttributes(Node &node, const Window &window) {
  return {
      {"kernel_shape", node.integersAttribute(node.integers("kernel_shape"))},
      {"strides", node.integersAttribute(window.strides)},
      {"dilations", node.integersAttribute(window.dilations)},
      {"pads", node.sizesAttribute(window.pads)},
      {"ceil_mode", node.integerAttribute(node.integer("ceil_mode", 0) != 0)}};
}

LogicalResult averagePoolNode(Node &node) {
  return node.setResult(0, averagePool(node, node.input(0)));
}

LogicalResult maxPool(Node &node) {
  FailureOr<Window> window = poolWindow(node);
  int64_t order = node.integer("storage_order", 0);
  if (failed(window)) {
    return failure();
  }
  auto attributes = poolAttributes(node, *window);
  if (node.wants(0) &&
      failed(node.setResult(
          0, node.create<graph::MaxPoolOp>({node.input(0)}, attributes)))) {
    return failure();
  }
  if (!node.wants(1)) {
    return success();
  }
  attributes.push_back({"storage_order", node.integerAttribute(order)});
  return node.setResult(
      1, node.create<graph::MaxPoolIndexOp>({node.input(0)}, attributes));
}

LogicalResult lpPool(Node &node) {
  FailureOr<Window> window = poolWindow(node);
  if (failed(window)) {
    return failure();
  }
  auto attributes = poolAttributes(node, *window);
  attributes.push_back({"p", node.integerAttribute(node.integer("p", 2))});
  return node.setResult(
      0, node.create<graph::LpPoolOp>({node.input(0)}, attributes));
}

/// Reduces all axes after the first two.
LogicalResult globalPool(Node &node, StringRef kind) {
  SmallVector<int64_t> axes;
  for (int64_t axis = 2; axis < node.rank(0); ++axis) {
    axes.push_back(axis);
  }
  if (axes.empty()) {
    return node.fail("invalid input", "expected spatial axes");
  }
  return node.setResult(
      0, node.create<graph::ReduceOp>(
             {node.input(0)}, {{"kind", node.textAttribute(kind)},
                               {"axes", node.integersAttribute(axes)},
                               {"keepdims", node.integerAttribute(1)}}));
}

LogicalResult globalLpPool(Node &node) {
  int64_t p = node.integer("p", 2);
  if (p != 1 && p != 2) {
    return node.fail("unsupported attribute 'p'", "expected 1 or 2");
  }
  return globalPool(node, p == 1 ? "l1" : "l2");
}

} // namespace

Value averagePool(Node &node, Value x) {
  FailureOr<Window> window = poolWindow(node);
  if (failed(window)) {
    return {};
  }
  auto attributes = poolAttributes(node, *window);
  attributes.push_back({"count_include_pad", node.integerAttribute(node.integer(
                                                 "count_include_pad", 0))});
  return node.create<graph::AveragePoolOp>({x}, attributes);
}

void addWindowAdapters(AdapterTable &table) {
  table.add("AveragePool", 1, 1, 1, averagePoolNode);
  table.add("GlobalAveragePool", 1, 1, 1,
            [](Node &node) { return globalPool(node, "mean"); });
  table.add("GlobalLpPool", 1, 1, 1, globalLpPool);
  table.add("GlobalMaxPool", 1, 1, 1,
            [](Node &node) { return globalPool(node, "max"); });
  table.add("LpPool", 1, 1, 1, lpPool);
  table.add("MaxPool", 1, 1, 1, maxPool);
}

} // namespace tessera::import
