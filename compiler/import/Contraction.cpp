//===- Contraction.cpp - adapters: products summed over shared axes -------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/KernelPoints.h"
#include "compiler/import/Term.h"
#include "compiler/import/Window.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

FailureOr<SmallVector<AffineExpr>> kernelOf(Node &node, unsigned weight) {
  if (node.rank(0) < 3 || node.rank(weight) != node.rank(0)) {
    return node.fail("invalid input",
                     "expected an input and a weight of equal rank 3 or more");
  }
  SmallVector<int64_t> given = node.integers("kernel_shape");
  bool fits = !node.hasAttribute("kernel_shape") ||
              int64_t(given.size()) == node.rank(weight) - 2;
  for (auto [i, extent] : enumerate(given)) {
    fits = fits && extent > 0 &&
           node.fixExtent(
               weight, 2 + i,
               getAffineConstantExpr(extent, node.builder.getContext()));
  }
  if (!fits) {
    return node.fail("invalid attribute 'kernel_shape'",
                     "it differs from the weight's shape");
  }
  SmallVector<AffineExpr> extents = node.extents(weight);
  extents.erase(extents.begin(), extents.begin() + 2);
  return extents;
}

namespace {

SmallVector<Value> presentInputs(Node &node) {
  SmallVector<Value> values;
  for (Value value : node.allInputs()) {
    if (value) {
      values.push_back(value);
    }
  }
  return values;
}

LogicalResult conv(Node &node) {
  if (failed(kernelOf(node, 1))) {
    return failure();
  }
  return node.setResult(
      0, convolution(node, 1, node.input(0), node.input(1), node.input(2)));
}

/// Explicit pads of a transposed convolution whose padding follows from a
/// rule or from the wanted output.
LogicalResult transposedPads(Node &node, Window &window,
                             ArrayRef<int64_t> outputPadding) {
  size_t count = window.kernel.size();
  SmallVector<int64_t> wanted = node.integers("output_shape");
  std::string rule = node.text("auto_pad", "NOTSET");
  bool same = rule == "SAME_UPPER" || rule == "SAME_LOWER";
  if (wanted.empty() && !same) {
    return success();
  }
  MLIRContext *context = node.builder.getContext();
  SmallVector<AffineExpr> extents = node.extents(0);
  if (!wanted.empty() && wanted.size() != count) {
    // Some exporters list all axes.
    if (wanted.size() != count + 2) {
      return node.fail("invalid attribute 'output_shape'",
                       "expected " + Twine(count) + " values");
    }
    wanted.erase(wanted.begin(), wanted.begin() + 2);
  }
  for (size_t i = 0; i < count; ++i) {
    int64_t stride = window.strides[i];
    AffineExpr whole =
        (extents[2 + i] - 1) * stride + outputPadding[i] + window.span(i);
    AffineExpr result = wanted.empty()
                            ? extents[2 + i] * stride
                            : getAffineConstantExpr(wanted[i], context);
    AffineExpr pads = kernel::simplify(whole - result);
    AffineExpr half = kernel::simplify(pads.floorDiv(2));
    AffineExpr rest = kernel::simplify(pads - half);
    // As the specification has it: the larger half goes before, unless upper.
    bool upper = rule == "SAME_UPPER";
    window.pads[i] = upper ? half : rest;
    window.pads[count + i] = upper ? rest : half;
  }
  return success();
}

LogicalResult convTranspose(Node &node) {
  FailureOr<SmallVector<AffineExpr>> kernel = kernelOf(node, 1);
  if (failed(kernel)) {
    return failure();
  }
  FailureOr<Window> window = readWindow(node, *kernel);
  FailureOr<SmallVector<int64_t>> outputPadding =
      perAxis(node, "output_padding", kernel->size(), 0);
  if (failed(window) || failed(outputPadding) ||
      failed(transposedPads(node, *window, *outputPadding))) {
    return failure();
  }
  SmallVector<Value> inputs = presentInputs(node);
  inputs[1] = wholeSteps(inputOf(node, 1), *window);
  return node.setResult(
      0, node.create<graph::ConvTransposeOp>(
             inputs,
             {{"strides", node.integersAttribute(window->strides)},
              {"dilations", node.integersAttribute(window->dilations)},
              {"pads", node.sizesAttribute(window->pads)},
              {"output_padding", node.integersAttribute(*outputPadding)},
              {"group", node.integerAttribute(node.integer("group", 1))}}));
}

/// `value * factor`, the value itself when the factor is 1.
Value scaled(Node &node, Value value, double factor) {
  if (factor == 1.0) {
    return value;
  }
  return node.create<graph::MulOp>(
      {value,
       node.scalarConstant(getElementTypeOrSelf(value.getType()), factor)});
}

LogicalResult gemm(Node &node) {
  node.ignore({"broadcast"});
  double alpha = node.number("alpha", 1), beta = node.number("beta", 1);
  if (node.rank(0) != 2 || node.rank(1) != 2) {
    return node.fail("invalid input", "expected two matrices");
  }
  Value product = node.create<graph::MatmulOp>(
      {node.input(0), node.input(1)},
      {{"transpose_a", node.integerAttribute(node.integer("transA", 0) != 0)},
       {"transpose_b", node.integerAttribute(node.integer("transB", 0) != 0)}});
  if (!product) {
    return failure();
  }
  Value result = scaled(node, product, alpha);
  if (node.has(2) && beta != 0) {
    Sizes extents = Term(node, result).extents();
    Term addend = spreadTo(inputOf(node, 2), extents);
    result = node.create<graph::AddOp>({result, scaled(node, addend, beta)});
  }
  return node.setResult(0, result);
}

} // namespace

/// `x` with the window's pads around its spatial axes, whose value is given.
static Value padded(Node &node, Value x, Window &window, int64_t value) {
  size_t count = window.kernel.size();
  AffineExpr zero = getAffineConstantExpr(0, node.builder.getContext());
  SmallVector<AffineExpr> pads;
  for (bool after : {false, true}) {
    pads.append({zero, zero});
    auto *begin = window.pads.begin() + (after ? count : 0);
    pads.append(begin, begin + count);
  }
  if (all_of(pads, [&](AffineExpr pad) { return pad == zero; })) {
    return x;
  }
  window.pads.assign(2 * count, zero);
  Type element = kernel::scalarTypeOf(getElementTypeOrSelf(x.getType()));
  return node.create<graph::PadOp>(
      {x}, {{"pads", node.sizesAttribute(pads)},
            {"mode", node.textAttribute("constant")},
            {"value", node.builder.getIntegerAttr(element, value)}});
}

Value convolution(Node &node, unsigned weight, Value x, Value w, Value bias,
                  int64_t padValue) {
  FailureOr<SmallVector<AffineExpr>> kernel = kernelOf(node, weight);
  if (failed(kernel)) {
    return {};
  }
  FailureOr<Window> window = readWindow(node, *kernel);
  if (failed(window)) {
    return {};
  }
  needOnePosition(node, *window);
  if (padValue != 0) {
    x = padded(node, x, *window, padValue);
  }
  w = withoutIdlePoints(Term(node, w), kernel::extentsOf(x), *window);
  SmallVector<Value> operands = {x, w};
  if (bias) {
    operands.push_back(bias);
  }
  return node.create<graph::ConvOp>(
      operands, {{"strides", node.integersAttribute(window->strides)},
                 {"dilations", node.integersAttribute(window->dilations)},
                 {"pads", node.sizesAttribute(window->pads)},
                 {"group", node.integerAttribute(node.integer("group", 1))}});
}

void addContractionAdapters(AdapterTable &table) {
  table.add("Conv", 1, 2, 3, conv);
  table.add("ConvTranspose", 1, 2, 3, convTranspose);
  table.add("Gemm", 1, 2, 3, gemm);
}

} // namespace tessera::import
