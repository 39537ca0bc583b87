//===- EvaluateShape.cpp - moving known elements about --------------------===//

#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Shapes.h"
#include <cmath>

using namespace llvm;
using namespace mlir;

namespace tessera::import {

using MaybeKnown = std::optional<KnownTensor>;

static int64_t countOf(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape) {
    if (size < 0 || (size != 0 && count > kMaxKnownElements / size)) {
      return size == 0 ? 0 : kMaxKnownElements + 1;
    }
    count *= size;
  }
  return count;
}

std::optional<SmallVector<int64_t>> broadcastShapes(ArrayRef<int64_t> a,
                                                    ArrayRef<int64_t> b) {
  size_t rank = std::max(a.size(), b.size());
  SmallVector<int64_t> shape(rank, 1);
  for (size_t i = 0; i < rank; ++i) {
    int64_t x = i + a.size() >= rank ? a[i + a.size() - rank] : 1;
    int64_t y = i + b.size() >= rank ? b[i + b.size() - rank] : 1;
    if (x != y && x != 1 && y != 1) {
      return std::nullopt;
    }
    shape[i] = x == 1 ? y : x;
  }
  return countOf(shape) <= kMaxKnownElements
             ? std::optional<SmallVector<int64_t>>(shape)
             : std::nullopt;
}

/// Row-major coordinates of position `linear`.
static SmallVector<int64_t> coordinatesOf(int64_t linear,
                                          ArrayRef<int64_t> shape) {
  SmallVector<int64_t> coordinates(shape.size());
  for (size_t i = shape.size(); i-- > 0;) {
    coordinates[i] = linear % shape[i];
    linear /= shape[i];
  }
  return coordinates;
}

static int64_t positionOf(ArrayRef<int64_t> coordinates,
                          ArrayRef<int64_t> shape) {
  int64_t linear = 0;
  for (auto [coordinate, size] : zip(coordinates, shape)) {
    linear = linear * size + coordinate;
  }
  return linear;
}

KnownTensor broadcastKnown(const KnownTensor &tensor, ArrayRef<int64_t> shape) {
  KnownTensor result;
  result.element = tensor.element;
  result.shape.assign(shape.begin(), shape.end());
  int64_t count = countOf(shape);
  size_t skipped = shape.size() - tensor.shape.size();
  for (int64_t i = 0; i < count; ++i) {
    SmallVector<int64_t> at = coordinatesOf(i, shape);
    at.erase(at.begin(), at.begin() + skipped);
    for (auto [coordinate, size] : zip(at, tensor.shape)) {
      coordinate = size == 1 ? 0 : coordinate;
    }
    result.elements.push_back(tensor.elements[positionOf(at, tensor.shape)]);
  }
  return result;
}

static KnownTensor vectorOf(ArrayRef<AffineExpr> exprs, Type element) {
  KnownTensor result;
  result.element = element;
  result.shape = {int64_t(exprs.size())};
  for (AffineExpr expr : exprs) {
    result.elements.push_back({expr, 0});
  }
  return result;
}

MaybeKnown evaluateShape(Node &node) {
  SmallVector<AffineExpr> extents = node.extents(0);
  int64_t rank = extents.size();
  auto clamp = [&](int64_t at) {
    return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  int64_t start = clamp(node.integer("start", 0));
  int64_t end = std::max(start, clamp(node.integer("end", rank)));
  return vectorOf(ArrayRef(extents).slice(start, end - start),
                  node.builder.getI64Type());
}

MaybeKnown evaluateSize(Node &node) {
  KnownTensor result =
      vectorOf({kernel::productOf(node.builder.getContext(), node.extents(0))},
               node.builder.getI64Type());
  result.shape.clear();
  return result;
}

/// Reshape, Squeeze, Unsqueeze, Flatten and Identity keep the elements.
MaybeKnown evaluateReshape(Node &node) {
  const KnownTensor *input = node.known(0);
  if (!input) {
    return std::nullopt;
  }
  FailureOr<SmallVector<AffineExpr>> extents = reshapedExtents(node);
  if (failed(extents)) {
    return std::nullopt;
  }
  KnownTensor result = *input;
  result.shape.clear();
  for (AffineExpr extent : *extents) {
    std::optional<int64_t> size = kernel::constantOf(extent);
    if (!size) {
      return std::nullopt;
    }
    result.shape.push_back(*size);
  }
  return countOf(result.shape) == int64_t(result.elements.size())
             ? MaybeKnown(result)
             : std::nullopt;
}

MaybeKnown evaluateConcat(Node &node) {
  const KnownTensor *first = node.known(0);
  if (!first) {
    return std::nullopt;
  }
  int64_t rank = first->shape.size();
  int64_t axis = node.integer("axis", node.opset < 4 ? 1 : 0);
  axis = axis < 0 ? axis + rank : axis;
  // Vectors, and tensors joined along their first axis, keep their order.
  if (axis != 0 || rank == 0) {
    return std::nullopt;
  }
  KnownTensor result = *first;
  for (unsigned i = 1; i < node.inputCount(); ++i) {
    const KnownTensor *next = node.known(i);
    if (!next || int64_t(next->shape.size()) != rank ||
        ArrayRef(next->shape).drop_front() !=
            ArrayRef(result.shape).drop_front() ||
        result.elements.size() + next->elements.size() > kMaxKnownElements) {
      return std::nullopt;
    }
    result.shape[0] += next->shape[0];
    result.elements.append(next->elements);
  }
  return result;
}

/// The part of a vector of extents that Gather picks out of a Shape result:
/// any data rank, indices of any rank, along `axis`.
MaybeKnown evaluateGather(Node &node) {
  const KnownTensor *data = node.known(0), *indices = node.known(1);
  std::optional<SmallVector<int64_t>> positions;
  if (data && indices) {
    positions = indices->integers();
  }
  if (!positions) {
    return std::nullopt;
  }
  int64_t rank = data->shape.size();
  int64_t axis = node.integer("axis", 0);
  axis = axis < 0 ? axis + rank : axis;
  if (axis < 0 || axis >= rank) {
    return std::nullopt;
  }
  int64_t size = data->shape[axis];
  int64_t outer = countOf(ArrayRef(data->shape).take_front(axis));
  int64_t inner = countOf(ArrayRef(data->shape).drop_front(axis + 1));
  if (outer * inner * int64_t(positions->size()) > kMaxKnownElements) {
    return std::nullopt;
  }
  KnownTensor result;
  result.element = data->element;
  result.shape.append(data->shape.begin(), data->shape.begin() + axis);
  result.shape.append(indices->shape);
  result.shape.append(data->shape.begin() + axis + 1, data->shape.end());
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t position : *positions) {
      position = position < 0 ? position + size : position;
      if (position < 0 || position >= size) {
        return std::nullopt;
      }
      for (int64_t i = 0; i < inner; ++i) {
        result.elements.push_back(
            data->elements[(o * size + position) * inner + i]);
      }
    }
  }
  return result;
}

MaybeKnown evaluateSlice(Node &node) {
  const KnownTensor *input = node.known(0);
  if (!input) {
    return std::nullopt;
  }
  FailureOr<SliceBounds> bounds = sliceBounds(node, /*report=*/false);
  if (failed(bounds)) {
    return std::nullopt;
  }
  KnownTensor result;
  result.element = input->element;
  SmallVector<int64_t> starts;
  for (auto [start, extent] : zip(bounds->starts, bounds->extents)) {
    std::optional<int64_t> from = kernel::constantOf(start);
    std::optional<int64_t> size = kernel::constantOf(extent);
    if (!from || !size) {
      return std::nullopt;
    }
    starts.push_back(*from);
    result.shape.push_back(*size);
  }
  int64_t count = countOf(result.shape);
  for (int64_t i = 0; i < count; ++i) {
    SmallVector<int64_t> at = coordinatesOf(i, result.shape);
    for (size_t axis = 0; axis < at.size(); ++axis) {
      at[axis] = starts[axis] + at[axis] * bounds->steps[axis];
    }
    result.elements.push_back(input->elements[positionOf(at, input->shape)]);
  }
  return result;
}

bool evaluateSplit(Node &node) {
  const KnownTensor *input = node.known(0);
  int64_t count = node.proto.output_size();
  // Vectors in equal parts: sizes taken apart one by one.
  if (!input || input->shape.size() != 1 || node.has(1) ||
      node.hasAttribute("split") || node.integer("axis", 0) != 0 ||
      node.integer("num_outputs", count) != count || count == 0 ||
      input->shape[0] % count != 0) {
    return false;
  }
  int64_t size = input->shape[0] / count;
  for (int64_t i = 0; i < count; ++i) {
    KnownTensor part;
    part.element = input->element;
    part.shape = {size};
    part.elements.append(input->elements.begin() + i * size,
                         input->elements.begin() + (i + 1) * size);
    (void)node.setKnown(i, std::move(part));
  }
  return true;
}

MaybeKnown evaluateTranspose(Node &node) {
  const KnownTensor *input = node.known(0);
  if (!input) {
    return std::nullopt;
  }
  size_t rank = input->shape.size();
  SmallVector<int64_t> order = node.integers("perm");
  for (size_t i = order.size(); order.size() < rank; ++i) {
    order.push_back(rank - 1 - i);
  }
  KnownTensor result;
  result.element = input->element;
  for (int64_t axis : order) {
    if (order.size() != rank || axis < 0 || axis >= int64_t(rank)) {
      return std::nullopt;
    }
    result.shape.push_back(input->shape[axis]);
  }
  for (size_t i = 0; i < input->elements.size(); ++i) {
    SmallVector<int64_t> at = coordinatesOf(i, result.shape), from(rank);
    for (size_t axis = 0; axis < rank; ++axis) {
      from[order[axis]] = at[axis];
    }
    result.elements.push_back(input->elements[positionOf(from, input->shape)]);
  }
  return result;
}

MaybeKnown evaluateExpand(Node &node) {
  const KnownTensor *input = node.known(0), *target = node.known(1);
  std::optional<SmallVector<int64_t>> shape;
  if (input && target) {
    shape = target->integers();
  }
  if (shape) {
    shape = broadcastShapes(input->shape, *shape);
  }
  return shape ? MaybeKnown(broadcastKnown(*input, *shape)) : std::nullopt;
}

MaybeKnown evaluateConstantOfShape(Node &node) {
  const KnownTensor *target = node.known(0);
  std::optional<SmallVector<int64_t>> shape;
  if (target) {
    shape = target->integers();
  }
  if (!shape || countOf(*shape) > kMaxKnownElements) {
    return std::nullopt;
  }
  KnownTensor result;
  result.element = node.builder.getF32Type();
  Scalar fill{{}, 0};
  if (const onnx::TensorProto *value = node.tensor("value")) {
    Expected<ElementsAttr> attribute = node.importer.valueOf(*value);
    if (!attribute) {
      consumeError(attribute.takeError());
      return std::nullopt;
    }
    MaybeKnown known = readKnown(*attribute);
    if (!known || known->elements.size() != 1) {
      return std::nullopt;
    }
    result.element = known->element;
    fill = known->elements[0];
  }
  result.shape = *shape;
  result.elements.assign(countOf(*shape), fill);
  return result;
}

MaybeKnown evaluateRange(Node &node) {
  const KnownTensor *start = node.known(0), *limit = node.known(1),
                    *delta = node.known(2);
  if (!start || !limit || !delta || !start->isConstant() ||
      !limit->isConstant() || !delta->isConstant() ||
      start->elements.size() != 1 || limit->elements.size() != 1 ||
      delta->elements.size() != 1 || delta->elements[0].value() == 0) {
    return std::nullopt;
  }
  double from = start->elements[0].value(), to = limit->elements[0].value(),
         step = delta->elements[0].value();
  // Beyond this differences of integers may be none.
  constexpr double kExact = 0x1p52;
  bool isExact = std::abs(from) <= kExact && std::abs(to) <= kExact &&
                 std::abs(step) <= kExact;
  if (!start->isFloat() && !isExact) {
    return std::nullopt;
  }
  double count = std::max(0.0, std::ceil((to - from) / step));
  if (!(count <= kMaxKnownElements)) {
    return std::nullopt;
  }
  KnownTensor result;
  result.element = start->element;
  result.shape = {int64_t(count)};
  for (int64_t i = 0; i < int64_t(count); ++i) {
    double value = from + i * step;
    Scalar scalar = result.isFloat() ? Scalar{{}, value}
                                     : integerScalar(int64_t(value),
                                                     node.builder.getContext());
    std::optional<Scalar> rounded = roundTo(result.element, scalar);
    if (!rounded) {
      return std::nullopt;
    }
    result.elements.push_back(*rounded);
  }
  return result;
}

} // namespace tessera::import
