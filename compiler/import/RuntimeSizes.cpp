//===- RuntimeSizes.cpp - sizes, axes and bounds that are inputs ----------===//
//
// A call of the library turns the tensor into computed dimensions, checked and
// in normal form; then the same operations are built as for sizes that are
// known. One row of the table at the end for each operator.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/LibraryCall.h"
#include "compiler/import/Term.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

/// Whether the operator's parameters are one value each, whatever their shape.
static bool takesOneValue(StringRef op) {
  return op == "CumProd" || op == "CumSum" || op == "OneHot" || op == "Range" ||
         op == "TopK" || op == "Trilu";
}

/// How many elements an input of parameters must have whatever their values;
/// nothing where the number of elements decides a rank.
static std::optional<int64_t> impliedCount(Node &node, unsigned input) {
  StringRef op = node.proto.op_type();
  if (takesOneValue(op)) {
    return 1;
  }
  if (op == "Split") {
    return node.proto.output_size();
  }
  bool isPerAxis =
      (op == "Tile" && node.opset >= 6) || (op == "MaxUnpool" && input == 2);
  if (isPerAxis) {
    return node.rank(0);
  }
  if (op == "CenterCropPad" || op == "Resize") {
    return node.hasAttribute("axes") ? int64_t(node.integers("axes").size())
                                     : node.rank(0);
  }
  return std::nullopt;
}

/// How many elements a vector of parameters has; reports when that is free.
static FailureOr<int64_t> fixedCount(Node &node, unsigned input) {
  MLIRContext *context = node.builder.getContext();
  AffineExpr elements = kernel::productOf(context, node.extents(input));
  std::optional<int64_t> count = kernel::constantOf(elements),
                         implied = impliedCount(node, input);
  if (!count && implied) {
    node.importer.assumeEqual(elements,
                              getAffineConstantExpr(*implied, context));
    return *implied;
  }
  if (!count || *count > int64_t(node.importer.options.budget.maxRank) * 4) {
    return node.fail("a size depends on data",
                     "the number of elements of input " + Twine(input) +
                         " must be fixed and small");
  }
  return *count;
}

static AffineExpr number(Node &node, int64_t value) {
  return getAffineConstantExpr(value, node.builder.getContext());
}

FailureOr<Sizes> sizesAtRunTime(Node &node, unsigned input, int64_t lower,
                                ArrayRef<int64_t> axes) {
  FailureOr<int64_t> count = fixedCount(node, input);
  if (failed(count)) {
    return failure();
  }
  LibraryCall call(node, "sizes");
  Sizes sizes;
  for (int64_t i = 0; i < *count; ++i) {
    AffineExpr bound;
    if (i < int64_t(axes.size()) && axes[i] >= 0 && node.wants(0)) {
      auto declared = node.importer.declaredSize(node.proto.output(0), axes[i]);
      bound = declared ? number(node, *declared) : AffineExpr();
    }
    sizes.push_back(call.dimension(
        node.proto.input(input) + "(" + Twine(i) + ")", bound, lower));
  }
  if (!call.sizeInputs(input, 1).sizesResult(sizes).build()) {
    return failure();
  }
  return sizes;
}

FailureOr<Sizes> anySizes(Node &node, unsigned input, ArrayRef<int64_t> axes) {
  const KnownTensor *known = node.known(input);
  return known && known->exprs() ? node.sizes(input)
                                 : sizesAtRunTime(node, input, 0, axes);
}

namespace {

/// Never less than the extent or 1.
AffineExpr atLeastOne(AffineExpr extent) {
  std::optional<int64_t> value = kernel::constantOf(extent);
  return value ? getAffineConstantExpr(std::max<int64_t>(*value, 1),
                                       extent.getContext())
               : extent + 1;
}

/// `x` is seen as (kept 0, reduced 0, kept 1, ...): for each axis one of the
/// two is 1. Reducing the odd axes then serves every choice of axes.
LogicalResult reduce(Node &node) {
  Sizes extents = node.extents(0), pairs, kept, remaining;
  bool keepsAxes = node.integer("keepdims", 1) != 0;
  LibraryCall call(node, "reduction_sizes");
  SmallVector<int64_t> odd;
  for (auto [axis, extent] : enumerate(extents)) {
    kept.push_back(
        call.dimension(node.name + ".kept" + Twine(axis), atLeastOne(extent)));
    pairs.append(
        {kept.back(), call.dimension(node.name + ".reduced" + Twine(axis),
                                     atLeastOne(extent))});
    odd.push_back(2 * axis + 1);
  }
  if (!keepsAxes) {
    FailureOr<int64_t> count = fixedCount(node, 1);
    if (failed(count)) {
      return failure();
    }
    AffineExpr all = number(node, 0);
    for (AffineExpr extent : extents) {
      all = all + extent;
    }
    for (int64_t i = 0; i < int64_t(extents.size()) - *count; ++i) {
      remaining.push_back(call.outputDimension(0, i, all));
    }
  }
  Sizes sizes = pairs;
  sizes.append(remaining);
  int64_t noop = node.integer("noop_with_empty_axes", 0);
  if (!call.sizeInputs(1, 1)
           .input(sizesTensor(node, extents))
           .parameter("noop_with_empty_axes", node.integerAttribute(noop))
           .sizesResult(sizes)
           .build()) {
    return failure();
  }
  Value value = node.create<graph::ReduceOp>(
      {node.reshape(node.input(0), pairs)},
      {{"kind", node.textAttribute(reductionKindOf(node.proto.op_type()))},
       {"axes", node.integersAttribute(odd)},
       {"keepdims", node.integerAttribute(0)}});
  return node.setResult(0, keepsAxes ? value : node.reshape(value, remaining));
}

/// Reshape, Squeeze and Unsqueeze: `rank` sizes of the result from a call.
LogicalResult reshapeTo(Node &node, StringRef function, int64_t rank) {
  if (rank < 0 || rank > int64_t(node.importer.options.budget.maxRank)) {
    return node.fail("the rank is out of range", Twine(rank));
  }
  LibraryCall call(node, function);
  Sizes sizes;
  AffineExpr elements =
      kernel::productOf(node.builder.getContext(), node.extents(0));
  int64_t allowZero = node.integer("allowzero", 0);
  if (allowZero || kernel::constantOf(elements) == 0) {
    elements = {}; // Beside a zero an extent may be anything.
  }
  for (int64_t axis = 0; axis < rank; ++axis) {
    sizes.push_back(call.outputDimension(0, axis, elements));
  }
  if (!call.sizeInputs(1, 1)
           .input(sizesTensor(node, node.extents(0)))
           .parameter("allowzero", node.integerAttribute(allowZero))
           .sizesResult(sizes)
           .build()) {
    return failure();
  }
  return node.setResult(0, node.reshape(node.input(0), sizes));
}

LogicalResult reshape(Node &node) {
  FailureOr<int64_t> count = fixedCount(node, 1);
  return failed(count) ? failure() : reshapeTo(node, "reshape_sizes", *count);
}

LogicalResult squeeze(Node &node) {
  FailureOr<int64_t> count = fixedCount(node, 1);
  return failed(count)
             ? failure()
             : reshapeTo(node, "squeeze_sizes", node.rank(0) - *count);
}

LogicalResult unsqueeze(Node &node) {
  FailureOr<int64_t> count = fixedCount(node, 1);
  return failed(count)
             ? failure()
             : reshapeTo(node, "unsqueeze_sizes", node.rank(0) + *count);
}

LogicalResult expandNode(Node &node) {
  FailureOr<int64_t> count = fixedCount(node, 1);
  if (failed(count)) {
    return failure();
  }
  LibraryCall call(node, "expand_sizes");
  Sizes sizes;
  for (int64_t axis = 0; axis < std::max(*count, node.rank(0)); ++axis) {
    sizes.push_back(call.outputDimension(0, axis, {}));
  }
  if (!call.sizeInputs(1, 1)
           .input(sizesTensor(node, node.extents(0)))
           .sizesResult(sizes)
           .build()) {
    return failure();
  }
  Term x = spreadTo(inputOf(node, 0), sizes);
  return node.setResult(0, expand(x, sizes));
}

/// A scan along an axis of the run: the axis becomes the middle one of three.
LogicalResult scan(Node &node) {
  LibraryCall call(node, "axis_sizes");
  AffineExpr elements =
      kernel::productOf(node.builder.getContext(), node.extents(0));
  Sizes sizes;
  for (StringRef part : {"before", "along", "behind"}) {
    sizes.push_back(
        call.dimension(node.name + "." + part, atLeastOne(elements)));
  }
  FailureOr<int64_t> count = fixedCount(node, 1);
  if (failed(count) || *count != 1 ||
      !call.sizeInputs(1, 1)
           .input(sizesTensor(node, node.extents(0)))
           .sizesResult(sizes)
           .build()) {
    return node.failed() ? failure()
                         : node.fail("invalid axis", "expected one value");
  }
  bool multiplies = node.proto.op_type() == "CumProd";
  bool exclusive = node.integer("exclusive", 0) != 0;
  bool reverse = node.integer("reverse", 0) != 0;
  Value value = node.create<graph::ScanOp>(
      {node.reshape(node.input(0), sizes)},
      {{"kind", node.textAttribute(multiplies ? "prod" : "sum")},
       {"axis", node.integerAttribute(1)},
       {"exclusive", node.integerAttribute(exclusive)},
       {"reverse", node.integerAttribute(reverse)}});
  return node.setResult(0, node.reshape(value, node.extents(0)));
}

/// Whether the steps are 1, whatever the axes are.
bool hasUnitSteps(Node &node) {
  if (!node.has(4)) {
    return true;
  }
  const KnownTensor *known = node.known(4);
  std::optional<SmallVector<int64_t>> steps;
  if (known) {
    steps = known->integers();
  }
  return steps && all_of(*steps, [](int64_t step) { return step == 1; });
}

LogicalResult slice(Node &node) {
  Sizes extents = node.extents(0);
  if (!hasUnitSteps(node)) {
    LibraryCall call(node, "slice");
    Sizes sizes;
    for (auto [axis, extent] : enumerate(extents)) {
      sizes.push_back(call.outputDimension(0, axis, extent));
    }
    return call.inputs(0, 1)
        .sizeInputs(1, 4)
        .result(node.type(0).getElementType(), sizes)
        .buildResults();
  }
  LibraryCall call(node, "slice_sizes");
  Sizes starts, sizes, all;
  for (auto [axis, extent] : enumerate(extents)) {
    starts.push_back(
        call.dimension(node.name + ".start" + Twine(axis), extent));
    sizes.push_back(call.outputDimension(0, axis, extent));
    AffineExpr step =
        call.dimension(node.name + ".step" + Twine(axis), number(node, 1));
    all.append({starts.back(), sizes.back(), step});
  }
  if (!call.inputs(0, 1).sizeInputs(1, 4).sizesResult(all).build()) {
    return failure();
  }
  SmallVector<int64_t> steps(extents.size(), 1);
  return node.setResult(
      0, node.create<graph::SliceOp>(
             {node.input(0)}, {{"starts", node.sizesAttribute(starts)},
                               {"sizes", node.sizesAttribute(sizes)},
                               {"steps", node.integersAttribute(steps)}}));
}

LogicalResult range(Node &node) {
  LibraryCall call(node, "range_sizes");
  AffineExpr extent = call.outputDimension(0, 0, {});
  for (unsigned i = 0; i < 3; ++i) {
    FailureOr<int64_t> count = fixedCount(node, i);
    if (failed(count) || *count != 1) {
      return node.failed() ? failure()
                           : node.fail("invalid range", "expected scalars");
    }
  }
  if (!call.sizeInputs(0, 3).sizesResult({extent}).build()) {
    return failure();
  }
  return node.setResult(
      0, node.create<graph::RangeOp>(
             {node.reshape(node.input(0), {}), node.reshape(node.input(2), {})},
             {{"extent", node.sizesAttribute({extent})}}));
}

/// Whether the point lies in the padded tensor, as a tensor.
Value insideMask(Node &node, Attribute pads) {
  Type boolean = node.builder.getI1Type();
  Value ones = node.create<graph::ExpandOp>(
      {node.scalarConstant(boolean, 1)},
      {{"shape", node.sizesAttribute(node.extents(0))}});
  return node.create<graph::PadOp>(
      {ones}, {{"pads", pads},
               {"mode", node.textAttribute("constant")},
               {"value", node.builder.getIntegerAttr(boolean, 0)}});
}

LogicalResult pad(Node &node) {
  LibraryCall call(node, "pad_sizes");
  Sizes sizes;
  for (int64_t i = 0; i < 2 * node.rank(0); ++i) {
    sizes.push_back(
        call.dimension(node.name + ".pad" + Twine(i), {}, INT64_MIN));
  }
  if (!call.sizeInputs(1, 1)
           .sizeInputs(3, 1)
           .input(sizesTensor(node, node.extents(0)))
           .sizesResult(sizes)
           .build()) {
    return failure();
  }
  std::string mode = node.text("mode", "constant");
  Attribute pads = node.sizesAttribute(sizes);
  Value value = node.create<graph::PadOp>(
      {node.input(0)}, {{"pads", pads}, {"mode", node.textAttribute(mode)}});
  if (node.has(2) && mode == "constant") {
    value = node.create<graph::WhereOp>(
        {insideMask(node, pads), value, node.reshape(node.input(2), {})});
  }
  return node.setResult(0, value);
}

/// One operator: from which version the inputs that may be known only at run
/// time are such, which they are, and what builds the node then.
struct Row {
  StringLiteral op;
  int64_t since;
  SmallVector<unsigned, 4> inputs;
  RuntimeAdapter build;
};

} // namespace

RuntimeAdapter runtimeAdapterOf(Node &node) {
  static const Row rows[] = {
      {"CumProd", 1, {1}, scan},          {"CumSum", 1, {1}, scan},
      {"Expand", 8, {1}, expandNode},     {"Pad", 11, {1, 2, 3}, pad},
      {"Range", 11, {0, 1, 2}, range},    {"Reshape", 5, {1}, reshape},
      {"Slice", 10, {1, 2, 3, 4}, slice}, {"Squeeze", 13, {1}, squeeze},
      {"Unsqueeze", 13, {1}, unsqueeze},
  };
  StringRef op = node.proto.op_type();
  if (!reductionKindOf(op).empty() && node.has(1) && !node.known(1)) {
    return reduce;
  }
  if (RuntimeAdapter adapter = stringAdapterOf(node)) {
    return adapter;
  }
  if (resizesAtRunTime(node)) {
    return resizeAtRunTime;
  }
  for (const Row &row : rows) {
    if (row.op == op && node.opset >= row.since &&
        any_of(row.inputs,
               [&](unsigned i) { return node.has(i) && !node.known(i); })) {
      return row.build;
    }
  }
  return nullptr;
}

} // namespace tessera::import
