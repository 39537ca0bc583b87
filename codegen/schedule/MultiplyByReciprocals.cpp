//===- MultiplyByReciprocals.cpp - quotients without divisions ------------===//
//
// With r = RN(1 / s) and e = RN(x r), e is within one unit of the last place of
// x / s, x - e s is exact, and RN(e + (x - e s) r) = RN(x / s) unless all bits
// of s's significand are ones: P. Markstein, "Computation of elementary
// functions on the IBM RISC System/6000 processor", 1990. Where nothing is
// left, e is the quotient and has the right sign of zero; where x or e is
// infinite, what is left is NaN. Neither matters where finite numbers are
// rounded to integers.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/KnownNumbers.h"
#include "codegen/schedule/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Matchers.h"
#include "passes/plan/LaunchEdit.h"
#include <cmath>

namespace tessera::schedule {
#define GEN_PASS_DEF_MULTIPLYBYRECIPROCALS
#include "codegen/schedule/Passes.h.inc"
} // namespace tessera::schedule

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

static bool isPowerOfTwo(float number) {
  int exponent;
  return std::abs(std::frexp(number, &exponent)) == 0.5f;
}

/// Whether what is left after a division by this number is exact for all
/// quotients that are not denormal, and both it and its reciprocal are normal.
static bool hasExactRest(float number) {
  constexpr float least = 0x1p-60f, greatest = 0x1p60f;
  int exponent;
  float significand = std::abs(std::frexp(number, &exponent));
  return std::abs(number) >= least && std::abs(number) <= greatest &&
         significand != std::nextafter(1.0f, 0.0f);
}

/// Whether only the nearest integer counts.
static bool isRounded(arith::DivFOp quotient) {
  return llvm::all_of(quotient->getUsers(), [](Operation *user) {
    return isa<math::RoundEvenOp>(user);
  });
}

/// Whether it is only the argument of an error function to which 1 is added, as
/// in GELU: |x erf'(x)| is below 1/2, so the sum, between 1 and 2 or smaller,
/// moves by at most half a unit of the last place of 1 for one of the quotient.
static bool isAbsorbed(arith::DivFOp quotient) {
  auto erf = quotient->hasOneUse()
                 ? dyn_cast<math::ErfOp>(*quotient->user_begin())
                 : math::ErfOp();
  auto sum = erf && erf->hasOneUse()
                 ? dyn_cast<arith::AddFOp>(*erf->user_begin())
                 : arith::AddFOp();
  return sum && (matchPattern(sum.getLhs(), m_OneFloat()) ||
                 matchPattern(sum.getRhs(), m_OneFloat()));
}

/// Whether the quotient can be computed from the reciprocal. A large one by a
/// small number could round to infinity; it must not matter, as where it is
/// rounded to an integer of few bits.
static bool isReplaceable(arith::DivFOp quotient, float number) {
  if (isPowerOfTwo(number)) {
    return std::isnormal(1 / number);
  }
  return hasExactRest(number) && (isRounded(quotient) || std::abs(number) >= 1);
}

/// The reciprocal as what the divisor is: a constant or an input.
static Value reciprocalOf(LaunchOp launch, OpBuilder &b, Value divisor,
                          float number) {
  FloatAttr reciprocal = b.getF32FloatAttr(1 / number);
  if (isa<BlockArgument>(divisor)) {
    return plan::addNumber(launch, reciprocal);
  }
  return arith::ConstantOp::create(b, launch.getLoc(), reciprocal);
}

/// Whether neither infinities nor the sign of zero can make a difference.
static bool isFiniteAndRounded(Magnitudes &magnitudes, arith::DivFOp quotient,
                               float number) {
  constexpr double large = 0x1p120;
  auto magnitude = magnitudes.of(quotient.getLhs());
  return isRounded(quotient) && magnitude && *magnitude < large &&
         *magnitude < large * std::abs(number);
}

/// The product with the reciprocal, corrected unless it is `isExactEnough`.
static Value quotientBy(arith::DivFOp quotient, Value reciprocal,
                        bool isExactEnough, bool isFinite) {
  OpBuilder b(quotient);
  Location loc = quotient.getLoc();
  Value x = quotient.getLhs();
  Value estimate = arith::MulFOp::create(b, loc, x, reciprocal);
  if (isExactEnough) {
    return estimate;
  }
  Value negative = arith::NegFOp::create(b, loc, estimate);
  Value rest = math::FmaOp::create(b, loc, negative, quotient.getRhs(), x);
  Value better = math::FmaOp::create(b, loc, rest, reciprocal, estimate);
  if (isFinite) {
    return better;
  }
  Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
  Value isOpen =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::ONE, rest, zero);
  return arith::SelectOp::create(b, loc, isOpen, better, estimate);
}

static void rewrite(LaunchOp launch) {
  llvm::DenseMap<Value, Value> reciprocals;
  // In the order of the body, so all that a quotient depends on is final.
  Magnitudes magnitudes(launch);
  for (auto quotient : llvm::make_early_inc_range(
           launch.getBody().front().getOps<arith::DivFOp>())) {
    auto number = quotient.getType().isF32()
                      ? numberOf(launch, quotient.getRhs())
                      : std::nullopt;
    if (!number || !isReplaceable(quotient, *number)) {
      continue;
    }
    OpBuilder start = OpBuilder::atBlockBegin(&launch.getBody().front());
    Value &reciprocal = reciprocals[quotient.getRhs()];
    if (!reciprocal) {
      reciprocal = reciprocalOf(launch, start, quotient.getRhs(), *number);
    }
    bool isFinite = isFiniteAndRounded(magnitudes, quotient, *number);
    bool isExactEnough = isPowerOfTwo(*number) || isAbsorbed(quotient);
    quotient.replaceAllUsesWith(
        quotientBy(quotient, reciprocal, isExactEnough, isFinite));
    quotient.erase();
  }
}

namespace {
struct MultiplyByReciprocals
    : impl::MultiplyByReciprocalsBase<MultiplyByReciprocals> {
  void runOnOperation() override {
    getOperation().walk([](LaunchOp launch) {
      auto schedule = launch.getSchedule();
      // Halide's code is made of the operations that its program knows.
      if (schedule && schedule->getAlgorithm() != Algorithm::halide) {
        rewrite(launch);
      }
    });
  }
};
} // namespace
} // namespace tessera::schedule
