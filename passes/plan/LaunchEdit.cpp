//===- LaunchEdit.cpp - launches rewritten for other spaces ---------------===//

#include "passes/plan/LaunchEdit.h"
#include "mlir/IR/IntegerSet.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {

/// The map over the new dimensions; the old ones may be followed by `extra`
/// dimensions (computed coordinates), which stay last.
static AffineMap rewritten(AffineMap map, const NewSpace &space,
                           unsigned extra = 0) {
  unsigned count = space.extents.size();
  SmallVector<AffineExpr> dims(space.dims);
  for (unsigned i = 0; i < extra; ++i) {
    dims.push_back(getAffineDimExpr(count + i, map.getContext()));
  }
  SmallVector<AffineExpr> results;
  for (AffineExpr result : map.getResults()) {
    results.push_back(simplify(result.replaceDims(dims)));
  }
  return accessMapOf(map.getContext(), count + extra, results);
}

static Attribute rewrittenGuard(Attribute guard, const NewSpace &space) {
  auto attribute = dyn_cast<IntegerSetAttr>(guard);
  if (!attribute) {
    return guard;
  }
  IntegerSet set = attribute.getValue();
  SmallVector<AffineExpr> constraints;
  for (AffineExpr constraint : set.getConstraints()) {
    constraints.push_back(simplify(constraint.replaceDims(space.dims)));
  }
  // Symbols of the loops around may be more than the set had.
  AffineMap used =
      accessMapOf(guard.getContext(), space.extents.size(), constraints);
  return IntegerSetAttr::get(IntegerSet::get(
      used.getNumDims(), std::max(used.getNumSymbols(), set.getNumSymbols()),
      constraints, set.getEqFlags()));
}

void rewriteDimensions(LaunchOp launch, const NewSpace &space) {
  MLIRContext *context = launch.getContext();
  Builder builder(context);
  auto mapsOf = [&](ArrayAttr maps) {
    SmallVector<AffineMap> all;
    for (AffineMap map : maps.getAsValueRange<AffineMapAttr>()) {
      all.push_back(rewritten(map, space));
    }
    return builder.getAffineMapArrayAttr(all);
  };
  SmallVector<Attribute> guards, iterators;
  for (Attribute guard : launch.getGuards()) {
    guards.push_back(rewrittenGuard(guard, space));
  }
  for (IteratorKind kind : space.iterators) {
    iterators.push_back(IteratorKindAttr::get(context, kind));
  }
  unsigned before = launch.getNumDims();
  for (Operation &op : launch.getBody().front()) {
    if (auto attribute = op.getAttrOfType<AffineMapAttr>("map")) {
      unsigned extra = attribute.getValue().getNumDims() - before;
      op.setAttr("map", AffineMapAttr::get(
                            rewritten(attribute.getValue(), space, extra)));
    }
  }
  launch.setInputMapsAttr(mapsOf(launch.getInputMaps()));
  launch.setOutputMapsAttr(mapsOf(launch.getOutputMaps()));
  launch.setGuardsAttr(builder.getArrayAttr(guards));
  launch.setIteratorsAttr(builder.getArrayAttr(iterators));
  launch.setExtentsAttr(
      AffineMapAttr::get(extentMapOf(context, space.extents)));
}

/// The array with element `i` replaced, removed (null), or, behind the last,
/// added.
static ArrayAttr withElement(ArrayAttr array, unsigned i, Attribute element) {
  SmallVector<Attribute> elements(array.getValue());
  if (i == elements.size()) {
    elements.push_back(element);
  } else if (element) {
    elements[i] = element;
  } else {
    elements.erase(elements.begin() + i);
  }
  return ArrayAttr::get(array.getContext(), elements);
}

static AffineMapAttr mapAttrOf(LaunchOp launch, AffineExpr offset) {
  return AffineMapAttr::get(accessMapOf(
      launch.getContext(), launch.getNumDims(), {simplify(offset)}));
}

BlockArgument addInput(LaunchOp launch, Value buffer, AffineExpr offset) {
  Builder b(launch.getContext());
  unsigned last = launch.getInputs().size();
  launch.getInputsMutable().append(buffer);
  launch.setInputMapsAttr(
      withElement(launch.getInputMaps(), last, mapAttrOf(launch, offset)));
  launch.setPadsAttr(withElement(launch.getPads(), last, b.getUnitAttr()));
  launch.setGuardsAttr(withElement(launch.getGuards(), last, b.getUnitAttr()));
  SmallVector<int64_t> feedback(launch.getFeedback());
  feedback.push_back(-1);
  launch.setFeedback(feedback);
  Type element = cast<BufferType>(buffer.getType()).getElementType();
  return launch.getBody().front().addArgument(scalarTypeOf(element),
                                              launch.getLoc());
}

BlockArgument addNumber(LaunchOp launch, FloatAttr value) {
  // Buffers stand outside of loops.
  Operation *step = launch;
  while (isa<LoopOp>(step->getParentOp())) {
    step = step->getParentOp();
  }
  OpBuilder b(step);
  auto type = RankedTensorType::get({1}, value.getType());
  auto weight = WeightOp::create(
      b, launch.getLoc(),
      TypeRange(BufferType::get(launch.getContext(), value.getType())),
      ValueRange(),
      b.getNamedAttr("value", DenseElementsAttr::get(type, value)));
  return addInput(launch, weight.getBuffer(),
                  getAffineConstantExpr(0, launch.getContext()));
}

void replaceInput(LaunchOp launch, unsigned i, Value buffer,
                  AffineExpr offset) {
  launch.getInputsMutable()[i].set(buffer);
  launch.setInputMapsAttr(
      withElement(launch.getInputMaps(), i, mapAttrOf(launch, offset)));
}

void eraseInput(LaunchOp launch, unsigned i) {
  launch.getInputsMutable().erase(i);
  launch.setInputMapsAttr(withElement(launch.getInputMaps(), i, {}));
  launch.setPadsAttr(withElement(launch.getPads(), i, {}));
  launch.setGuardsAttr(withElement(launch.getGuards(), i, {}));
  SmallVector<int64_t> feedback(launch.getFeedback());
  feedback.erase(feedback.begin() + i);
  launch.setFeedback(feedback);
  launch.getBody().front().eraseArgument(i);
}

void setOutputs(LaunchOp launch, ValueRange buffers,
                ArrayRef<AffineExpr> offsets, ValueRange values) {
  SmallVector<Attribute> maps;
  for (AffineExpr offset : offsets) {
    maps.push_back(mapAttrOf(launch, offset));
  }
  launch.getOutputsMutable().assign(buffers);
  launch.setOutputMapsAttr(ArrayAttr::get(launch.getContext(), maps));
  Block &body = launch.getBody().front();
  if (body.mightHaveTerminator()) {
    body.getTerminator()->erase();
  }
  OpBuilder builder = OpBuilder::atBlockEnd(&body);
  YieldOp::create(builder, launch.getLoc(), values);
}

LaunchOp createEmptyLaunch(OpBuilder &builder, Location loc,
                           ArrayRef<AffineExpr> extents) {
  MLIRContext *context = builder.getContext();
  SmallVector<Attribute> iterators(
      extents.size(), IteratorKindAttr::get(context, IteratorKind::parallel));
  ArrayAttr none = builder.getArrayAttr({});
  auto launch = LaunchOp::create(
      builder, loc, ValueRange(), ValueRange(), ValueRange(),
      AffineMapAttr::get(extentMapOf(context, extents)),
      builder.getArrayAttr(iterators), none, none, none, none,
      builder.getDenseI64ArrayAttr({}), ScheduleAttr(), StringAttr(),
      ArrayAttr(), DenseBoolArrayAttr(), DenseI64ArrayAttr());
  launch.getBody().emplaceBlock();
  return launch;
}

} // namespace tessera::plan
