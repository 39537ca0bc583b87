//===- KnownNumbers.cpp - what compile time knows of a body's values ------===//

#include "codegen/schedule/KnownNumbers.h"
#include "dialects/kernel/HostTensor.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include <cmath>

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

/// The stored constant that an argument of the body reads elements of, or null.
static WeightOp weightOf(LaunchOp launch, Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument ? launch.getInputs()[argument.getArgNumber()]
                        .getDefiningOp<WeightOp>()
                  : WeightOp();
}

std::optional<float> numberOf(LaunchOp launch, Value value) {
  FloatAttr constant;
  if (!value.getType().isF32()) {
    return std::nullopt;
  }
  if (matchPattern(value, m_Constant(&constant))) {
    return constant.getValue().convertToFloat();
  }
  WeightOp weight = weightOf(launch, value);
  auto elements = weight ? dyn_cast<DenseElementsAttr>(weight.getValue())
                         : DenseElementsAttr();
  if (!elements || elements.getNumElements() != 1 ||
      !elements.getElementType().isF32()) {
    return std::nullopt;
  }
  return *elements.getValues<float>().begin();
}

/// Integers are bounded by their width.
static double magnitudeOfInteger(Value value) {
  return std::ldexp(1.0, value.getType().getIntOrFloatBitWidth());
}

static std::optional<double> magnitudeOfWeight(WeightOp weight) {
  constexpr int64_t most = 1 << 16;
  auto type = cast<ShapedType>(weight.getValue().getType());
  if (!type.getElementType().isF32() || type.getNumElements() > most) {
    return std::nullopt;
  }
  auto tensor = loadElements(weight.getValue());
  if (!tensor) {
    return std::nullopt;
  }
  double greatest = 0;
  for (Scalar element : tensor->elements) {
    if (!std::isfinite(element.f)) {
      return std::nullopt;
    }
    greatest = std::max(greatest, std::abs(element.f));
  }
  return greatest;
}

std::optional<double> Magnitudes::of(Value value) {
  auto [found, isNew] = known.try_emplace(value, std::nullopt);
  if (isNew) {
    std::optional<double> magnitude = compute(value);
    // Each operation rounds.
    constexpr double rounding = 1 + 0x1p-20;
    bool isUsable = magnitude && std::isfinite(*magnitude);
    known[value] =
        isUsable ? std::optional(*magnitude * rounding) : std::nullopt;
  }
  return known[value];
}

std::optional<double> Magnitudes::compute(Value value) {
  if (auto number = numberOf(launch, value)) {
    return std::abs(*number);
  }
  if (WeightOp weight = weightOf(launch, value)) {
    return magnitudeOfWeight(weight);
  }
  Operation *op = value.getDefiningOp();
  if (!op || !isa<FloatType>(value.getType())) {
    return std::nullopt;
  }
  if (isa<arith::SIToFPOp, arith::UIToFPOp>(op)) {
    return magnitudeOfInteger(op->getOperand(0));
  }
  return ofOperation(op);
}

std::optional<double> Magnitudes::ofOperation(Operation *op) {
  SmallVector<double> operands;
  for (Value operand : op->getOperands()) {
    bool isCondition = operand.getType().isInteger(1);
    auto magnitude = isCondition ? std::optional(0.0) : of(operand);
    if (!magnitude) {
      return std::nullopt;
    }
    operands.push_back(*magnitude);
  }
  if (isa<arith::MulFOp>(op)) {
    return operands[0] * operands[1];
  }
  if (isa<arith::AddFOp, arith::SubFOp>(op)) {
    return operands[0] + operands[1];
  }
  if (isa<math::FmaOp>(op)) {
    return operands[0] * operands[1] + operands[2];
  }
  if (isa<math::RoundEvenOp>(op)) {
    return operands[0] + 1;
  }
  if (isa<arith::NegFOp, arith::SelectOp, arith::MaximumFOp, arith::MinimumFOp>(
          op)) {
    return *llvm::max_element(operands);
  }
  return std::nullopt;
}

} // namespace tessera::schedule
