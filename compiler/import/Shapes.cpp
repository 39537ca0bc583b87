//===- Shapes.cpp - the extents that shape operators ask for --------------===//

#include "compiler/import/Shapes.h"
#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

using kernel::constantOf;

FailureOr<std::optional<SmallVector<int64_t>>>
attributeOrInput(Node &node, StringRef attribute, unsigned input) {
  std::optional<SmallVector<int64_t>> result;
  if (node.has(input)) {
    FailureOr<SmallVector<int64_t>> values = node.constants(input);
    if (failed(values)) {
      return failure();
    }
    result = *values;
  } else if (node.hasAttribute(attribute)) {
    result = node.integers(attribute);
  }
  return result;
}

Sizes broadcastSizes(ArrayRef<AffineExpr> a, ArrayRef<AffineExpr> b) {
  if (a.size() < b.size()) {
    std::swap(a, b);
  }
  Sizes result(a.begin(), a.end());
  size_t offset = a.size() - b.size();
  for (auto [i, extent] : enumerate(b)) {
    AffineExpr &into = result[offset + i];
    // A constant other than 1 is the simpler of two that must be equal.
    if (constantOf(into) == 1 ||
        (!constantOf(into) && constantOf(extent).value_or(1) != 1)) {
      into = extent;
    }
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Reshape and its relatives
//===----------------------------------------------------------------------===//

/// Removes factors that both products have.
static void cancel(Sizes &numerator, Sizes &denominator) {
  for (AffineExpr *it = denominator.begin(); it != denominator.end();) {
    AffineExpr *same = find(numerator, *it);
    // A zero has no inverse.
    if (same == numerator.end() || constantOf(*it) == 0) {
      ++it;
      continue;
    }
    numerator.erase(same);
    it = denominator.erase(it);
  }
}

/// The extent that makes `extents` with it hold as many elements as `input`.
static FailureOr<AffineExpr> remainingExtent(Node &node, Sizes input,
                                             Sizes others) {
  MLIRContext *context = node.builder.getContext();
  cancel(input, others);
  AffineExpr total = kernel::productOf(context, input);
  AffineExpr rest = kernel::productOf(context, others);
  if (constantOf(rest) == 0) {
    return getAffineConstantExpr(0, context);
  }
  if (AffineExpr exact = kernel::divideExactly(total, rest)) {
    return exact;
  }
  if (constantOf(total) && constantOf(rest)) {
    return node.fail("invalid shape", Twine(*constantOf(total)) +
                                          " elements cannot be arranged in "
                                          "rows of " +
                                          Twine(*constantOf(rest)));
  }
  AffineExpr quotient = kernel::simplify(total.floorDiv(rest));
  node.importer.assumeEqual(total, quotient * rest);
  return quotient;
}

static FailureOr<Sizes> reshapeTarget(Node &node) {
  MLIRContext *context = node.builder.getContext();
  Sizes target;
  if (node.opset >= 5) {
    FailureOr<Sizes> sizes = node.sizes(1);
    if (failed(sizes)) {
      return failure();
    }
    target = *sizes;
  } else {
    for (int64_t size : node.integers("shape")) {
      target.push_back(getAffineConstantExpr(size, context));
    }
  }
  bool allowZero = node.integer("allowzero", 0) != 0;
  Sizes input = node.extents(0);
  std::optional<size_t> open;
  for (auto [i, size] : enumerate(target)) {
    std::optional<int64_t> value = constantOf(size);
    if (value == -1 && open) {
      return node.fail("invalid shape", "-1 is given twice");
    }
    if (value == -1) {
      open = i;
    } else if (value && *value < -1) {
      return node.fail("invalid shape",
                       "expected sizes of -1 or more, got " + Twine(*value));
    } else if (value == 0 && !allowZero) {
      if (i >= input.size()) {
        return node.fail("invalid shape", "0 at axis " + Twine(i) +
                                              " copies an extent that the "
                                              "input does not have");
      }
      size = input[i];
    }
  }
  Sizes others = target;
  if (open) {
    others.erase(others.begin() + *open);
    FailureOr<AffineExpr> remaining = remainingExtent(node, input, others);
    if (failed(remaining)) {
      return failure();
    }
    target[*open] = *remaining;
  } else {
    cancel(input, others);
    AffineExpr total = kernel::productOf(context, input);
    AffineExpr wanted = kernel::productOf(context, others);
    if (constantOf(total) && constantOf(wanted) && total != wanted) {
      return node.fail("invalid shape", "the shape has other than the input's "
                                        "number of elements");
    }
    node.importer.assumeEqual(total, wanted);
  }
  return target;
}

static FailureOr<Sizes> squeezed(Node &node) {
  Sizes input = node.extents(0), result;
  auto given = attributeOrInput(node, "axes", 1);
  if (failed(given)) {
    return failure();
  }
  SmallVector<int64_t> axes;
  if (*given) {
    FailureOr<SmallVector<int64_t>> checked = node.axes(**given, input.size());
    if (failed(checked)) {
      return failure();
    }
    axes = *checked;
  }
  MLIRContext *context = node.builder.getContext();
  for (auto [i, extent] : enumerate(input)) {
    bool isUnit = constantOf(extent) == 1;
    bool removed = *given ? is_contained(axes, int64_t(i)) : isUnit;
    if (removed && constantOf(extent) && !isUnit) {
      return node.fail("invalid axes", "expected an extent of 1 at axis " +
                                           Twine(i) + ", got " +
                                           Twine(*constantOf(extent)));
    }
    if (removed && !node.importer.isInBranch()) {
      node.importer.assumeEqual(extent, getAffineConstantExpr(1, context));
    } else if (!removed) {
      result.push_back(extent);
    }
  }
  return result;
}

static FailureOr<Sizes> unsqueezed(Node &node) {
  Sizes input = node.extents(0);
  auto given = attributeOrInput(node, "axes", 1);
  if (failed(given)) {
    return failure();
  }
  if (!*given) {
    return node.fail("missing input", "the axes are required");
  }
  int64_t rank = input.size() + (*given)->size();
  if (rank > int64_t(node.importer.options.budget.maxRank)) {
    return node.fail("the rank is too large", Twine(rank));
  }
  FailureOr<SmallVector<int64_t>> axes = node.axes(**given, rank);
  if (failed(axes)) {
    return failure();
  }
  Sizes result;
  size_t next = 0;
  for (int64_t i = 0; i < rank; ++i) {
    result.push_back(is_contained(*axes, i)
                         ? getAffineConstantExpr(1, node.builder.getContext())
                         : input[next++]);
  }
  return result;
}

static FailureOr<Sizes> flattened(Node &node) {
  MLIRContext *context = node.builder.getContext();
  Sizes input = node.extents(0);
  int64_t rank = input.size(), axis = node.integer("axis", 1);
  if (axis < -rank || axis > rank) {
    return node.fail("invalid axis", "expected an axis in [" + Twine(-rank) +
                                         ", " + Twine(rank) + "], got " +
                                         Twine(axis));
  }
  axis = axis < 0 ? axis + rank : axis;
  ArrayRef<AffineExpr> extents = input;
  return Sizes{kernel::productOf(context, extents.take_front(axis)),
               kernel::productOf(context, extents.drop_front(axis))};
}

FailureOr<Sizes> reshapedExtents(Node &node) {
  StringRef op = node.proto.op_type();
  return op == "Reshape"     ? reshapeTarget(node)
         : op == "Squeeze"   ? squeezed(node)
         : op == "Unsqueeze" ? unsqueezed(node)
         : op == "Flatten"   ? flattened(node)
                             : FailureOr<Sizes>(node.extents(0));
}

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

/// No extent is this large: such a bound means "to the end".
static constexpr int64_t kUnbounded = int64_t(1) << 31;

namespace {
/// One axis of a slice while its bounds are clamped.
struct SliceAxis {
  Node &node;
  AffineExpr extent;
  int64_t step;

  ModuleOp module() const { return *node.importer.module; }
  AffineExpr constant(int64_t value) const {
    return getAffineConstantExpr(value, extent.getContext());
  }
  AffineExpr least(AffineExpr a, AffineExpr b) const {
    return extremeOf(module(), kernel::DimensionKind::min, kernel::simplify(a),
                     kernel::simplify(b));
  }
  AffineExpr greatest(AffineExpr a, AffineExpr b) const {
    return extremeOf(module(), kernel::DimensionKind::max, kernel::simplify(a),
                     kernel::simplify(b));
  }

  /// The bound counted from the front and clamped: to [0, extent] when walking
  /// forward, to [-1, extent - 1] when walking backward.
  AffineExpr clamp(AffineExpr bound) const {
    int64_t shift = step < 0 ? 1 : 0; // [0, extent] - shift
    std::optional<int64_t> value = constantOf(bound);
    if (value && *value >= kUnbounded - 1) {
      return kernel::simplify(extent - shift);
    }
    if (value && *value <= -kUnbounded + 1) {
      return constant(-shift);
    }
    ValueRange64 range = rangeOf(bound, module());
    if (range.lower && *range.lower >= 0) {
      return kernel::simplify(least(bound + shift, extent) - shift);
    }
    if (range.upper && *range.upper < 0) {
      // max(extent + bound, -shift), which is never below -1.
      return kernel::simplify(greatest(extent, -bound - shift) + bound);
    }
    if (kernel::simplify(bound) == extent) {
      return kernel::simplify(extent - shift);
    }
    AffineExpr isNegative = truthOf(module(), "Less", bound, constant(0));
    AffineExpr front = bound + isNegative * extent;
    // The clamp to 0 is one to 1, so that the maximum is a dimension.
    AffineExpr shifted = greatest(front + shift + 1, constant(1)) - 1;
    return kernel::simplify(least(shifted, extent) - shift);
  }

  /// The clamped start of a walk backward, which ONNX begins inside the tensor
  /// if it has elements.
  AffineExpr inside(AffineExpr start) const {
    if (kernel::simplify(start + 1) == extent ||
        rangeOf(start, module()).lower.value_or(-1) >= 0) {
      return start;
    }
    AffineExpr after = greatest(start + 1, constant(1));
    return kernel::simplify(least(after, extent) - 1);
  }
};
} // namespace

static FailureOr<Sizes> sliceParameter(Node &node, StringRef attribute,
                                       unsigned input, bool report) {
  Sizes result;
  if (node.opset >= 10) {
    if (!node.has(input)) {
      return result;
    }
    if (report) {
      return node.sizes(input);
    }
    const KnownTensor *known = node.known(input);
    std::optional<Sizes> exprs;
    if (known) {
      exprs = known->exprs();
    }
    return exprs ? FailureOr<Sizes>(*exprs) : FailureOr<Sizes>(failure());
  }
  for (int64_t value : node.integers(attribute)) {
    result.push_back(getAffineConstantExpr(value, node.builder.getContext()));
  }
  return result;
}

FailureOr<SliceBounds> sliceBounds(Node &node, bool report) {
  FailureOr<Sizes> starts = sliceParameter(node, "starts", 1, report),
                   ends = sliceParameter(node, "ends", 2, report),
                   axes = sliceParameter(node, "axes", 3, report),
                   steps = sliceParameter(node, "steps", 4, report);
  if (failed(starts) || failed(ends) || failed(axes) || failed(steps)) {
    return failure();
  }
  Sizes extents = node.extents(0);
  MLIRContext *context = node.builder.getContext();
  SliceBounds bounds;
  bounds.starts.assign(extents.size(), getAffineConstantExpr(0, context));
  bounds.extents = extents;
  bounds.steps.assign(extents.size(), 1);
  size_t count = starts->size();
  if (ends->size() != count || (!axes->empty() && axes->size() != count) ||
      (!steps->empty() && steps->size() != count) ||
      (axes->empty() && count > extents.size())) {
    return node.fail("invalid slice", "starts, ends, axes and steps must have "
                                      "as many elements as each other");
  }
  for (size_t i = 0; i < count; ++i) {
    std::optional<int64_t> at =
        axes->empty() ? int64_t(i) : constantOf((*axes)[i]);
    std::optional<int64_t> step = steps->empty() ? 1 : constantOf((*steps)[i]);
    if (!at || !step || *step == 0 || *step == INT64_MIN) {
      return node.fail("invalid slice",
                       "expected constant axes and steps other than 0");
    }
    FailureOr<int64_t> axis = node.axis(*at, extents.size());
    if (failed(axis)) {
      return failure();
    }
    SliceAxis slice{node, extents[*axis], *step};
    AffineExpr from = slice.clamp((*starts)[i]);
    AffineExpr to = slice.clamp((*ends)[i]);
    if (*step < 0) {
      from = slice.inside(from);
    }
    AffineExpr low = *step > 0 ? from : to, high = *step > 0 ? to : from;
    // The distance, or 0 when the bounds are the wrong way round; the shift
    // keeps operands of the maximum non-negative when `to` may be -1.
    AffineExpr distance = slice.greatest(high + 1, low + 1) - low - 1;
    bounds.starts[*axis] = from;
    bounds.steps[*axis] = *step;
    bounds.extents[*axis] =
        kernel::simplify(kernel::simplify(distance).ceilDiv(std::abs(*step)));
  }
  return bounds;
}

} // namespace tessera::import
