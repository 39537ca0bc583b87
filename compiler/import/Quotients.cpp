//===- Quotients.cpp - sizes divided in floats ----------------------------===//

#include "compiler/import/Quotients.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Tensors.h"
#include "dialects/kernel/Extents.h"
#include <cmath>

using namespace llvm;
using namespace mlir;

namespace tessera::import {

/// The whole number that a constant divides by, as a divisor or as a factor
/// that divides without rounding; nothing for others.
static std::optional<int64_t> divisorOf(const KnownTensor *constant,
                                        bool isFactor) {
  constexpr double kMost = 1 << 20;
  if (!constant || !constant->isConstant() || constant->elements.size() != 1) {
    return std::nullopt;
  }
  double value = constant->elements.front().value();
  int exponent = 0;
  if (isFactor && std::frexp(value, &exponent) != 0.5) {
    return std::nullopt;
  }
  double divisor = isFactor ? 1 / value : value;
  bool isWhole =
      divisor >= 2 && divisor <= kMost && std::trunc(divisor) == divisor;
  return isWhole ? std::optional(int64_t(divisor)) : std::nullopt;
}

void noteQuotient(Node &node) {
  StringRef op = node.proto.op_type();
  if ((op != "Div" && op != "Mul") || !node.proto.domain().empty() ||
      node.inputCount() != 2 || node.hasAttribute("axis")) {
    return;
  }
  for (unsigned sizes : {0, 1}) {
    const KnownTensor *known = node.known(sizes);
    bool mayBeDivided = sizes == 0 || op == "Mul";
    // Narrower floats round sizes.
    bool isExact = known && (known->element.isF32() || known->element.isF64());
    if (!mayBeDivided || !isExact || known->isConstant() || !known->exprs()) {
      continue;
    }
    auto divisor = divisorOf(node.known(1 - sizes), op == "Mul");
    Tensor *result = node.scope.find(node.proto.output(0));
    bool keepsShape = result && result->type &&
                      result->type.getShape() == ArrayRef(known->shape);
    if (divisor && keepsShape) {
      result->quotient = Quotient{*known, *divisor};
    }
  }
}

std::optional<KnownTensor> roundedQuotient(Node &node, Type element) {
  Tensor *input = node.has(0) ? node.tensorOf(0) : nullptr;
  StringRef op = node.proto.op_type();
  bool isCast =
      op == "Cast" && (element.isInteger(32) || element.isInteger(64));
  if (!input || !input->quotient ||
      (op != "Ceil" && op != "Floor" && !isCast)) {
    return std::nullopt;
  }
  KnownTensor result = input->quotient->sizes;
  int64_t divisor = input->quotient->divisor;
  result.element = element;
  SmallVector<AffineExpr> sizes = *result.exprs();
  for (auto [size, scalar] : zip(sizes, result.elements)) {
    // A cast rounds towards zero.
    auto least = rangeOf(size, *node.importer.module).lower;
    if (isCast && (!least || *least < 0)) {
      return std::nullopt;
    }
    scalar = Scalar{kernel::simplify(op == "Ceil" ? size.ceilDiv(divisor)
                                                  : size.floorDiv(divisor)),
                    0};
  }
  return result;
}

} // namespace tessera::import
