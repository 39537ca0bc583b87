//===- FlushDenormals.cpp - where denormal numbers cannot matter ----------===//
//
// A product with a denormal number takes Intel's processors some 150 cycles. To
// the sum of products a constant is added, and rounding that sum costs 2^-25 of
// the constant. Where all that flushing can cost is far below, launches flush.
// The bounds are derived in docs/decisions/019.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/ConstantMagnitudes.h"
#include "codegen/schedule/Passes.h"
#include "codegen/schedule/TileProduct.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {
#define GEN_PASS_DEF_FLUSHDENORMALS
#include "codegen/schedule/Passes.h.inc"

/// Exponents: the least normal number, and how far below the constant that is
/// added all losses must stay.
static constexpr int64_t kLeastNormal = -126, kMargin = 40;

namespace {
/// `sum of x * weight, + constant`, the start of what a launch computes.
struct BiasedProducts {
  WeightOp weight, constant;
  arith::AddFOp sum;
};
} // namespace

/// The constant that is all of an input of the launch, or null.
static WeightOp weightOf(LaunchOp launch, Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument ? launch.getInputs()[argument.getArgNumber()]
                        .getDefiningOp<WeightOp>()
                  : WeightOp();
}

/// The operand of a sum or product that is a constant of the model, or null.
static WeightOp weightAmong(LaunchOp launch, Operation *op) {
  for (Value operand : op->getOperands()) {
    if (WeightOp weight = weightOf(launch, operand)) {
      return weight;
    }
  }
  return {};
}

static std::optional<BiasedProducts> biasedProductsOf(LaunchOp launch) {
  auto reduces = launch.getBody().front().getOps<ReduceOp>();
  if (!llvm::hasSingleElement(reduces)) {
    return std::nullopt;
  }
  ReduceOp reduce = *reduces.begin();
  auto product = reduce.getValue().getDefiningOp<arith::MulFOp>();
  if (reduce.getKind() != ReduceKind::add || !product || !reduce->hasOneUse() ||
      !product->hasOneUse() || !isa<BlockArgument>(product.getLhs()) ||
      !isa<BlockArgument>(product.getRhs())) {
    return std::nullopt;
  }
  auto sum = dyn_cast<arith::AddFOp>(*reduce->user_begin());
  if (!sum) {
    return std::nullopt;
  }
  BiasedProducts found = {weightAmong(launch, product),
                          weightAmong(launch, sum), sum};
  return found.weight && found.constant ? std::optional(found) : std::nullopt;
}

/// Whether all that follows adds to the sum or bounds it by constants: errors
/// grow no further, and no result is without the sum's.
static bool onlyAddsAndBounds(Operation *last, Operation *sum) {
  llvm::SmallPtrSet<Value, 8> chain = {sum->getResult(0)};
  auto isConstant = [](Value value) {
    return value.getDefiningOp<arith::ConstantOp>() != nullptr;
  };
  for (Operation *op = sum->getNextNode(); op != last; op = op->getNextNode()) {
    if (isa<arith::ConstantOp>(op)) {
      continue;
    }
    bool adds = isa<arith::AddFOp>(op);
    if (!adds && !isa<arith::MaximumFOp, arith::MinimumFOp, arith::CmpFOp,
                      arith::SelectOp>(op)) {
      return false;
    }
    auto isFit = [&](Value operand) {
      return chain.contains(operand) || isConstant(operand) ||
             (adds && isa<BlockArgument>(operand));
    };
    if (!llvm::all_of(op->getOperands(), isFit) ||
        llvm::none_of(op->getOperands(),
                      [&](Value operand) { return chain.contains(operand); })) {
      return false;
    }
    chain.insert(op->getResult(0));
  }
  return last->getNumOperands() == 1 && chain.contains(last->getOperand(0));
}

static bool mayFlush(LaunchOp launch) {
  auto found = biasedProductsOf(launch);
  if (!found || !found->sum.getType().isF32() ||
      !onlyAddsAndBounds(launch.getBody().front().getTerminator(),
                         found->sum)) {
    return false;
  }
  int64_t count = 1;
  for (unsigned d = 0; d < launch.getNumDims(); ++d) {
    if (launch.getIterator(d) == IteratorKind::reduction) {
      auto extent = constantOf(launch.getExtents().getResult(d));
      count = extent ? count * *extent : 0;
    }
  }
  auto constant = magnitudesOf(found->constant.getValue());
  if (count < 1 || !constant || constant->hasZeros) {
    return false;
  }
  auto weight = magnitudesOf(found->weight.getValue());
  // Each step may lose a factor below 2^-126, times a weight, and a sum.
  auto lost = [&] {
    return kLeastNormal + int64_t(llvm::Log2_64_Ceil(count)) +
           std::max<int64_t>(weight->mostExponent(), 1) + 1;
  };
  return weight && weight->leastExponent() >= kLeastNormal &&
         constant->leastExponent() >= lost() + kMargin;
}

namespace {
struct FlushDenormals : impl::FlushDenormalsBase<FlushDenormals> {
  void runOnOperation() override {
    getOperation().walk([&](LaunchOp launch) {
      auto schedule = launch.getSchedule();
      bool hasTiles = schedule && partsOf(schedule->getAlgorithm()) > 0;
      if (!hasTiles && mayFlush(launch)) {
        launch->setAttr(kFlushAttr, UnitAttr::get(&getContext()));
      }
    });
  }
};
} // namespace
} // namespace tessera::schedule
