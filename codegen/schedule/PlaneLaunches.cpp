//===- PlaneLaunches.cpp - launches that split what others read -----------===//
//
// Ordinary launches: parts are taken apart by integer arithmetic on the bits,
// exactly.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/PlaneLaunches.h"
#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/Passes.h"
#include "dialects/kernel/Extents.h"
#include "mlir/IR/IntegerSet.h"
#include "passes/plan/LaunchEdit.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

int64_t SplitRequest::parts() {
  return partsOf(launch.getSchedule()->getAlgorithm());
}

Value SplitRequest::source() { return launch.getInputs()[product.left]; }

AffineExpr SplitRequest::origin() {
  MLIRContext *context = launch.getContext();
  SmallVector<AffineExpr> zeros(launch.getNumDims(),
                                getAffineConstantExpr(0, context));
  return simplify(
      launch.getInputMap(product.left).getResult(0).replaceDims(zeros));
}

void addCondition(LaunchOp launch, Value buffer, bool value) {
  MLIRContext *context = launch.getContext();
  SmallVector<Attribute> offsets;
  SmallVector<bool> values;
  if (!launch.getConditions().empty()) {
    llvm::append_range(offsets, *launch.getConditionOffsets());
    llvm::append_range(values, *launch.getConditionValues());
  }
  offsets.push_back(AffineMapAttr::get(
      extentMapOf(context, {getAffineConstantExpr(0, context)})));
  values.push_back(value);
  launch.getConditionsMutable().append(buffer);
  launch.setConditionOffsetsAttr(ArrayAttr::get(context, offsets));
  launch.setConditionValues(values);
}

namespace {

/// Values of the body of one launch, at its end.
class BodyBuilder {
public:
  BodyBuilder(LaunchOp launch)
      : b(OpBuilder::atBlockEnd(&launch.getBody().front())),
        loc(launch.getLoc()) {}

  Value word(int64_t value) {
    return arith::ConstantOp::create(
        b, loc, b.getI32IntegerAttr(static_cast<int32_t>(value)));
  }
  Value bitsOf(Value number) {
    return arith::BitcastOp::create(b, loc, b.getI32Type(), number);
  }
  Value numberOf(Value bits) {
    return arith::BitcastOp::create(b, loc, b.getF32Type(), bits);
  }
  /// The upper half of a word, as it stands in a plane.
  Value upperHalf(Value bits) {
    return arith::TruncIOp::create(
        b, loc, b.getI16Type(),
        arith::ShRUIOp::create(b, loc, bits, word(16)).getResult());
  }

  /// `count` parts of bf16, from the greatest; the last of three is exact.
  SmallVector<Value> partsOf(Value number, int64_t count) {
    SmallVector<Value> parts;
    for (int64_t i = 0; i < count; ++i) {
      Value bits = bitsOf(number);
      if (i < 2) {
        bits = arith::AndIOp::create(
            b, loc, arith::AddIOp::create(b, loc, bits, word(0x8000)),
            word(0xffff0000));
      }
      parts.push_back(upperHalf(bits));
      if (i + 1 < count) {
        number = arith::SubFOp::create(b, loc, number, numberOf(bits));
      }
    }
    return parts;
  }

  /// How far the magnitude's bits lie from the middle of the range; zero lies
  /// in it.
  Value distanceOf(Value number, const SafeRange &range) {
    Value bits =
        arith::AndIOp::create(b, loc, bitsOf(number), word(0x7fffffff));
    Value distance = arith::SubIOp::create(b, loc, bits, word(range.middle()));
    Value magnitude = arith::MaxSIOp::create(
        b, loc, distance,
        arith::SubIOp::create(b, loc, word(0), distance).getResult());
    Value isZero =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, bits, word(0));
    return arith::SelectOp::create(b, loc, isZero, word(0), magnitude);
  }

  OpBuilder b;
  Location loc;
};

/// Writes the launches for some requests.
class PlaneWriter {
public:
  PlaneWriter(ArrayRef<SplitRequest> requests, const Target &target)
      : requests(requests), first(requests.front()), launch(first.launch),
        planes(first.planes), target(target), parts(first.parts()), b(launch),
        loc(launch.getLoc()), context(launch.getContext()) {
    range = first.range;
    for (const SplitRequest &request : requests) {
      range.least = std::max(range.least, request.range.least);
      range.most = std::min(range.most, request.range.most);
    }
  }

  SplitSource write() {
    AffineExpr rowCount = getAffineConstantExpr(1, context);
    for (const PlaneAxis &axis : ArrayRef(planes.axes).drop_front()) {
      rowCount = rowCount * axis.extent;
    }
    rowCount = simplify(rowCount);
    Value planeMemory = arena(b.getI16Type(), planeBytes());
    Value farthest = arena(b.getI32Type(), rowCount * 4);
    Value isInside = arena(b.getI1Type(), getAffineConstantExpr(1, context));
    split(planeMemory, farthest);
    compare(farthest, rowCount, isInside);
    return {planeMemory, isInside};
  }

private:
  Value arena(Type element, AffineExpr bytes) {
    AffineMap none = extentMapOf(context, {getAffineConstantExpr(0, context)});
    auto op = ArenaOp::create(
        b, loc, BufferType::get(context, element), AffineMapAttr::get(none),
        AffineMapAttr::get(extentMapOf(context, {simplify(bytes)})));
    op->setAttr(kScratchAttr, b.getUnitAttr());
    return op;
  }

  /// Tiles read whole blocks of rows, beyond the last one too; what they read
  /// there is not used.
  AffineExpr planeBytes() {
    int64_t beyond = 0;
    for (SplitRequest request : requests) {
      auto rows = tileRowsOf(
          request.launch, request.launch.getSchedule()->getTile().asArrayRef(),
          request.product.vectorDim, request.planes);
      beyond = std::max(beyond, 2 * kTileRows * rows->step);
    }
    return (planes.elements * parts + beyond) * 2;
  }

  LaunchOp emptyLaunch(ArrayRef<AffineExpr> extents, unsigned reductions) {
    LaunchOp result = plan::createEmptyLaunch(b, loc, extents);
    SmallVector<Attribute> iterators(result.getIterators().getValue());
    for (unsigned i = 0; i < reductions; ++i) {
      iterators[iterators.size() - 1 - i] =
          IteratorKindAttr::get(context, IteratorKind::reduction);
    }
    result.setIteratorsAttr(b.getArrayAttr(iterators));
    // Records count it as a part of the kernel that it works for.
    if (Attribute key = launch->getAttr(kKeyAttr)) {
      result->setAttr(kKeyAttr, key);
    }
    copyConditions(result);
    return result;
  }

  void copyConditions(LaunchOp to) {
    if (launch.getConditions().empty()) {
      return;
    }
    to.getConditionsMutable().assign(launch.getConditions());
    to.setConditionOffsetsAttr(launch.getConditionOffsetsAttr());
    to.setConditionValuesAttr(launch.getConditionValuesAttr());
  }

  /// Stores the parts of all elements, and for each row the greatest distance.
  void split(Value planeMemory, Value farthest) {
    SmallVector<AffineExpr> extents;
    AffineExpr from = first.origin(), to = getAffineConstantExpr(0, context),
               row = to;
    unsigned axes = planes.axes.size();
    for (auto [i, axis] : llvm::enumerate(llvm::reverse(planes.axes))) {
      AffineExpr at = getAffineDimExpr(i, context);
      bool isRow = i + 1 == axes;
      int64_t pitch = axis.pitch;
      extents.push_back(isRow ? simplify(axis.extent) : axis.extent);
      from = from + at * axis.stride;
      to = to + at * pitch;
      row = isRow ? row : row * axis.extent + at;
    }
    // Rows are filled up with zeros to whole steps of sums.
    int64_t sums = *constantOf(planes.axes.front().extent);
    extents.back() =
        getAffineConstantExpr(llvm::alignTo(sums, kTileSums), context);
    LaunchOp result = emptyLaunch(extents, /*reductions=*/1);
    Value number = plan::addInput(result, first.source(), from);
    if (sums % kTileSums != 0) {
      AffineExpr left = sums - 1 - getAffineDimExpr(axes - 1, context);
      result.setGuardsAttr(b.getArrayAttr(
          {IntegerSetAttr::get(IntegerSet::get(axes, 0, {left}, {false}))}));
      result.setPadsAttr(b.getArrayAttr({b.getF32FloatAttr(0)}));
    }
    BodyBuilder body(result);
    Value distance = body.distanceOf(number, range);
    Value greatest = ReduceOp::create(body.b, loc, distance.getType(),
                                      ReduceKind::max, distance);
    SmallVector<Value> values = body.partsOf(number, parts), buffers;
    SmallVector<AffineExpr> offsets;
    for (int64_t part = 0; part < parts; ++part) {
      buffers.push_back(planeMemory);
      offsets.push_back(to + planes.elements * part);
    }
    buffers.push_back(farthest);
    offsets.push_back(row);
    values.push_back(greatest);
    plan::setOutputs(result, buffers, offsets, values);
    result.setScheduleAttr(chooseSchedule(result, target));
  }

  /// Stores whether all rows lie in the range, and are enough for tiles.
  void compare(Value farthest, AffineExpr rowCount, Value isInside) {
    LaunchOp result = emptyLaunch({rowCount}, /*reductions=*/1);
    Value distance =
        plan::addInput(result, farthest, getAffineDimExpr(0, context));
    BodyBuilder body(result);
    Value greatest = ReduceOp::create(body.b, loc, distance.getType(),
                                      ReduceKind::max, distance);
    Value holds = arith::CmpIOp::create(body.b, loc, arith::CmpIPredicate::sle,
                                        greatest, body.word(range.halfWidth()));
    if (!constantOf(rowCount)) {
      Value count = IndexOp::create(
          body.b, loc, AffineMapAttr::get(accessMapOf(context, 1, {rowCount})));
      Value least = arith::ConstantOp::create(
          body.b, loc, body.b.getI64IntegerAttr(2 * kTileRows));
      holds = arith::AndIOp::create(
          body.b, loc, holds,
          arith::CmpIOp::create(body.b, loc, arith::CmpIPredicate::sge, count,
                                least)
              .getResult());
    }
    plan::setOutputs(result, isInside, {getAffineConstantExpr(0, context)},
                     holds);
    result.setScheduleAttr(chooseSchedule(result, target));
  }

  ArrayRef<SplitRequest> requests;
  SplitRequest first;
  LaunchOp launch;
  const Planes &planes;
  const Target &target;
  SafeRange range;
  int64_t parts;
  OpBuilder b;
  Location loc;
  MLIRContext *context;
};
} // namespace

SplitSource createPlanes(ArrayRef<SplitRequest> requests,
                         const Target &target) {
  return PlaneWriter(requests, target).write();
}

} // namespace tessera::schedule
