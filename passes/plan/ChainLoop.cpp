//===- ChainLoop.cpp - the loops over the blocks of a chain ---------------===//

#include "passes/plan/ChainLoop.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {

/// How many blocks of `size` points a dimension has, and how many points the
/// block `index` has, as a new symbol of the loop where that differs.
static AffineExpr pointsOfBlock(AffineExpr extent, int64_t size,
                                AffineExpr index, unsigned lengthSymbol,
                                SmallVectorImpl<AffineMap> &lengths) {
  MLIRContext *context = extent.getContext();
  AffineExpr whole = getAffineConstantExpr(size, context);
  auto fixed = constantOf(extent);
  if (fixed && *fixed % size == 0) {
    return whole;
  }
  lengths.push_back(extentMapOf(context, {whole, extent - index * size}));
  return getAffineSymbolExpr(lengthSymbol, context);
}

ChainLoop::ChainLoop(OpBuilder &builder, Location loc, const Chain &chain,
                     const BlockSizes &block, unsigned firstSymbol)
    : keyStart(builder.getAffineConstantExpr(0)), keys(chain.key.extent),
      builder(builder), loc(loc), block(block), keyExtent(chain.key.extent),
      keyBlocks(simplify(keyExtent.ceilDiv(block.keys))),
      nextSymbol(firstSymbol) {
  MLIRContext *context = builder.getContext();
  SmallVector<AffineExpr> extents;
  unsigned first = nextSymbol;
  for (const ChainAxis &axis : chain.outer) {
    extents.push_back(axis.extent);
    outer.push_back(getAffineSymbolExpr(nextSymbol++, context));
  }
  extents.push_back(simplify(chain.query.extent.ceilDiv(block.queries)));
  AffineExpr index = getAffineSymbolExpr(nextSymbol++, context);
  queryStart = index * block.queries;
  SmallVector<AffineMap> lengths;
  queries = pointsOfBlock(chain.query.extent, block.queries, index, nextSymbol,
                          lengths);
  nextSymbol += lengths.size();
  run = getAffineSymbolExpr(nextSymbol++, context);
  loop = LoopOp::create(
      builder, loc, AffineMapAttr::get(extentMapOf(context, extents)),
      builder.getAffineMapArrayAttr(lengths), builder.getI64IntegerAttr(first),
      builder.getI64IntegerAttr(block.runs));
  builder.setInsertionPointToStart(&loop.getBody().emplaceBlock());
}

bool ChainLoop::hasKeyBlocks() const {
  return keyBlocks != builder.getAffineConstantExpr(1);
}

void ChainLoop::enterKeys() {
  unsigned first = nextSymbol++;
  AffineExpr index = builder.getAffineSymbolExpr(first);
  SmallVector<AffineMap> lengths;
  keyStart = index * block.keys;
  keys = pointsOfBlock(keyExtent, block.keys, index, nextSymbol, lengths);
  nextSymbol += lengths.size();
  auto inner = LoopOp::create(
      builder, loc,
      AffineMapAttr::get(extentMapOf(builder.getContext(), {keyBlocks})),
      builder.getAffineMapArrayAttr(lengths), builder.getI64IntegerAttr(first),
      builder.getI64IntegerAttr(0));
  builder.setInsertionPointToStart(&inner.getBody().emplaceBlock());
}

void ChainLoop::leaveKeys() {
  builder.setInsertionPointToEnd(&loop.getBody().front());
}

Operation *ChainLoop::stepAround(Operation *launch) {
  Operation *step = launch;
  while (step->getParentOp() != loop.getOperation()) {
    step = step->getParentOp();
  }
  return step;
}

Scratch ChainLoop::createScratch(Type element, int64_t elements) {
  constexpr int64_t alignment = 64;
  int64_t bytes = llvm::alignTo(elements * storageBytesOf(element), alignment);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(loop);
  MLIRContext *context = builder.getContext();
  auto mapOf = [&](int64_t value) {
    return AffineMapAttr::get(
        extentMapOf(context, {getAffineConstantExpr(value, context)}));
  };
  auto arena = ArenaOp::create(builder, loc, BufferType::get(context, element),
                               mapOf(0), mapOf(bytes * block.runs));
  return {arena.getBuffer(), run * (bytes / storageBytesOf(element))};
}

} // namespace tessera::plan
