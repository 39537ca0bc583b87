//===- Resize.cpp - resampling --------------------------------------------===//
//
// Every axis whose extent changes becomes a few taps: a clamped position and a
// weight for each. The result is the sum over all combinations of taps.
//
//===----------------------------------------------------------------------===//

#include "dialects/graph/Scalar.h"
#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;
using namespace tessera::kernel;

LogicalResult ResizeOp::inferReturnTypes(MLIRContext *context,
                                         MaybeLocation location,
                                         Adaptor adaptor, Types &types) {
  if (failed(checkRanked(location, adaptor.getX())) ||
      failed(checkOneOf(location, "mode", adaptor.getMode(),
                        {"nearest", "linear", "cubic"})) ||
      failed(checkOneOf(location, "coordinate_transformation_mode",
                        adaptor.getCoordinateTransformationMode(),
                        {"half_pixel", "half_pixel_symmetric",
                         "pytorch_half_pixel", "align_corners", "asymmetric",
                         "tf_half_pixel_for_nn", "tf_crop_and_resize"})) ||
      failed(checkOneOf(
          location, "nearest_mode", adaptor.getNearestMode(),
          {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}))) {
    return failure();
  }
  Extents own = extentsOf(adaptor.getX());
  AffineMap shape = adaptor.getShape();
  bool crops =
      adaptor.getCoordinateTransformationMode() == "tf_crop_and_resize";
  if (shape.getNumResults() != own.size() ||
      (!adaptor.getScales().empty() &&
       adaptor.getScales().size() != own.size()) ||
      (crops && adaptor.getRoi().size() != 2 * own.size())) {
    return emitInferError(location)
           << "expected extents, scales and regions for " << own.size()
           << " axes, got " << shape.getNumResults() << ", "
           << adaptor.getScales().size() << " and " << adaptor.getRoi().size();
  }
  if (adaptor.getAntialias()) {
    return emitInferError(location) << "expected antialias 0, got 1";
  }
  return inferTensor(
      types, adaptor.getTo().value_or(getElementTypeOrSelf(adaptor.getX())),
      shape.getResults());
}

namespace {
/// One position to read along an axis: its index (i64, clamped) and weight
/// (null: 1).
struct Tap {
  Value index;
  Scalar weight;
};

/// One axis being resampled, with what its arithmetic needs.
struct Axis {
  KernelBuilder &k;
  mutable ResizeOp op;
  unsigned position;
  AffineExpr input, output, dim;

  Scalar scalar(Value value) const { return {&k.body(), k.loc(), value}; }
  Scalar number(double value) const {
    return scalar(k.constant(k.body().getF32Type(), value));
  }
  Scalar extent(AffineExpr expr) const {
    return scalar(extentValue(k, expr, k.body().getF32Type()));
  }
  /// The scale of the model, or the quotient of the extents.
  Scalar scale() const;
  /// The (fractional) coordinate in the input.
  Scalar source() const;
  Tap tapAt(Scalar coordinate, Scalar weight) const;
  SmallVector<Tap> taps(Scalar source) const;
};
} // namespace

Scalar Axis::scale() const {
  ArrayRef<float> given = op.getScales();
  if (!given.empty() && given[position] > 0) {
    return number(given[position]);
  }
  return extent(output) / extent(input);
}

Scalar Axis::source() const {
  StringRef mode = op.getCoordinateTransformationMode();
  Value position64 = k.index(dim);
  Scalar at = scalar(arith::SIToFPOp::create(
      k.body(), k.loc(), k.body().getF32Type(), position64));
  if (mode == "asymmetric") {
    return at / scale();
  }
  if (mode == "tf_half_pixel_for_nn") {
    return (at + 0.5) / scale();
  }
  Scalar one = number(1);
  if (mode == "align_corners") {
    // With a given scale the output's extent before rounding counts.
    bool given = !op.getScales().empty() && op.getScales()[position] > 0;
    Scalar last = given ? extent(input) * scale() - 1.0 : extent(output - 1);
    return select(last == 0.0, number(0), at * extent(input - 1) / last);
  }
  if (mode == "tf_crop_and_resize") {
    unsigned rank = op.getRoi().size() / 2;
    double start = op.getRoi()[position], end = op.getRoi()[rank + position];
    Scalar last = extent(input - 1), steps = extent(output - 1);
    Scalar spread =
        last * start + at * (last * (end - start)) / max(steps, 1.0);
    return select(steps > 0.0, spread, last * (0.5 * (start + end)));
  }
  Scalar source = (at + 0.5) / scale() - 0.5;
  if (mode == "pytorch_half_pixel") {
    return select(extent(output) > one, source, number(0));
  }
  if (mode == "half_pixel_symmetric") {
    // The output's extent before rounding decides where the centres coincide.
    Scalar adjustment = extent(output) / (extent(input) * scale());
    Scalar center = extent(input) * 0.5;
    return source + center * (one - adjustment);
  }
  return source;
}

/// Reads at a whole coordinate, moved inside the tensor; with exclude_outside
/// one outside weighs nothing.
Tap Axis::tapAt(Scalar coordinate, Scalar weight) const {
  Scalar last = extent(input - 1);
  Scalar inside = min(max(coordinate, 0.0), last);
  if (op.getExcludeOutside() && weight.value) {
    weight = select(inside == coordinate, weight, number(0));
  }
  Value index =
      arith::FPToSIOp::create(k.body(), k.loc(), k.body().getI64Type(), inside);
  return {index, weight};
}

/// The cubic kernel of parameter a at distance t, for |t| <= 1 or 1 < |t| < 2.
static Scalar cubicWeight(Scalar t, double a, bool near) {
  if (near) {
    return (t * (a + 2) - (a + 3)) * t * t + 1.0;
  }
  return ((t * a - 5 * a) * t + 8 * a) * t - 4 * a;
}

SmallVector<Tap> Axis::taps(Scalar source) const {
  StringRef mode = op.getMode(), nearest = op.getNearestMode();
  if (mode == "nearest") {
    Scalar rounded = nearest == "floor"                ? floor(source)
                     : nearest == "ceil"               ? ceil(source)
                     : nearest == "round_prefer_floor" ? ceil(source - 0.5)
                                                       : floor(source + 0.5);
    return {tapAt(rounded, {})};
  }
  Scalar base = floor(source), fraction = source - base;
  SmallVector<Tap> taps;
  if (mode == "linear") {
    taps = {tapAt(base, number(1) - fraction), tapAt(base + 1.0, fraction)};
  } else {
    double a = toDouble(op.getCubicCoeffA());
    taps = {tapAt(base - 1.0, cubicWeight(fraction + 1.0, a, false)),
            tapAt(base, cubicWeight(fraction, a, true)),
            tapAt(base + 1.0, cubicWeight(number(1) - fraction, a, true)),
            tapAt(base + 2.0, cubicWeight(number(2) - fraction, a, false))};
  }
  if (op.getExcludeOutside()) {
    Scalar sum = taps[0].weight;
    for (const Tap &tap : ArrayRef(taps).drop_front()) {
      sum = sum + tap.weight;
    }
    for (Tap &tap : taps) {
      tap.weight = tap.weight / sum;
    }
  }
  return taps;
}

/// An element read from `x`, with its signedness.
static Scalar elementOf(KernelBuilder &k, Value x, Value read) {
  return {&k.body(), k.loc(), read,
          getElementTypeOrSelf(x).isUnsignedInteger()};
}

/// The sum over the taps of axis `axis` and all later ones.
static Scalar sumOfTaps(KernelBuilder &k, Value x, const Coordinates &dims,
                        ArrayRef<SmallVector<Tap>> taps,
                        SmallVector<Value> &indices, unsigned axis) {
  while (axis < taps.size() && taps[axis].empty()) {
    ++axis;
  }
  if (axis == taps.size()) {
    Scalar element =
        elementOf(k, x, k.gather(x, dims, indices, /*clamp=*/true));
    bool weighted =
        llvm::any_of(taps, [](auto &all) { return all.size() > 1; });
    return weighted ? convert(element, k.body().getF32Type()) : element;
  }
  Scalar sum;
  for (const Tap &tap : taps[axis]) {
    indices[axis] = tap.index;
    Scalar value = sumOfTaps(k, x, dims, taps, indices, axis + 1);
    if (tap.weight.value) {
      value = value * tap.weight;
    }
    sum = sum.value ? sum + value : value;
  }
  return sum;
}

/// The coordinate that repeats every element of axis `i` a whole number of
/// times, when that is what the modes come to; null otherwise.
static AffineExpr repeatedCoordinate(ResizeOp op, unsigned i, AffineExpr input,
                                     AffineExpr output, AffineExpr dim) {
  AffineExpr factor = divideExactly(output, input);
  if (op.getMode() != "nearest" || !factor || !constantOf(factor)) {
    return {};
  }
  ArrayRef<float> scales = op.getScales();
  auto times = static_cast<float>(*constantOf(factor));
  if (times < 1 || (!scales.empty() && scales[i] > 0 && scales[i] != times)) {
    return {};
  }
  StringRef transform = op.getCoordinateTransformationMode();
  StringRef rounding = op.getNearestMode();
  // Centres lie strictly between two edges, so both roundings agree there.
  bool repeats = (transform == "asymmetric" && rounding == "floor") ||
                 (transform == "half_pixel" && rounding.starts_with("round"));
  return repeats ? dim.floorDiv(factor) : AffineExpr();
}

Lowered ResizeOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  Extents own = extentsOf(getX()), result = extentsOf(getResult());
  Coordinates dims = k.parallel(result), coordinates = dims;
  bool crops = getCoordinateTransformationMode() == "tf_crop_and_resize";
  SmallVector<SmallVector<Tap>> taps(own.size());
  Scalar outside;
  for (unsigned i = 0; i < own.size(); ++i) {
    bool scaled = !getScales().empty() && getScales()[i] != 1.0f;
    if (simplify(own[i]) == simplify(result[i]) && !scaled && !crops) {
      continue;
    }
    if (AffineExpr repeated =
            repeatedCoordinate(*this, i, own[i], result[i], dims[i])) {
      coordinates[i] = repeated;
      continue;
    }
    Axis axis{k, *this, i, own[i], result[i], dims[i]};
    Scalar source = axis.source();
    taps[i] = axis.taps(source);
    if (crops) {
      Scalar beyond = (source < 0.0) | (source > axis.extent(own[i] - 1));
      outside = outside.value ? outside | beyond : beyond;
    }
  }
  SmallVector<Value> indices(own.size());
  bool computed = llvm::any_of(taps, [](auto &all) { return !all.empty(); });
  Scalar value = computed ? sumOfTaps(k, getX(), coordinates, taps, indices, 0)
                          : elementOf(k, getX(), k.read(getX(), coordinates));
  if (crops) {
    value = select(
        outside, constantLike(value, toDouble(getExtrapolationValue())), value);
  }
  Type element = getElementTypeOrSelf(getResult());
  if (value.value.getType() != scalarTypeOf(element)) {
    bool rounds = value.isFloat() && !isa<FloatType>(element);
    value = convert(rounds ? roundEven(value) : value, element);
  }
  return llvm::to_vector_of<Value>(
      k.finish({value}, {dims}, {getResult().getType()}).getResults());
}
