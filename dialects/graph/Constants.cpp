//===- Constants.cpp - constants and extents as tensors -------------------===//

#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;
using namespace tessera::kernel;

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
