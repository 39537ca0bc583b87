//===- ComposeReshapes.cpp - read through reshapes ------------------------===//
//
// A reshape joins or splits adjacent axes. A consumer that splits its own
// dimension in the same way can read the tensor before the reshape, so that
// later passes see producer and consumer next to each other.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectResourceBlobManager.h"
#include "passes/fusion/LinearForms.h"
#include "passes/fusion/Passes.h"
#include "passes/fusion/ReshapeAxes.h"
#include "passes/fusion/Rewriting.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::fusion {
#define GEN_PASS_DEF_COMPOSERESHAPES
#include "passes/fusion/Passes.h.inc"

/// More dimensions than this are not worth the loops.
static constexpr unsigned kMaxDims = 10;

/// Splits a dimension of the kernel. Results written at it get the split shape;
/// `shapes` tells which.
static bool splitWithResults(KernelParts &parts, const DimSplit &split,
                             SmallVectorImpl<bool> &reshaped) {
  if (llvm::is_contained(parts.iterators, IteratorKind::sequential) ||
      parts.extents.size() + split.parts.size() - 1 > kMaxDims) {
    return false;
  }
  AffineExpr dim = parts.dim(split.dim);
  for (const KernelResult &result : parts.results) {
    for (AffineExpr expr : result.coordinates) {
      if (expr != dim && expr.isFunctionOfDim(split.dim)) {
        return false;
      }
    }
  }
  SmallVector<SmallVector<unsigned>> positions;
  for (const KernelResult &result : parts.results) {
    positions.emplace_back();
    for (auto [k, expr] : llvm::enumerate(result.coordinates)) {
      if (expr == dim) {
        positions.back().push_back(k);
      }
    }
    if (positions.back().size() > 1) {
      return false;
    }
  }
  parts.splitDim(split.dim, split.parts);
  for (auto [r, result] : llvm::enumerate(parts.results)) {
    if (positions[r].empty()) {
      continue;
    }
    auto type = cast<RankedTensorType>(result.type);
    Extents extents = extentsOf(type);
    unsigned at = positions[r].front();
    extents.erase(extents.begin() + at);
    extents.insert(extents.begin() + at, split.parts.begin(),
                   split.parts.end());
    result.coordinates.erase(result.coordinates.begin() + at);
    for (unsigned p = 0; p < split.parts.size(); ++p) {
      result.coordinates.insert(result.coordinates.begin() + at + p,
                                parts.dim(split.dim + p));
    }
    result.type = tensorTypeOf(type.getElementType(), extents);
    reshaped[r] = true;
  }
  return true;
}

/// Rewrites the gathers that read input `i`.
static bool composeWhole(KernelParts &parts, unsigned i, ReshapeOp op,
                         ArrayRef<AxisGroup> groups) {
  BlockArgument argument = parts.argument(i);
  SmallVector<AffineMap> maps;
  for (Operation *user : argument.getUsers()) {
    auto gather = cast<GatherOp>(user);
    SmallVector<AffineExpr> extents(parts.extents.begin(), parts.extents.end());
    llvm::append_range(extents, gather.getLimits().getResults());
    std::optional<DimSplit> split;
    auto composed = throughReshape(op, groups, gather.getMap().getResults(),
                                   extents, split);
    if (!composed) {
      return false;
    }
    maps.push_back(
        accessMapOf(parts.context(), gather.getMap().getNumDims(), *composed));
  }
  for (auto [user, map] : llvm::zip_equal(argument.getUsers(), maps)) {
    user->setAttr("map", AffineMapAttr::get(map));
  }
  parts.inputs[i].tensor = op.getInput();
  argument.setType(op.getInput().getType());
  return true;
}

/// A padded read stays the same when the reshape only adds or drops axes of one
/// element, read inside.
static bool keepsPads(ReshapeOp op, ArrayRef<AxisGroup> groups,
                      const KernelInput &input) {
  if (!input.hasPad()) {
    return true;
  }
  for (const AxisGroup &group : groups) {
    if (group.from.size() != 1 || group.to.size() != 1) {
      return false;
    }
  }
  for (auto [expr, extent] :
       llvm::zip_equal(input.coordinates, extentsOf(op.getResult()))) {
    if (extent == 1 && expr != 0) {
      return false;
    }
  }
  return true;
}

static bool composeInput(KernelParts &parts, unsigned i,
                         SmallVectorImpl<bool> &reshaped) {
  auto op = parts.inputs[i].tensor.getDefiningOp<ReshapeOp>();
  if (!op || parts.inputs[i].feedback >= 0) {
    return false;
  }
  auto groups = groupsOf(op);
  if (!groups || !keepsPads(op, *groups, parts.inputs[i])) {
    return false;
  }
  if (parts.inputs[i].whole) {
    return composeWhole(parts, i, op, *groups);
  }
  while (true) {
    std::optional<DimSplit> split;
    auto composed = throughReshape(op, *groups, parts.inputs[i].coordinates,
                                   parts.extents, split);
    if (composed) {
      parts.inputs[i].tensor = op.getInput();
      parts.inputs[i].coordinates = *composed;
      return true;
    }
    if (!split || !splitWithResults(parts, *split, reshaped)) {
      return false;
    }
  }
}

static KernelOp composeReshapes(KernelOp op, OpBuilder &builder) {
  SmallVector<Value> reshapes;
  for (unsigned i = 0; i < op.getInputs().size(); ++i) {
    if (auto reshape = op.getInputs()[i].getDefiningOp<ReshapeOp>()) {
      reshapes.push_back(reshape);
    }
  }
  if (reshapes.empty()) {
    return {};
  }
  KernelParts parts(op);
  SmallVector<bool> reshaped(op.getNumResults(), false);
  bool changed = false;
  for (unsigned i = 0; i < parts.inputs.size(); ++i) {
    changed |= composeInput(parts, i, reshaped);
  }
  if (!changed) {
    return {};
  }
  builder.setInsertionPoint(op);
  KernelOp composed = parts.build(builder, op.getLoc());
  for (auto [r, result] : llvm::enumerate(op.getResults())) {
    Value value = composed.getResult(r);
    if (reshaped[r] && !result.use_empty()) {
      value = ReshapeOp::create(builder, op.getLoc(), result.getType(), value);
    }
    result.replaceAllUsesWith(value);
  }
  op.erase();
  eraseIfDead(reshapes);
  return simplifyKernel(composed, builder);
}

/// Lets the kernel that computes the operand write the split axes itself, when
/// the reshape is all that uses it. A view may be written once for each use.
static void writeThrough(ReshapeOp op, OpBuilder &builder) {
  auto kernel = op.getInput().getDefiningOp<KernelOp>();
  auto groups = groupsOf(op);
  if (!kernel || !groups || kernel.getNumResults() != 1 ||
      !(op.getInput().hasOneUse() || isView(kernel)) ||
      hasIterator(kernel, IteratorKind::sequential)) {
    return;
  }
  KernelParts parts(kernel);
  Extents to = extentsOf(op.getResult());
  Coordinates written(to.size(), getAffineConstantExpr(0, op.getContext()));
  for (const AxisGroup &group : llvm::reverse(*groups)) {
    if (group.from.size() != 1) {
      return;
    }
    std::optional<unsigned> d =
        bareDim(parts.results[0].coordinates[group.from[0]]);
    if (!d || parts.extents.size() + group.to.size() > kMaxDims) {
      return;
    }
    SmallVector<AffineExpr> sizes = select(to, group.to);
    if (sizes.size() > 1) {
      parts.splitDim(*d, sizes);
      for (AffineExpr &expr : written) {
        expr = expr.shiftDims(parts.extents.size() - sizes.size() + 1,
                              sizes.size() - 1, *d + 1);
      }
    }
    for (auto [k, axis] : llvm::enumerate(group.to)) {
      written[axis] = parts.dim(*d + k);
    }
  }
  parts.results[0].coordinates = written;
  parts.results[0].type = op.getType();
  builder.setInsertionPoint(kernel);
  KernelOp direct = parts.build(builder, kernel.getLoc());
  op.replaceAllUsesWith(direct.getResult(0));
  op.erase();
  eraseIfDead(kernel->getResults());
}

/// The constant with another shape, sharing its data.
static ElementsAttr reshapeConstant(ElementsAttr value, ShapedType type) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  }
  if (auto dense = dyn_cast<DenseElementsAttr>(value)) {
    return dense.reshape(type);
  }
  return {};
}

/// Folds what needs no kernel: reshapes of constants, of reshapes, to the same
/// shape.
static void foldReshape(ReshapeOp op, OpBuilder &builder) {
  if (auto source = op.getInput().getDefiningOp<ReshapeOp>()) {
    op.getInputMutable().assign(source.getInput());
    eraseIfDead(source->getResults());
  }
  if (op.getInput().getType() == op.getType()) {
    op.replaceAllUsesWith(op.getInput());
    op.erase();
    return;
  }
  auto constant = op.getInput().getDefiningOp<arith::ConstantOp>();
  auto value =
      constant ? dyn_cast<ElementsAttr>(constant.getValue()) : ElementsAttr();
  ElementsAttr folded;
  if (value && cast<ShapedType>(op.getType()).hasStaticShape()) {
    folded = reshapeConstant(value, cast<ShapedType>(op.getType()));
  }
  if (folded) {
    builder.setInsertionPoint(op);
    op.replaceAllUsesWith(
        arith::ConstantOp::create(builder, op.getLoc(), folded).getResult());
    op.erase();
    eraseIfDead(constant->getResults());
  }
}

namespace {
struct ComposeReshapes : impl::ComposeReshapesBase<ComposeReshapes> {
  void runOnOperation() override {
    OpBuilder builder(&getContext());
    auto fold = [&] {
      getOperation().walk([&](ReshapeOp op) { foldReshape(op, builder); });
    };
    fold();
    rewriteKernels(getOperation(),
                   [&](KernelOp op) { return composeReshapes(op, builder); });
    fold();
    getOperation().walk([&](ReshapeOp op) { writeThrough(op, builder); });
  }
};
} // namespace
} // namespace tessera::fusion
