//===- Conditions.cpp - what a run may leave out --------------------------===//

#include "dialects/kernel/Conditions.h"
#include <optional>

using namespace mlir;

namespace tessera::kernel {

/// Conditions, or none at all for a value that nothing uses.
using MaybeConditions = std::optional<Conditions>;

/// What both sets have, in the order of the first.
static void keepCommon(MaybeConditions &set, const Conditions &other) {
  if (!set) {
    set = other;
    return;
  }
  llvm::erase_if(*set, [&](const Condition &condition) {
    return !llvm::is_contained(other, condition);
  });
}

static void addAll(Conditions &set, const Conditions &more) {
  for (const Condition &condition : more) {
    if (!llvm::is_contained(set, condition)) {
      set.push_back(condition);
    }
  }
}

/// The condition that a scalar of the body stands for: the same element of an
/// input at every point.
static std::optional<Condition> conditionOf(KernelOp kernel, Value scalar,
                                            bool holds) {
  auto argument = dyn_cast<BlockArgument>(scalar);
  if (!argument || !scalar.getType().isInteger(1)) {
    return std::nullopt;
  }
  unsigned i = argument.getArgNumber();
  AffineMap map = kernel.getInputMap(i);
  bool isOneElement = llvm::all_of(map.getResults(), [](AffineExpr result) {
    return isa<AffineConstantExpr>(result);
  });
  if (!isOneElement || kernel.isWholeInput(i) || kernel.getFeedback()[i] >= 0 ||
      !isa<UnitAttr>(kernel.getPads()[i])) {
    return std::nullopt;
  }
  return Condition{kernel.getInputs()[i],
                   AffineMap::get(0, 0, map.getResults(), map.getContext()),
                   holds};
}

/// Operations that do more than make a value of their operands.
static bool mayFail(Operation *op) {
  return isa<GatherOp, arith::DivSIOp, arith::DivUIOp, arith::RemSIOp,
             arith::RemUIOp, arith::CeilDivSIOp, arith::FloorDivSIOp>(op);
}

namespace {
/// Walks from a scalar of a body to the results that depend on it.
class BodyWalk {
public:
  explicit BodyWalk(KernelOp kernel) : kernel(kernel) {}

  Conditions conditionsOf(Value scalar) {
    auto known = found.find(scalar);
    if (known != found.end()) {
      return known->second;
    }
    MaybeConditions common;
    for (OpOperand &use : scalar.getUses()) {
      keepCommon(common, conditionsOf(use));
    }
    Conditions result = common.value_or(Conditions());
    found[scalar] = result;
    return result;
  }

private:
  /// The condition under which the operation passes this operand on.
  std::optional<Condition> choiceOf(OpOperand &use) {
    if (auto select = dyn_cast<arith::SelectOp>(use.getOwner())) {
      unsigned position = use.getOperandNumber();
      return position == 0
                 ? std::nullopt
                 : conditionOf(kernel, select.getCondition(), position == 1);
    }
    if (auto both = dyn_cast<arith::AndIOp>(use.getOwner())) {
      return conditionOf(kernel, both->getOperand(1 - use.getOperandNumber()),
                         true);
    }
    return std::nullopt;
  }

  Conditions conditionsOf(OpOperand &use) {
    Operation *op = use.getOwner();
    if (isa<YieldOp>(op) || mayFail(op)) {
      return {};
    }
    MaybeConditions common;
    for (Value result : op->getResults()) {
      keepCommon(common, conditionsOf(result));
    }
    Conditions result = common.value_or(Conditions());
    if (std::optional<Condition> choice = choiceOf(use)) {
      addAll(result, {*choice});
    }
    return result;
  }

  KernelOp kernel;
  llvm::DenseMap<Value, Conditions> found;
};
} // namespace

/// Conditions without all of which no result of the kernel depends on what
/// input `i` holds.
static Conditions conditionsOfInput(KernelOp kernel, unsigned i) {
  if (kernel.isWholeInput(i) || kernel.getFeedback()[i] >= 0) {
    return {};
  }
  return BodyWalk(kernel).conditionsOf(kernel.getBody().getArgument(i));
}

bool isConditionIn(KernelOp kernel, Value tensor) {
  for (Operation &op : kernel.getBody().front()) {
    if (!isa<arith::SelectOp, arith::AndIOp>(op)) {
      continue;
    }
    for (Value operand : op.getOperands()) {
      std::optional<Condition> condition = conditionOf(kernel, operand, true);
      if (condition && condition->tensor == tensor) {
        return true;
      }
    }
  }
  return false;
}

llvm::DenseMap<Operation *, Conditions> conditionsOfKernels(Block &block) {
  llvm::DenseMap<Operation *, Conditions> all;
  for (Operation &op : llvm::reverse(block)) {
    // Calls of the library may fail, and define dimensions.
    if (!isa<KernelOp, ReshapeOp, ConcatOp>(op)) {
      continue;
    }
    MaybeConditions common;
    for (OpOperand &use : op.getUses()) {
      Conditions needs = all.lookup(use.getOwner());
      if (auto user = dyn_cast<KernelOp>(use.getOwner())) {
        addAll(needs, conditionsOfInput(user, use.getOperandNumber()));
      }
      keepCommon(common, needs);
    }
    Conditions result = common.value_or(Conditions());
    llvm::erase_if(result, [&](const Condition &condition) {
      Operation *definition = condition.tensor.getDefiningOp();
      return definition && !definition->isBeforeInBlock(&op);
    });
    if (!result.empty()) {
      all[&op] = result;
    }
  }
  return all;
}

} // namespace tessera::kernel
