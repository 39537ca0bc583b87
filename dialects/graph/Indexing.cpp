//===- Indexing.cpp - elements chosen by position or by other tensors -----===//

#include "dialects/graph/Scalar.h"
#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;
using namespace tessera::kernel;

/// An element of an index tensor, as i64.
static Scalar indexScalar(KernelBuilder &k, Value element) {
  Scalar index{&k.body(), k.loc(), element};
  return convert(index, k.body().getI64Type());
}

/// An index that counts from the end when it is negative, as i64.
static Value wrappedIndex(KernelBuilder &k, Value element, AffineExpr extent) {
  Scalar index = indexScalar(k, element);
  Scalar fromEnd = index + index.with(k.index(extent));
  return select(index < 0.0, fromEnd, index);
}

static SmallVector<Value> finishOne(KernelBuilder &k, Value value,
                                    const Coordinates &dims, Value result) {
  return llvm::to_vector_of<Value>(
      k.finish({value}, {dims}, {result.getType()}).getResults());
}

//===----------------------------------------------------------------------===//
// Gather
//===----------------------------------------------------------------------===//

LogicalResult graph::GatherOp::inferReturnTypes(MLIRContext *context,
                                                MaybeLocation location,
                                                Adaptor adaptor, Types &types) {
  if (failed(checkRanked(location, adaptor.getOperands()))) {
    return failure();
  }
  Extents x = extentsOf(adaptor.getX()),
          indices = extentsOf(adaptor.getIndices());
  int64_t axis = adaptor.getAxis();
  if (failed(checkAxis(location, axis, x.size()))) {
    return failure();
  }
  Extents result(x.begin(), x.begin() + axis);
  result.append(indices);
  result.append(x.begin() + axis + 1, x.end());
  return inferTensor(types, getElementTypeOrSelf(adaptor.getX()), result);
}

Lowered graph::GatherOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  Coordinates dims = k.parallel(extentsOf(getResult()));
  Extents x = extentsOf(getX());
  unsigned axis = getAxis(), count = extentsOf(getIndices()).size();
  ArrayRef<AffineExpr> all(dims);
  Value index =
      wrappedIndex(k, k.read(getIndices(), all.slice(axis, count)), x[axis]);
  Coordinates coordinates(all.take_front(axis));
  coordinates.push_back(constantExpr(getContext(), 0));
  coordinates.append(all.begin() + axis + count, all.end());
  SmallVector<Value> indices(x.size());
  indices[axis] = index;
  return finishOne(k, k.gather(getX(), coordinates, indices), dims,
                   getResult());
}

LogicalResult GatherElementsOp::inferReturnTypes(MLIRContext *context,
                                                 MaybeLocation location,
                                                 Adaptor adaptor,
                                                 Types &types) {
  if (failed(checkRanked(location, adaptor.getOperands()))) {
    return failure();
  }
  Extents x = extentsOf(adaptor.getX()),
          indices = extentsOf(adaptor.getIndices());
  if (x.size() != indices.size()) {
    return emitInferError(location) << "expected indices of rank " << x.size()
                                    << ", got rank " << indices.size();
  }
  int64_t axis = adaptor.getAxis();
  if (failed(checkAxis(location, axis, x.size()))) {
    return failure();
  }
  for (unsigned i = 0; i < x.size(); ++i) {
    auto own = constantOf(x[i]), index = constantOf(indices[i]);
    if (i != axis && own && index && *index > *own) {
      return emitInferError(location)
             << "expected indices of at most " << textOf(x) << ", got "
             << textOf(indices);
    }
  }
  return inferTensor(types, getElementTypeOrSelf(adaptor.getX()), indices);
}

Lowered GatherElementsOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  Coordinates dims = k.parallel(extentsOf(getResult()));
  Extents x = extentsOf(getX()), own = extentsOf(getIndices());
  SmallVector<Value> indices(x.size());
  for (unsigned i = 0; i < x.size(); ++i) {
    if (i == getAxis()) {
      indices[i] = wrappedIndex(k, k.read(getIndices(), dims), x[i]);
    } else if (x[i] != own[i] && (!constantOf(x[i]) || !constantOf(own[i]))) {
      // Fewer indices than elements are fine; more are found where they read.
      indices[i] = k.index(dims[i]);
    }
  }
  return finishOne(k, k.gather(getX(), dims, indices), dims, getResult());
}

LogicalResult GatherNDOp::inferReturnTypes(MLIRContext *context,
                                           MaybeLocation location,
                                           Adaptor adaptor, Types &types) {
  if (failed(checkRanked(location, adaptor.getOperands()))) {
    return failure();
  }
  Extents x = extentsOf(adaptor.getX()),
          indices = extentsOf(adaptor.getIndices());
  int64_t batch = adaptor.getBatchDims(), rank = x.size();
  int64_t indexRank = indices.size();
  if (batch < 0 || batch >= indexRank || batch >= rank) {
    return emitInferError(location)
           << "expected batch_dims below the ranks " << rank << " and "
           << indexRank << ", got " << batch;
  }
  auto count = constantOf(indices.back());
  if (!count || *count < 1 || *count > rank - batch) {
    return emitInferError(location)
           << "expected index tuples of 1 to " << rank - batch
           << " values, got " << textOf(indices);
  }
  for (int64_t i = 0; i < batch; ++i) {
    if (!mayBeEqual(x[i], indices[i])) {
      return emitInferError(location)
             << "expected equal batch extents, got " << textOf(x) << " and "
             << textOf(indices);
    }
  }
  Extents result(indices.begin(), indices.end() - 1);
  result.append(x.begin() + batch + *count, x.end());
  return inferTensor(types, getElementTypeOrSelf(adaptor.getX()), result);
}

Lowered GatherNDOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  Coordinates dims = k.parallel(extentsOf(getResult()));
  Extents x = extentsOf(getX()), own = extentsOf(getIndices());
  unsigned batch = getBatchDims(), count = *constantOf(own.back()),
           outer = own.size() - 1;
  Coordinates coordinates(dims.begin(), dims.begin() + batch);
  SmallVector<Value> indices(x.size());
  for (unsigned i = 0; i < batch; ++i) {
    requireEqual(*this, x[i], own[i]);
  }
  for (unsigned i = 0; i < count; ++i) {
    Coordinates tuple(dims.begin(), dims.begin() + outer);
    tuple.push_back(constantExpr(getContext(), i));
    indices[batch + i] =
        wrappedIndex(k, k.read(getIndices(), tuple), x[batch + i]);
    coordinates.push_back(constantExpr(getContext(), 0));
  }
  coordinates.append(dims.begin() + outer, dims.end());
  return finishOne(k, k.gather(getX(), coordinates, indices), dims,
                   getResult());
}

LogicalResult ReverseSequenceOp::inferReturnTypes(MLIRContext *context,
                                                  MaybeLocation location,
                                                  Adaptor adaptor,
                                                  Types &types) {
  if (failed(checkRanked(location, adaptor.getOperands()))) {
    return failure();
  }
  Extents x = extentsOf(adaptor.getX()),
          lengths = extentsOf(adaptor.getLengths());
  int64_t time = adaptor.getTimeAxis(), batch = adaptor.getBatchAxis();
  if (failed(checkAxis(location, time, x.size())) ||
      failed(checkAxis(location, batch, x.size()))) {
    return failure();
  }
  if (time == batch || lengths.size() != 1 ||
      !mayBeEqual(lengths[0], x[batch])) {
    return emitInferError(location)
           << "expected one length for each batch entry of " << textOf(x)
           << ", got " << textOf(lengths);
  }
  types.push_back(adaptor.getX().getType());
  return success();
}

Lowered ReverseSequenceOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  Coordinates dims = k.parallel(extentsOf(getX()));
  unsigned time = getTimeAxis(), batch = getBatchAxis();
  requireEqual(*this, extentsOf(getLengths())[0], extentsOf(getX())[batch]);
  Scalar length = indexScalar(k, k.read(getLengths(), {dims[batch]}));
  Scalar t = length.with(k.index(dims[time]));
  SmallVector<Value> indices(dims.size());
  indices[time] = select(t < length, length - t - 1.0, t);
  return finishOne(k, k.gather(getX(), dims, indices), dims, getResult());
}

//===----------------------------------------------------------------------===//
// Values made from positions
//===----------------------------------------------------------------------===//

LogicalResult EyeOp::inferReturnTypes(MLIRContext *context,
                                      MaybeLocation location, Adaptor adaptor,
                                      Types &types) {
  if (adaptor.getShape().getNumResults() != 2) {
    return emitInferError(location) << "expected a shape of 2 extents, got "
                                    << adaptor.getShape().getNumResults();
  }
  return inferTensor(types, adaptor.getElement(),
                     adaptor.getShape().getResults());
}

Lowered EyeOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  Coordinates dims = k.parallel(extentsOf(getResult()));
  Type element = scalarTypeOf(getElement());
  Value distance = k.index(dims[1] - dims[0]);
  Value on = arith::CmpIOp::create(
      k.body(), k.loc(), arith::CmpIPredicate::eq, distance,
      k.constant(builder.getI64Type(), int64_t(getK())));
  Value value = arith::SelectOp::create(
      k.body(), k.loc(), on, k.constant(element, 1), k.constant(element, 0));
  return finishOne(k, value, dims, getResult());
}

LogicalResult OneHotOp::inferReturnTypes(MLIRContext *context,
                                         MaybeLocation location,
                                         Adaptor adaptor, Types &types) {
  if (failed(checkRanked(location, adaptor.getOperands()))) {
    return failure();
  }
  Extents result = extentsOf(adaptor.getIndices()),
          values = extentsOf(adaptor.getValues());
  int64_t axis = adaptor.getAxis();
  if (failed(checkAxis(location, axis, result.size() + 1))) {
    return failure();
  }
  if (adaptor.getDepth().getNumResults() != 1 || values.size() != 1 ||
      !mayBeEqual(values[0], constantExpr(context, 2))) {
    return emitInferError(location)
           << "expected one depth and two values, got "
           << adaptor.getDepth().getNumResults() << " and " << textOf(values);
  }
  result.insert(result.begin() + axis, adaptor.getDepth().getResult(0));
  return inferTensor(types, getElementTypeOrSelf(adaptor.getValues()), result);
}

Lowered OneHotOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  Coordinates dims = k.parallel(extentsOf(getResult())), own = dims;
  own.erase(own.begin() + getAxis());
  Value index =
      wrappedIndex(k, k.read(getIndices(), own), getDepth().getResult(0));
  Value here =
      arith::CmpIOp::create(k.body(), k.loc(), arith::CmpIPredicate::eq, index,
                            k.index(dims[getAxis()]));
  Value on = k.read(getValues(), {constantExpr(getContext(), 1)});
  Value off = k.read(getValues(), {constantExpr(getContext(), 0)});
  Value value = arith::SelectOp::create(k.body(), k.loc(), here, on, off);
  return finishOne(k, value, dims, getResult());
}

LogicalResult RangeOp::inferReturnTypes(MLIRContext *context,
                                        MaybeLocation location, Adaptor adaptor,
                                        Types &types) {
  if (failed(checkRanked(location, adaptor.getOperands())) ||
      failed(checkSameElement(location, adaptor.getOperands()))) {
    return failure();
  }
  for (Value operand : adaptor.getOperands()) {
    if (!extentsOf(operand).empty()) {
      return emitInferError(location)
             << "expected scalars, got " << operand.getType();
    }
  }
  AffineMap extent = adaptor.getExtent();
  if (extent.getNumResults() != 1) {
    return emitInferError(location)
           << "expected one extent, got " << extent.getNumResults();
  }
  return inferTensor(types, getElementTypeOrSelf(adaptor.getStart()),
                     extent.getResults());
}

Lowered RangeOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  Coordinates dims = k.parallel(extentsOf(getResult()));
  Scalar start{&k.body(), k.loc(), k.read(getStart(), {})};
  Scalar delta = start.with(k.read(getDelta(), {}));
  Scalar position =
      convert(start.with(k.index(dims[0])), start.value.getType());
  return finishOne(k, start + position * delta, dims, getResult());
}

LogicalResult TriluOp::inferReturnTypes(MLIRContext *context,
                                        MaybeLocation location, Adaptor adaptor,
                                        Types &types) {
  if (failed(checkRanked(location, adaptor.getX()))) {
    return failure();
  }
  if (extentsOf(adaptor.getX()).size() < 2 ||
      adaptor.getK().getNumResults() != 1) {
    return emitInferError(location)
           << "expected a tensor of rank 2 or more and one diagonal, got "
           << adaptor.getX().getType() << " and "
           << adaptor.getK().getNumResults();
  }
  types.push_back(adaptor.getX().getType());
  return success();
}

Lowered TriluOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  Coordinates dims = k.parallel(extentsOf(getX()));
  Value element = k.read(getX(), dims);
  AffineExpr distance =
      dims[dims.size() - 1] - dims[dims.size() - 2] - getK().getResult(0);
  auto predicate =
      getUpper() ? arith::CmpIPredicate::sge : arith::CmpIPredicate::sle;
  Value kept =
      arith::CmpIOp::create(k.body(), k.loc(), predicate, k.index(distance),
                            k.constant(builder.getI64Type(), 0));
  Value value = arith::SelectOp::create(k.body(), k.loc(), kept, element,
                                        k.constant(element.getType(), 0));
  return finishOne(k, value, dims, getResult());
}
