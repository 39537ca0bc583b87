//===- KernelTraits.cpp - what kind of kernel is this ---------------------===//

#include "passes/fusion/KernelTraits.h"
#include "passes/fusion/LinearForms.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::fusion {

bool hasIterator(KernelOp op, IteratorKind kind) {
  for (unsigned i = 0; i < op.getNumDims(); ++i) {
    if (op.getIterator(i) == kind) {
      return true;
    }
  }
  return false;
}

/// Whether the coordinates are distinct dimensions, and otherwise 0; `used`
/// receives the dimensions.
static bool isProjection(ArrayRef<AffineExpr> coordinates,
                         llvm::SmallBitVector &used) {
  for (AffineExpr expr : coordinates) {
    std::optional<unsigned> d = bareDim(expr);
    if (!d && expr == 0) {
      continue;
    }
    if (!d || used.test(*d)) {
      return false;
    }
    used.set(*d);
  }
  return true;
}

/// Whether the coordinates are a permutation of the dimensions (of those with
/// more than one point).
static bool coversSpace(KernelOp op, ArrayRef<AffineExpr> coordinates) {
  llvm::SmallBitVector used(op.getNumDims());
  if (!isProjection(coordinates, used)) {
    return false;
  }
  for (unsigned d = 0; d < op.getNumDims(); ++d) {
    if (!used.test(d) && op.getExtents().getResult(d) != 1) {
      return false;
    }
  }
  return true;
}

bool isMap(KernelOp op) {
  if (hasIterator(op, IteratorKind::reduction) ||
      hasIterator(op, IteratorKind::sequential)) {
    return false;
  }
  for (unsigned i = 0; i < op.getNumResults(); ++i) {
    if (!coversSpace(op, op.getOutputMap(i).getResults())) {
      return false;
    }
  }
  return true;
}

bool isView(KernelOp op) {
  if (op.getNumResults() != 1 || !isMap(op)) {
    return false;
  }
  Value value = op.getBody().front().getTerminator()->getOperand(0);
  return isa<BlockArgument>(value) && !isWholeType(value.getType());
}

bool isRow(KernelOp op) {
  if (!hasIterator(op, IteratorKind::reduction) ||
      hasIterator(op, IteratorKind::sequential)) {
    return false;
  }
  for (unsigned i = 0; i < op.getInputs().size(); ++i) {
    if (!op.isWholeInput(i) && isa<UnitAttr>(op.getPads()[i]) &&
        coversSpace(op, op.getInputMap(i).getResults())) {
      return true;
    }
  }
  return false;
}

bool feedsReduction(Value value) {
  SmallVector<Value> worklist{value};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!worklist.empty()) {
    for (Operation *user : worklist.pop_back_val().getUsers()) {
      if (isa<ReduceOp>(user)) {
        return true;
      }
      if (seen.insert(user).second) {
        llvm::append_range(worklist, user->getResults());
      }
    }
  }
  return false;
}

unsigned operationsOf(KernelOp op) {
  return llvm::count_if(
      op.getBody().front().without_terminator(),
      [](Operation &o) { return !isa<arith::ConstantOp>(o); });
}

unsigned costOf(Operation &op) {
  if (isa<arith::ConstantOp>(op)) {
    return 0;
  }
  bool cheapMath = isa<math::AbsFOp, math::FloorOp, math::CeilOp,
                       math::RoundEvenOp, math::AbsIOp>(op);
  if (isa<arith::DivFOp, math::SqrtOp, arith::DivSIOp, arith::DivUIOp>(op)) {
    return 4;
  }
  bool isDear = isa<GatherOp>(op) ||
                (isa<math::MathDialect>(op.getDialect()) && !cheapMath);
  return isDear ? 16 : 1;
}

unsigned costOf(KernelOp op) {
  unsigned cost = 0;
  for (Operation &o : op.getBody().front().without_terminator()) {
    cost += costOf(o);
  }
  return cost;
}

AffineExpr pointsOf(KernelOp op) {
  return productOf(op.getContext(), op.getExtents().getResults());
}

bool knownAtMost(AffineExpr small, AffineExpr large) {
  if (small == large) {
    return true;
  }
  std::optional<int64_t> a = constantOf(small), b = constantOf(large);
  return a && b && *a <= *b;
}

bool dependsOn(ValueRange values, Operation *op) {
  SmallVector<Value> worklist(values);
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!worklist.empty()) {
    Operation *definition = worklist.pop_back_val().getDefiningOp();
    if (!definition || definition->getBlock() != op->getBlock() ||
        !seen.insert(definition).second) {
      continue;
    }
    if (definition == op) {
      return true;
    }
    if (op->isBeforeInBlock(definition)) {
      llvm::append_range(worklist, definition->getOperands());
    }
  }
  return false;
}

bool shareBranch(KernelOp a, KernelOp b) {
  return a->getAttr(kBranchAttr) == b->getAttr(kBranchAttr);
}

bool isWorthLeavingOut(KernelOp op) {
  return costOf(op) > kCheap || !isMap(op) ||
         !op.getBody().front().getOps<GatherOp>().empty();
}

bool withinLimits(KernelOp a, KernelOp b, const FusionLimits &limits) {
  llvm::SmallDenseSet<Value, 16> inputs(a.getInputs().begin(),
                                        a.getInputs().end());
  inputs.insert(b.getInputs().begin(), b.getInputs().end());
  return operationsOf(a) + operationsOf(b) <= limits.maxOperations &&
         inputs.size() <= limits.maxInputs + 1;
}

} // namespace tessera::fusion
