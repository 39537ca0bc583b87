//===- Pad.cpp - values around a tensor -----------------------------------===//

#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;
using namespace tessera::kernel;

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
