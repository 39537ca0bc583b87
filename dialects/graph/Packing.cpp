//===- Packing.cpp - elements of a few bits at the model's interface ------===//
//
// Inside a model an element takes a byte at least. Inputs and outputs hold
// several elements of 2 or 4 bits in one, as ONNX's files do.
//
//===----------------------------------------------------------------------===//

#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::graph {

static bool isPackable(Type element) {
  return isa<FloatType, IntegerType>(element) &&
         (element.getIntOrFloatBitWidth() == 2 ||
          element.getIntOrFloatBitWidth() == 4);
}

static int64_t perByte(Type element) {
  return 8 / element.getIntOrFloatBitWidth();
}

static Extents packedExtents(Type element, ArrayRef<AffineExpr> extents) {
  AffineExpr count = productOf(element.getContext(), extents);
  return {simplify(count.ceilDiv(perByte(element)))};
}

//===----------------------------------------------------------------------===//
// Pack
//===----------------------------------------------------------------------===//

LogicalResult PackOp::inferReturnTypes(MLIRContext *context,
                                       MaybeLocation location, Adaptor adaptor,
                                       Types &types) {
  FailureOr<RankedTensorType> type = rankedType(location, adaptor.getX());
  if (failed(type)) {
    return failure();
  }
  Type element = type->getElementType();
  if (!isPackable(element)) {
    return emitInferError(location)
           << "expected elements of 2 or 4 bits, got " << element;
  }
  return inferTensor(types, IntegerType::get(context, 8, IntegerType::Unsigned),
                     packedExtents(element, extentsOf(*type)));
}

Lowered PackOp::lower(OpBuilder &builder) {
  Type element = getElementTypeOrSelf(getX());
  unsigned width = element.getIntOrFloatBitWidth();
  AffineExpr count = productOf(getContext(), extentsOf(getX()));
  Value flat = kernel::ReshapeOp::create(
      builder, getLoc(), tensorTypeOf(element, {count}), getX());
  KernelBuilder k(builder, getLoc());
  OpBuilder &b = k.body();
  AffineExpr dim = k.parallel(extentsOf(getResult())[0]);
  std::optional<int64_t> known = constantOf(count);
  bool isWhole = known && *known % perByte(element) == 0;
  TypedAttr zero = b.getZeroAttr(scalarTypeOf(element));
  Value byte;
  for (int64_t part = 0; part < perByte(element); ++part) {
    Value bits = k.read(flat, {dim * perByte(element) + part},
                        isWhole ? TypedAttr() : zero);
    if (isa<FloatType>(element)) {
      bits =
          arith::BitcastOp::create(b, k.loc(), b.getIntegerType(width), bits);
    }
    bits = arith::ExtUIOp::create(b, k.loc(), b.getI8Type(), bits);
    if (part > 0) {
      Value amount = k.constant(b.getI8IntegerAttr(part * width));
      bits = arith::ShLIOp::create(b, k.loc(), bits, amount);
    }
    byte =
        byte ? arith::OrIOp::create(b, k.loc(), byte, bits).getResult() : bits;
  }
  return llvm::to_vector_of<Value>(
      k.finish({byte}, {{dim}}, {getResult().getType()}).getResults());
}

//===----------------------------------------------------------------------===//
// Unpack
//===----------------------------------------------------------------------===//

LogicalResult UnpackOp::inferReturnTypes(MLIRContext *context,
                                         MaybeLocation location,
                                         Adaptor adaptor, Types &types) {
  FailureOr<RankedTensorType> type = rankedType(location, adaptor.getX());
  if (failed(type)) {
    return failure();
  }
  auto wanted = dyn_cast<RankedTensorType>(adaptor.getTo());
  if (!wanted || !isPackable(wanted.getElementType())) {
    return emitInferError(location)
           << "expected a tensor type with elements of 2 or 4 bits, got "
           << adaptor.getTo();
  }
  Extents packed = packedExtents(wanted.getElementType(), extentsOf(wanted));
  Extents extents = extentsOf(*type);
  if (!type->getElementType().isUnsignedInteger(8) || extents.size() != 1 ||
      !mayBeEqual(extents[0], packed[0])) {
    return emitInferError(location)
           << "expected as many bytes as the elements of " << wanted
           << " take, got " << *type;
  }
  types.push_back(wanted);
  return success();
}

Lowered UnpackOp::lower(OpBuilder &builder) {
  auto type = cast<RankedTensorType>(getResult().getType());
  Type element = type.getElementType();
  unsigned width = element.getIntOrFloatBitWidth();
  AffineExpr count = productOf(getContext(), extentsOf(type));
  KernelBuilder k(builder, getLoc());
  OpBuilder &b = k.body();
  AffineExpr dim = k.parallel(count);
  Value byte = k.read(getX(), {dim.floorDiv(perByte(element))});
  Value shift = arith::TruncIOp::create(
      b, k.loc(), b.getI8Type(), k.index((dim % perByte(element)) * width));
  Value shifted = arith::ShRUIOp::create(b, k.loc(), byte, shift);
  Value bits =
      arith::TruncIOp::create(b, k.loc(), b.getIntegerType(width), shifted);
  if (isa<FloatType>(element)) {
    bits = arith::BitcastOp::create(b, k.loc(), element, bits);
  }
  Value flat =
      k.finish({bits}, {{dim}}, {tensorTypeOf(element, {count})}).getResult(0);
  Value result = kernel::ReshapeOp::create(builder, getLoc(), type, flat);
  return SmallVector<Value>{result};
}

} // namespace tessera::graph
