//===- LinearAttention.cpp - a matrix as the state of a recurrence --------===//
//
// One kernel walks the steps; its rows run over the state's first axis, which
// both products of a step sum over.
//
//===----------------------------------------------------------------------===//

#include "dialects/graph/Scalar.h"
#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;
using namespace tessera::kernel;

/// Whether the shape is the expected one, with extents that may be equal.
static bool hasShape(Value value, ArrayRef<AffineExpr> expected) {
  Extents extents = extentsOf(value);
  return extents.size() == expected.size() &&
         llvm::all_of(llvm::zip(extents, expected), [](auto pair) {
           return mayBeEqual(std::get<0>(pair), std::get<1>(pair));
         });
}

LogicalResult LinearAttentionOp::inferReturnTypes(MLIRContext *context,
                                                  MaybeLocation location,
                                                  Adaptor adaptor,
                                                  Types &types) {
  if (failed(checkRanked(location, adaptor.getOperands())) ||
      failed(checkSameElement(location, adaptor.getOperands()))) {
    return failure();
  }
  unsigned rates = adaptor.getGates() + adaptor.getCorrects();
  Extents q = extentsOf(adaptor.getQ()), v = extentsOf(adaptor.getV());
  if (q.size() != 4 || v.size() != 4 || adaptor.getRates().size() != rates) {
    return emitInferError(location)
           << "expected q and v of rank 4 and " << rates << " rates, got "
           << textOf(q) << ", " << textOf(v) << " and "
           << adaptor.getRates().size();
  }
  if (!hasShape(adaptor.getK(), q) ||
      !hasShape(adaptor.getV(), {q[0], q[1], q[2], v[3]}) ||
      !hasShape(adaptor.getState(), {q[0], q[1], q[3], v[3]})) {
    return emitInferError(location)
           << "expected k, v and state to fit q of shape " << textOf(q)
           << ", got " << textOf(extentsOf(adaptor.getK())) << ", " << textOf(v)
           << " and " << textOf(extentsOf(adaptor.getState()));
  }
  for (Value rate : adaptor.getRates()) {
    FailureOr<Extents> common =
        broadcastExtents(location, {extentsOf(rate), q});
    if (failed(common) || extentsOf(rate).size() != 4) {
      return emitInferError(location)
             << "expected rates that broadcast to " << textOf(q) << ", got "
             << textOf(extentsOf(rate));
    }
  }
  types.push_back(adaptor.getV().getType());
  types.push_back(adaptor.getState().getType());
  return success();
}

/// The state after the last step; `stacked` has all of them.
static Value lastOf(OpBuilder &builder, Location location, Value stacked,
                    AffineExpr steps, RankedTensorType type) {
  KernelBuilder view(builder, location);
  Coordinates dims = view.parallel(extentsOf(type)), from = dims;
  from.insert(from.begin(), steps - 1);
  return view.finish({view.read(stacked, from)}, {dims}, {type}).getResult(0);
}

Lowered LinearAttentionOp::lower(OpBuilder &builder) {
  Extents q = extentsOf(getQ()), v = extentsOf(getV());
  // The call checks what inference took for granted of free extents.
  auto require = [&](Value value, ArrayRef<AffineExpr> expected) {
    for (auto [own, wanted] : llvm::zip(extentsOf(value), expected)) {
      requireEqual(*this, own, wanted);
    }
  };
  require(getK(), q);
  require(getV(), {q[0], q[1], q[2]});
  require(getState(), {q[0], q[1], q[3], v[3]});
  for (Value rate : getRates()) {
    requireBroadcast(*this, extentsOf(rate), q);
  }
  KernelBuilder k(builder, getLoc());
  AffineExpr t = k.sequential(q[2]), b = k.parallel(q[0]), h = k.parallel(q[1]),
             e = k.parallel(v[3]), d = k.reduction(q[3]);
  auto read = [&](Value tensor, ArrayRef<AffineExpr> at) {
    Coordinates own = broadcastCoordinates(extentsOf(tensor), at);
    return Scalar{&k.body(), k.loc(), k.read(tensor, own)};
  };
  Coordinates key = {b, h, t, d}, value = {b, h, t, e};
  Scalar weight = read(getK(), key), written = read(getV(), value);
  Scalar state =
      weight.with(k.readFeedback(getState(), {b, h, d, e}, /*result=*/0));
  if (getGates()) {
    state = state * exp(read(getRates().front(), key));
  }
  if (getCorrects()) {
    Scalar found = state.with(k.reduce(ReduceKind::add, state * weight));
    written = (written - found) * read(getRates().back(), {b, h, t, e});
  }
  Scalar after = state + weight * written;
  Scalar sum = state.with(k.reduce(ReduceKind::add, after * read(getQ(), key)));
  Type element = getElementTypeOrSelf(getQ());
  RankedTensorType stacked =
      tensorTypeOf(element, {q[2], q[0], q[1], q[3], v[3]});
  RankedTensorType outputs = tensorTypeOf(element, {q[2], q[0], q[1], v[3]});
  KernelOp kernel =
      k.finish({after, sum * getScale()}, {{t, b, h, d, e}, {t, b, h, e}},
               {stacked, outputs});
  KernelBuilder view(builder, getLoc());
  Coordinates dims = view.parallel(v);
  Value element0 =
      view.read(kernel.getResult(1), {dims[2], dims[0], dims[1], dims[3]});
  Value y = view.finish({element0}, {dims}, {getY().getType()}).getResult(0);
  auto stateType = cast<RankedTensorType>(getLastState().getType());
  return SmallVector<Value>{
      y, lastOf(builder, getLoc(), kernel.getResult(0), q[2], stateType)};
}
