//===- Shape.cpp - constants, views and rearrangements --------------------===//

#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;
using namespace tessera::kernel;

/// A kernel whose result element at `dims` is the operand's at `coordinates`,
/// which `coordinatesOf` gives; values outside are `pad` when given.
static Lowered
lowerView(Operation *op, OpBuilder &builder,
          function_ref<Coordinates(ArrayRef<AffineExpr>)> coordinatesOf,
          TypedAttr pad = {}) {
  KernelBuilder k(builder, op->getLoc());
  Coordinates dims = k.parallel(extentsOf(op->getResult(0)));
  Value element = k.read(op->getOperand(0), coordinatesOf(dims), pad);
  return llvm::to_vector_of<Value>(
      k.finish({element}, {dims}, op->getResultTypes()).getResults());
}

/// The entries of an attribute map, one for each of `count` axes.
static FailureOr<Extents> entriesOf(MaybeLocation location, StringRef name,
                                    AffineMap map, int64_t count) {
  if (map.getNumDims() != 0 ||
      static_cast<int64_t>(map.getNumResults()) != count) {
    return emitInferError(location)
           << "expected " << name << " to have " << count << " values, got "
           << map.getNumResults();
  }
  return Extents(map.getResults());
}

//===----------------------------------------------------------------------===//
// Concat
//===----------------------------------------------------------------------===//

LogicalResult graph::ConcatOp::inferReturnTypes(MLIRContext *context,
                                                MaybeLocation location,
                                                Adaptor adaptor, Types &types) {
  ValueRange inputs = adaptor.getInputs();
  if (inputs.empty()) {
    return emitInferError(location)
           << "expected at least one operand, got none";
  }
  if (failed(checkRanked(location, inputs)) ||
      failed(checkSameElement(location, inputs))) {
    return failure();
  }
  Extents result = extentsOf(inputs.front());
  uint64_t axis = adaptor.getAxis();
  if (failed(checkAxis(location, axis, result.size()))) {
    return failure();
  }
  for (Value input : inputs.drop_front()) {
    Extents extents = extentsOf(input);
    if (extents.size() != result.size()) {
      return emitInferError(location)
             << "expected operands of rank " << result.size() << ", got rank "
             << extents.size();
    }
    for (unsigned i = 0; i < extents.size(); ++i) {
      if (i == axis) {
        result[i] = simplify(result[i] + extents[i]);
      } else if (!mayBeEqual(result[i], extents[i])) {
        return emitInferError(location)
               << "expected equal extents outside axis " << axis << ", got "
               << textOf(result) << " and " << textOf(extents);
      } else if (constantOf(extents[i])) {
        result[i] = extents[i];
      }
    }
  }
  return inferTensor(types, getElementTypeOrSelf(inputs.front()), result);
}

Lowered graph::ConcatOp::lower(OpBuilder &builder) {
  Extents result = extentsOf(getResult());
  for (Value input : getInputs()) {
    for (auto [i, extent] : llvm::enumerate(extentsOf(input))) {
      if (i != getAxis()) {
        requireEqual(*this, extent, result[i]);
      }
    }
  }
  Value value = kernel::ConcatOp::create(
      builder, getLoc(), getResult().getType(), getInputs(), getAxis());
  return SmallVector<Value>{value};
}

//===----------------------------------------------------------------------===//
// Constant, extents
//===----------------------------------------------------------------------===//

LogicalResult ConstantOp::inferReturnTypes(MLIRContext *context,
                                           MaybeLocation location,
                                           Adaptor adaptor, Types &types) {
  auto type = dyn_cast<RankedTensorType>(adaptor.getValue().getType());
  if (!type || !type.hasStaticShape()) {
    return emitInferError(location)
           << "expected a value of static tensor type, got "
           << adaptor.getValue().getType();
  }
  types.push_back(type);
  return success();
}

OpFoldResult graph::ConstantOp::fold(FoldAdaptor) { return getValue(); }

Lowered graph::ConstantOp::lower(OpBuilder &builder) {
  Value value = arith::ConstantOp::create(builder, getLoc(), getValue());
  return SmallVector<Value>{value};
}

LogicalResult ExtentsOp::inferReturnTypes(MLIRContext *context,
                                          MaybeLocation location,
                                          Adaptor adaptor, Types &types) {
  Extents extents;
  int64_t count = 1;
  for (int64_t extent : adaptor.getShape()) {
    if (extent < 0) {
      return emitInferError(location)
             << "expected extents of 0 or more, got " << extent;
    }
    extents.push_back(constantExpr(context, extent));
    count *= extent;
  }
  if (failed(entriesOf(location, "values", adaptor.getValues(), count))) {
    return failure();
  }
  if (!isa<IntegerType>(adaptor.getElement())) {
    return emitInferError(location)
           << "expected an integer element type, got " << adaptor.getElement();
  }
  return inferTensor(types, adaptor.getElement(), extents);
}

Lowered ExtentsOp::lower(OpBuilder &builder) {
  auto type = cast<RankedTensorType>(getResult().getType());
  AffineMap values = getValues();
  if (llvm::all_of(values.getResults(), llvm::IsaPred<AffineConstantExpr>)) {
    SmallVector<APInt> constants;
    unsigned width = type.getElementTypeBitWidth();
    for (AffineExpr value : values.getResults()) {
      constants.push_back(APInt(width, *constantOf(value), /*isSigned=*/true,
                                /*implicitTrunc=*/true));
    }
    Value constant = arith::ConstantOp::create(
        builder, getLoc(), DenseElementsAttr::get(type, constants));
    return SmallVector<Value>{constant};
  }
  KernelBuilder k(builder, getLoc());
  Coordinates dims = k.parallel(extentsOf(type));
  AffineExpr position = constantExpr(getContext(), 0);
  for (auto [dim, extent] : llvm::zip(dims, type.getShape())) {
    position = position * extent + dim;
  }
  Value at = k.index(position), value = k.index(values.getResult(0));
  for (unsigned i = 1; i < values.getNumResults(); ++i) {
    Value here =
        arith::CmpIOp::create(k.body(), k.loc(), arith::CmpIPredicate::eq, at,
                              k.constant(builder.getI64Type(), i));
    value = arith::SelectOp::create(k.body(), k.loc(), here,
                                    k.index(values.getResult(i)), value);
  }
  Type element = scalarTypeOf(type.getElementType());
  if (element != value.getType()) {
    value = arith::TruncIOp::create(k.body(), k.loc(), element, value);
  }
  return llvm::to_vector_of<Value>(
      k.finish({value}, {dims}, {type}).getResults());
}

//===----------------------------------------------------------------------===//
// Blocks of space and channels
//===----------------------------------------------------------------------===//

static LogicalResult checkImage(MaybeLocation location, Value x,
                                int64_t blocksize) {
  if (failed(checkRanked(location, x))) {
    return failure();
  }
  if (extentsOf(x).size() != 4) {
    return emitInferError(location)
           << "expected an operand of rank 4, got rank " << extentsOf(x).size();
  }
  if (blocksize < 1 || blocksize > (1 << 16)) {
    return emitInferError(location)
           << "expected a block size in [1, 65536], got " << blocksize;
  }
  return success();
}

LogicalResult DepthToSpaceOp::inferReturnTypes(MLIRContext *context,
                                               MaybeLocation location,
                                               Adaptor adaptor, Types &types) {
  int64_t block = adaptor.getBlocksize();
  if (failed(checkImage(location, adaptor.getX(), block)) ||
      failed(checkOneOf(location, "mode", adaptor.getMode(), {"DCR", "CRD"}))) {
    return failure();
  }
  Extents x = extentsOf(adaptor.getX());
  AffineExpr channels = dividedExtent(x[1], block * block);
  if (!channels) {
    return emitInferError(location) << "expected channels in blocks of "
                                    << block * block << ", got " << textOf(x);
  }
  return inferTensor(types, getElementTypeOrSelf(adaptor.getX()),
                     {x[0], channels, x[2] * block, x[3] * block});
}

Lowered DepthToSpaceOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  int64_t block = getBlocksize();
  AffineExpr blockExpr = constantExpr(getContext(), block);
  Extents x = extentsOf(getX()), y = extentsOf(getResult());
  requireEqual(*this, x[1], y[1] * (block * block));
  Extents split = {x[0], y[1], x[2], blockExpr, x[3], blockExpr};
  Coordinates d = k.parallel(split);
  AffineExpr inner = d[3] * block + d[5];
  AffineExpr channel =
      getMode() == "DCR" ? inner * y[1] + d[1] : d[1] * (block * block) + inner;
  Value element = k.read(getX(), {d[0], channel, d[2], d[4]});
  Type element_type = getElementTypeOrSelf(getX());
  Value six = k.finish({element}, {d}, {tensorTypeOf(element_type, split)})
                  .getResult(0);
  Value result =
      kernel::ReshapeOp::create(builder, getLoc(), getResult().getType(), six);
  return SmallVector<Value>{result};
}

LogicalResult SpaceToDepthOp::inferReturnTypes(MLIRContext *context,
                                               MaybeLocation location,
                                               Adaptor adaptor, Types &types) {
  int64_t block = adaptor.getBlocksize();
  if (failed(checkImage(location, adaptor.getX(), block))) {
    return failure();
  }
  Extents x = extentsOf(adaptor.getX());
  AffineExpr h = dividedExtent(x[2], block), w = dividedExtent(x[3], block);
  if (!h || !w) {
    return emitInferError(location) << "expected spatial extents in blocks of "
                                    << block << ", got " << textOf(x);
  }
  return inferTensor(types, getElementTypeOrSelf(adaptor.getX()),
                     {x[0], x[1] * (block * block), h, w});
}

Lowered SpaceToDepthOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  int64_t block = getBlocksize();
  AffineExpr blockExpr = constantExpr(getContext(), block);
  Extents x = extentsOf(getX()), y = extentsOf(getResult());
  requireEqual(*this, x[2], y[2] * block);
  requireEqual(*this, x[3], y[3] * block);
  Extents split = {x[0], blockExpr, blockExpr, x[1], y[2], y[3]};
  Coordinates d = k.parallel(split);
  Value element =
      k.read(getX(), {d[0], d[3], d[4] * block + d[1], d[5] * block + d[2]});
  Type element_type = getElementTypeOrSelf(getX());
  Value six = k.finish({element}, {d}, {tensorTypeOf(element_type, split)})
                  .getResult(0);
  Value result =
      kernel::ReshapeOp::create(builder, getLoc(), getResult().getType(), six);
  return SmallVector<Value>{result};
}

//===----------------------------------------------------------------------===//
// Expand, tile
//===----------------------------------------------------------------------===//

LogicalResult ExpandOp::inferReturnTypes(MLIRContext *context,
                                         MaybeLocation location,
                                         Adaptor adaptor, Types &types) {
  if (failed(checkRanked(location, adaptor.getX()))) {
    return failure();
  }
  FailureOr<Extents> result =
      broadcastExtents(location, {extentsOf(adaptor.getX()),
                                  Extents(adaptor.getShape().getResults())});
  if (failed(result)) {
    return failure();
  }
  return inferTensor(types, getElementTypeOrSelf(adaptor.getX()), *result);
}

Lowered ExpandOp::lower(OpBuilder &builder) {
  Extents own = extentsOf(getX()), result = extentsOf(getResult());
  requireBroadcast(*this, own, result);
  requireBroadcast(*this, getShape().getResults(), result);
  return lowerView(*this, builder, [&](ArrayRef<AffineExpr> dims) {
    return broadcastCoordinates(own, dims);
  });
}

LogicalResult TileOp::inferReturnTypes(MLIRContext *context,
                                       MaybeLocation location, Adaptor adaptor,
                                       Types &types) {
  if (failed(checkRanked(location, adaptor.getX()))) {
    return failure();
  }
  Extents extents = extentsOf(adaptor.getX());
  FailureOr<Extents> repeats =
      entriesOf(location, "repeats", adaptor.getRepeats(), extents.size());
  if (failed(repeats)) {
    return failure();
  }
  for (unsigned i = 0; i < extents.size(); ++i) {
    extents[i] = extents[i] * (*repeats)[i];
  }
  return inferTensor(types, getElementTypeOrSelf(adaptor.getX()), extents);
}

Lowered TileOp::lower(OpBuilder &builder) {
  Extents own = extentsOf(getX()), repeats(getRepeats().getResults());
  return lowerView(*this, builder, [&](ArrayRef<AffineExpr> dims) {
    Coordinates coordinates = broadcastCoordinates(own, dims);
    for (unsigned i = 0; i < own.size(); ++i) {
      if (constantOf(repeats[i]) != 1 && constantOf(own[i]) != 1) {
        coordinates[i] = dims[i] % own[i];
      }
    }
    return coordinates;
  });
}

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

LogicalResult PadOp::inferReturnTypes(MLIRContext *context,
                                      MaybeLocation location, Adaptor adaptor,
                                      Types &types) {
  if (failed(checkRanked(location, adaptor.getX())) ||
      failed(checkOneOf(location, "mode", adaptor.getMode(),
                        {"constant", "edge", "reflect", "wrap"}))) {
    return failure();
  }
  Extents extents = extentsOf(adaptor.getX());
  FailureOr<Extents> pads =
      entriesOf(location, "pads", adaptor.getPads(), 2 * extents.size());
  if (failed(pads)) {
    return failure();
  }
  Type element = getElementTypeOrSelf(adaptor.getX());
  if (adaptor.getValue() &&
      adaptor.getValue()->getType() != scalarTypeOf(element)) {
    return emitInferError(location)
           << "expected a pad value of type " << scalarTypeOf(element)
           << ", got " << adaptor.getValue()->getType();
  }
  unsigned rank = extents.size();
  for (unsigned i = 0; i < rank; ++i) {
    AffineExpr own = extents[i];
    extents[i] = simplify(own + (*pads)[i] + (*pads)[rank + i]);
    auto size = constantOf(extents[i]);
    if (size && *size < 0) {
      return emitInferError(location)
             << "expected pads that leave elements on axis " << i << ", got "
             << textOf(*pads);
    }
    if (adaptor.getMode() != "constant" && constantOf(own) == 0 && size != 0) {
      return emitInferError(location)
             << "expected elements to repeat on axis " << i << ", got none";
    }
  }
  return inferTensor(types, element, extents);
}

/// The element that `edge` or `reflect` takes for a coordinate outside [0, n).
static Value insideCoordinate(KernelBuilder &k, AffineExpr coordinate,
                              AffineExpr n, bool reflect) {
  MLIRContext *context = n.getContext();
  Value last = k.index(n - 1), zero = k.constant(k.body().getI64Type(), 0);
  if (!reflect) {
    Value at =
        arith::MaxSIOp::create(k.body(), k.loc(), k.index(coordinate), zero);
    return arith::MinSIOp::create(k.body(), k.loc(), at, last);
  }
  // One period goes up and down again; a single element has the period 1.
  AffineExpr period = n * 2 - 2;
  if (auto size = constantOf(n)) {
    period = constantExpr(context, std::max<int64_t>(2 * *size - 2, 1));
  }
  Value up = k.index(coordinate % period);
  Value down = arith::SubIOp::create(k.body(), k.loc(), k.index(period), up);
  return arith::MinSIOp::create(k.body(), k.loc(), up, down);
}

Lowered PadOp::lower(OpBuilder &builder) {
  Extents own = extentsOf(getX()), pads(getPads().getResults());
  auto shifted = [&](ArrayRef<AffineExpr> dims) {
    Coordinates coordinates;
    for (unsigned i = 0; i < own.size(); ++i) {
      coordinates.push_back(dims[i] - pads[i]);
    }
    return coordinates;
  };
  if (getMode() == "constant") {
    TypedAttr value = getValue().value_or(
        builder.getZeroAttr(scalarTypeOf(getElementTypeOrSelf(getX()))));
    return lowerView(*this, builder, shifted, value);
  }
  if (getMode() == "wrap") {
    return lowerView(*this, builder, [&](ArrayRef<AffineExpr> dims) {
      Coordinates coordinates = shifted(dims);
      for (unsigned i = 0; i < own.size(); ++i) {
        coordinates[i] = coordinates[i] % own[i];
      }
      return coordinates;
    });
  }
  KernelBuilder k(builder, getLoc());
  Coordinates dims = k.parallel(extentsOf(getResult())),
              coordinates = shifted(dims);
  SmallVector<Value> indices(own.size());
  for (unsigned i = 0; i < own.size(); ++i) {
    if (constantOf(pads[i]) != 0 || constantOf(pads[own.size() + i]) != 0) {
      indices[i] =
          insideCoordinate(k, coordinates[i], own[i], getMode() == "reflect");
    }
  }
  Value element = k.gather(getX(), coordinates, indices, /*clamp=*/true);
  return llvm::to_vector_of<Value>(
      k.finish({element}, {dims}, {getResult().getType()}).getResults());
}

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

LogicalResult graph::ReshapeOp::inferReturnTypes(MLIRContext *context,
                                                 MaybeLocation location,
                                                 Adaptor adaptor,
                                                 Types &types) {
  if (failed(checkRanked(location, adaptor.getX()))) {
    return failure();
  }
  Extents from = extentsOf(adaptor.getX()), to(adaptor.getShape().getResults());
  for (AffineExpr extent : to) {
    if (constantOf(extent).value_or(0) < 0) {
      return emitInferError(location)
             << "expected extents of 0 or more, got " << textOf(to);
    }
  }
  if (!mayBeEqual(productOf(context, from), productOf(context, to))) {
    return emitInferError(location)
           << "expected shapes of equally many elements, got " << textOf(from)
           << " and " << textOf(to);
  }
  return inferTensor(types, getElementTypeOrSelf(adaptor.getX()), to);
}

Lowered graph::ReshapeOp::lower(OpBuilder &builder) {
  requireEqual(*this, productOf(getContext(), extentsOf(getX())),
               productOf(getContext(), extentsOf(getResult())));
  Value value = kernel::ReshapeOp::create(builder, getLoc(),
                                          getResult().getType(), getX());
  return SmallVector<Value>{value};
}

//===----------------------------------------------------------------------===//
// Slice, transpose
//===----------------------------------------------------------------------===//

LogicalResult SliceOp::inferReturnTypes(MLIRContext *context,
                                        MaybeLocation location, Adaptor adaptor,
                                        Types &types) {
  if (failed(checkRanked(location, adaptor.getX()))) {
    return failure();
  }
  Extents own = extentsOf(adaptor.getX());
  int64_t rank = own.size();
  FailureOr<Extents> starts =
      entriesOf(location, "starts", adaptor.getStarts(), rank);
  FailureOr<Extents> sizes =
      entriesOf(location, "sizes", adaptor.getSizes(), rank);
  if (failed(starts) || failed(sizes)) {
    return failure();
  }
  if (static_cast<int64_t>(adaptor.getSteps().size()) != rank) {
    return emitInferError(location)
           << "expected steps to have " << rank << " values, got "
           << adaptor.getSteps().size();
  }
  for (int64_t i = 0; i < rank; ++i) {
    auto extent = constantOf(own[i]), start = constantOf((*starts)[i]),
         size = constantOf((*sizes)[i]);
    int64_t step = adaptor.getSteps()[i];
    if (step == 0 || (size && *size < 0)) {
      return emitInferError(location)
             << "expected a step other than 0 and a size of 0 or more on axis "
             << i << ", got step " << step << " and size " << size.value_or(0);
    }
    if (extent && start && size && *size > 0) {
      int64_t last = *start + (*size - 1) * step;
      if (*start < 0 || *start >= *extent || last < 0 || last >= *extent) {
        return emitInferError(location)
               << "expected elements in [0, " << *extent << ") on axis " << i
               << ", got " << *start << " to " << last;
      }
    }
  }
  return inferTensor(types, getElementTypeOrSelf(adaptor.getX()), *sizes);
}

Lowered SliceOp::lower(OpBuilder &builder) {
  Extents starts(getStarts().getResults());
  return lowerView(*this, builder, [&](ArrayRef<AffineExpr> dims) {
    Coordinates coordinates;
    for (unsigned i = 0; i < dims.size(); ++i) {
      coordinates.push_back(starts[i] + dims[i] * getSteps()[i]);
    }
    return coordinates;
  });
}

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *context,
                                            MaybeLocation location,
                                            Adaptor adaptor, Types &types) {
  if (failed(checkRanked(location, adaptor.getX()))) {
    return failure();
  }
  Extents own = extentsOf(adaptor.getX()), result;
  SmallVector<bool> seen(own.size());
  bool valid = adaptor.getPerm().size() == own.size();
  for (int64_t axis : adaptor.getPerm()) {
    valid = valid && axis >= 0 && axis < static_cast<int64_t>(own.size()) &&
            !seen[axis];
    if (!valid) {
      break;
    }
    seen[axis] = true;
    result.push_back(own[axis]);
  }
  if (!valid) {
    InFlightDiagnostic error = emitInferError(location);
    error << "expected a permutation of " << own.size() << " axes, got [";
    llvm::interleaveComma(adaptor.getPerm(), error);
    return error << "]";
  }
  return inferTensor(types, getElementTypeOrSelf(adaptor.getX()), result);
}

Lowered TransposeOp::lower(OpBuilder &builder) {
  return lowerView(*this, builder, [&](ArrayRef<AffineExpr> dims) {
    Coordinates coordinates(dims.size());
    for (auto [i, axis] : llvm::enumerate(getPerm())) {
      coordinates[axis] = dims[i];
    }
    return coordinates;
  });
}
