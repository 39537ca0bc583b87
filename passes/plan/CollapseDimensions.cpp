//===- CollapseDimensions.cpp - merge contiguous dimensions ---------------===//
//
// Emitters and schedules see the fewest dimensions that describe a launch: a
// 1x1 convolution is a matrix product, a pointwise kernel a single loop.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/Extents.h"
#include "dialects/kernel/LinearForm.h"
#include "dialects/kernel/Reduction.h"
#include "mlir/IR/IntegerSet.h"
#include "passes/plan/Passes.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {
#define GEN_PASS_DEF_COLLAPSEDIMENSIONS
#include "passes/plan/Passes.h.inc"

namespace {
/// The dimensions of one launch while they are merged and reordered.
class Collapser {
public:
  explicit Collapser(LaunchOp launch);

  void dropUnits();
  void merge();
  void sort();
  void rewrite();

private:
  bool canMerge(unsigned outer, unsigned inner) const;
  bool isDropped(unsigned d) const { return !extents[d]; }
  unsigned countLeft(IteratorKind kind) const;
  AffineExpr rewritten(AffineExpr expr, ArrayRef<AffineExpr> dims) const;
  void rewriteBody(ArrayRef<AffineExpr> dims);

  LaunchOp launch;
  MLIRContext *context;
  bool positional = false;
  /// Null for a dimension that is gone; its value is then 0 in every map.
  Extents extents;
  SmallVector<IteratorKind> kinds;
  SmallVector<LinearForm> forms;
  /// Dimensions left, in their new order.
  SmallVector<unsigned> order;
};
} // namespace

Collapser::Collapser(LaunchOp launch)
    : launch(launch), context(launch.getContext()),
      extents(launch.getExtents().getResults()) {
  unsigned dims = launch.getNumDims();
  auto addForm = [&](AffineExpr expr, unsigned dimCount) {
    forms.push_back(linearFormOf(expr, dimCount));
  };
  for (unsigned d = 0; d < dims; ++d) {
    kinds.push_back(launch.getIterator(d));
  }
  for (unsigned i = 0; i < launch.getInputs().size(); ++i) {
    if (!launch.isWholeInput(i)) {
      addForm(launch.getInputMap(i).getResult(0), dims);
    }
    if (auto guard = dyn_cast<IntegerSetAttr>(launch.getGuards()[i])) {
      for (AffineExpr constraint : guard.getValue().getConstraints()) {
        addForm(constraint, dims);
      }
    }
  }
  for (unsigned o = 0; o < launch.getOutputs().size(); ++o) {
    addForm(launch.getOutputMap(o).getResult(0), dims);
  }
  for (Operation &op : launch.getBody().front()) {
    if (auto map = op.getAttrOfType<AffineMapAttr>("map")) {
      addForm(map.getValue().getResult(0), map.getValue().getNumDims());
    }
    if (auto reduce = dyn_cast<ReduceOp>(op)) {
      positional |= isPositional(reduce.getKind());
    }
  }
}

unsigned Collapser::countLeft(IteratorKind kind) const {
  unsigned count = 0;
  for (auto [d, other] : llvm::enumerate(kinds)) {
    count += !isDropped(d) && other == kind;
  }
  return count;
}

void Collapser::dropUnits() {
  for (unsigned d = 0; d < extents.size(); ++d) {
    // One reduction dimension says that there is a reduction, and a launch has
    // at least one dimension.
    bool needed = kinds[d] == IteratorKind::sequential ||
                  (kinds[d] == IteratorKind::reduction &&
                   countLeft(IteratorKind::reduction) == 1);
    if (constantOf(extents[d]) == 1 && !needed) {
      extents[d] = {};
    }
  }
}

bool Collapser::canMerge(unsigned outer, unsigned inner) const {
  if (kinds[outer] != kinds[inner] ||
      kinds[outer] == IteratorKind::sequential) {
    return false;
  }
  if (positional && kinds[outer] == IteratorKind::reduction) {
    // Positions count along the reduction dimensions in their order.
    for (unsigned d = std::min(outer, inner) + 1; d < std::max(outer, inner);
         ++d) {
      if (kinds[d] == IteratorKind::reduction && !isDropped(d)) {
        return false;
      }
    }
    if (outer > inner) {
      return false;
    }
  }
  return llvm::all_of(forms, [&](const LinearForm &form) {
    AffineExpr far = form.coefficients[outer], near = form.coefficients[inner];
    return far && near && simplify(near * extents[inner]) == simplify(far);
  });
}

void Collapser::merge() {
  // The state of a recurrence is found at the distances of its own dimensions.
  if (llvm::any_of(launch.getFeedback(), [](int64_t f) { return f >= 0; })) {
    return;
  }
  bool changed = true;
  while (changed) {
    changed = false;
    for (unsigned outer = 0; outer < extents.size(); ++outer) {
      for (unsigned inner = 0; inner < extents.size(); ++inner) {
        if (outer == inner || isDropped(outer) || isDropped(inner) ||
            !canMerge(outer, inner)) {
          continue;
        }
        extents[inner] = simplify(extents[outer] * extents[inner]);
        extents[outer] = {};
        changed = true;
      }
    }
  }
}

void Collapser::sort() {
  for (unsigned d = 0; d < extents.size(); ++d) {
    if (!isDropped(d)) {
      order.push_back(d);
    }
  }
  // Free extents count as some number larger than most windows.
  auto stepOf = [&](unsigned d) {
    constexpr int64_t assumedExtent = 128;
    AffineMap map = launch.getOutputMap(0);
    LinearForm form = linearFormOf(map.getResult(0), extents.size());
    if (!form.coefficients[d]) {
      return std::numeric_limits<int64_t>::max();
    }
    SmallVector<AffineExpr> sizes(
        map.getNumSymbols(), getAffineConstantExpr(assumedExtent, context));
    return constantOf(form.coefficients[d].replaceSymbols(sizes))
        .value_or(std::numeric_limits<int64_t>::max());
  };
  auto rank = [&](unsigned d) {
    return kinds[d] == IteratorKind::sequential ? 0
           : kinds[d] == IteratorKind::parallel ? 1
                                                : 2;
  };
  llvm::stable_sort(order, [&](unsigned a, unsigned b) {
    if (rank(a) != rank(b)) {
      return rank(a) < rank(b);
    }
    return kinds[a] == IteratorKind::parallel && stepOf(a) > stepOf(b);
  });
}

AffineExpr Collapser::rewritten(AffineExpr expr,
                                ArrayRef<AffineExpr> dims) const {
  return simplify(expr.replaceDims(dims));
}

void Collapser::rewriteBody(ArrayRef<AffineExpr> dims) {
  for (Operation &op : launch.getBody().front()) {
    auto attribute = op.getAttrOfType<AffineMapAttr>("map");
    if (!attribute) {
      continue;
    }
    // Computed indices follow the dimensions.
    AffineMap map = attribute.getValue();
    SmallVector<AffineExpr> all(dims);
    unsigned indices = map.getNumDims() - dims.size();
    for (unsigned i = 0; i < indices; ++i) {
      all.push_back(getAffineDimExpr(order.size() + i, context));
    }
    op.setAttr("map", AffineMapAttr::get(
                          accessMapOf(context, order.size() + indices,
                                      {rewritten(map.getResult(0), all)})));
  }
}

void Collapser::rewrite() {
  Builder builder(context);
  AffineExpr zero = builder.getAffineConstantExpr(0);
  SmallVector<AffineExpr> dims(extents.size(), zero), sizes;
  SmallVector<Attribute> iterators;
  for (auto [position, d] : llvm::enumerate(order)) {
    dims[d] = builder.getAffineDimExpr(position);
    sizes.push_back(extents[d]);
    iterators.push_back(IteratorKindAttr::get(context, kinds[d]));
  }
  if (order.empty()) {
    order.push_back(0);
    sizes.push_back(builder.getAffineConstantExpr(1));
    iterators.push_back(IteratorKindAttr::get(context, IteratorKind::parallel));
  }
  auto mapsOf = [&](ArrayAttr maps, bool areInputs) {
    SmallVector<AffineMap> all;
    for (auto [i, map] :
         llvm::enumerate(maps.getAsValueRange<AffineMapAttr>())) {
      bool whole = areInputs && launch.isWholeInput(i);
      all.push_back(
          accessMapOf(context, order.size(),
                      {whole ? zero : rewritten(map.getResult(0), dims)}));
    }
    return builder.getAffineMapArrayAttr(all);
  };
  SmallVector<Attribute> guards;
  for (Attribute guard : launch.getGuards()) {
    if (auto set = dyn_cast<IntegerSetAttr>(guard)) {
      SmallVector<AffineExpr> constraints;
      for (AffineExpr constraint : set.getValue().getConstraints()) {
        constraints.push_back(rewritten(constraint, dims));
      }
      guard = IntegerSetAttr::get(
          IntegerSet::get(order.size(), set.getValue().getNumSymbols(),
                          constraints, set.getValue().getEqFlags()));
    }
    guards.push_back(guard);
  }
  rewriteBody(dims);
  launch.setInputMapsAttr(mapsOf(launch.getInputMaps(), true));
  launch.setOutputMapsAttr(mapsOf(launch.getOutputMaps(), false));
  launch.setGuardsAttr(builder.getArrayAttr(guards));
  launch.setExtentsAttr(AffineMapAttr::get(extentMapOf(context, sizes)));
  launch.setIteratorsAttr(builder.getArrayAttr(iterators));
}

namespace {
struct CollapseDimensions : impl::CollapseDimensionsBase<CollapseDimensions> {
  void runOnOperation() override {
    getOperation().walk([](LaunchOp launch) {
      Collapser collapser(launch);
      collapser.dropUnits();
      collapser.merge();
      collapser.sort();
      collapser.rewrite();
    });
  }
};
} // namespace
} // namespace tessera::plan
