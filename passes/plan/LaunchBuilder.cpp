//===- LaunchBuilder.cpp - launches from kernels, copies and fills --------===//

#include "passes/plan/LaunchBuilder.h"
#include "dialects/kernel/Library.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {

/// The places' element offsets of the points of `maps`.
static AffineMap offsetMapOf(const Place &place, AffineMap map) {
  return accessMapOf(map.getContext(), map.getNumDims(),
                     {place.at(map.getResults())});
}

/// Gathers address their source by element offset as well.
static void placeGathers(Region &body, ArrayRef<Place> inputs) {
  for (GatherOp gather : body.front().getOps<GatherOp>()) {
    auto source = cast<BlockArgument>(gather.getSource());
    const Place &place = inputs[source.getArgNumber()];
    gather.setMapAttr(AffineMapAttr::get(offsetMapOf(place, gather.getMap())));
  }
}

void createLaunch(OpBuilder &builder, KernelOp kernel, ArrayRef<Place> inputs,
                  ArrayRef<Place> results, ArrayRef<Attribute> guards,
                  ArrayRef<PlacedCondition> conditions) {
  SmallVector<Value> ins, outs;
  SmallVector<AffineMap> inputMaps, outputMaps;
  SmallVector<Attribute> pads, guardAttrs;
  AffineMap nowhere =
      accessMapOf(builder.getContext(), kernel.getNumDims(),
                  {getAffineConstantExpr(0, builder.getContext())});
  for (auto [i, place] : llvm::enumerate(inputs)) {
    ins.push_back(place.storage->buffer);
    inputMaps.push_back(kernel.isWholeInput(i)
                            ? nowhere
                            : offsetMapOf(place, kernel.getInputMap(i)));
    pads.push_back(guards[i] ? kernel.getPads()[i] : builder.getUnitAttr());
    guardAttrs.push_back(guards[i] ? guards[i] : builder.getUnitAttr());
  }
  for (auto [i, place] : llvm::enumerate(results)) {
    outs.push_back(place.storage->buffer);
    outputMaps.push_back(offsetMapOf(place, kernel.getOutputMap(i)));
  }
  SmallVector<Value> conditionBuffers;
  SmallVector<AffineMap> conditionOffsets;
  SmallVector<bool> conditionValues;
  for (const PlacedCondition &condition : conditions) {
    conditionBuffers.push_back(condition.buffer);
    conditionOffsets.push_back(condition.offset);
    conditionValues.push_back(condition.holds);
  }
  auto launch = LaunchOp::create(
      builder, kernel.getLoc(), ins, outs, conditionBuffers,
      kernel.getExtentsAttr(), kernel.getIteratorsAttr(),
      builder.getAffineMapArrayAttr(inputMaps),
      builder.getAffineMapArrayAttr(outputMaps), builder.getArrayAttr(pads),
      builder.getArrayAttr(guardAttrs), kernel.getFeedbackAttr(),
      ScheduleAttr(), StringAttr(),
      conditions.empty() ? ArrayAttr()
                         : builder.getAffineMapArrayAttr(conditionOffsets),
      conditions.empty() ? DenseBoolArrayAttr()
                         : builder.getDenseBoolArrayAttr(conditionValues),
      DenseI64ArrayAttr());
  IRMapping mapping;
  kernel.getBody().cloneInto(&launch.getBody(), mapping);
  for (BlockArgument argument : launch.getBody().getArguments()) {
    if (isWholeType(argument.getType())) {
      argument.setType(ins[argument.getArgNumber()].getType());
    }
  }
  placeGathers(launch.getBody(), inputs);
}

/// A launch without reductions that stores `value` (null: the element read at
/// `from`) at the offset `to`.
static void createMapLaunch(OpBuilder &builder, Location loc,
                            ArrayRef<AffineExpr> extents, Value fromBuffer,
                            AffineExpr from, Value toBuffer, AffineExpr to,
                            TypedAttr value) {
  MLIRContext *context = builder.getContext();
  unsigned dims = extents.size();
  SmallVector<Attribute> iterators(
      dims, IteratorKindAttr::get(context, IteratorKind::parallel));
  SmallVector<Value> ins;
  SmallVector<AffineMap> inputMaps;
  if (!value) {
    ins.push_back(fromBuffer);
    inputMaps.push_back(accessMapOf(context, dims, {simplify(from)}));
  }
  SmallVector<Attribute> none(ins.size(), builder.getUnitAttr());
  SmallVector<int64_t> feedback(ins.size(), -1);
  auto launch = LaunchOp::create(
      builder, loc, ins, ValueRange(toBuffer), ValueRange(),
      AffineMapAttr::get(extentMapOf(context, extents)),
      builder.getArrayAttr(iterators), builder.getAffineMapArrayAttr(inputMaps),
      builder.getAffineMapArrayAttr(
          {accessMapOf(context, dims, {simplify(to)})}),
      builder.getArrayAttr(none), builder.getArrayAttr(none),
      builder.getDenseI64ArrayAttr(feedback), ScheduleAttr(), StringAttr(),
      ArrayAttr(), DenseBoolArrayAttr(), DenseI64ArrayAttr());
  OpBuilder::InsertionGuard guard(builder);
  Block *body = builder.createBlock(&launch.getBody());
  Value stored;
  if (value) {
    stored = arith::ConstantOp::create(builder, loc, value);
  } else {
    Type element = cast<BufferType>(fromBuffer.getType()).getElementType();
    stored = body->addArgument(scalarTypeOf(element), loc);
  }
  YieldOp::create(builder, loc, stored);
}

/// No launch reads strings; a call of the library copies them.
static void createStringCopy(OpBuilder &builder, Location loc,
                             const Place &from, const Place &to,
                             ArrayRef<AffineExpr> extents) {
  MLIRContext *context = builder.getContext();
  RankedTensorType type = tensorTypeOf(stringTypeOf(context), extents);
  ArrayAttr types = builder.getTypeArrayAttr({type});
  DenseI64ArrayAttr none = builder.getDenseI64ArrayAttr({});
  auto offsetOf = [&](const Place &place) {
    return builder.getAffineMapArrayAttr(
        {extentMapOf(context, {place.offset})});
  };
  CallOp::create(
      builder, loc, ValueRange(from.storage->buffer),
      ValueRange(to.storage->buffer), builder.getStringAttr("string_copy"),
      builder.getDenseI64ArrayAttr({0}), builder.getDictionaryAttr({}), none,
      none, AffineMapAttr(), types, types, offsetOf(from), offsetOf(to));
}

void createCopy(OpBuilder &builder, Location loc, const Place &from,
                const Place &to, ArrayRef<AffineExpr> extents) {
  auto stored = cast<BufferType>(from.storage->buffer.getType());
  if (isStringType(stored.getElementType())) {
    return createStringCopy(builder, loc, from, to, extents);
  }
  SmallVector<AffineExpr> point;
  for (unsigned d = 0; d < extents.size(); ++d) {
    point.push_back(builder.getAffineDimExpr(d));
  }
  createMapLaunch(builder, loc, extents, from.storage->buffer, from.at(point),
                  to.storage->buffer, to.at(point), {});
}

/// How many borders between or at the ends of rows are filled, and the first:
/// neighbouring rows share theirs, so there is one more than there are rows.
/// The outermost two are part of the border of the dimension around, if it has
/// one.
static std::pair<AffineExpr, int64_t> bordersOfRows(const Storage &storage,
                                                    int64_t around) {
  AffineExpr rows = storage.extents[around];
  auto known = constantOf(rows);
  bool areEndsFilled = storage.border[around] > 0 && known && *known > 1;
  return {simplify(areEndsFilled ? rows - 1 : rows + 1), areEndsFilled ? 1 : 0};
}

/// Fills what lies before dimension `order[position]` of every row of the
/// dimension around it, and so after the row before.
static void createBorderFill(OpBuilder &builder, Location loc,
                             const Storage &storage, const Place &place,
                             unsigned position) {
  ArrayRef<int64_t> order = storage.order;
  int64_t dim = order[position], width = storage.border[dim];
  SmallVector<AffineExpr> extents;
  AffineExpr at = place.offset;
  for (unsigned i = 0; i < position; ++i) {
    extents.push_back(storage.extents[order[i]]);
    at = at + builder.getAffineDimExpr(i) * place.strides[order[i]];
  }
  if (position > 0) {
    int64_t around = order[position - 1];
    auto [count, first] = bordersOfRows(storage, around);
    extents.back() = count;
    at = at + place.strides[around] * first;
  } else {
    extents.push_back(builder.getAffineConstantExpr(2));
    at = at + builder.getAffineDimExpr(0) * place.strides[dim] *
                  (storage.extents[dim] + width);
  }
  // From the border's first element to its last the memory is all border.
  AffineExpr length = place.strides[dim] * (width - 1) + 1;
  AffineExpr start = place.strides[dim] * width;
  for (int64_t inner : order.drop_front(position + 1)) {
    int64_t around = storage.border[inner];
    length = length +
             place.strides[inner] * (storage.extents[inner] + (2 * around - 1));
    start = start + place.strides[inner] * around;
  }
  at = at - start + builder.getAffineDimExpr(extents.size());
  extents.push_back(simplify(length));
  createMapLaunch(builder, loc, extents, {}, {}, storage.buffer, at,
                  storage.pad);
}

void createBorderFills(OpBuilder &builder, Location loc,
                       const Storage &storage) {
  AffineExpr elements;
  Place place = densePlace(builder.getContext(), storage.extents, storage.order,
                           storage.border, elements);
  for (unsigned i = 0; i < storage.order.size(); ++i) {
    if (storage.border[storage.order[i]] > 0) {
      createBorderFill(builder, loc, storage, place, i);
    }
  }
}

void createCall(OpBuilder &builder, LibraryOp op, ArrayRef<Place> inputs,
                ArrayRef<Place> results) {
  auto bufferOf = [](const Place &place) { return place.storage->buffer; };
  auto offsetsOf = [&](ArrayRef<Place> places) {
    return builder.getAffineMapArrayAttr(
        llvm::map_to_vector(places, [&](const Place &place) {
          return extentMapOf(op.getContext(), {place.offset});
        }));
  };
  size_t count = op.getNumResults();
  CallOp::create(
      builder, op.getLoc(), llvm::map_to_vector(inputs, bufferOf),
      llvm::map_to_vector(results, bufferOf), op.getFunctionAttr(),
      op.getPositionsAttr(), op.getParametersAttr(), op.getExtentsAttr(),
      op.getElementsAttr(), op.getScratchAttr(),
      builder.getTypeArrayAttr(llvm::to_vector(op.getInputs().getTypes())),
      builder.getTypeArrayAttr(llvm::to_vector(op.getResultTypes())),
      offsetsOf(inputs), offsetsOf(results.take_front(count)));
}

} // namespace tessera::plan
