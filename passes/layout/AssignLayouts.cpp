//===- AssignLayouts.cpp - the order of dimensions in memory --------------===//
//
// A first pass in order lets every kernel choose for its results given its
// inputs; then each tensor moves to the order that its producer and consumers
// together like best, until nothing moves.
//
//===----------------------------------------------------------------------===//

#include "passes/layout/KernelCost.h"
#include "passes/layout/OperandCopies.h"
#include "passes/layout/Passes.h"
#include "passes/plan/Place.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::layout {
#define GEN_PASS_DEF_ASSIGNLAYOUTS
#include "passes/layout/Passes.h.inc"

/// Row-major order with one dimension moved to the end.
static SmallVector<int64_t> orderWithLast(unsigned rank, unsigned last) {
  SmallVector<int64_t> order;
  for (unsigned d = 0; d < rank; ++d) {
    if (d != last) {
      order.push_back(d);
    }
  }
  if (rank > 0) {
    order.push_back(last);
  }
  return order;
}

static double sizeOf(Value tensor) {
  double size = 1;
  for (AffineExpr extent : extentsOf(tensor)) {
    size *= assumedValueOf(extent);
  }
  return size;
}

namespace {
/// Tensors that share one order: the operands of a concatenation lie in it.
struct Variable {
  SmallVector<Value> tensors;
  unsigned innermost = 0;
  bool fixed = false;
  /// Kernels whose cost depends on it, in order.
  llvm::SetVector<Operation *> kernels;
  /// Other uses: returns, reshapes and library calls.
  SmallVector<OpOperand *> uses;
};

class Assignment {
public:
  explicit Assignment(func::FuncOp func);

  void chooseInOrder();
  bool improve();
  /// Removes copies whose source already has the order chosen for them.
  void dropCopies(ArrayRef<KernelOp> copies);
  void write();

private:
  void addVariables(func::FuncOp func);
  void addUses(Variable &variable, Value tensor);
  unsigned innermostOf(Value tensor) const;
  std::optional<unsigned> throughReshape(ReshapeOp op) const;
  double costOf(const Variable &variable, bool producersOnly) const;
  bool choose(Variable &variable, bool producersOnly);

  llvm::DenseMap<Value, unsigned> variableOf;
  SmallVector<Variable> variables;
  llvm::MapVector<Operation *, KernelCost> costs;
};
} // namespace

Assignment::Assignment(func::FuncOp func) {
  addVariables(func);
  for (Variable &variable : variables) {
    for (Value tensor : variable.tensors) {
      addUses(variable, tensor);
    }
  }
}

void Assignment::addVariables(func::FuncOp func) {
  llvm::DenseMap<Value, Value> leaders;
  // Backwards, so that a concatenation knows its own leader first.
  for (Operation &op : llvm::reverse(func.getBody().front())) {
    if (auto concat = dyn_cast<ConcatOp>(op)) {
      Value leader = concat.getResult();
      leader = leaders.count(leader) ? leaders[leader] : leader;
      for (Value input : concat.getInputs()) {
        leaders.try_emplace(input, leader);
      }
    }
  }
  for (Operation &op : func.getBody().front()) {
    if (auto kernel = dyn_cast<KernelOp>(op)) {
      costs.insert({&op, KernelCost(kernel)});
    }
    if (!isa<KernelOp, ConcatOp>(op)) {
      continue;
    }
    for (Value result : op.getResults()) {
      auto found = leaders.find(result);
      Value leader = found == leaders.end() ? result : found->second;
      auto [slot, isNew] = variableOf.try_emplace(leader, variables.size());
      if (isNew) {
        variables.emplace_back();
        variables.back().innermost = lastDimOf(leader);
      }
      unsigned index = slot->second;
      variableOf[result] = index;
      variables[index].tensors.push_back(result);
      // The state of a recurrence is addressed in row-major order.
      auto kernel = dyn_cast<KernelOp>(op);
      variables[index].fixed |=
          kernel &&
          llvm::any_of(kernel.getFeedback(), [](int64_t f) { return f >= 0; });
    }
  }
}

void Assignment::addUses(Variable &variable, Value tensor) {
  if (isa<KernelOp>(tensor.getDefiningOp())) {
    variable.kernels.insert(tensor.getDefiningOp());
  }
  for (OpOperand &use : tensor.getUses()) {
    if (isa<KernelOp>(use.getOwner())) {
      variable.kernels.insert(use.getOwner());
    } else if (auto reshape = dyn_cast<ReshapeOp>(use.getOwner())) {
      variable.uses.push_back(&use);
      for (Operation *user : reshape.getResult().getUsers()) {
        if (isa<KernelOp>(user)) {
          variable.kernels.insert(user);
        }
      }
    } else if (isa<func::ReturnOp, LibraryOp>(use.getOwner())) {
      variable.uses.push_back(&use);
    }
  }
}

std::optional<unsigned> Assignment::throughReshape(ReshapeOp op) const {
  Extents from = extentsOf(op.getInput()), to = extentsOf(op.getResult());
  AffineExpr elements;
  plan::Place place =
      plan::densePlace(op.getContext(), from,
                       orderWithLast(from.size(), innermostOf(op.getInput())),
                       SmallVector<int64_t>(from.size(), 0), elements);
  std::optional<plan::Place> seen = plan::reshapePlace(place, from, to);
  if (!seen) {
    return std::nullopt;
  }
  for (unsigned d = to.size(); d > 0; --d) {
    if (constantOf(to[d - 1]) != 1 && constantOf(seen->strides[d - 1]) == 1) {
      return d - 1;
    }
  }
  return lastDimOf(op.getResult());
}

unsigned Assignment::innermostOf(Value tensor) const {
  auto found = variableOf.find(tensor);
  if (found != variableOf.end()) {
    return variables[found->second].innermost;
  }
  if (auto reshape = tensor.getDefiningOp<ReshapeOp>()) {
    // A copy is row-major.
    return throughReshape(reshape).value_or(lastDimOf(tensor));
  }
  return lastDimOf(tensor);
}

double Assignment::costOf(const Variable &variable, bool producersOnly) const {
  double cost = 0;
  for (Operation *op : variable.kernels) {
    bool produces = llvm::any_of(op->getResults(), [&](Value result) {
      return llvm::is_contained(variable.tensors, result);
    });
    if (produces || !producersOnly) {
      cost += costs.find(op)->second.costFor(
          [&](Value tensor) { return innermostOf(tensor); });
    }
  }
  for (OpOperand *use : variable.uses) {
    auto reshape = dyn_cast<ReshapeOp>(use->getOwner());
    bool copies = reshape ? !throughReshape(reshape)
                          : variable.innermost != lastDimOf(use->get());
    cost += copies ? 1.5 * sizeOf(use->get()) : 0;
  }
  return cost;
}

bool Assignment::choose(Variable &variable, bool producersOnly) {
  if (variable.fixed) {
    return false;
  }
  Extents extents = extentsOf(variable.tensors.front());
  unsigned before = variable.innermost, best = before;
  double bestCost = costOf(variable, producersOnly);
  for (unsigned d = 0; d < extents.size(); ++d) {
    if (d == before || constantOf(extents[d]) == 1) {
      continue;
    }
    variable.innermost = d;
    double cost = costOf(variable, producersOnly);
    // Stores are few beside the reads of a contraction, but decide all the
    // same; only noise is ignored.
    if (cost < bestCost * 0.9999) {
      best = d;
      bestCost = cost;
    }
  }
  variable.innermost = best;
  return best != before;
}

void Assignment::chooseInOrder() {
  for (Variable &variable : variables) {
    choose(variable, /*producersOnly=*/true);
  }
}

bool Assignment::improve() {
  bool changed = false;
  for (Variable &variable : variables) {
    changed |= choose(variable, /*producersOnly=*/false);
  }
  return changed;
}

void Assignment::dropCopies(ArrayRef<KernelOp> copies) {
  for (KernelOp copy : copies) {
    if (innermostOf(copy.getResult(0)) == innermostOf(copy.getInputs()[0])) {
      costs.erase(copy);
      dropCopy(copy);
    }
  }
}

void Assignment::write() {
  for (auto &[op, cost] : costs) {
    auto kernel = cast<KernelOp>(op);
    Builder builder(op->getContext());
    SmallVector<Attribute> orders;
    bool natural = true;
    for (Value result : kernel.getResults()) {
      unsigned rank = cast<RankedTensorType>(result.getType()).getRank();
      unsigned innermost = innermostOf(result);
      natural &= innermost == lastDimOf(result);
      SmallVector<int64_t> order = innermost == lastDimOf(result)
                                       ? plan::rowMajorOrder(rank)
                                       : orderWithLast(rank, innermost);
      orders.push_back(builder.getDenseI64ArrayAttr(order));
    }
    if (natural) {
      kernel.removeLayoutsAttr();
    } else {
      kernel.setLayoutsAttr(builder.getArrayAttr(orders));
    }
  }
}

namespace {
struct AssignLayouts : impl::AssignLayoutsBase<AssignLayouts> {
  void runOnOperation() override {
    constexpr unsigned maxRounds = 6;
    SmallVector<KernelOp> copies = insertOperandCopies(getOperation());
    Assignment assignment(getOperation());
    assignment.chooseInOrder();
    for (unsigned round = 0; round < maxRounds; ++round) {
      if (!assignment.improve()) {
        break;
      }
    }
    assignment.dropCopies(copies);
    assignment.write();
  }
};
} // namespace
} // namespace tessera::layout
