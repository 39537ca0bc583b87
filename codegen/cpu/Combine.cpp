//===- Combine.cpp - what tsk.reduce does to accumulators -----------------===//

#include "codegen/cpu/Combine.h"
#include "codegen/schedule/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

static bool seeksLargest(ReduceKind kind) {
  return kind == ReduceKind::max || kind == ReduceKind::arg_max ||
         kind == ReduceKind::arg_max_last;
}

static TypedAttr neutralScalar(OpBuilder &b, ReduceKind kind, Type type) {
  bool largest = seeksLargest(kind);
  if (auto floating = dyn_cast<FloatType>(type)) {
    const llvm::fltSemantics &semantics = floating.getFloatSemantics();
    if (kind == ReduceKind::add || kind == ReduceKind::mul) {
      return b.getFloatAttr(type, kind == ReduceKind::mul ? 1.0 : 0.0);
    }
    return b.getFloatAttr(type, APFloat::getInf(semantics, largest));
  }
  unsigned width = type.getIntOrFloatBitWidth();
  if (kind == ReduceKind::add || kind == ReduceKind::mul) {
    return b.getIntegerAttr(type, kind == ReduceKind::mul ? 1 : 0);
  }
  return b.getIntegerAttr(type, largest ? APInt::getSignedMinValue(width)
                                        : APInt::getSignedMaxValue(width));
}

Value neutralElement(OpBuilder &b, Location loc, ReduceKind kind, Type type) {
  TypedAttr scalar = neutralScalar(b, kind, getElementTypeOrSelf(type));
  if (auto vector = dyn_cast<VectorType>(type)) {
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(vector, Attribute(scalar)));
  }
  return arith::ConstantOp::create(b, loc, scalar);
}

/// The larger number in the form that is one x86 instruction; of a number and
/// NaN the second.
static Value largerOf(OpBuilder &b, Location loc, Value first, Value second) {
  Value isLarger =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, first, second);
  return arith::SelectOp::create(b, loc, isLarger, first, second);
}

Value combine(OpBuilder &b, Location loc, ReduceOp reduce, Value accumulator,
              Value value) {
  bool floating = isa<FloatType>(getElementTypeOrSelf(value.getType()));
  switch (reduce.getKind()) {
  case ReduceKind::add:
    return floating
               ? arith::AddFOp::create(b, loc, accumulator, value).getResult()
               : arith::AddIOp::create(b, loc, accumulator, value).getResult();
  case ReduceKind::mul:
    return floating
               ? arith::MulFOp::create(b, loc, accumulator, value).getResult()
               : arith::MulIOp::create(b, loc, accumulator, value).getResult();
  case ReduceKind::max:
    if (reduce->hasAttr(schedule::kMayDropNanAttr)) {
      return largerOf(b, loc, accumulator, value);
    }
    return floating
               ? arith::MaximumFOp::create(b, loc, accumulator, value)
                     .getResult()
               : arith::MaxSIOp::create(b, loc, accumulator, value).getResult();
  default:
    return floating
               ? arith::MinimumFOp::create(b, loc, accumulator, value)
                     .getResult()
               : arith::MinSIOp::create(b, loc, accumulator, value).getResult();
  }
}

Value replacesBest(OpBuilder &b, Location loc, ReduceKind kind, Value best,
                   Value value) {
  bool last =
      kind == ReduceKind::arg_max_last || kind == ReduceKind::arg_min_last;
  if (isa<FloatType>(getElementTypeOrSelf(value.getType()))) {
    auto predicate =
        seeksLargest(kind)
            ? (last ? arith::CmpFPredicate::OGE : arith::CmpFPredicate::OGT)
            : (last ? arith::CmpFPredicate::OLE : arith::CmpFPredicate::OLT);
    return arith::CmpFOp::create(b, loc, predicate, value, best);
  }
  auto predicate =
      seeksLargest(kind)
          ? (last ? arith::CmpIPredicate::sge : arith::CmpIPredicate::sgt)
          : (last ? arith::CmpIPredicate::sle : arith::CmpIPredicate::slt);
  return arith::CmpIOp::create(b, loc, predicate, value, best);
}

} // namespace tessera::cpu
