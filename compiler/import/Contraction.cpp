//===- Contraction.cpp - adapters: products summed over shared axes -------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
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

/// The kernel with zeros behind it, so that each remainder of a position by the
/// stride meets as many of its points, and pads that cut off what they add.
/// Read outside of its extents, a constant kernel could not be stored in
/// panels.
Term wholeSteps(Node &node, Window &window) {
  Term kernel = inputOf(node, 1);
  Sizes extents = kernel.extents();
  size_t count = window.kernel.size();
  for (size_t i = 0; i < count; ++i) {
    std::optional<int64_t> size = kernel::constantOf(window.kernel[i]);
    // A stride beyond the kernel would make most of it zeros.
    if (!size || window.strides[i] < 1 || *size < window.strides[i] ||
        window.dilations[i] != 1) {
      continue;
    }
    int64_t rest = alignTo(*size, window.strides[i]) - *size;
    extents[2 + i] = kernel::simplify(extents[2 + i] + rest);
    window.pads[count + i] = kernel::simplify(window.pads[count + i] + rest);
  }
  return padTo(kernel, extents);
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
  inputs[1] = wholeSteps(node, *window);
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

/// The points of a kernel along one axis, from `first` on, that meet elements
/// of the input, and not only its border, at some position.
struct MetPoints {
  int64_t first = 0, count = 0;
};

/// All points where sizes are free.
static MetPoints metPoints(const Window &window, unsigned i, AffineExpr input) {
  unsigned rank = window.kernel.size();
  auto points = kernel::constantOf(window.kernel[i]),
       extent = kernel::constantOf(input),
       before = kernel::constantOf(window.pads[i]),
       after = kernel::constantOf(window.pads[rank + i]);
  MetPoints met{0, points.value_or(0)};
  int64_t stride = window.strides[i], dilation = window.dilations[i];
  // Nothing overflows within these; other windows are refused later.
  constexpr int64_t kMost = int64_t(1) << 20;
  auto isUsual = [&](std::optional<int64_t> value) {
    return value && *value >= 0 && *value <= kMost;
  };
  if (!isUsual(points) || !isUsual(extent) || !isUsual(before) ||
      !isUsual(after) || !isUsual(stride) || !isUsual(dilation) || stride < 1 ||
      dilation < 1) {
    return met;
  }
  int64_t room = *extent + *before + *after - (*points - 1) * dilation - 1;
  int64_t last = room / stride * stride;
  auto isIdle = [&](int64_t point) {
    int64_t at = point * dilation - *before;
    return at + last < 0 || at >= *extent;
  };
  // A border of less than nothing would be another operation.
  while (room >= 0 && met.count > 1 && isIdle(met.first) &&
         *before >= (met.first + 1) * dilation) {
    ++met.first;
    --met.count;
  }
  int64_t cut = 0;
  while (room >= 0 && met.count > 1 && isIdle(met.first + met.count - 1) &&
         *after >= (cut + 1) * dilation) {
    --met.count;
    ++cut;
  }
  return met;
}

/// The kernel without points at its ends that meet only the border, as those of
/// large dilations over small images do, and pads that make up for them.
static Term withoutIdlePoints(Term kernel, ArrayRef<AffineExpr> input,
                              Window &window) {
  unsigned rank = window.kernel.size();
  for (unsigned i = 0; i < rank; ++i) {
    MetPoints met = metPoints(window, i, input[2 + i]);
    auto points = kernel::constantOf(window.kernel[i]);
    if (!points || met.count == *points) {
      continue;
    }
    Node &node = kernel.node();
    int64_t behind = *points - met.first - met.count;
    kernel =
        slice(kernel, 2 + i, sizeOf(node, met.first), sizeOf(node, met.count));
    window.kernel[i] = sizeOf(node, met.count);
    window.pads[i] =
        kernel::simplify(window.pads[i] - met.first * window.dilations[i]);
    window.pads[rank + i] =
        kernel::simplify(window.pads[rank + i] - behind * window.dilations[i]);
  }
  return kernel;
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
