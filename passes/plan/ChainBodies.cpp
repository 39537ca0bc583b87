//===- ChainBodies.cpp - what the kernels of a block compute --------------===//

#include "passes/plan/ChainBodies.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"
#include "passes/plan/LaunchEdit.h"
#include <limits>

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {

static SmallVector<ReduceOp> reducesOf(LaunchOp launch) {
  return llvm::to_vector(launch.getBody().front().getOps<ReduceOp>());
}

static Value number(OpBuilder &at, Location loc, Type type, double value) {
  return arith::ConstantOp::create(at, loc, at.getFloatAttr(type, value));
}

static Value inverseOf(OpBuilder &at, Location loc, Value value) {
  Value one = number(at, loc, value.getType(), 1);
  return arith::DivFOp::create(at, loc, one, value);
}

ReduceOp sumOfRow(LaunchOp rows) { return reducesOf(rows)[1]; }

Value exponentialOf(LaunchOp rows) {
  Block &body = rows.getBody().front();
  Value exponential = sumOfRow(rows).getValue();
  Type stored = body.getTerminator()->getOperand(0).getType();
  if (stored == exponential.getType()) {
    return exponential;
  }
  OpBuilder at(body.getTerminator());
  return arith::TruncFOp::create(at, rows.getLoc(), stored, exponential);
}

Value inverseOfSum(LaunchOp rows) {
  OpBuilder at(rows.getBody().front().getTerminator());
  return inverseOf(at, rows.getLoc(), sumOfRow(rows));
}

OnlineRow makeOnline(LaunchOp rows, Value before, Value totalBefore) {
  Location loc = rows.getLoc();
  ReduceOp maximum = reducesOf(rows)[0], sum = sumOfRow(rows);
  // Where every score so far is minus infinity, exponentials are 0: a
  // difference of two infinities would have none.
  OpBuilder at(rows.getContext());
  at.setInsertionPointAfter(maximum);
  Value now = arith::MaximumFOp::create(at, loc, before, maximum);
  Type type = sum.getType();
  Value none = number(at, loc, type, -std::numeric_limits<double>::infinity()),
        zero = number(at, loc, type, 0);
  Value isNone =
      arith::CmpFOp::create(at, loc, arith::CmpFPredicate::OEQ, now, none);
  Value shift = arith::SelectOp::create(at, loc, isNone, zero, now);
  auto difference = sum.getValue()
                        .getDefiningOp<math::ExpOp>()
                        .getOperand()
                        .getDefiningOp<arith::SubFOp>();
  difference.getRhsMutable().set(shift);
  at.setInsertionPoint(rows.getBody().front().getTerminator());
  Value decay = math::ExpOp::create(
      at, loc, arith::SubFOp::create(at, loc, before, shift).getResult());
  Value total = arith::AddFOp::create(
      at, loc, arith::MulFOp::create(at, loc, totalBefore, decay), sum);
  return {exponentialOf(rows), now, total, decay};
}

void scaleSum(LaunchOp products, Value factor) {
  Value sum = reducesOf(products)[0];
  OpBuilder at(products.getContext());
  at.setInsertionPointAfterValue(sum);
  auto scaled = arith::MulFOp::create(at, products.getLoc(), sum, factor);
  sum.replaceAllUsesExcept(scaled, scaled);
}

Value addScaled(LaunchOp products, Value before, Value decay) {
  Location loc = products.getLoc();
  OpBuilder at(products.getBody().front().getTerminator());
  Value kept = arith::MulFOp::create(at, loc, before, decay);
  return arith::AddFOp::create(at, loc, kept, reducesOf(products)[0]);
}

void replaceSum(LaunchOp products, Value sum, Value total) {
  ReduceOp reduce = reducesOf(products)[0];
  OpBuilder at(reduce);
  Value inverse = inverseOf(at, products.getLoc(), total);
  reduce.getResult().replaceAllUsesWith(
      arith::MulFOp::create(at, products.getLoc(), sum, inverse));
}

void eraseUnused(LaunchOp launch) {
  Block &body = launch.getBody().front();
  IRRewriter rewriter(launch.getContext());
  (void)runRegionDCE(rewriter, launch->getRegions());
  for (unsigned i = launch.getInputs().size(); i-- > 0;) {
    if (body.getArgument(i).use_empty()) {
      eraseInput(launch, i);
    }
  }
}

} // namespace tessera::plan
