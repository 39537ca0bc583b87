//===- Assumption.cpp - conditions on sizes, and conditions around nodes --===//
//
// Exporters write `if the size is 1, remove the axis`: branches of different
// ranks, of which one is meant. Where both cannot be kept, the sizes are taken
// to be equal, as the model was traced, and a call with other sizes is refused.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Assumption.h"
#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "compiler/import/LibraryCall.h"
#include "compiler/import/Term.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/DenseSet.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

//===----------------------------------------------------------------------===//
// Equal sizes
//===----------------------------------------------------------------------===//

void Importer::assumeEqual(AffineExpr a, AffineExpr b) {
  AffineExpr left = kernel::simplify(a), right = kernel::simplify(b);
  if (left == right ||
      (kernel::constantOf(left) && kernel::constantOf(right))) {
    return;
  }
  StringRef name = "tsk.constraints";
  auto list = (*module)->getAttrOfType<ArrayAttr>(name);
  SmallVector<Attribute> entries =
      list ? to_vector(list.getValue()) : SmallVector<Attribute>();
  Attribute entry = AffineMapAttr::get(
      kernel::extentMapOf(builder.getContext(), {left, right}));
  if (!is_contained(entries, entry)) {
    entries.push_back(entry);
    (*module)->setAttr(name, builder.getArrayAttr(entries));
  }
}

AffineExpr Importer::divided(AffineExpr extent, AffineExpr count) {
  if (AffineExpr exact = kernel::divideExactly(extent, count)) {
    return exact;
  }
  if (kernel::constantOf(extent) && kernel::constantOf(count)) {
    return {};
  }
  AffineExpr one = getAffineConstantExpr(1, extent.getContext());
  AffineExpr divisor =
      extremeOf(*module, kernel::DimensionKind::max, count, one);
  AffineExpr quotient = kernel::simplify(extent.floorDiv(divisor));
  assumeEqual(extent, quotient * count);
  return quotient;
}

//===----------------------------------------------------------------------===//
// Conditions on sizes
//===----------------------------------------------------------------------===//

/// A scalar of the graph as an expression of sizes; null for others.
static AffineExpr sizeExpression(Value value) {
  while (auto reshape = value.getDefiningOp<graph::ReshapeOp>()) {
    value = reshape->getOperand(0);
  }
  if (auto extents = value.getDefiningOp<graph::ExtentsOp>()) {
    AffineMap map = extents.getValues();
    return map.getNumResults() == 1 ? map.getResult(0) : AffineExpr();
  }
  auto constant = value.getDefiningOp<graph::ConstantOp>();
  auto dense =
      constant ? dyn_cast<DenseIntElementsAttr>(constant.getValue()) : nullptr;
  if (!dense || dense.getNumElements() != 1) {
    return {};
  }
  APInt number = *dense.begin();
  return getAffineConstantExpr(number.getSExtValue(), value.getContext());
}

AffineExpr knownTruth(Node &node) {
  const KnownTensor *known = node.known(0);
  return known && known->elements.size() == 1 ? known->elements[0].expr
                                              : AffineExpr();
}

/// Behind a truth value that is known as an expression.
static std::optional<SizeCondition> knownCondition(Node &node) {
  AffineExpr truth = knownTruth(node);
  if (!truth) {
    return std::nullopt;
  }
  for (bool isEqual : {true, false}) {
    auto compared = node.importer.equalities.find(
        kernel::simplify(isEqual ? truth : 1 - truth));
    if (compared != node.importer.equalities.end()) {
      auto [left, right] = compared->second;
      return SizeCondition{left, right, isEqual};
    }
  }
  return std::nullopt;
}

std::optional<SizeCondition> sizeConditionOf(Node &node) {
  if (auto known = knownCondition(node)) {
    return known;
  }
  SizeCondition condition;
  Value value = node.input(0);
  if (!value) {
    return std::nullopt;
  }
  while (Operation *op = value.getDefiningOp()) {
    if (isa<graph::NotOp>(op)) {
      condition.isEqual = !condition.isEqual;
    } else if (isa<graph::EqualOp>(op)) {
      condition.left = sizeExpression(op->getOperand(0));
      condition.right = sizeExpression(op->getOperand(1));
      break;
    } else if (!isa<graph::ReshapeOp, graph::CastOp>(op)) {
      break;
    }
    value = op->getOperand(0);
  }
  bool isOfSizes = condition.left && condition.right;
  return isOfSizes ? std::optional(condition) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// Branches that only the run chooses
//===----------------------------------------------------------------------===//

void Importer::enterBranch(Value condition, bool taken) {
  conditions.push_back({condition, taken});
}

void Importer::leaveBranch() { conditions.pop_back(); }

void Importer::assumeHere(Node &node, AffineExpr a, AffineExpr b) {
  AffineExpr gap = kernel::simplify(a - b);
  if (conditions.empty() || kernel::constantOf(gap)) {
    assumeEqual(a, b);
    return;
  }
  // Only where the branch is taken: a call checks that the difference is zero.
  Term active;
  for (auto [condition, taken] : conditions) {
    Term own{node, node.reshape(condition, {})};
    own = taken ? own : apply<graph::NotOp>({own});
    active = active ? active & own : own;
  }
  Type i64 = builder.getI64Type();
  Term difference = sizeTerm(node, i64, gap);
  Term checked = where(active, difference, number(difference, 0));
  LibraryCall call(node, "sizes");
  AffineExpr zero = sizeOf(node, 0);
  (void)call.input(checked)
      .sizesResult({call.dimension(node.name + ".difference", zero)})
      .build();
}

Value squeezeHere(Node &node, Value value, ArrayRef<int64_t> axes) {
  SmallVector<int64_t> open;
  Term x{node, value};
  for (int64_t axis : axes) {
    if (!kernel::constantOf(x.extent(axis))) {
      node.importer.assumeHere(node, x.extent(axis), sizeOf(node, 1));
      open.push_back(axis);
    }
  }
  return open.empty() ? x : reduce("max", x, open, /*keep=*/true);
}

//===----------------------------------------------------------------------===//
// Trials
//===----------------------------------------------------------------------===//

Trial::Trial(Importer &importer)
    : importer(importer), problems(importer.problems.size()),
      tensors(importer.tensorCount()),
      constraints((*importer.module)->getAttr("tsk.constraints")),
      dimensions((*importer.module)->getAttr(kernel::kDimensionsAttr)),
      equalities(importer.equalities) {
  Block *block = importer.builder.getInsertionBlock();
  last = block->empty() ? nullptr : &block->back();
}

void Trial::undo() {
  importer.problems.resize(problems);
  auto restore = [&](StringRef name, Attribute value) {
    if (value) {
      (*importer.module)->setAttr(name, value);
    } else {
      (*importer.module)->removeAttr(name);
    }
  };
  // What an older tensor built for the branches remains.
  llvm::DenseSet<Value> kept = importer.valuesOfTensors(tensors);
  Block *block = importer.builder.getInsertionBlock();
  for (Operation &op : make_early_inc_range(reverse(*block))) {
    if (&op == last) {
      break;
    }
    bool isKept = any_of(op.getResults(),
                         [&](Value value) { return kept.contains(value); });
    if (!isKept && op.use_empty()) {
      op.erase();
    }
  }
  restore("tsk.constraints", constraints);
  restore(kernel::kDimensionsAttr, dimensions);
  importer.equalities = equalities;
}

} // namespace tessera::import
