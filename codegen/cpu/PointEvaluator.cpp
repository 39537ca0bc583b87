//===- PointEvaluator.cpp - the body of a launch at points ----------------===//

#include "codegen/cpu/PointEvaluator.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IntegerSet.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

Value PointEvaluator::evaluate(Value value, const Point &point) {
  DimSet dims = nest.dimsOf(value);
  SmallVector<int64_t> key;
  for (unsigned d = 0; d < nest.numDims(); ++d) {
    key.push_back(dims >> d & 1 ? point.offset[d] : 0);
  }
  auto &slot = cache[value];
  if (auto found = slot.find(key); found != slot.end()) {
    return found->second;
  }
  Value result = known ? known(value, point) : Value();
  if (!result) {
    result = compute(value, point);
  }
  cache[value][key] = result;
  return result;
}

Value PointEvaluator::compute(Value value, const Point &point) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    return computeArgument(argument, point);
  }
  Operation *op = value.getDefiningOp();
  if (auto gather = dyn_cast<GatherOp>(op)) {
    return computeGather(gather, point);
  }
  if (auto index = dyn_cast<IndexOp>(op)) {
    return computeIndex(index.getMap().getResult(0), point);
  }
  return computeElementwise(op, point);
}

Value PointEvaluator::asVector(Value value) {
  if (nest.vectorDim < 0 || isa<VectorType>(value.getType())) {
    return value;
  }
  return vector::BroadcastOp::create(
      b, nest.loc, VectorType::get({nest.lanes}, value.getType()), value);
}

Value PointEvaluator::computeElementwise(Operation *op, const Point &point) {
  SmallVector<Value> operands;
  bool anyVector = false;
  for (Value operand : op->getOperands()) {
    operands.push_back(evaluate(operand, point));
    anyVector |= isa<VectorType>(operands.back().getType());
  }
  SmallVector<Type> types(op->getResultTypes());
  if (anyVector) {
    for (Value &operand : operands) {
      operand = asVector(operand);
    }
    for (Type &type : types) {
      type = VectorType::get({nest.lanes}, type);
    }
  }
  OperationState state(nest.loc, op->getName(), operands, types,
                       op->getAttrs());
  return b.create(state)->getResult(0);
}

//===----------------------------------------------------------------------===//
// Positions
//===----------------------------------------------------------------------===//

Value PointEvaluator::position(const Point &point, unsigned dim) {
  return addIndex(b, nest.loc, point.base[dim],
                  constantIndex(b, nest.loc, point.offset[dim]));
}

Value PointEvaluator::exprAtFirstLane(AffineExpr expr, const Point &point) {
  SmallVector<Value> dims;
  for (unsigned d = 0; d < nest.numDims(); ++d) {
    dims.push_back(position(point, d));
  }
  return emitExpr(b, nest.loc, expr, dims, nest.symbols);
}

Value PointEvaluator::laneIota() {
  SmallVector<int64_t> lanes =
      llvm::to_vector(llvm::seq<int64_t>(0, nest.lanes));
  auto type = VectorType::get({nest.lanes}, b.getI64Type());
  return arith::ConstantOp::create(
      b, nest.loc, DenseElementsAttr::get(type, ArrayRef<int64_t>(lanes)));
}

Value PointEvaluator::computeIndex(AffineExpr expr, const Point &point) {
  LinearForm form = linearFormOf(expr, nest.numDims());
  if (nest.vectorDim < 0 || !form.uses(nest.vectorDim)) {
    return exprAtFirstLane(expr, point);
  }
  // The position of each lane; an expression that is not linear is evaluated
  // for each.
  if (AffineExpr coefficient = form.coefficients[nest.vectorDim]) {
    Value step = emitExpr(b, nest.loc, coefficient, {}, nest.symbols);
    Value lanes =
        arith::MulIOp::create(b, nest.loc, laneIota(), asVector(step));
    return arith::AddIOp::create(b, nest.loc, lanes,
                                 asVector(exprAtFirstLane(expr, point)));
  }
  return offsetsOf(expr, {}, point);
}

Value PointEvaluator::guardOf(IntegerSet guard, const Point &point) {
  Value all;
  auto zero = [&](Value like) -> Value {
    return arith::ConstantOp::create(b, nest.loc,
                                     b.getZeroAttr(like.getType()));
  };
  for (auto [i, constraint] : llvm::enumerate(guard.getConstraints())) {
    Value value = computeIndex(constraint, point);
    auto predicate =
        guard.isEq(i) ? arith::CmpIPredicate::eq : arith::CmpIPredicate::sge;
    Value holds =
        arith::CmpIOp::create(b, nest.loc, predicate, value, zero(value));
    if (all &&
        isa<VectorType>(all.getType()) != isa<VectorType>(holds.getType())) {
      all = asVector(all);
      holds = asVector(holds);
    }
    all = all ? arith::AndIOp::create(b, nest.loc, all, holds).getResult()
              : holds;
  }
  return all;
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

Value PointEvaluator::computeArgument(BlockArgument argument,
                                      const Point &point) {
  unsigned index = argument.getArgNumber();
  if (nest.launch.getFeedback()[index] >= 0) {
    return computeFeedback(index, point);
  }
  Type element = cast<BufferType>(nest.launch.getInputs()[index].getType())
                     .getElementType();
  const LinearForm &form = nest.inputForms[index];
  auto guard = dyn_cast<IntegerSetAttr>(nest.launch.getGuards()[index]);
  if (!guard) {
    Address address =
        nest.isPacked(index)
            ? packedAddressOf(nest.inputs[index], element, index, point)
            : addressOf(nest.inputs[index], element, form, point);
    if (prefetchesPanelsOf(index)) {
      prefetchPanel(address, index, element, point);
      prefetchNextPanel(index, element, point);
    } else if (prefetched.any()) {
      prefetchNextRows(address, index, element, point);
    }
    // Panels are padded to whole vectors.
    return load(address, element, nest.isPacked(index) ? Value() : point.mask,
                {});
  }
  Value pad = arith::ConstantOp::create(
      b, nest.loc, cast<TypedAttr>(nest.launch.getPads()[index]));
  Value inside = guardOf(guard.getValue(), point);
  if (isa<VectorType>(inside.getType()) || movesAlongVector(form)) {
    inside = asVector(inside);
    Value mask =
        point.mask
            ? arith::AndIOp::create(b, nest.loc, inside, point.mask).getResult()
            : inside;
    if (movesAlongVector(form)) {
      return load(addressOf(nest.inputs[index], element, form, point), element,
                  mask, asVector(pad));
    }
  }
  // One element for all lanes: outside the tensor the first element is read
  // instead and dropped.
  Value any = inside;
  if (auto type = dyn_cast<VectorType>(inside.getType())) {
    any = vector::ReductionOp::create(b, nest.loc, vector::CombiningKind::OR,
                                      inside);
  }
  Value linear =
      exprAtFirstLane(nest.launch.getInputMap(index).getResult(0), point);
  Value safe = arith::SelectOp::create(b, nest.loc, any, linear,
                                       constantIndex(b, nest.loc, 0));
  Value loaded =
      load({offsetPointer(nest.inputs[index], element, safe), {}, false},
           element, {}, {});
  if (isa<VectorType>(inside.getType())) {
    return arith::SelectOp::create(b, nest.loc, inside, asVector(loaded),
                                   asVector(pad));
  }
  return arith::SelectOp::create(b, nest.loc, inside, loaded, pad);
}

Value PointEvaluator::computeFeedback(unsigned index, const Point &point) {
  unsigned output = nest.launch.getFeedback()[index];
  Type element = cast<BufferType>(nest.launch.getInputs()[index].getType())
                     .getElementType();
  unsigned time = llvm::countr_zero(nest.sequentialDims);
  // Output coordinates of the previous step: its sequential part, and the
  // input's coordinates for the rest.
  const LinearForm &out = nest.outputForms[output];
  AffineExpr step = getAffineDimExpr(time, b.getContext()) - 1;
  Value first =
      arith::CmpIOp::create(b, nest.loc, arith::CmpIPredicate::eq,
                            point.base[time], constantIndex(b, nest.loc, 0));
  // The displacement between both cases does not depend on the point, so it
  // becomes part of the pointer.
  Value shift =
      exprAtFirstLane(out.coefficients[time] * step + out.rest, point);
  Value pointer = arith::SelectOp::create(
      b, nest.loc, first, nest.inputs[index],
      offsetPointer(nest.outputs[output], element, shift));
  return load(addressOf(pointer, element, nest.inputForms[index], point),
              element, point.mask, {});
}

/// The indices, those beyond the tensor reported and replaced.
SmallVector<Value> PointEvaluator::indicesOf(GatherOp gather,
                                             const Point &point) {
  SmallVector<Value> indices;
  for (auto [i, operand] : llvm::enumerate(gather.getIndices())) {
    Value index = evaluate(operand, point);
    if (!gather.getClamp()) {
      Value limit = emitExpr(b, nest.loc, gather.getLimits().getResult(i), {},
                             nest.symbols);
      index = reportOutOfRange(index, limit, point);
    }
    indices.push_back(index);
  }
  return indices;
}

/// The element offset of each lane, for maps that are not linear in what the
/// lanes differ in.
Value PointEvaluator::offsetsOf(AffineExpr expr, ArrayRef<Value> indices,
                                const Point &point) {
  auto type = VectorType::get({nest.lanes}, b.getI64Type());
  Value result = arith::ConstantOp::create(
      b, nest.loc, DenseElementsAttr::get(type, int64_t(0)));
  for (int64_t lane = 0; lane < nest.lanes; ++lane) {
    Point at = point;
    at.offset[nest.vectorDim] += lane;
    SmallVector<Value> operands;
    for (unsigned d = 0; d < nest.numDims(); ++d) {
      operands.push_back(position(at, d));
    }
    for (Value index : indices) {
      operands.push_back(
          isa<VectorType>(index.getType())
              ? vector::ExtractOp::create(b, nest.loc, index, lane).getResult()
              : index);
    }
    Value offset = emitExpr(b, nest.loc, expr, operands, nest.symbols);
    result = vector::InsertOp::create(b, nest.loc, offset, result,
                                      ArrayRef<int64_t>{lane});
  }
  return result;
}

Value PointEvaluator::computeGather(GatherOp gather, const Point &point) {
  unsigned source = cast<BlockArgument>(gather.getSource()).getArgNumber();
  Type element = cast<BufferType>(nest.launch.getInputs()[source].getType())
                     .getElementType();
  SmallVector<Value> indices = indicesOf(gather, point);
  AffineExpr expr = gather.getMap().getResult(0);
  unsigned dims = nest.numDims();
  LinearForm form = linearFormOf(expr, dims + indices.size());
  bool moves = nest.vectorDim >= 0 && form.uses(nest.vectorDim);
  bool hasSteps = !moves || form.coefficients[nest.vectorDim];
  for (auto [i, index] : llvm::enumerate(indices)) {
    hasSteps &=
        !isa<VectorType>(index.getType()) || form.coefficients[dims + i];
  }
  if (!hasSteps) {
    return load({nest.inputs[source], offsetsOf(expr, indices, point), false},
                element, point.mask, {});
  }
  SmallVector<Value> first;
  for (unsigned d = 0; d < dims; ++d) {
    first.push_back(position(point, d));
  }
  Value laneOffsets;
  auto addLanes = [&](Value lanes) {
    laneOffsets =
        laneOffsets
            ? arith::AddIOp::create(b, nest.loc, laneOffsets, lanes).getResult()
            : lanes;
  };
  for (auto [i, index] : llvm::enumerate(indices)) {
    if (!isa<VectorType>(index.getType())) {
      first.push_back(index);
      continue;
    }
    first.push_back(constantIndex(b, nest.loc, 0));
    Value step =
        emitExpr(b, nest.loc, form.coefficients[dims + i], {}, nest.symbols);
    addLanes(arith::MulIOp::create(b, nest.loc, index, asVector(step)));
  }
  Address address{
      offsetPointer(nest.inputs[source], element,
                    emitExpr(b, nest.loc, expr, first, nest.symbols)),
      {},
      false};
  if (moves && !laneOffsets && form.stride(nest.vectorDim) == 1) {
    address.contiguous = true;
  } else if (moves) {
    Value step = emitExpr(b, nest.loc, form.coefficients[nest.vectorDim], {},
                          nest.symbols);
    addLanes(arith::MulIOp::create(b, nest.loc, laneIota(), asVector(step)));
  }
  address.laneOffsets = laneOffsets;
  return load(address, element, point.mask, {});
}

} // namespace tessera::cpu
