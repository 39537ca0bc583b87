//===- Convolution.cpp - convolutions and their transposes ----------------===//

#include "dialects/graph/Windows.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;
using namespace tessera::kernel;

template <typename OpOrAdaptor>
static Window windowOf(OpOrAdaptor op) {
  Window window;
  Extents x = extentsOf(op.getX()), w = extentsOf(op.getW());
  window.input.assign(x.begin() + 2, x.end());
  window.kernel.assign(w.begin() + 2, w.end());
  window.pads = Extents(op.getPads().getResults());
  window.strides = op.getStrides();
  window.dilations = op.getDilations();
  return window;
}

/// Checks what both kinds share; `channels` is the result's number of channels.
template <typename Adaptor>
static LogicalResult checkOperands(MaybeLocation location, Adaptor adaptor) {
  if (failed(checkRanked(location, adaptor.getOperands())) ||
      !productElement(location, adaptor.getX(), adaptor.getW())) {
    return failure();
  }
  Extents x = extentsOf(adaptor.getX()), w = extentsOf(adaptor.getW());
  if (x.size() < 3 || x.size() > 5 || w.size() != x.size()) {
    return emitInferError(location)
           << "expected input and weights of one rank from 3 to 5, got "
           << textOf(x) << " and " << textOf(w);
  }
  if (static_cast<int64_t>(adaptor.getGroup()) < 1) {
    return emitInferError(location)
           << "expected a group of 1 or more, got " << adaptor.getGroup();
  }
  return success();
}

template <typename Adaptor>
static LogicalResult checkBias(MaybeLocation location, Adaptor adaptor,
                               AffineExpr channels) {
  if (Value bias = adaptor.getBias()) {
    Type element = productElement(location, adaptor.getX(), adaptor.getW());
    if (getElementTypeOrSelf(bias) != element) {
      return emitInferError(location)
             << "expected a bias of element type " << element << ", got "
             << getElementTypeOrSelf(bias);
    }
    Extents extents = extentsOf(bias);
    if (extents.size() != 1 || !mayBeEqual(extents[0], channels)) {
      return emitInferError(location)
             << "expected a bias of " << textOf(channels) << " elements, got "
             << textOf(extents);
    }
  }
  return success();
}

/// bias + sum over the reduction dimensions of x * w, elements of the operands
/// of `op`.
template <typename Op>
static Value sumWithBias(KernelBuilder &k, Op op, Value x, Value w,
                         AffineExpr channel) {
  Value bias = op.getBias();
  Value sum = sumOfProducts(k, x, w, op.getX(), op.getW());
  if (!bias) {
    return sum;
  }
  Value offset = k.read(bias, {channel});
  return isa<FloatType>(sum.getType())
             ? arith::AddFOp::create(k.body(), k.loc(), sum, offset).getResult()
             : arith::AddIOp::create(k.body(), k.loc(), sum, offset)
                   .getResult();
}

/// The part of an extent that each of `count` groups has.
static AffineExpr partOf(Operation *op, AffineExpr extent, int64_t count) {
  AffineExpr part = dividedExtent(extent, count);
  requireEqual(op, extent, part * count);
  return part;
}

//===----------------------------------------------------------------------===//
// Conv
//===----------------------------------------------------------------------===//

LogicalResult ConvOp::inferReturnTypes(MLIRContext *context,
                                       MaybeLocation location, Adaptor adaptor,
                                       Types &types) {
  if (failed(checkOperands(location, adaptor))) {
    return failure();
  }
  Window window = windowOf(adaptor);
  Extents x = extentsOf(adaptor.getX()), w = extentsOf(adaptor.getW());
  int64_t group = adaptor.getGroup();
  if (constantOf(w[0]).value_or(0) % group != 0 ||
      !mayBeEqual(x[1], simplify(w[1] * group))) {
    return emitInferError(location)
           << "expected channels of input " << textOf(x) << " and weights "
           << textOf(w) << " in " << group << " groups";
  }
  if (failed(checkWindow(location, window)) ||
      failed(checkBias(location, adaptor, w[0]))) {
    return failure();
  }
  Extents result = {x[0], w[0]};
  for (unsigned i = 0; i < window.rank(); ++i) {
    result.push_back(window.outputExtent(i));
  }
  return inferTensor(
      types, productElement(location, adaptor.getX(), adaptor.getW()), result);
}

/// A convolution in groups of free size: with an axis for the groups in every
/// operand all coordinates are linear.
static Lowered lowerFreeGroups(ConvOp op, OpBuilder &builder) {
  Window window = windowOf(op);
  Extents x = extentsOf(op.getX()), w = extentsOf(op.getW()),
          y = extentsOf(op.getResult());
  int64_t group = op.getGroup();
  AffineExpr groups = constantExpr(op.getContext(), group),
             perGroup = partOf(op, w[0], group);
  requireEqual(op, x[1], w[1] * group);
  auto split = [&](Value value, unsigned axis, AffineExpr inner) {
    Extents extents = extentsOf(value);
    extents[axis] = inner;
    extents.insert(extents.begin() + axis, groups);
    Type type = tensorTypeOf(getElementTypeOrSelf(value), extents);
    return kernel::ReshapeOp::create(builder, op.getLoc(), type, value)
        .getResult();
  };
  Value images = split(op.getX(), 1, w[1]),
        weights = split(op.getW(), 0, perGroup);
  Value bias = op.getBias() ? split(op.getBias(), 0, perGroup) : Value();
  KernelBuilder k(builder, op.getLoc());
  AffineExpr n = k.parallel(y[0]);
  Coordinates space = k.parallel(ArrayRef(y).drop_front(2));
  AffineExpr g = k.parallel(groups), m = k.parallel(perGroup);
  Coordinates from = {n, g}, weight = {g, m}, to = {n, g, m}, points;
  for (unsigned i = 0; i < window.rank(); ++i) {
    points.push_back(k.reduction(window.kernel[i]));
  }
  AffineExpr input = k.reduction(w[1]);
  from.push_back(input);
  weight.push_back(input);
  Extents extents = {y[0], groups, perGroup};
  for (unsigned i = 0; i < window.rank(); ++i) {
    from.push_back(window.coordinate(i, space[i], points[i]));
    weight.push_back(points[i]);
    to.push_back(space[i]);
    extents.push_back(y[2 + i]);
  }
  Type element = scalarTypeOf(getElementTypeOrSelf(op.getX()));
  TypedAttr pad =
      window.reachesOutside() ? builder.getZeroAttr(element) : TypedAttr();
  Value sum = sumOfProducts(k, k.read(images, from, pad),
                            k.read(weights, weight), op.getX(), op.getW());
  if (bias) {
    Value offset = k.read(bias, {g, m});
    sum =
        isa<FloatType>(sum.getType())
            ? arith::AddFOp::create(k.body(), k.loc(), sum, offset).getResult()
            : arith::AddIOp::create(k.body(), k.loc(), sum, offset).getResult();
  }
  Type result = getElementTypeOrSelf(op.getResult());
  Value parts =
      k.finish({sum}, {to}, {tensorTypeOf(result, extents)}).getResult(0);
  Value whole = kernel::ReshapeOp::create(builder, op.getLoc(),
                                          op.getResult().getType(), parts);
  return SmallVector<Value>{whole};
}

Lowered ConvOp::lower(OpBuilder &builder) {
  if (getGroup() > 1 && !constantOf(extentsOf(getW())[0])) {
    return lowerFreeGroups(*this, builder);
  }
  Window window = windowOf(*this);
  Extents x = extentsOf(getX()), w = extentsOf(getW()),
          y = extentsOf(getResult());
  int64_t group = getGroup();
  AffineExpr inputs = w[1], perGroup = partOf(*this, w[0], group);
  requireEqual(*this, x[1], inputs * group);
  KernelBuilder k(builder, getLoc());
  AffineExpr n = k.parallel(y[0]);
  Coordinates space = k.parallel(ArrayRef(y).drop_front(2));
  // With one output channel in a group the group is the channel.
  AffineExpr zero = constantExpr(getContext(), 0), channel = zero, first = zero;
  if (group > 1) {
    AffineExpr g = k.parallel(constantExpr(getContext(), group));
    first = g * inputs;
    channel = g * perGroup;
  }
  if (constantOf(perGroup) != 1 || group == 1) {
    channel = channel + k.parallel(perGroup);
  }
  Coordinates points;
  for (unsigned i = 0; i < window.rank(); ++i) {
    points.push_back(k.reduction(window.kernel[i]));
  }
  AffineExpr input = constantOf(inputs) == 1 ? zero : k.reduction(inputs);
  Coordinates from = {n, first + input}, weight = {channel, input},
              to = {n, channel};
  for (unsigned i = 0; i < window.rank(); ++i) {
    from.push_back(window.coordinate(i, space[i], points[i]));
    weight.push_back(points[i]);
    to.push_back(space[i]);
  }
  Type element = scalarTypeOf(getElementTypeOrSelf(getX()));
  TypedAttr pad =
      window.reachesOutside() ? builder.getZeroAttr(element) : TypedAttr();
  Value value = sumWithBias(k, *this, k.read(getX(), from, pad),
                            k.read(getW(), weight), channel);
  return llvm::to_vector_of<Value>(
      k.finish({value}, {to}, {getResult().getType()}).getResults());
}

//===----------------------------------------------------------------------===//
// ConvTranspose
//===----------------------------------------------------------------------===//

LogicalResult ConvTransposeOp::inferReturnTypes(MLIRContext *context,
                                                MaybeLocation location,
                                                Adaptor adaptor, Types &types) {
  if (failed(checkOperands(location, adaptor))) {
    return failure();
  }
  Window window = windowOf(adaptor);
  Extents x = extentsOf(adaptor.getX()), w = extentsOf(adaptor.getW());
  int64_t group = adaptor.getGroup();
  if (!mayBeEqual(x[1], w[0]) || constantOf(w[0]).value_or(0) % group != 0) {
    return emitInferError(location)
           << "expected channels of input " << textOf(x) << " and weights "
           << textOf(w) << " in " << group << " groups";
  }
  unsigned rank = window.rank();
  if (window.strides.size() != rank || window.dilations.size() != rank ||
      window.pads.size() != 2 * rank ||
      adaptor.getOutputPadding().size() != rank) {
    return emitInferError(location) << "expected a stride, dilation, output "
                                       "padding and two pads for each of "
                                    << rank << " spatial axes";
  }
  Extents result = {x[0], simplify(w[1] * group)};
  for (unsigned i = 0; i < rank; ++i) {
    int64_t stride = window.strides[i], padding = adaptor.getOutputPadding()[i];
    if (stride < 1 || window.dilations[i] < 1 || padding < 0) {
      return emitInferError(location)
             << "expected stride and dilation of 1 or more and output padding "
                "of 0 or more, got "
             << stride << ", " << window.dilations[i] << " and " << padding;
    }
    result.push_back(simplify((x[2 + i] - 1) * stride + padding +
                              window.span(i) - window.before(i) -
                              window.after(i)));
    if (constantOf(result.back()).value_or(1) < 1) {
      return emitInferError(location)
             << "expected pads that leave a result, got "
             << textOf(window.pads);
    }
  }
  if (failed(checkBias(location, adaptor, result[1]))) {
    return failure();
  }
  return inferTensor(types, getElementTypeOrSelf(adaptor.getX()), result);
}

namespace {
/// One spatial axis of a transposed convolution before the pads are cut off:
/// position p is `stride * q + r`, and element q - j of the input meets point
/// `stride * j + r` of the kernel there (without dilation).
struct Phases {
  AffineExpr quotients;
  AffineExpr input, point;
  SmallVector<AffineExpr, 2> output;
};
} // namespace

/// Positions by quotient and remainder: dense work, no division.
static Phases phasesOf(KernelBuilder &k, const Window &window, unsigned i,
                       AffineExpr extent) {
  int64_t stride = window.strides[i];
  MLIRContext *context = extent.getContext();
  Phases phases;
  phases.quotients = simplify((extent + window.before(i)).ceilDiv(stride));
  AffineExpr q = k.parallel(phases.quotients);
  phases.output = {q};
  if (stride == 1) {
    AffineExpr point = k.reduction(window.kernel[i]);
    phases.input = q - point * window.dilations[i];
    phases.point = point;
    return phases;
  }
  AffineExpr r = k.parallel(constantExpr(context, stride));
  AffineExpr j = k.reduction(simplify(window.kernel[i].ceilDiv(stride)));
  phases.output.push_back(r);
  phases.input = q - j;
  phases.point = j * stride + r;
  return phases;
}

/// With both a stride and a dilation the points that meet an element are not a
/// lattice of their own: read at the rounded position and drop the others.
static Phases dilatedPhasesOf(KernelBuilder &k, const Window &window,
                              unsigned i, AffineExpr extent, Value &meets) {
  Phases phases;
  phases.quotients = simplify(extent + window.before(i));
  AffineExpr position = k.parallel(phases.quotients),
             point = k.reduction(window.kernel[i]);
  AffineExpr distance = position - point * window.dilations[i];
  phases.output = {position};
  phases.input = distance.floorDiv(window.strides[i]);
  phases.point = point;
  Value exact =
      arith::CmpIOp::create(k.body(), k.loc(), arith::CmpIPredicate::eq,
                            k.index(distance % window.strides[i]),
                            k.constant(k.body().getI64Type(), 0));
  meets =
      meets ? arith::AndIOp::create(k.body(), k.loc(), meets, exact).getResult()
            : exact;
  return phases;
}

Lowered ConvTransposeOp::lower(OpBuilder &builder) {
  Window window = windowOf(*this);
  Extents x = extentsOf(getX()), w = extentsOf(getW()),
          y = extentsOf(getResult());
  MLIRContext *context = getContext();
  int64_t group = getGroup();
  AffineExpr inputs = partOf(*this, w[0], group);
  requireEqual(*this, x[1], w[0]);
  KernelBuilder k(builder, getLoc());
  AffineExpr n = k.parallel(y[0]);
  AffineExpr g = group > 1 ? k.parallel(constantExpr(context, group))
                           : constantExpr(context, 0);
  AffineExpr m = k.parallel(w[1]), c = k.reduction(inputs);
  AffineExpr channel = g * w[1] + m;
  Coordinates from = {n, g * inputs + c}, weight = {g * inputs + c, m},
              to = {n, channel};
  Extents split = {y[0], y[1]}, merged = split;
  Value meets;
  for (unsigned i = 0; i < window.rank(); ++i) {
    bool irregular = window.strides[i] > 1 && window.dilations[i] > 1;
    Phases phases = irregular ? dilatedPhasesOf(k, window, i, y[2 + i], meets)
                              : phasesOf(k, window, i, y[2 + i]);
    from.push_back(phases.input);
    weight.push_back(phases.point);
    to.append(phases.output.begin(), phases.output.end());
    split.push_back(phases.quotients);
    merged.push_back(phases.quotients);
    if (phases.output.size() > 1) {
      split.push_back(constantExpr(context, window.strides[i]));
      merged.back() = phases.quotients * window.strides[i];
    }
  }
  Type element = getElementTypeOrSelf(getX());
  TypedAttr zero = builder.getZeroAttr(element);
  Value value = k.read(getX(), from, zero);
  if (meets) {
    value = arith::SelectOp::create(k.body(), k.loc(), meets, value,
                                    k.constant(value.getType(), 0));
  }
  value = sumWithBias(k, *this, value, k.read(getW(), weight, zero), channel);
  Value result =
      k.finish({value}, {to}, {tensorTypeOf(element, split)}).getResult(0);
  RankedTensorType full = tensorTypeOf(element, merged);
  if (result.getType() != full) {
    result = kernel::ReshapeOp::create(builder, getLoc(), full, result);
  }
  if (full == getResult().getType()) {
    return SmallVector<Value>{result};
  }
  KernelBuilder cut(builder, getLoc());
  Coordinates dims = cut.parallel(y), coordinates = dims;
  for (unsigned i = 0; i < window.rank(); ++i) {
    coordinates[2 + i] = dims[2 + i] + window.before(i);
  }
  Value kept = cut.read(result, coordinates);
  return llvm::to_vector_of<Value>(
      cut.finish({kept}, {dims}, {getResult().getType()}).getResults());
}
