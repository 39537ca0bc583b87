//===- Normalisation.cpp - softmax and the normalising layers -------------===//
//
// Each is one kernel: values are reduced along a row and then used for every
// element of the row.
//
//===----------------------------------------------------------------------===//

#include "dialects/graph/Scalar.h"
#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;
using namespace tessera::kernel;

/// Dimensions over a whole tensor, reducing along some of its axes.
static Coordinates rowDims(KernelBuilder &k, ArrayRef<AffineExpr> extents,
                           ArrayRef<int64_t> axes) {
  Coordinates dims;
  for (auto [i, extent] : llvm::enumerate(extents)) {
    dims.push_back(llvm::is_contained(axes, static_cast<int64_t>(i))
                       ? k.reduction(extent)
                       : k.parallel(extent));
  }
  return dims;
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

template <typename Adaptor>
static LogicalResult inferSoftmax(MaybeLocation location, Adaptor adaptor,
                                  Types &types) {
  if (failed(checkRanked(location, adaptor.getX())) ||
      failed(checkAxis(location, adaptor.getAxis(),
                       extentsOf(adaptor.getX()).size()))) {
    return failure();
  }
  types.push_back(adaptor.getX().getType());
  return success();
}

LogicalResult SoftmaxOp::inferReturnTypes(MLIRContext *context,
                                          MaybeLocation location,
                                          Adaptor adaptor, Types &types) {
  return inferSoftmax(location, adaptor, types);
}

LogicalResult LogSoftmaxOp::inferReturnTypes(MLIRContext *context,
                                             MaybeLocation location,
                                             Adaptor adaptor, Types &types) {
  return inferSoftmax(location, adaptor, types);
}

template <typename Op>
static Lowered lowerSoftmax(Op op, OpBuilder &builder, bool logarithm) {
  KernelBuilder k(builder, op.getLoc());
  auto axis = static_cast<int64_t>(op.getAxis());
  Coordinates dims = rowDims(k, extentsOf(op.getX()), axis);
  Scalar x{&k.body(), k.loc(), k.read(op.getX(), dims)};
  Scalar shifted = x - x.with(k.reduce(ReduceKind::max, x));
  Scalar power = exp(shifted);
  Scalar sum = x.with(k.reduce(ReduceKind::add, power));
  Scalar result =
      logarithm ? shifted - log(sum) : power * (constantLike(x, 1) / sum);
  return llvm::to_vector_of<Value>(
      k.finish({result}, {dims}, {op.getResult().getType()}).getResults());
}

Lowered SoftmaxOp::lower(OpBuilder &builder) {
  return lowerSoftmax(*this, builder, false);
}

Lowered LogSoftmaxOp::lower(OpBuilder &builder) {
  return lowerSoftmax(*this, builder, true);
}

//===----------------------------------------------------------------------===//
// Normalising layers
//===----------------------------------------------------------------------===//

LogicalResult NormalizeOp::inferReturnTypes(MLIRContext *context,
                                            MaybeLocation location,
                                            Adaptor adaptor, Types &types) {
  ValueRange operands = adaptor.getOperands();
  if (failed(checkRanked(location, operands)) ||
      failed(checkSameElement(location, operands))) {
    return failure();
  }
  Extents own = extentsOf(adaptor.getX());
  for (int64_t axis : adaptor.getAxes()) {
    if (failed(checkAxis(location, axis, own.size()))) {
      return failure();
    }
  }
  for (Value parameter : operands.drop_front()) {
    Extents extents = extentsOf(parameter);
    bool fits = extents.size() <= own.size();
    for (unsigned i = 0; fits && i < extents.size(); ++i) {
      AffineExpr target = own[own.size() - extents.size() + i];
      fits = constantOf(extents[i]) == 1 || mayBeEqual(extents[i], target);
    }
    if (!fits) {
      return emitInferError(location)
             << "expected scale and bias that broadcast to " << textOf(own)
             << ", got " << textOf(extents);
    }
  }
  types.push_back(adaptor.getX().getType());
  return success();
}

Lowered NormalizeOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  Extents own = extentsOf(getX()), reduced;
  for (int64_t axis : getAxes()) {
    reduced.push_back(own[axis]);
  }
  Coordinates dims = rowDims(k, own, getAxes());
  Scalar x{&k.body(), k.loc(), k.read(getX(), dims)};
  Scalar count = x.with(
      extentValue(k, productOf(getContext(), reduced), x.value.getType()));
  auto mean = [&](Scalar value) {
    return x.with(k.reduce(ReduceKind::add, value)) / count;
  };
  auto parameter = [&](Value value) {
    Extents extents = extentsOf(value);
    requireBroadcast(*this, extents, own);
    return x.with(k.read(value, broadcastCoordinates(extents, dims)));
  };
  Scalar centered = getCentered() ? x - mean(x) : x;
  Scalar deviation = sqrt(mean(centered * centered) + getEpsilon());
  Scalar result =
      centered * (constantLike(x, 1) / deviation) * parameter(getScale());
  if (getBias()) {
    result = result + parameter(getBias());
  }
  return llvm::to_vector_of<Value>(
      k.finish({result}, {dims}, {getResult().getType()}).getResults());
}

LogicalResult BatchNormOp::inferReturnTypes(MLIRContext *context,
                                            MaybeLocation location,
                                            Adaptor adaptor, Types &types) {
  ValueRange operands = adaptor.getOperands();
  if (failed(checkRanked(location, operands)) ||
      failed(checkSameElement(location, operands))) {
    return failure();
  }
  Extents own = extentsOf(adaptor.getX());
  if (own.size() < 2) {
    return emitInferError(location)
           << "expected an operand of rank 2 or more, got rank " << own.size();
  }
  for (Value parameter : operands.drop_front()) {
    Extents extents = extentsOf(parameter);
    if (extents.size() != 1 || !mayBeEqual(extents[0], own[1])) {
      return emitInferError(location)
             << "expected one parameter for each of " << textOf(own[1])
             << " channels, got " << textOf(extents);
    }
  }
  // Parameters of known size fix a free number of channels.
  AffineExpr channels = extentsOf(adaptor.getScale())[0];
  own[1] = constantOf(channels) ? channels : own[1];
  return inferTensor(types, getElementTypeOrSelf(adaptor.getX()), own);
}

Lowered BatchNormOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  Extents own = extentsOf(getResult());
  requireEqual(*this, extentsOf(getX())[1], own[1]);
  Coordinates dims = k.parallel(own);
  Scalar x{&k.body(), k.loc(), k.read(getX(), dims)};
  auto parameter = [&](Value value) {
    requireEqual(*this, extentsOf(value)[0], own[1]);
    return x.with(k.read(value, {dims[1]}));
  };
  Scalar deviation = sqrt(parameter(getVariance()) + getEpsilon());
  Scalar factor = parameter(getScale()) / deviation;
  Scalar result = (x - parameter(getMean())) * factor + parameter(getBias());
  return llvm::to_vector_of<Value>(
      k.finish({result}, {dims}, {getResult().getType()}).getResults());
}
