//===- KernelParts.cpp - a kernel taken apart for rewriting ---------------===//

#include "passes/fusion/KernelParts.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::fusion {

KernelParts::KernelParts(KernelOp kernel)
    : extents(kernel.getExtents().getResults()), ctx(kernel.getContext()),
      location(kernel.getLoc()), branch(kernel->getAttr(kBranchAttr)),
      region(std::make_unique<Region>()) {
  for (unsigned i = 0; i < kernel.getNumDims(); ++i) {
    iterators.push_back(kernel.getIterator(i));
  }
  for (auto [i, tensor] : llvm::enumerate(kernel.getInputs())) {
    KernelInput input;
    input.tensor = tensor;
    input.whole = kernel.isWholeInput(i);
    if (!input.whole) {
      input.coordinates.assign(kernel.getInputMap(i).getResults().begin(),
                               kernel.getInputMap(i).getResults().end());
    }
    input.pad = kernel.getPads()[i];
    input.feedback = kernel.getFeedback()[i];
    inputs.push_back(std::move(input));
  }
  for (auto [i, result] : llvm::enumerate(kernel.getResults())) {
    ArrayRef<AffineExpr> exprs = kernel.getOutputMap(i).getResults();
    results.push_back(
        {Coordinates(exprs.begin(), exprs.end()), result.getType()});
  }
  IRMapping mapping;
  kernel.getBody().cloneInto(region.get(), mapping);
}

/// Rewrites the map of an index or gather operation.
static void replaceDimsOf(Operation *op, unsigned oldDims,
                          ArrayRef<AffineExpr> replacements, unsigned newDims) {
  auto attribute = op->getAttrOfType<AffineMapAttr>("map");
  if (!attribute || !isa<IndexOp, GatherOp>(op)) {
    return;
  }
  AffineMap map = attribute.getValue();
  SmallVector<AffineExpr> all(replacements.take_front(oldDims));
  unsigned computed = map.getNumDims() - oldDims;
  for (unsigned i = 0; i < computed; ++i) {
    all.push_back(getAffineDimExpr(newDims + i, op->getContext()));
  }
  SmallVector<AffineExpr> exprs;
  for (AffineExpr expr : map.getResults()) {
    exprs.push_back(simplify(expr.replaceDims(all)));
  }
  op->setAttr("map", AffineMapAttr::get(accessMapOf(
                         op->getContext(), newDims + computed, exprs)));
}

static void replaceDimsOf(Coordinates &coordinates,
                          ArrayRef<AffineExpr> replacements) {
  for (AffineExpr &expr : coordinates) {
    expr = simplify(expr.replaceDims(replacements));
  }
}

void KernelParts::replaceDims(ArrayRef<AffineExpr> replacements,
                              ArrayRef<AffineExpr> newExtents,
                              ArrayRef<IteratorKind> newIterators) {
  for (KernelInput &input : inputs) {
    replaceDimsOf(input.coordinates, replacements);
  }
  for (KernelResult &result : results) {
    replaceDimsOf(result.coordinates, replacements);
  }
  for (Operation &op : body()) {
    replaceDimsOf(&op, extents.size(), replacements, newExtents.size());
  }
  SmallVector<IteratorKind> kinds(newIterators);
  extents = Extents(newExtents);
  iterators = kinds;
}

void KernelParts::splitDim(unsigned d, ArrayRef<AffineExpr> parts) {
  SmallVector<AffineExpr> replacements;
  Extents newExtents;
  SmallVector<IteratorKind> newIterators;
  for (unsigned i = 0; i < extents.size(); ++i) {
    if (i != d) {
      replacements.push_back(dim(newExtents.size()));
      newExtents.push_back(extents[i]);
      newIterators.push_back(iterators[i]);
      continue;
    }
    AffineExpr sum = getAffineConstantExpr(0, ctx);
    for (AffineExpr part : parts) {
      sum = sum * part + dim(newExtents.size());
      newExtents.push_back(part);
      newIterators.push_back(iterators[d]);
    }
    replacements.push_back(simplify(sum));
  }
  replaceDims(replacements, newExtents, newIterators);
}

BlockArgument KernelParts::findOrAddInput(const KernelInput &input) {
  for (auto [i, other] : llvm::enumerate(inputs)) {
    if (other.tensor == input.tensor && other.whole == input.whole &&
        other.coordinates == input.coordinates && other.pad == input.pad &&
        other.feedback < 0 && input.feedback < 0) {
      return argument(i);
    }
  }
  inputs.push_back(input);
  auto type = cast<RankedTensorType>(input.tensor.getType());
  return body().addArgument(
      input.whole ? Type(type) : scalarTypeOf(type.getElementType()), location);
}

void KernelParts::eraseInput(unsigned i) {
  inputs.erase(inputs.begin() + i);
  body().eraseArgument(i);
}

void KernelParts::eraseDead(ArrayRef<bool> keep) {
  for (unsigned r = results.size(); r-- > 0;) {
    bool state = llvm::any_of(inputs, [&](const KernelInput &input) {
      return input.feedback == static_cast<int64_t>(r);
    });
    if (keep[r] || state) {
      continue;
    }
    results.erase(results.begin() + r);
    terminator()->eraseOperand(r);
    for (KernelInput &input : inputs) {
      input.feedback -= input.feedback > static_cast<int64_t>(r) ? 1 : 0;
    }
  }
  SmallVector<Operation *> operations;
  for (Operation &op : body().without_terminator()) {
    operations.push_back(&op);
  }
  for (Operation *op : llvm::reverse(operations)) {
    if (op->use_empty()) {
      op->erase();
    }
  }
  for (unsigned i = inputs.size(); i-- > 0;) {
    if (argument(i).use_empty()) {
      eraseInput(i);
    }
  }
}

SmallVector<Value> KernelParts::inlineBody(KernelOp other,
                                           ArrayRef<AffineExpr> dims,
                                           OpBuilder &builder,
                                           IRMapping mapping) {
  KernelParts copy(other);
  for (auto [i, input] : llvm::enumerate(copy.inputs)) {
    BlockArgument argument = other.getBody().getArgument(i);
    if (mapping.contains(argument)) {
      continue;
    }
    replaceDimsOf(input.coordinates, dims);
    mapping.map(argument, findOrAddInput(input));
  }
  Block &source = other.getBody().front();
  for (Operation &op : source.without_terminator()) {
    Operation *clone = builder.clone(op, mapping);
    replaceDimsOf(clone, other.getNumDims(), dims, extents.size());
  }
  SmallVector<Value> values;
  for (Value value : source.getTerminator()->getOperands()) {
    values.push_back(mapping.lookup(value));
  }
  return values;
}

KernelOp KernelParts::build(OpBuilder &builder, Location loc) {
  unsigned dims = extents.size();
  SmallVector<Attribute> kinds, pads;
  SmallVector<AffineMap> inputMaps, resultMaps;
  SmallVector<Value> tensors;
  SmallVector<int64_t> feedback;
  SmallVector<Type> types;
  for (IteratorKind kind : iterators) {
    kinds.push_back(IteratorKindAttr::get(ctx, kind));
  }
  for (const KernelInput &input : inputs) {
    tensors.push_back(input.tensor);
    pads.push_back(input.pad);
    feedback.push_back(input.feedback);
    inputMaps.push_back(accessMapOf(ctx, dims, input.coordinates));
  }
  for (const KernelResult &result : results) {
    types.push_back(result.type);
    resultMaps.push_back(accessMapOf(ctx, dims, result.coordinates));
  }
  auto kernel = KernelOp::create(
      builder, loc, types, tensors,
      AffineMapAttr::get(extentMapOf(ctx, extents)),
      builder.getArrayAttr(kinds), builder.getAffineMapArrayAttr(inputMaps),
      builder.getAffineMapArrayAttr(resultMaps), builder.getArrayAttr(pads),
      builder.getDenseI64ArrayAttr(feedback), ArrayAttr());
  kernel.getBody().takeBody(*region);
  if (branch) {
    kernel->setAttr(kBranchAttr, branch);
  }
  return kernel;
}

} // namespace tessera::fusion
