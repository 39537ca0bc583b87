//===- EvaluateArithmetic.cpp - element by element on known tensors -------===//
//
// What cannot be said as an affine expression is left to the generated code:
// an evaluator returns nothing and the node is built as an operation.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Quotients.h"
#include "compiler/import/ScalarArithmetic.h"
#include "compiler/import/Tensors.h"
#include "dialects/kernel/Extents.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
AffineExpr extremeOf(ModuleOp module, kernel::DimensionKind kind, AffineExpr a,
                     AffineExpr b) {
  ValueRange64 gap = rangeOf(kernel::simplify(a - b), module);
  bool isMin = kind == kernel::DimensionKind::min;
  if (gap.lower && *gap.lower >= 0) {
    return isMin ? b : a;
  }
  if (gap.upper && *gap.upper <= 0) {
    return isMin ? a : b;
  }
  // Memory is planned as if no dimension were negative: where the result may
  // be, only what one operand exceeds the other by becomes one.
  bool first = isSize(a, module), second = isSize(b, module);
  if (isMin ? first && second : first || second) {
    return kernel::derivedDimension(module, kind, {a, b});
  }
  AffineExpr excess = kernel::derivedDimension(
      module, kernel::DimensionKind::max,
      {a - b, getAffineConstantExpr(0, a.getContext())});
  return isMin ? a - excess : b + excess;
}

std::optional<KnownTensor> evaluateBinary(Node &node) {
  StringRef op = node.proto.op_type();
  const KnownTensor *first = node.known(0);
  if (!first || node.hasAttribute("axis")) { // axis: broadcast before opset 7
    return std::nullopt;
  }
  KnownTensor result = *first;
  // Sum, Min and Max take any number of inputs.
  for (unsigned i = 1; i < node.inputCount(); ++i) {
    const KnownTensor *next = node.known(i);
    std::optional<SmallVector<int64_t>> shape;
    if (next) {
      shape = broadcastShapes(result.shape, next->shape);
    }
    if (!shape) {
      return std::nullopt;
    }
    KnownTensor left = broadcastKnown(result, *shape);
    KnownTensor right = broadcastKnown(*next, *shape);
    result.shape = *shape;
    result.elements.clear();
    for (auto [a, b] : zip(left.elements, right.elements)) {
      bool few = left.elements.size() <= 4;
      MaybeScalar scalar =
          binaryScalar(op, Operands{node, a, b, left.element, few});
      if (!scalar) {
        return std::nullopt;
      }
      result.elements.push_back(*scalar);
    }
  }
  static constexpr StringLiteral kPredicates[] = {
      "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"};
  if (is_contained(kPredicates, op)) {
    result.element = IntegerType::get(result.element.getContext(), 1);
  }
  for (Scalar &scalar : result.elements) {
    MaybeScalar rounded = roundTo(result.element, scalar);
    if (!rounded) {
      return std::nullopt;
    }
    scalar = *rounded;
  }
  return result;
}

std::optional<KnownTensor> evaluateUnary(Node &node) {
  const KnownTensor *input = node.known(0);
  if (!input) {
    return node.has(0) ? roundedQuotient(node, node.type(0).getElementType())
                       : std::nullopt;
  }
  KnownTensor result = *input;
  for (Scalar &scalar : result.elements) {
    MaybeScalar value =
        unaryScalar(node.proto.op_type(), scalar, result.element);
    value = value ? roundTo(result.element, *value) : std::nullopt;
    if (!value) {
      return std::nullopt;
    }
    scalar = *value;
  }
  return result;
}

std::optional<KnownTensor> evaluateCast(Node &node) {
  const KnownTensor *input = node.known(0);
  Type to;
  if (node.proto.op_type() == "CastLike") {
    to = node.type(1).getElementType();
  } else if (Expected<Type> type = elementTypeOf(node.integer("to", 0),
                                                 node.builder.getContext())) {
    to = *type;
  } else {
    consumeError(type.takeError());
  }
  if (!to || !isKnownElement(to)) {
    return std::nullopt;
  }
  if (!input) {
    return roundedQuotient(node, to);
  }
  KnownTensor result = *input;
  result.element = to;
  for (Scalar &scalar : result.elements) {
    MaybeScalar value = castScalar(scalar, input->element, to);
    if (!value) {
      return std::nullopt;
    }
    scalar = *value;
  }
  return result;
}

std::optional<KnownTensor> evaluateWhere(Node &node) {
  const KnownTensor *condition = node.known(0), *x = node.known(1),
                    *y = node.known(2);
  if (!condition || !x || !y) {
    return std::nullopt;
  }
  auto shape = broadcastShapes(x->shape, y->shape);
  if (shape) {
    shape = broadcastShapes(*shape, condition->shape);
  }
  if (!shape) {
    return std::nullopt;
  }
  KnownTensor truth = broadcastKnown(*condition, *shape);
  KnownTensor result = broadcastKnown(*x, *shape);
  KnownTensor other = broadcastKnown(*y, *shape);
  for (auto [i, scalar] : enumerate(truth.elements)) {
    Scalar &chosen = result.elements[i], &otherwise = other.elements[i];
    if (scalar.isConstant()) {
      chosen = scalar.value() == 0 ? otherwise : chosen;
      continue;
    }
    AffineExpr a = exprOf(chosen, node.builder.getContext()),
               b = exprOf(otherwise, node.builder.getContext());
    AffineExpr size = a && b && !result.isFloat()
                          ? chosenBy(*node.importer.module, scalar.expr, a, b)
                          : AffineExpr();
    if (!size) {
      return std::nullopt;
    }
    chosen = Scalar{size, 0};
  }
  return result;
}

/// ReduceProd, ReduceSum, ReduceMin and ReduceMax over a whole vector.
std::optional<KnownTensor> evaluateReduction(Node &node) {
  const KnownTensor *input = node.known(0);
  if (!input || input->shape.size() != 1 || input->elements.empty()) {
    return std::nullopt;
  }
  const KnownTensor *axes = node.known(1);
  bool noAxes = axes ? axes->elements.empty() : !node.has(1);
  bool attributeAxes = node.hasAttribute("axes");
  if ((node.has(1) && !axes) ||
      (noAxes && !attributeAxes && node.integer("noop_with_empty_axes", 0))) {
    return std::nullopt;
  }
  StringRef step = llvm::StringSwitch<StringRef>(node.proto.op_type())
                       .Case("ReduceProd", "Mul")
                       .Case("ReduceSum", "Add")
                       .Case("ReduceMin", "Min")
                       .Default("Max");
  KnownTensor result{{}, input->element, {input->elements[0]}};
  Scalar &total = result.elements[0];
  for (const Scalar &next : ArrayRef(input->elements).drop_front()) {
    MaybeScalar sum = binaryScalar(
        step, Operands{node, total, next, input->element, /*few=*/true});
    sum = sum ? roundTo(input->element, *sum) : std::nullopt;
    if (!sum) {
      return std::nullopt;
    }
    total = *sum;
  }
  if (node.integer("keepdims", 1) != 0) {
    result.shape = {1};
  }
  return result;
}

} // namespace tessera::import
