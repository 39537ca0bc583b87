//===- BoundExponentials.cpp - exponentials of a softmax ------------------===//
//
// Where a row's greatest number is subtracted first, e^x has no argument above
// 0, and one of them is 0: what lies below 2^-126 cannot count in their sum.
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
  if (value == bound) {
    return true;
  }
  if (auto reduce = bound.getDefiningOp<ReduceOp>()) {
    return reduce.getKind() == ReduceKind::max && reduce.getValue() == value;
  }
  if (auto maximum = bound.getDefiningOp<arith::MaximumFOp>()) {
    return isAtMost(value, maximum.getLhs()) ||
           isAtMost(value, maximum.getRhs());
  }
  auto select = bound.getDefiningOp<arith::SelectOp>();
  Value greatest = select ? finiteFormOf(select) : Value();
  return greatest && isAtMost(value, greatest);
}

/// Whether the value is summed: 1 is among the terms.
static bool isSummed(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    auto reduce = dyn_cast<ReduceOp>(user);
    return reduce && reduce.getKind() == ReduceKind::add;
  });
}

static bool isOfSoftmax(math::ExpOp exponential) {
  auto difference = exponential.getOperand().getDefiningOp<arith::SubFOp>();
  return difference && isSummed(exponential) &&
         isAtMost(difference.getLhs(), difference.getRhs());
}

static bool dependsOnSum(Value value) {
  Operation *op = value.getDefiningOp();
  auto reduce = dyn_cast_or_null<ReduceOp>(op);
  return op && ((reduce && reduce.getKind() == ReduceKind::add) ||
                llvm::any_of(op->getOperands(), dependsOnSum));
}

/// Whether the number only takes part in exponentials of all that it is the
/// greatest of, and only what depends on their sum is stored: with NaN among
/// them the sum is NaN, whatever the greatest is.
static bool onlyShiftsExponentials(ReduceOp greatest) {
  auto isShift = [&](Operation *user) {
    auto difference = dyn_cast<arith::SubFOp>(user);
    return difference && difference.getLhs() == greatest.getValue() &&
           llvm::all_of(difference->getUsers(), [](Operation *reader) {
             auto exponential = dyn_cast<math::ExpOp>(reader);
             return exponential && isOfSoftmax(exponential);
           });
  };
  return llvm::all_of(greatest->getUsers(), isShift) &&
         llvm::all_of(greatest->getBlock()->getTerminator()->getOperands(),
                      dependsOnSum);
}

namespace {
struct BoundExponentials : impl::BoundExponentialsBase<BoundExponentials> {
  void runOnOperation() override {
    auto yes = UnitAttr::get(&getContext());
    getOperation().walk([&](math::ExpOp exponential) {
      if (isOfSoftmax(exponential)) {
        exponential->setAttr(kNotPositiveAttr, yes);
      }
    });
    getOperation().walk([&](ReduceOp reduce) {
      if (reduce.getKind() == ReduceKind::max &&
          isa<FloatType>(reduce.getType()) && onlyShiftsExponentials(reduce)) {
        reduce->setAttr(kMayDropNanAttr, yes);
      }
    });
  }
};
} // namespace

} // namespace tessera::schedule
