//===- Shapes.cpp - extent arithmetic, pointwise operations and views -----===//

#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::graph {

InFlightDiagnostic emitInferError(MaybeLocation location) {
  return location ? emitError(*location) : InFlightDiagnostic();
}

FailureOr<Extents> entriesOf(MaybeLocation location, StringRef name,
                             AffineMap map, int64_t count) {
  if (map.getNumDims() != 0 ||
      static_cast<int64_t>(map.getNumResults()) != count) {
    return emitInferError(location)
           << "expected " << name << " to have " << count << " values, got "
           << map.getNumResults();
  }
  return Extents(map.getResults());
}

AffineExpr constantExpr(MLIRContext *context, int64_t value) {
  return getAffineConstantExpr(value, context);
}

bool mayBeEqual(AffineExpr a, AffineExpr b) {
  return simplify(a) == simplify(b) || !constantOf(a) || !constantOf(b);
}

AffineExpr broadcastExtent(AffineExpr a, AffineExpr b) {
  if (a == b || constantOf(b) == 1) {
    return a;
  }
  if (constantOf(a) == 1) {
    return b;
  }
  if (constantOf(a) && constantOf(b)) {
    return {};
  }
  return constantOf(b) ? b : a;
}

AffineExpr dividedExtent(AffineExpr extent, int64_t count) {
  bool isWhole = constantOf(extent).value_or(0) % count == 0;
  return isWhole ? simplify(extent.floorDiv(count)) : AffineExpr();
}

std::string textOf(ArrayRef<AffineExpr> extents) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "[";
  llvm::interleaveComma(extents, os);
  os << "]";
  return text;
}

FailureOr<Extents> broadcastExtents(MaybeLocation location,
                                    ArrayRef<Extents> shapes) {
  Extents result;
  for (const Extents &shape : shapes) {
    if (shape.size() > result.size()) {
      Extents wider(shape.begin(),
                    shape.begin() + shape.size() - result.size());
      wider.append(result);
      result = wider;
      // The leading extents are the shape's own already.
    }
    unsigned offset = result.size() - shape.size();
    for (unsigned i = 0; i < shape.size(); ++i) {
      AffineExpr merged = broadcastExtent(result[offset + i], shape[i]);
      if (!merged) {
        return emitInferError(location)
               << "expected shapes that broadcast, got " << textOf(shapes[0])
               << " and " << textOf(shape);
      }
      result[offset + i] = merged;
    }
  }
  return result;
}

FailureOr<RankedTensorType> rankedType(MaybeLocation location, Value value) {
  if (auto type = dyn_cast<RankedTensorType>(value.getType())) {
    return type;
  }
  return emitInferError(location)
         << "expected a ranked tensor, got " << value.getType();
}

LogicalResult checkRanked(MaybeLocation location, ValueRange values) {
  for (Value value : values) {
    if (failed(rankedType(location, value))) {
      return failure();
    }
  }
  return success();
}

LogicalResult checkSameElement(MaybeLocation location, ValueRange values) {
  for (Value value : values.drop_front()) {
    Type first = getElementTypeOrSelf(values.front()),
         other = getElementTypeOrSelf(value);
    if (first != other) {
      return emitInferError(location)
             << "expected operands of one element type, got " << first
             << " and " << other;
    }
  }
  return success();
}

LogicalResult checkAxis(MaybeLocation location, int64_t axis, int64_t rank) {
  if (axis < 0 || axis >= rank) {
    return emitInferError(location)
           << "expected an axis in [0, " << rank << "), got " << axis;
  }
  return success();
}

LogicalResult checkOneOf(MaybeLocation location, StringRef attribute,
                         StringRef value, ArrayRef<StringRef> choices) {
  if (llvm::is_contained(choices, value)) {
    return success();
  }
  InFlightDiagnostic error = emitInferError(location);
  error << "expected " << attribute << " to be ";
  llvm::interleave(
      choices, [&](StringRef choice) { error << choice; },
      [&] { error << " or "; });
  return error << ", got " << value;
}

LogicalResult inferTensor(Types &types, Type element,
                          ArrayRef<AffineExpr> extents) {
  types.push_back(tensorTypeOf(element, extents));
  return success();
}

SmallVector<AffineExpr> broadcastCoordinates(ArrayRef<AffineExpr> extents,
                                             ArrayRef<AffineExpr> coordinates) {
  SmallVector<AffineExpr> result;
  unsigned offset = coordinates.size() - extents.size();
  for (unsigned i = 0; i < extents.size(); ++i) {
    result.push_back(constantOf(extents[i]) == 1
                         ? constantExpr(extents[i].getContext(), 0)
                         : coordinates[offset + i]);
  }
  return result;
}

void requireEqual(Operation *op, AffineExpr a, AffineExpr b) {
  a = simplify(a);
  b = simplify(b);
  auto module = op->getParentOfType<ModuleOp>();
  if (a == b || !module) {
    return;
  }
  auto list = module->getAttrOfType<ArrayAttr>(kConstraintsAttr);
  SmallVector<Attribute> entries =
      list ? llvm::to_vector(list.getValue()) : SmallVector<Attribute>();
  Attribute entry = AffineMapAttr::get(extentMapOf(op->getContext(), {a, b}));
  if (!llvm::is_contained(entries, entry)) {
    entries.push_back(entry);
    module->setAttr(kConstraintsAttr,
                    ArrayAttr::get(op->getContext(), entries));
  }
}

void requireBroadcast(Operation *op, ArrayRef<AffineExpr> extents,
                      ArrayRef<AffineExpr> result) {
  unsigned offset = result.size() - extents.size();
  for (unsigned i = 0; i < extents.size(); ++i) {
    if (constantOf(extents[i]) != 1) {
      requireEqual(op, extents[i], result[offset + i]);
    }
  }
}

//===----------------------------------------------------------------------===//
// Pointwise operations
//===----------------------------------------------------------------------===//

LogicalResult inferPointwise(MaybeLocation location, ValueRange operands,
                             Type element, Types &types) {
  SmallVector<Extents> shapes;
  if (failed(checkRanked(location, operands))) {
    return failure();
  }
  for (Value operand : operands) {
    shapes.push_back(extentsOf(operand));
  }
  FailureOr<Extents> extents = broadcastExtents(location, shapes);
  if (failed(extents)) {
    return failure();
  }
  return inferTensor(types, element, *extents);
}

Lowered lowerPointwise(Operation *op, OpBuilder &builder) {
  KernelBuilder k(builder, op->getLoc());
  Extents extents = extentsOf(op->getResult(0));
  SmallVector<AffineExpr> dims = k.parallel(extents);
  SmallVector<Value> args;
  for (Value operand : op->getOperands()) {
    Extents own = extentsOf(operand);
    requireBroadcast(op, own, extents);
    args.push_back(k.read(operand, broadcastCoordinates(own, dims)));
  }
  Value result =
      cast<ScalarOpInterface>(op).buildScalar(k.body(), k.loc(), args);
  return llvm::to_vector_of<Value>(
      k.finish({result}, {dims}, op->getResultTypes()).getResults());
}

Lowered lowerView(Operation *op, OpBuilder &builder,
                  function_ref<Coordinates(ArrayRef<AffineExpr>)> coordinatesOf,
                  TypedAttr pad) {
  KernelBuilder k(builder, op->getLoc());
  Coordinates dims = k.parallel(extentsOf(op->getResult(0)));
  Value element = k.read(op->getOperand(0), coordinatesOf(dims), pad);
  return llvm::to_vector_of<Value>(
      k.finish({element}, {dims}, op->getResultTypes()).getResults());
}

} // namespace tessera::graph
