//===- FlushProbabilities.cpp - attention without denormal numbers --------===//
//
// Masks of -100 leave probabilities near 1e-44, and a product with a denormal
// number takes Intel's processors some 150 cycles. Where probabilities are
// factors of sums and nothing else, those below the smallest normal number may
// be zeros (docs/decisions/019).
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/Passes.h"
#include "codegen/schedule/Readers.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {
#define GEN_PASS_DEF_FLUSHPROBABILITIES
#include "codegen/schedule/Passes.h.inc"

static bool isSum(Operation *op) {
  auto reduce = dyn_cast<ReduceOp>(op);
  return reduce && reduce.getKind() == ReduceKind::add;
}

static bool isSummed(Value value) {
  return llvm::all_of(value.getUsers(), isSum);
}

/// Whether the launch only multiplies what it reads of the buffer and sums it.
static bool sumsProductsOf(LaunchOp launch, Value buffer) {
  for (auto [i, input] : llvm::enumerate(launch.getInputs())) {
    if (input != buffer) {
      continue;
    }
    bool fits =
        !launch.isWholeInput(i) && launch.getFeedback()[i] < 0 &&
        llvm::all_of(
            launch.getBody().getArgument(i).getUsers(),
            [](Operation *user) {
              return isa<arith::MulFOp>(user) && isSummed(user->getResult(0));
            });
    if (!fits) {
      return false;
    }
  }
  return true;
}

/// Whether a probability ends in sums of products, of this launch or of those
/// that read where it is stored.
static bool endsInSums(LaunchOp launch, Value probability) {
  return llvm::all_of(probability.getUses(), [&](OpOperand &use) {
    if (!isa<YieldOp>(use.getOwner())) {
      return isSum(use.getOwner());
    }
    Value output = launch.getOutputs()[use.getOperandNumber()];
    return onlyRead(launch, output, [&](LaunchOp reader) {
      return sumsProductsOf(reader, output);
    });
  });
}

/// Whether only the row's sum and probabilities are made of the exponential.
static bool mayFlush(LaunchOp launch, math::ExpOp exponential) {
  return llvm::all_of(exponential->getUsers(), [&](Operation *user) {
    return isSum(user) || (isa<arith::MulFOp, arith::DivFOp>(user) &&
                           user->getOperand(0) == exponential.getResult() &&
                           endsInSums(launch, user->getResult(0)));
  });
}

namespace {
struct FlushProbabilities : impl::FlushProbabilitiesBase<FlushProbabilities> {
  void runOnOperation() override {
    getOperation().walk([&](math::ExpOp exponential) {
      auto launch = exponential->getParentOfType<LaunchOp>();
      if (launch && exponential->hasAttr(kNotPositiveAttr) &&
          exponential.getType().isF32() && mayFlush(launch, exponential)) {
        exponential->setAttr(kMayFlushAttr, UnitAttr::get(&getContext()));
      }
    });
  }
};
} // namespace
} // namespace tessera::schedule
