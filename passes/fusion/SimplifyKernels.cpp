//===- SimplifyKernels.cpp - one form for equal kernels -------------------===//
//
// Removes what other passes would otherwise have to look through: dimensions
// of one point, constants of one value read as tensors, inputs read twice, and
// inputs, results and operations that nothing uses.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/Reduction.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"
#include "passes/fusion/Passes.h"
#include "passes/fusion/Rewriting.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::fusion {
#define GEN_PASS_DEF_SIMPLIFYKERNELS
#include "passes/fusion/Passes.h.inc"

/// The single value of a constant tensor as a scalar of the body.
static TypedAttr splatOf(Value tensor) {
  DenseElementsAttr elements;
  if (!matchPattern(tensor, m_Constant(&elements)) || !elements.isSplat()) {
    return {};
  }
  Type type = scalarTypeOf(elements.getElementType());
  if (isa<FloatType>(type)) {
    return FloatAttr::get(type, elements.getSplatValue<APFloat>());
  }
  if (isa<IntegerType>(type)) {
    return IntegerAttr::get(type, elements.getSplatValue<APInt>());
  }
  return {};
}

/// Whether a padded read gives `value` inside and outside alike.
static bool padIs(const KernelInput &input, TypedAttr value) {
  return !input.hasPad() || input.pad == value;
}

static bool inlineSplats(KernelParts &parts) {
  bool changed = false;
  for (auto [i, input] : llvm::enumerate(parts.inputs)) {
    if (input.whole || input.feedback >= 0 || parts.argument(i).use_empty()) {
      continue;
    }
    TypedAttr value = splatOf(input.tensor);
    if (!value || !padIs(input, value)) {
      continue;
    }
    OpBuilder builder = parts.bodyBuilder();
    parts.argument(i).replaceAllUsesWith(
        arith::ConstantOp::create(builder, parts.argument(i).getLoc(), value));
    changed = true;
  }
  return changed;
}

/// A gather at constant indices is a plain read.
static bool readConstantIndices(KernelParts &parts) {
  bool changed = false;
  unsigned dims = parts.extents.size();
  for (Operation &op : llvm::make_early_inc_range(parts.body())) {
    auto gather = dyn_cast<GatherOp>(op);
    if (!gather) {
      continue;
    }
    SmallVector<AffineExpr> replacements;
    for (unsigned d = 0; d < dims; ++d) {
      replacements.push_back(parts.dim(d));
    }
    for (auto [index, limit] : llvm::zip_equal(
             gather.getIndices(), gather.getLimits().getResults())) {
      APInt value;
      std::optional<int64_t> size = constantOf(limit);
      if (matchPattern(index, m_ConstantInt(&value)) && size &&
          value.getSExtValue() >= 0 && value.getSExtValue() < *size) {
        replacements.push_back(
            getAffineConstantExpr(value.getSExtValue(), parts.context()));
      }
    }
    if (replacements.size() != gather.getMap().getNumDims()) {
      continue;
    }
    unsigned source = cast<BlockArgument>(gather.getSource()).getArgNumber();
    KernelInput input;
    input.tensor = parts.inputs[source].tensor;
    input.pad = UnitAttr::get(parts.context());
    for (AffineExpr expr : gather.getMap().getResults()) {
      input.coordinates.push_back(simplify(expr.replaceDims(replacements)));
    }
    gather.replaceAllUsesWith(parts.findOrAddInput(input));
    gather.erase();
    changed = true;
  }
  return changed;
}

static bool mergeEqualInputs(KernelParts &parts) {
  bool changed = false;
  for (unsigned i = parts.inputs.size(); i-- > 0;) {
    if (parts.argument(i).use_empty() || parts.inputs[i].feedback >= 0) {
      continue;
    }
    BlockArgument first = parts.findOrAddInput(KernelInput(parts.inputs[i]));
    if (first != parts.argument(i)) {
      parts.argument(i).replaceAllUsesWith(first);
      changed = true;
    }
  }
  return changed;
}

/// Without reduction dimensions a reduction is its operand.
static void foldReductions(KernelParts &parts) {
  if (llvm::is_contained(parts.iterators, IteratorKind::reduction)) {
    return;
  }
  for (Operation &op : llvm::make_early_inc_range(parts.body())) {
    auto reduce = dyn_cast<ReduceOp>(op);
    if (!reduce) {
      continue;
    }
    Value value = reduce.getValue();
    if (isPositional(reduce.getKind())) {
      OpBuilder builder(reduce);
      value = arith::ConstantOp::create(builder, reduce.getLoc(),
                                        builder.getI64IntegerAttr(0));
    }
    reduce.replaceAllUsesWith(value);
    reduce.erase();
  }
}

static bool dropUnitDims(KernelParts &parts) {
  Extents extents;
  SmallVector<IteratorKind> iterators;
  SmallVector<AffineExpr> replacements;
  for (auto [extent, iterator] :
       llvm::zip_equal(parts.extents, parts.iterators)) {
    if (extent == 1 && iterator != IteratorKind::sequential) {
      replacements.push_back(getAffineConstantExpr(0, parts.context()));
      continue;
    }
    replacements.push_back(parts.dim(extents.size()));
    extents.push_back(extent);
    iterators.push_back(iterator);
  }
  if (extents.size() == parts.extents.size()) {
    return false;
  }
  parts.replaceDims(replacements, extents, iterators);
  foldReductions(parts);
  return true;
}

/// A unit axis of a tensor has one coordinate, whatever dimension names it.
static bool zeroUnitCoordinates(KernelParts &parts) {
  bool changed = false;
  for (KernelInput &input : parts.inputs) {
    if (input.whole || input.hasPad() || input.feedback >= 0) {
      continue;
    }
    for (auto [expr, extent] :
         llvm::zip_equal(input.coordinates, extentsOf(input.tensor))) {
      if (extent == 1 && expr != 0) {
        expr = getAffineConstantExpr(0, parts.context());
        changed = true;
      }
    }
  }
  return changed;
}

KernelOp simplifyKernel(KernelOp op, OpBuilder &builder) {
  KernelParts parts(op);
  unsigned inputs = parts.inputs.size(), results = parts.results.size();
  unsigned operations = parts.body().getOperations().size();
  bool changed = inlineSplats(parts);
  changed |= readConstantIndices(parts);
  changed |= zeroUnitCoordinates(parts);
  changed |= mergeEqualInputs(parts);
  changed |= dropUnitDims(parts);
  SmallVector<bool> keep;
  for (Value result : op.getResults()) {
    keep.push_back(!result.use_empty());
  }
  if (!llvm::is_contained(keep, true)) {
    return op;
  }
  SmallVector<Value> kept;
  parts.eraseDead(keep);
  changed |= parts.inputs.size() != inputs || parts.results.size() != results ||
             parts.body().getOperations().size() != operations;
  if (!changed) {
    return op;
  }
  for (auto [i, result] : llvm::enumerate(op.getResults())) {
    bool state = llvm::is_contained(op.getFeedback(), static_cast<int64_t>(i));
    if (keep[i] || state) {
      kept.push_back(result);
    }
  }
  builder.setInsertionPoint(op);
  KernelOp simpler = parts.build(builder, op.getLoc());
  for (auto [from, to] : llvm::zip_equal(kept, simpler.getResults())) {
    from.replaceAllUsesWith(to);
  }
  op.erase();
  return simpler;
}

namespace {
struct SimplifyKernels : impl::SimplifyKernelsBase<SimplifyKernels> {
  void runOnOperation() override {
    OpBuilder builder(&getContext());
    getOperation().walk<WalkOrder::PreOrder>([&](KernelOp op) {
      if (op->use_empty()) {
        op.erase();
      } else {
        simplifyKernel(op, builder);
      }
      return WalkResult::skip();
    });
  }
};
} // namespace
} // namespace tessera::fusion
