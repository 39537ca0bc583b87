//===- Bodies.cpp - pieces of kernels that several families use -----------===//

#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::graph {

TypedAttr leastValueOf(Type element) {
  Builder builder(element.getContext());
  if (auto type = dyn_cast<FloatType>(element)) {
    return builder.getFloatAttr(
        type,
        llvm::APFloat::getInf(type.getFloatSemantics(), /*Negative=*/true));
  }
  unsigned width = element.getIntOrFloatBitWidth();
  bool isUnsigned = element.isUnsignedInteger() || width == 1;
  return builder.getIntegerAttr(scalarTypeOf(element),
                                isUnsigned ? APInt::getZero(width)
                                           : APInt::getSignedMinValue(width));
}

Value reduceOrdered(KernelBuilder &k, ReduceKind kind, Value value,
                    Type element) {
  bool keepsValue = kind == ReduceKind::max || kind == ReduceKind::min;
  if (element.isInteger(1)) {
    Type wide = k.body().getI32Type();
    Value extended = arith::ExtUIOp::create(k.body(), k.loc(), wide, value);
    Value reduced = k.reduce(kind, extended);
    return keepsValue
               ? arith::TruncIOp::create(k.body(), k.loc(), element, reduced)
               : reduced;
  }
  if (!element.isUnsignedInteger()) {
    return k.reduce(kind, value);
  }
  // Flipping the top bit turns the unsigned order into the signed one.
  Type type = value.getType();
  Value top = k.constant(k.body().getIntegerAttr(
      type, APInt::getSignMask(type.getIntOrFloatBitWidth())));
  Value flipped = arith::XOrIOp::create(k.body(), k.loc(), value, top);
  Value reduced = k.reduce(kind, flipped);
  return keepsValue ? arith::XOrIOp::create(k.body(), k.loc(), reduced, top)
                    : reduced;
}

static bool isByte(Type type) { return type.isInteger(8); }

Type productElement(MaybeLocation location, Value a, Value b) {
  Type x = getElementTypeOrSelf(a), y = getElementTypeOrSelf(b);
  if (isByte(x) && isByte(y)) {
    return IntegerType::get(x.getContext(), 32);
  }
  return succeeded(checkSameElement(location, {a, b})) ? x : Type();
}

Value sumOfProducts(KernelBuilder &k, Value x, Value y, Value a, Value b) {
  Type work = scalarTypeOf(productElement({}, a, b));
  auto widened = [&](Value value, Value tensor) -> Value {
    if (!isa<IntegerType>(work) || value.getType() == work) {
      return value;
    }
    if (getElementTypeOrSelf(tensor).isUnsignedInteger()) {
      return arith::ExtUIOp::create(k.body(), k.loc(), work, value);
    }
    return arith::ExtSIOp::create(k.body(), k.loc(), work, value);
  };
  Value left = widened(x, a), right = widened(y, b);
  Value product =
      isa<IntegerType>(work)
          ? arith::MulIOp::create(k.body(), k.loc(), left, right).getResult()
          : arith::MulFOp::create(k.body(), k.loc(), left, right).getResult();
  return k.reduce(ReduceKind::add, product);
}

Value extentValue(KernelBuilder &k, AffineExpr extent, Type type) {
  if (auto constant = constantOf(simplify(extent))) {
    return k.constant(type, static_cast<double>(*constant));
  }
  Value value = k.index(extent);
  if (isa<FloatType>(type)) {
    return arith::SIToFPOp::create(k.body(), k.loc(), type, value);
  }
  return type == value.getType()
             ? value
             : arith::TruncIOp::create(k.body(), k.loc(), type, value);
}

Value filledTensor(OpBuilder &builder, Location loc, Type element,
                   ArrayRef<AffineExpr> extents, double value) {
  RankedTensorType type = tensorTypeOf(element, extents);
  // Larger ones are filled by the run instead of stored in the library.
  constexpr int64_t kMostStored = 65536;
  bool isStored = type.hasStaticShape() && type.getNumElements() <= kMostStored;
  if (isStored && isa<FloatType>(element)) {
    return arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(
            type, builder.getFloatAttr(element, value).getValue()));
  }
  if (isStored) {
    return arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(type,
                               APInt(element.getIntOrFloatBitWidth(),
                                     static_cast<int64_t>(value), true, true)));
  }
  KernelBuilder k(builder, loc);
  Coordinates dims = k.parallel(extents);
  Value constant = k.constant(scalarTypeOf(element), value);
  return k.finish({constant}, {dims}, {type}).getResult(0);
}

} // namespace tessera::graph
