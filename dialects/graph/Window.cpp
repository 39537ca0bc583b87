//===- Window.cpp - reductions over a sliding window ----------------------===//

#include "dialects/graph/Scalar.h"
#include "dialects/graph/Windows.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;
using namespace tessera::kernel;

//===----------------------------------------------------------------------===//
// Geometry
//===----------------------------------------------------------------------===//

AffineExpr Window::span(unsigned i) const {
  return simplify((kernel[i] - 1) * dilations[i] + 1);
}

AffineExpr Window::outputExtent(unsigned i) const {
  AffineExpr room = simplify(input[i] + before(i) + after(i) - span(i));
  if (!ceilMode) {
    return simplify(room.floorDiv(strides[i]) + 1);
  }
  // A window that would start in the trailing padding is left out: the last
  // one starts before both the end of the input and that of the last window
  // that the padding has room for, and which comes first is known.
  auto surplus = constantOf(simplify(after(i) + strides[i] - span(i)));
  AffineExpr starts = surplus && *surplus > 0 ? simplify(input[i] + before(i))
                                              : simplify(room + strides[i]);
  return simplify(starts.ceilDiv(strides[i]));
}

AffineExpr Window::coordinate(unsigned i, AffineExpr o, AffineExpr k) const {
  return o * strides[i] + k * dilations[i] - before(i);
}

bool Window::reachesOutside() const {
  if (!llvm::all_of(pads,
                    [](AffineExpr pad) { return constantOf(pad) == 0; })) {
    return true;
  }
  for (unsigned i = 0; ceilMode && i < rank(); ++i) {
    auto beyond = constantOf(
        simplify((outputExtent(i) - 1) * strides[i] + span(i) - input[i]));
    if (!beyond || *beyond > 0) {
      return true;
    }
  }
  return false;
}

LogicalResult tessera::graph::checkWindow(MaybeLocation location,
                                          const Window &window) {
  unsigned rank = window.rank();
  if (rank < 1 || rank > 3) {
    return emitInferError(location)
           << "expected 1, 2 or 3 spatial axes, got " << rank;
  }
  if (window.kernel.size() != rank || window.strides.size() != rank ||
      window.dilations.size() != rank || window.pads.size() != 2 * rank) {
    return emitInferError(location)
           << "expected a kernel extent, stride, dilation and two pads for "
              "each of "
           << rank << " spatial axes, got " << window.kernel.size() << ", "
           << window.strides.size() << ", " << window.dilations.size()
           << " and " << window.pads.size();
  }
  for (unsigned i = 0; i < rank; ++i) {
    if (window.strides[i] < 1 || window.dilations[i] < 1 ||
        constantOf(window.kernel[i]).value_or(1) < 1) {
      return emitInferError(location)
             << "expected kernel extent, stride and dilation of 1 or more, got "
             << textOf(window.kernel[i]) << ", " << window.strides[i] << " and "
             << window.dilations[i];
    }
    if (constantOf(window.before(i)).value_or(0) < 0 ||
        constantOf(window.after(i)).value_or(0) < 0) {
      return emitInferError(location)
             << "expected pads of 0 or more, got " << textOf(window.pads);
    }
    auto extent = constantOf(window.outputExtent(i));
    if (extent && *extent < 1) {
      return emitInferError(location)
             << "expected a window that fits into the padded input, got input "
             << textOf(window.input) << " and kernel " << textOf(window.kernel);
    }
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

template <typename OpOrAdaptor>
static Window windowOf(OpOrAdaptor op, MLIRContext *context) {
  Window window;
  Extents x = extentsOf(op.getX());
  window.input.assign(x.begin() + std::min<size_t>(2, x.size()), x.end());
  for (int64_t extent : op.getKernelShape()) {
    window.kernel.push_back(constantExpr(context, extent));
  }
  window.pads = Extents(op.getPads().getResults());
  window.strides = op.getStrides();
  window.dilations = op.getDilations();
  window.ceilMode = op.getCeilMode();
  return window;
}

template <typename Adaptor>
static LogicalResult inferPool(MLIRContext *context, MaybeLocation location,
                               Adaptor adaptor, Types &types,
                               Type element = {}) {
  if (failed(checkRanked(location, adaptor.getX()))) {
    return failure();
  }
  Window window = windowOf(adaptor, context);
  if (failed(checkWindow(location, window))) {
    return failure();
  }
  Extents x = extentsOf(adaptor.getX()), result = {x[0], x[1]};
  for (unsigned i = 0; i < window.rank(); ++i) {
    result.push_back(window.outputExtent(i));
  }
  return inferTensor(
      types, element ? element : getElementTypeOrSelf(adaptor.getX()), result);
}

LogicalResult AveragePoolOp::inferReturnTypes(MLIRContext *context,
                                              MaybeLocation location,
                                              Adaptor adaptor, Types &types) {
  return inferPool(context, location, adaptor, types);
}
LogicalResult LpPoolOp::inferReturnTypes(MLIRContext *context,
                                         MaybeLocation location,
                                         Adaptor adaptor, Types &types) {
  if (adaptor.getP() < 1) {
    return emitInferError(location)
           << "expected p of 1 or more, got " << adaptor.getP();
  }
  return inferPool(context, location, adaptor, types);
}
LogicalResult MaxPoolIndexOp::inferReturnTypes(MLIRContext *context,
                                               MaybeLocation location,
                                               Adaptor adaptor, Types &types) {
  return inferPool(context, location, adaptor, types,
                   IntegerType::get(context, 64));
}
LogicalResult MaxPoolOp::inferReturnTypes(MLIRContext *context,
                                          MaybeLocation location,
                                          Adaptor adaptor, Types &types) {
  return inferPool(context, location, adaptor, types);
}

namespace {
/// The nest of a pooling: its dimensions and the element under the window.
struct PoolNest {
  Window window;
  Coordinates output, points;
  Value element;
};
} // namespace

template <typename Op>
static PoolNest buildPool(KernelBuilder &k, Op op, TypedAttr pad) {
  PoolNest nest;
  nest.window = windowOf(op, op.getContext());
  nest.output = k.parallel(extentsOf(op.getResult()));
  Coordinates input = {nest.output[0], nest.output[1]};
  for (unsigned i = 0; i < nest.window.rank(); ++i) {
    nest.points.push_back(k.reduction(nest.window.kernel[i]));
    input.push_back(
        nest.window.coordinate(i, nest.output[2 + i], nest.points[i]));
  }
  nest.element = k.read(op.getX(), input,
                        nest.window.reachesOutside() ? pad : TypedAttr());
  return nest;
}

static SmallVector<Value> finishPool(KernelBuilder &k, PoolNest &nest,
                                     Value value, Type type) {
  return llvm::to_vector_of<Value>(
      k.finish({value}, {nest.output}, {type}).getResults());
}

/// How many points of the window at `o` lie in [lower, upper) along axis i.
static Value pointsInside(KernelBuilder &k, const Window &window, unsigned i,
                          AffineExpr o, AffineExpr lower, AffineExpr upper) {
  int64_t dilation = window.dilations[i];
  AffineExpr start = o * window.strides[i] - window.before(i);
  Value first = k.index((lower - start).ceilDiv(dilation));
  Value end = k.index((upper - 1 - start).floorDiv(dilation) + 1);
  Value zero = k.constant(k.body().getI64Type(), 0),
        all = k.index(window.kernel[i]);
  first = arith::MaxSIOp::create(k.body(), k.loc(), first, zero);
  end = arith::MinSIOp::create(k.body(), k.loc(), end, all);
  return arith::SubIOp::create(k.body(), k.loc(), end, first);
}

Lowered AveragePoolOp::lower(OpBuilder &builder) {
  Type element = getElementTypeOrSelf(getX());
  KernelBuilder k(builder, getLoc());
  PoolNest nest = buildPool(k, *this, builder.getZeroAttr(element));
  const Window &window = nest.window;
  Value sum = k.reduce(ReduceKind::add, nest.element), count;
  for (unsigned i = 0; i < window.rank(); ++i) {
    bool padded = getCountIncludePad();
    AffineExpr zero = constantExpr(getContext(), 0);
    AffineExpr lower = padded ? -window.before(i) : zero;
    AffineExpr upper =
        padded ? window.input[i] + window.after(i) : window.input[i];
    bool whole = padded ? !getCeilMode() : !window.reachesOutside();
    Value own =
        whole ? k.index(window.kernel[i])
              : pointsInside(k, window, i, nest.output[2 + i], lower, upper);
    count =
        count ? arith::MulIOp::create(k.body(), k.loc(), count, own).getResult()
              : own;
  }
  Value divisor =
      arith::SIToFPOp::create(k.body(), k.loc(), sum.getType(), count);
  Value mean = arith::DivFOp::create(k.body(), k.loc(), sum, divisor);
  return finishPool(k, nest, mean, getResult().getType());
}

Lowered LpPoolOp::lower(OpBuilder &builder) {
  Type element = getElementTypeOrSelf(getX());
  KernelBuilder k(builder, getLoc());
  PoolNest nest = buildPool(k, *this, builder.getZeroAttr(element));
  Scalar x = abs(Scalar{&k.body(), k.loc(), nest.element});
  double p = static_cast<double>(getP());
  Scalar power = p == 1 ? x : p == 2 ? x * x : pow(x, constantLike(x, p));
  Scalar sum = x.with(k.reduce(ReduceKind::add, power));
  Scalar norm = p == 1   ? sum
                : p == 2 ? sqrt(sum)
                         : pow(sum, constantLike(sum, 1 / p));
  return finishPool(k, nest, norm, getResult().getType());
}

Lowered MaxPoolOp::lower(OpBuilder &builder) {
  Type element = getElementTypeOrSelf(getX());
  KernelBuilder k(builder, getLoc());
  PoolNest nest = buildPool(k, *this, leastValueOf(element));
  Value greatest = reduceOrdered(k, ReduceKind::max, nest.element, element);
  return finishPool(k, nest, greatest, getResult().getType());
}

Lowered MaxPoolIndexOp::lower(OpBuilder &builder) {
  Type element = getElementTypeOrSelf(getX());
  KernelBuilder k(builder, getLoc());
  PoolNest nest = buildPool(k, *this, leastValueOf(element));
  const Window &window = nest.window;
  Scalar rest{&k.body(), k.loc(),
              reduceOrdered(k, ReduceKind::arg_max, nest.element, element)};
  // The position inside the window, taken apart into one point for each axis.
  SmallVector<Scalar> points(window.rank());
  for (int i = window.rank() - 1; i >= 0; --i) {
    auto extent = static_cast<double>(*constantOf(window.kernel[i]));
    points[i] = modulo(rest, constantLike(rest, extent), true);
    rest = rest / extent;
  }
  Extents x = extentsOf(getX());
  AffineExpr plane = productOf(getContext(), window.input);
  Scalar position =
      rest.with(k.index((nest.output[0] * x[1] + nest.output[1]) * plane));
  AffineExpr scale = constantExpr(getContext(), 1);
  for (unsigned i = 0; i < window.rank(); ++i) {
    unsigned axis = getStorageOrder() ? i : window.rank() - 1 - i;
    Scalar start = rest.with(k.index(window.coordinate(
        axis, nest.output[2 + axis], constantExpr(getContext(), 0))));
    Scalar at =
        start + points[axis] * static_cast<double>(window.dilations[axis]);
    position = position + at * rest.with(k.index(scale));
    scale = simplify(scale * window.input[axis]);
  }
  return finishPool(k, nest, position, getResult().getType());
}
