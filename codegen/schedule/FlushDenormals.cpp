//===- FlushDenormals.cpp - where denormal numbers cannot matter ----------===//
//
// A product with a denormal number takes Intel's processors some 150 cycles. To
// the sum of products a constant is added, and rounding may lose 2^-24 of that
// constant. Where all that flushing can lose is far below, launches flush. What
// only such launches read may be stored without denormal numbers. The bounds
// are derived in docs/decisions/019.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/ConstantMagnitudes.h"
#include "codegen/schedule/Passes.h"
#include "codegen/schedule/Readers.h"
#include "codegen/schedule/TileProduct.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {
#define GEN_PASS_DEF_FLUSHDENORMALS
#include "codegen/schedule/Passes.h.inc"

/// Exponents: the least normal number, the power above all finite ones, and how
/// far below the constant that is added all losses must stay.
static constexpr int64_t kLeastNormal = -126, kMostFinite = 128, kMargin = 40;

namespace {
/// `sum of x * weight, + constant`, the start of what a launch computes.
struct BiasedProducts {
  WeightOp weight, constant;
  arith::AddFOp sum;
};
} // namespace

/// The constant that is an input of the launch, read everywhere, or null.
static WeightOp weightOf(LaunchOp launch, Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument ||
      !isa<UnitAttr>(launch.getGuards()[argument.getArgNumber()])) {
    return {};
  }
  return launch.getInputs()[argument.getArgNumber()].getDefiningOp<WeightOp>();
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

/// Whether the value is a number of the body that flushing does not change.
static bool isPlainNumber(Value value) {
  FloatAttr number;
  return matchPattern(value, m_Constant(&number)) &&
         (number.getValue().isZero() || number.getValue().isNormal());
}

/// Whether terms are added to the sum and then constant bounds are kept, and
/// nothing else happens: errors grow no further. Behind a bound, which may take
/// the place of the sum, a term could be all there is.
static bool onlyAddsAndBounds(Operation *last, Operation *sum) {
  llvm::SmallPtrSet<Value, 8> chain = {sum->getResult(0)};
  auto isInChain = [&](Value value) { return chain.contains(value); };
  bool isBounded = false;
  for (Operation *op = sum->getNextNode(); op != last; op = op->getNextNode()) {
    if (isa<arith::ConstantOp>(op)) {
      continue;
    }
    bool adds = isa<arith::AddFOp>(op) && !isBounded;
    if (!adds && !isa<arith::MaximumFOp, arith::MinimumFOp, arith::CmpFOp,
                      arith::SelectOp>(op)) {
      return false;
    }
    auto isFit = [&](Value operand) {
      return isInChain(operand) || isPlainNumber(operand) ||
             (adds && isa<BlockArgument>(operand));
    };
    if (!llvm::all_of(op->getOperands(), isFit) ||
        llvm::none_of(op->getOperands(), isInChain)) {
      return false;
    }
    isBounded |= !adds;
    chain.insert(op->getResult(0));
  }
  return last->getNumOperands() == 1 && isInChain(last->getOperand(0));
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
         weight->mostExponent() <= kMostFinite &&
         constant->leastExponent() >= lost() + kMargin;
}

/// Whether the launch stores one sum or product of what it reads, rounded once.
static bool roundsOnce(LaunchOp launch) {
  Operation *stored =
      launch.getBody().front().getTerminator()->getOperand(0).getDefiningOp();
  auto isRead = [](Value operand) {
    return isa<BlockArgument>(operand) ||
           operand.getDefiningOp<arith::ConstantOp>();
  };
  auto isParallel = [](Attribute kind) {
    return cast<IteratorKindAttr>(kind).getValue() == IteratorKind::parallel;
  };
  return launch.getOutputs().size() == 1 && stored &&
         isa<arith::MulFOp, arith::AddFOp, arith::SubFOp>(stored) &&
         stored->getResult(0).getType().isF32() &&
         llvm::all_of(stored->getOperands(), isRead) &&
         llvm::all_of(launch.getIterators(), isParallel);
}

static bool flushesAll(LaunchOp launch) {
  return launch->getAttr(kFlushAttr) ==
         StringAttr::get(launch.getContext(), kFlushAll);
}

namespace {
struct FlushDenormals : impl::FlushDenormalsBase<FlushDenormals> {
  void runOnOperation() override {
    getOperation().walk([&](LaunchOp launch) {
      auto schedule = launch.getSchedule();
      bool hasTiles = schedule && partsOf(schedule->getAlgorithm()) > 0;
      if (!hasTiles && mayFlush(launch)) {
        setFlushed(launch, kFlushAll);
      }
    });
    getOperation().walk([&](LaunchOp launch) {
      if (roundsOnce(launch) &&
          onlyRead(launch, launch.getOutputs()[0], flushesAll)) {
        setFlushed(launch, kFlushResults);
      }
    });
  }

private:
  void setFlushed(LaunchOp launch, StringRef which) {
    launch->setAttr(kFlushAttr, StringAttr::get(&getContext(), which));
  }
};
} // namespace
} // namespace tessera::schedule
