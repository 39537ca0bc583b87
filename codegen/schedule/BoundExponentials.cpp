//===- BoundExponentials.cpp - exponentials of a softmax ------------------===//
//
// Where a row's greatest number is subtracted first, e^x has no argument above
// 0 and needs no care for large ones.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Matchers.h"

namespace tessera::schedule {
#define GEN_PASS_DEF_BOUNDEXPONENTIALS
#include "codegen/schedule/Passes.h.inc"
} // namespace tessera::schedule

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

/// The number that is 0 where it would be minus infinity, as in softmax over
/// blocks, else null.
static Value finiteFormOf(arith::SelectOp select) {
  auto compare = select.getCondition().getDefiningOp<arith::CmpFOp>();
  bool matches = compare &&
                 compare.getPredicate() == arith::CmpFPredicate::OEQ &&
                 compare.getLhs() == select.getFalseValue() &&
                 matchPattern(compare.getRhs(), m_NegInfFloat()) &&
                 matchPattern(select.getTrueValue(), m_AnyZeroFloat());
  return matches ? select.getFalseValue() : Value();
}

/// Whether `value` is one of the numbers of which `bound` is the greatest.
static bool isAtMost(Value value, Value bound) {
  SmallVector<Value> bounds = {bound};
  llvm::SmallDenseSet<Value> seen;
  while (!bounds.empty()) {
    Value next = bounds.pop_back_val();
    if (!seen.insert(next).second) {
      continue;
    }
    auto reduce = next.getDefiningOp<ReduceOp>();
    if (next == value || (reduce && reduce.getKind() == ReduceKind::max &&
                          reduce.getValue() == value)) {
      return true;
    }
    if (auto maximum = next.getDefiningOp<arith::MaximumFOp>()) {
      llvm::append_range(bounds, maximum->getOperands());
    }
    auto select = next.getDefiningOp<arith::SelectOp>();
    if (Value greatest = select ? finiteFormOf(select) : Value()) {
      bounds.push_back(greatest);
    }
  }
  return false;
}

static bool isNotPositive(math::ExpOp exponential) {
  auto difference = exponential.getOperand().getDefiningOp<arith::SubFOp>();
  return difference && isAtMost(difference.getLhs(), difference.getRhs());
}

/// Whether the value is computed from a sum of exponentials in `sums` by
/// operations that give NaN whenever an operand is.
static bool carriesNan(Value value,
                       const llvm::SmallPtrSetImpl<Operation *> &sums,
                       llvm::SmallDenseMap<Value, bool> &known) {
  Operation *op = value.getDefiningOp();
  if (!op) {
    return false;
  }
  if (auto found = known.find(value); found != known.end()) {
    return found->second;
  }
  bool carries = sums.contains(op) ||
                 (isa<arith::AddFOp, arith::SubFOp, arith::MulFOp,
                      arith::DivFOp, arith::NegFOp, math::LogOp>(op) &&
                  llvm::any_of(op->getOperands(), [&](Value operand) {
                    return carriesNan(operand, sums, known);
                  }));
  return known[value] = carries;
}

/// The sums of all exponentials of a number less the greatest of its row.
static llvm::SmallPtrSet<Operation *, 4> sumsBelow(ReduceOp greatest) {
  llvm::SmallPtrSet<Operation *, 4> sums;
  for (Operation *user : greatest->getUsers()) {
    auto difference = dyn_cast<arith::SubFOp>(user);
    if (!difference || difference.getLhs() != greatest.getValue()) {
      continue;
    }
    for (Operation *exponential : difference->getUsers()) {
      if (!isa<math::ExpOp>(exponential)) {
        continue;
      }
      for (Operation *reader : exponential->getUsers()) {
        auto sum = dyn_cast<ReduceOp>(reader);
        if (sum && sum.getKind() == ReduceKind::add) {
          sums.insert(sum);
        }
      }
    }
  }
  return sums;
}

/// Whether all that is stored is NaN where a sum of exponentials is: with NaN
/// among the numbers it is, whatever the greatest is.
static bool isHiddenByNan(ReduceOp greatest) {
  llvm::SmallPtrSet<Operation *, 4> sums = sumsBelow(greatest);
  llvm::SmallDenseMap<Value, bool> known;
  return llvm::all_of(
      greatest->getBlock()->getTerminator()->getOperands(),
      [&](Value stored) { return carriesNan(stored, sums, known); });
}

namespace {
struct BoundExponentials : impl::BoundExponentialsBase<BoundExponentials> {
  void runOnOperation() override {
    auto yes = UnitAttr::get(&getContext());
    getOperation().walk([&](math::ExpOp exponential) {
      if (exponential->getParentOfType<LaunchOp>() &&
          isNotPositive(exponential)) {
        exponential->setAttr(kNotPositiveAttr, yes);
      }
    });
    getOperation().walk([&](ReduceOp reduce) {
      if (reduce.getKind() == ReduceKind::max &&
          isa<FloatType>(reduce.getType()) && isHiddenByNan(reduce)) {
        reduce->setAttr(kMayDropNanAttr, yes);
      }
    });
  }
};
} // namespace

} // namespace tessera::schedule
