//===- NodeBuilding.cpp - builds operations for a node --------------------===//
//
// Operations whose types cannot be inferred are the node's problem, with what
// inference says about them.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Node.h"
#include "compiler/import/Tensors.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include <limits>

using namespace llvm;
using namespace mlir;

namespace tessera::import {

Operation *Node::createOperation(StringRef operation, ValueRange operands,
                                 Attributes attributes) {
  if (hasFailed) {
    return nullptr;
  }
  for (Value operand : operands) {
    if (!operand) {
      (void)fail("unsupported input", "an input is missing");
      return nullptr;
    }
  }
  SmallVector<NamedAttribute> named;
  for (auto [key, value] : attributes) {
    if (value) {
      named.push_back(builder.getNamedAttr(key, value));
    }
  }
  std::string why;
  ScopedDiagnosticHandler handler(
      builder.getContext(), [&](Diagnostic &diagnostic) {
        why += (why.empty() ? "" : "; ") + diagnostic.str();
        return success();
      });
  OperationName name(operation, builder.getContext());
  Operation *result =
      graph::createCheckedOperation(builder, location, name, operands, named);
  if (!result) {
    (void)fail("unsupported operands or attributes",
               why.empty() ? "types cannot be inferred" : why);
  }
  return result;
}

Value Node::constant(ElementsAttr value) {
  return create<graph::ConstantOp>({}, {{"value", value}});
}

/// The nearest integer of 64 bits; 0 for what is no number.
static int64_t saturated(double value) {
  constexpr double kEnd = 9223372036854775808.0; // 2^63
  if (value >= kEnd) {
    return std::numeric_limits<int64_t>::max();
  }
  return value >= -kEnd  ? int64_t(value)
         : value < -kEnd ? std::numeric_limits<int64_t>::min()
                         : 0;
}

Value Node::scalarConstant(Type element, double value) {
  if (!element.isIntOrFloat()) {
    (void)fail("unsupported type", "expected numbers");
    return {};
  }
  KnownTensor known;
  known.element = element;
  Scalar scalar = isa<FloatType>(element)
                      ? Scalar{{}, value}
                      : integerScalar(saturated(value), builder.getContext());
  known.elements.push_back(scalar);
  return constant(constantOfKnown(known));
}

Attribute Node::integersAttribute(ArrayRef<int64_t> values) {
  return builder.getDenseI64ArrayAttr(values);
}

Attribute Node::integerAttribute(int64_t value) {
  return builder.getI64IntegerAttr(value);
}

Attribute Node::numberAttribute(double value) {
  return builder.getF32FloatAttr(value);
}

Attribute Node::textAttribute(StringRef value) {
  return builder.getStringAttr(value);
}

Attribute Node::sizesAttribute(ArrayRef<AffineExpr> values) {
  SmallVector<AffineExpr> simplified;
  for (AffineExpr value : values) {
    simplified.push_back(kernel::simplify(value));
  }
  return AffineMapAttr::get(
      kernel::extentMapOf(builder.getContext(), simplified));
}

/// The same elements under another type; null when they have to be copied.
static ElementsAttr reshapeConstant(ElementsAttr value, RankedTensorType type) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  }
  auto dense = dyn_cast<DenseElementsAttr>(value);
  return dense ? ElementsAttr(dense.reshape(type)) : ElementsAttr();
}

Value Node::reshape(Value value, ArrayRef<AffineExpr> extents) {
  if (!value) {
    return {};
  }
  Type element = getElementTypeOrSelf(value.getType());
  RankedTensorType type = kernel::tensorTypeOf(element, extents);
  if (type == value.getType()) {
    return value;
  }
  auto source = value.getDefiningOp<graph::ConstantOp>();
  if (source && type.hasStaticShape() &&
      type.getNumElements() == source.getValue().getNumElements()) {
    if (ElementsAttr reshaped = reshapeConstant(source.getValue(), type)) {
      return constant(reshaped);
    }
  }
  return create<graph::ReshapeOp>({value},
                                  {{"shape", sizesAttribute(extents)}});
}

Value Node::cast(Value value, Type element) {
  if (!value || getElementTypeOrSelf(value.getType()) == element) {
    return value;
  }
  return create<graph::CastOp>({value}, {{"to", TypeAttr::get(element)}});
}

} // namespace tessera::import
