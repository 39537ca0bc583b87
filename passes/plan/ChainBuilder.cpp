//===- ChainBuilder.cpp - the launches that compute a chain ---------------===//
//
// For a block of queries: scores of one block of keys after the other, with the
// queries side by side in memory so that vectors hold queries. With several
// blocks of keys the softmax is online: sums wait relative to the greatest
// score so far and are scaled when a greater one comes.
//
//===----------------------------------------------------------------------===//

#include "passes/plan/ChainBuilder.h"
#include "dialects/kernel/LinearForm.h"
#include "passes/plan/ChainBodies.h"
#include "passes/plan/ChainDims.h"
#include "passes/plan/ChainLoop.h"
#include "passes/plan/LaunchEdit.h"
#include "llvm/ADT/STLExtras.h"
#include <limits>

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {

namespace {
class BlockBuilder {
public:
  BlockBuilder(const Chain &chain, const BlockSizes &block,
               unsigned firstSymbol)
      : chain(chain), block(block), builder(chain.products),
        loc(FusedLoc::get(builder.getContext(),
                          {LaunchOp(chain.scores).getLoc(),
                           LaunchOp(chain.rows).getLoc(),
                           LaunchOp(chain.products).getLoc()})),
        columns(columnsOf(chain)), depths(depthsOf(chain)),
        loop(builder, loc, chain, block, firstSymbol) {}

  void build();

private:
  AffineExpr constant(int64_t value) {
    return builder.getAffineConstantExpr(value);
  }
  AffineExpr dim(unsigned i) { return builder.getAffineDimExpr(i); }
  bool isOnline() { return chain.softmax && loop.hasKeyBlocks(); }

  AffineExpr rowMajor(LaunchOp launch, ArrayRef<unsigned> dims,
                      unsigned firstNew);

  void transposeQueries(LaunchOp scores);
  void addScores();
  void addRows();
  void addProducts();
  void addOnlineProducts();
  void startSums();
  void finishSums();
  LaunchOp cloneProducts(bool summed);

  Chain chain;
  BlockSizes block;
  OpBuilder builder;
  Location loc;
  SmallVector<unsigned> columns, depths;
  ChainLoop loop;
  /// The type that rows and products are summed in.
  Type summed;
  Scratch scores, greatest, totals, decay, results;
};
} // namespace

/// The position among the points of `dims`, which are the new dimensions from
/// `firstNew` on.
AffineExpr BlockBuilder::rowMajor(LaunchOp launch, ArrayRef<unsigned> dims,
                                  unsigned firstNew) {
  AffineExpr position = constant(0);
  for (auto [i, d] : llvm::enumerate(dims)) {
    position = position * launch.getExtents().getResult(d) + dim(firstNew + i);
  }
  return position;
}

/// Lets the scores read the queries from memory in which they lie side by side,
/// when they do not yet.
void BlockBuilder::transposeQueries(LaunchOp launch) {
  constexpr unsigned queryDim = 1, firstDepth = 2;
  for (unsigned i = 0; i < launch.getInputs().size(); ++i) {
    if (!isTransposed(chain, i)) {
      continue;
    }
    AffineMap map = launch.getInputMap(i);
    Value from = launch.getInputs()[i];
    Type element = cast<BufferType>(from.getType()).getElementType();
    int64_t depth = *pointsIn(chain.scores, depths);
    Scratch transposed = loop.createScratch(element, depth * block.queries);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(loop.stepAround(launch));
    // Dimensions: the summed ones, then the queries.
    SmallVector<AffineExpr> extents, dims(launch.getNumDims(), constant(0));
    for (auto [n, d] : llvm::enumerate(depths)) {
      extents.push_back(LaunchOp(chain.scores).getExtents().getResult(d));
      dims[firstDepth + n] = dim(n);
    }
    unsigned last = extents.size();
    dims[queryDim] = dim(last);
    extents.push_back(loop.queries);
    LaunchOp copy = createEmptyLaunch(builder, loc, extents);
    Value read = addInput(copy, from, map.getResult(0).replaceDims(dims));
    AffineExpr to = transposed.start +
                    rowMajor(chain.scores, depths, 0) * block.queries +
                    dim(last);
    setOutputs(copy, transposed.buffer, {to}, read);
    replaceInput(launch, i, transposed.buffer,
                 transposed.start +
                     rowMajor(chain.scores, depths, firstDepth) *
                         block.queries +
                     dim(queryDim));
  }
}

/// Dimensions: keys, queries, then what is summed.
void BlockBuilder::addScores() {
  auto launch = cast<LaunchOp>(builder.clone(*chain.scores));
  NewSpace space;
  space.dims.assign(launch.getNumDims(), constant(0));
  space.dims[chain.key.scores] = loop.keyStart + dim(0);
  space.dims[chain.query.scores] = loop.queryStart + dim(1);
  space.extents = {loop.keys, loop.queries};
  space.iterators.assign(2, IteratorKind::parallel);
  for (auto [axis, at] : llvm::zip_equal(chain.outer, loop.outer)) {
    space.dims[axis.scores] = at;
  }
  for (unsigned d : depths) {
    space.dims[d] = dim(space.extents.size());
    space.extents.push_back(launch.getExtents().getResult(d));
    space.iterators.push_back(IteratorKind::reduction);
  }
  if (depths.empty()) {
    space.extents.push_back(constant(1));
    space.iterators.push_back(IteratorKind::reduction);
  }
  rewriteDimensions(launch, space);
  Value yielded = launch.getBody().front().getTerminator()->getOperand(0);
  setOutputs(launch, scores.buffer,
             {scores.start + dim(0) * block.queries + dim(1)}, yielded);
  transposeQueries(launch);
}

/// Dimensions: queries, then keys.
static void rewriteRows(LaunchOp launch, const Chain &chain,
                        const NewSpace &space, const Scratch &scores,
                        int64_t stride) {
  rewriteDimensions(launch, space);
  AffineExpr d0 = getAffineDimExpr(0, launch.getContext()),
             d1 = getAffineDimExpr(1, launch.getContext());
  AffineExpr at = scores.start + d1 * stride + d0;
  replaceInput(launch, chain.rowsInput, scores.buffer, at);
  Value yielded = launch.getBody().front().getTerminator()->getOperand(0);
  setOutputs(launch, scores.buffer, {at}, yielded);
}

void BlockBuilder::addRows() {
  auto launch = cast<LaunchOp>(builder.clone(*chain.rows));
  NewSpace space;
  space.dims.assign(launch.getNumDims(), constant(0));
  space.dims[chain.query.rows] = loop.queryStart + dim(0);
  space.dims[chain.key.rows] = loop.keyStart + dim(1);
  for (auto [axis, at] : llvm::zip_equal(chain.outer, loop.outer)) {
    space.dims[axis.rows] = at;
  }
  space.extents = {loop.queries, loop.keys};
  space.iterators = {IteratorKind::parallel, IteratorKind::reduction};
  rewriteRows(launch, chain, space, scores, block.queries);
  if (!chain.softmax) {
    return;
  }
  AffineExpr here = launch.getOutputMap(0).getResult(0), query = dim(0);
  if (!isOnline()) {
    Value inverse = inverseOfSum(launch);
    setOutputs(launch, {scores.buffer, totals.buffer},
               {here, totals.start + query}, {exponentialOf(launch), inverse});
    return eraseUnused(launch);
  }
  Value before = addInput(launch, greatest.buffer, greatest.start + query),
        sumBefore = addInput(launch, totals.buffer, totals.start + query);
  OnlineRow row = makeOnline(launch, before, sumBefore);
  setOutputs(
      launch, {scores.buffer, greatest.buffer, totals.buffer, decay.buffer},
      {here, greatest.start + query, totals.start + query, decay.start + query},
      {row.exponential, row.greatest, row.total, row.decay});
  eraseUnused(launch);
}

/// A copy of the products over queries, columns and, if `summed`, keys.
LaunchOp BlockBuilder::cloneProducts(bool summed) {
  auto launch = cast<LaunchOp>(builder.clone(*chain.products));
  NewSpace space;
  space.dims.assign(launch.getNumDims(), constant(0));
  space.dims[chain.query.products] = loop.queryStart + dim(0);
  for (auto [axis, at] : llvm::zip_equal(chain.outer, loop.outer)) {
    space.dims[axis.products] = at;
  }
  space.extents = {loop.queries};
  for (unsigned d : columns) {
    space.dims[d] = dim(space.extents.size());
    space.extents.push_back(launch.getExtents().getResult(d));
  }
  space.iterators.assign(space.extents.size(), IteratorKind::parallel);
  if (summed) {
    unsigned key = space.extents.size();
    space.dims[chain.key.products] = loop.keyStart + dim(key);
    space.extents.push_back(loop.keys);
    space.iterators.push_back(IteratorKind::reduction);
    rewriteDimensions(launch, space);
    replaceInput(launch, chain.productsInput, scores.buffer,
                 scores.start + dim(key) * block.queries + dim(0));
  } else {
    rewriteDimensions(launch, space);
  }
  return launch;
}

void BlockBuilder::addProducts() {
  LaunchOp launch = cloneProducts(/*summed=*/true);
  if (chain.softmax) {
    Value inverse = addInput(launch, totals.buffer, totals.start + dim(0));
    scaleSum(launch, inverse);
  }
}

void BlockBuilder::addOnlineProducts() {
  LaunchOp launch = cloneProducts(/*summed=*/true);
  AffineExpr here = results.start +
                    dim(0) * *pointsIn(chain.products, columns) +
                    rowMajor(chain.products, columns, 1);
  Value before = addInput(launch, results.buffer, here),
        scale = addInput(launch, decay.buffer, decay.start + dim(0));
  Value next = addScaled(launch, before, scale);
  setOutputs(launch, results.buffer, {here}, next);
  eraseUnused(launch);
}

void BlockBuilder::startSums() {
  auto numberOf = [&](LaunchOp launch, double value) -> Value {
    OpBuilder at = OpBuilder::atBlockEnd(&launch.getBody().front());
    return arith::ConstantOp::create(at, loc, at.getFloatAttr(summed, value));
  };
  LaunchOp first = createEmptyLaunch(builder, loc, {loop.queries});
  // The first block multiplies the sum by 0; without any block the results stay
  // 0, as those of a product over no keys are.
  Value none = numberOf(first, -std::numeric_limits<double>::infinity()),
        one = numberOf(first, 1);
  setOutputs(first, {greatest.buffer, totals.buffer},
             {greatest.start + dim(0), totals.start + dim(0)}, {none, one});
  int64_t width = *pointsIn(chain.products, columns);
  LaunchOp second =
      createEmptyLaunch(builder, loc, {loop.queries, constant(width)});
  Value zero = numberOf(second, 0);
  setOutputs(second, results.buffer, {results.start + dim(0) * width + dim(1)},
             zero);
}

void BlockBuilder::finishSums() {
  LaunchOp launch = cloneProducts(/*summed=*/false);
  Value sum = addInput(launch, results.buffer,
                       results.start +
                           dim(0) * *pointsIn(chain.products, columns) +
                           rowMajor(chain.products, columns, 1)),
        total = addInput(launch, totals.buffer, totals.start + dim(0));
  replaceSum(launch, sum, total);
  eraseUnused(launch);
}

void BlockBuilder::build() {
  Type element =
      cast<BufferType>(LaunchOp(chain.scores).getOutputs()[0].getType())
          .getElementType();
  scores = loop.createScratch(element, block.queries * block.keys);
  if (chain.softmax) {
    summed = chain.softmax->sum.getType();
    totals = loop.createScratch(summed, block.queries);
  }
  if (isOnline()) {
    greatest = loop.createScratch(summed, block.queries);
    decay = loop.createScratch(summed, block.queries);
    results = loop.createScratch(
        summed, block.queries * *pointsIn(chain.products, columns));
    startSums();
    loop.enterKeys();
    addScores();
    addRows();
    addOnlineProducts();
    loop.leaveKeys();
    finishSums();
  } else {
    addScores();
    addRows();
    addProducts();
  }
  for (LaunchOp launch : {chain.products, chain.rows, chain.scores}) {
    Operation *memory = launch.getOutputs()[0].getDefiningOp();
    launch.erase();
    if (memory->use_empty()) {
      memory->erase();
    }
  }
}

void buildBlocks(const Chain &chain, const BlockSizes &block,
                 unsigned firstSymbol) {
  BlockBuilder(chain, block, firstSymbol).build();
}

} // namespace tessera::plan
