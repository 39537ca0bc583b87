//===- Shape.cpp - views and rearrangements -------------------------------===//

#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;
using namespace tessera::kernel;

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
