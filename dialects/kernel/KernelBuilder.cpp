//===- KernelBuilder.cpp - builds a tsk.kernel piece by piece -------------===//

#include "dialects/kernel/KernelBuilder.h"
#include "dialects/kernel/Reduction.h"

using namespace mlir;

namespace tessera::kernel {

KernelBuilder::KernelBuilder(OpBuilder &builder, Location loc)
    : builder(builder), location(loc), region(std::make_unique<Region>()),
      bodyBuilder(builder.getContext()) {
  region->push_back(new Block());
  bodyBuilder.setInsertionPointToEnd(&region->front());
}

KernelBuilder::~KernelBuilder() = default;

AffineExpr KernelBuilder::addDim(AffineExpr extent, IteratorKind kind) {
  extents.push_back(simplify(extent));
  iterators.push_back(kind);
  return getAffineDimExpr(extents.size() - 1, builder.getContext());
}

SmallVector<AffineExpr> KernelBuilder::parallel(ArrayRef<AffineExpr> all) {
  SmallVector<AffineExpr> dims;
  for (AffineExpr extent : all) {
    dims.push_back(parallel(extent));
  }
  return dims;
}

Value KernelBuilder::addInput(Value tensor, ArrayRef<AffineExpr> coordinates,
                              Attribute pad, int64_t result, bool whole) {
  auto type = cast<RankedTensorType>(tensor.getType());
  inputs.push_back(tensor);
  inputCoordinates.emplace_back(coordinates);
  pads.push_back(pad ? pad : builder.getUnitAttr());
  feedback.push_back(result);
  return region->front().addArgument(
      whole ? Type(type) : scalarTypeOf(type.getElementType()), location);
}

Value KernelBuilder::read(Value tensor, ArrayRef<AffineExpr> coordinates,
                          TypedAttr pad) {
  // The same element read twice is one input.
  for (unsigned i = 0; i < inputs.size(); ++i) {
    BlockArgument argument = region->front().getArgument(i);
    if (inputs[i] == tensor && ArrayRef(inputCoordinates[i]) == coordinates &&
        feedback[i] < 0 && !pad && isa<UnitAttr>(pads[i]) &&
        !isWholeType(argument.getType())) {
      return widened(argument);
    }
  }
  return widened(addInput(tensor, coordinates, pad, -1, false));
}

Value KernelBuilder::readFeedback(Value initial,
                                  ArrayRef<AffineExpr> coordinates,
                                  int64_t result) {
  return widened(addInput(initial, coordinates, {}, result, false));
}

Value KernelBuilder::gather(Value tensor, ArrayRef<AffineExpr> coordinates,
                            ArrayRef<Value> indices, bool clamp) {
  auto type = cast<RankedTensorType>(tensor.getType());
  Value whole = addInput(tensor, {}, {}, -1, true);
  Extents limits, all = extentsOf(type);
  SmallVector<Value> computed;
  PendingMap map;
  for (unsigned i = 0; i < all.size(); ++i) {
    map.exprs.push_back(coordinates[i]);
    if (indices[i]) {
      map.dynamicCoordinates.push_back(i);
      computed.push_back(indices[i]);
      limits.push_back(all[i]);
    }
  }
  auto gather = GatherOp::create(
      bodyBuilder, location, scalarTypeOf(type.getElementType()), whole,
      computed, extentMapOf(builder.getContext(), {}),
      extentMapOf(builder.getContext(), limits), clamp);
  map.op = gather;
  pending.push_back(std::move(map));
  return widened(gather.getResult());
}

static bool isHalf(Type type) { return type.isF16() || type.isBF16(); }

Value KernelBuilder::widened(Value element) {
  if (!isHalf(element.getType())) {
    return element;
  }
  Value &wide = widenedElements[element];
  if (!wide) {
    wide = arith::ExtFOp::create(bodyBuilder, location,
                                 bodyBuilder.getF32Type(), element);
  }
  return wide;
}

Value KernelBuilder::narrowed(Value value, Type element) {
  if (!isHalf(element) || !value.getType().isF32()) {
    return value;
  }
  // What is only moved is not computed with.
  auto extension = value.getDefiningOp<arith::ExtFOp>();
  if (extension && extension.getIn().getType() == element) {
    return extension.getIn();
  }
  return arith::TruncFOp::create(bodyBuilder, location, element, value);
}

Value KernelBuilder::reduce(ReduceKind kind, Value value) {
  Type type = isPositional(kind) ? builder.getI64Type() : value.getType();
  return ReduceOp::create(bodyBuilder, location, type, kind, value);
}

Value KernelBuilder::index(AffineExpr expr) {
  auto op = IndexOp::create(
      bodyBuilder, location,
      extentMapOf(builder.getContext(),
                  {getAffineConstantExpr(0, builder.getContext())}));
  pending.push_back({op, {expr}, {}});
  return op;
}

Value KernelBuilder::constant(TypedAttr value) {
  return arith::ConstantOp::create(bodyBuilder, location, value);
}

Value KernelBuilder::constant(Type type, double value) {
  if (isa<FloatType>(type)) {
    return constant(bodyBuilder.getFloatAttr(type, value));
  }
  return constant(
      bodyBuilder.getIntegerAttr(type, static_cast<int64_t>(value)));
}

KernelOp KernelBuilder::finish(ArrayRef<Value> values,
                               ArrayRef<SmallVector<AffineExpr>> coordinates,
                               TypeRange resultTypes) {
  MLIRContext *context = builder.getContext();
  unsigned dims = extents.size();
  SmallVector<Value> stored;
  for (auto [value, type] : llvm::zip_equal(values, resultTypes)) {
    stored.push_back(
        narrowed(value, cast<RankedTensorType>(type).getElementType()));
  }
  YieldOp::create(bodyBuilder, location, stored);
  for (auto [element, wide] : widenedElements) {
    if (wide.use_empty()) {
      wide.getDefiningOp()->erase();
    }
  }
  for (PendingMap &map : pending) {
    for (auto [i, coordinate] : llvm::enumerate(map.dynamicCoordinates)) {
      map.exprs[coordinate] = getAffineDimExpr(dims + i, context);
    }
    map.op->setAttr(
        "map", AffineMapAttr::get(accessMapOf(
                   context, dims + map.dynamicCoordinates.size(), map.exprs)));
  }
  auto mapsOf = [&](auto &all) {
    SmallVector<AffineMap> maps;
    for (auto &exprs : all) {
      maps.push_back(accessMapOf(context, dims, exprs));
    }
    return maps;
  };
  SmallVector<Attribute> kinds;
  for (IteratorKind kind : iterators) {
    kinds.push_back(IteratorKindAttr::get(context, kind));
  }
  auto kernel =
      KernelOp::create(builder, location, resultTypes, inputs,
                       AffineMapAttr::get(extentMapOf(context, extents)),
                       builder.getArrayAttr(kinds),
                       builder.getAffineMapArrayAttr(mapsOf(inputCoordinates)),
                       builder.getAffineMapArrayAttr(mapsOf(coordinates)),
                       builder.getArrayAttr(pads),
                       builder.getDenseI64ArrayAttr(feedback), ArrayAttr());
  kernel.getBody().takeBody(*region);
  return kernel;
}

} // namespace tessera::kernel
