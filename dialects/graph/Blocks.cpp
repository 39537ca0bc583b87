//===- Blocks.cpp - blocks of space and channels --------------------------===//

#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;
using namespace tessera::kernel;

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

/// The kernel's result, whose axes `split` are those of the operation's with
/// blocks as axes of their own, in the shape that the operation has.
static Lowered joinBlocks(Operation *op, KernelBuilder &k, OpBuilder &builder,
                          Value element, const Coordinates &d,
                          const Extents &split) {
  Type type = op->getResult(0).getType();
  Value six = k.finish({element}, {d},
                       {tensorTypeOf(getElementTypeOrSelf(type), split)})
                  .getResult(0);
  Value result = kernel::ReshapeOp::create(builder, op->getLoc(), type, six);
  return SmallVector<Value>{result};
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
  return joinBlocks(*this, k, builder, element, d, split);
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
  return joinBlocks(*this, k, builder, element, d, split);
}
