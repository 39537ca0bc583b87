//===- ScalarEvaluation.cpp - what arith and math compute -----------------===//
//
// Every result is rounded to its type, so that f32 arithmetic is exact: a
// double has more than twice the digits. Nothing here traps.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/ScalarProgram.h"
#include <cmath>

using namespace mlir;

namespace tessera::kernel {

using Self = const Instruction &;
using Operands = const Scalar *;

static unsigned widthOf(Type type) { return type.getIntOrFloatBitWidth(); }

static uint64_t unsignedOf(Scalar scalar, Type type) {
  unsigned width = widthOf(type);
  uint64_t bits = static_cast<uint64_t>(scalar.i);
  return width >= 64 ? bits : bits & ((uint64_t(1) << width) - 1);
}

static Scalar floating(double value, Self self) {
  Scalar scalar;
  scalar.f = roundTo(self.type, value);
  return scalar;
}

static Scalar floatingOf(uint64_t bits, bool isSigned, Self self) {
  // Up to here every integer is a double, which is rounded much faster.
  constexpr int64_t kMostExact = int64_t(1) << 53;
  auto value = static_cast<int64_t>(bits);
  if (value <= kMostExact && value >= (isSigned ? -kMostExact : 0)) {
    return floating(static_cast<double>(value), self);
  }
  Scalar scalar;
  scalar.f = roundIntegerTo(self.type, llvm::APInt(64, bits), isSigned);
  return scalar;
}

static Scalar integer(uint64_t value, Self self) {
  Scalar scalar;
  scalar.i = wrapTo(widthOf(self.type), static_cast<int64_t>(value));
  return scalar;
}

static bool compareIntegers(int64_t predicate, int64_t a, int64_t b,
                            uint64_t ua, uint64_t ub) {
  switch (static_cast<arith::CmpIPredicate>(predicate)) {
  case arith::CmpIPredicate::eq:
    return a == b;
  case arith::CmpIPredicate::ne:
    return a != b;
  case arith::CmpIPredicate::slt:
    return a < b;
  case arith::CmpIPredicate::sle:
    return a <= b;
  case arith::CmpIPredicate::sgt:
    return a > b;
  case arith::CmpIPredicate::sge:
    return a >= b;
  case arith::CmpIPredicate::ult:
    return ua < ub;
  case arith::CmpIPredicate::ule:
    return ua <= ub;
  case arith::CmpIPredicate::ugt:
    return ua > ub;
  case arith::CmpIPredicate::uge:
    return ua >= ub;
  }
  return false;
}

/// MLIR numbers the ordered predicates by the bits equal, greater and less, and
/// has unordered ones 7 after them, except for UNO and TRUE.
static bool compareFloats(int64_t predicate, double a, double b) {
  using arith::CmpFPredicate;
  bool unordered = std::isnan(a) || std::isnan(b);
  int64_t uno = static_cast<int64_t>(CmpFPredicate::UNO);
  int64_t ord = static_cast<int64_t>(CmpFPredicate::ORD);
  if (predicate > uno) {
    return true;
  }
  if (predicate == uno || unordered) {
    return unordered && predicate > ord;
  }
  int64_t relations = predicate > ord ? predicate - ord : predicate;
  return ((relations & 1) && a == b) || ((relations & 2) && a > b) ||
         ((relations & 4) && a < b);
}

/// A float as an integer of the result's width; the least one when it has none.
static Scalar toInteger(double value, Self self, bool isSigned) {
  unsigned width = widthOf(self.type);
  double limit = std::ldexp(1.0, isSigned ? width - 1 : width);
  double truncated = std::trunc(value);
  bool fits = isSigned ? truncated >= -limit && truncated < limit
                       : truncated >= 0 && truncated < limit;
  if (!fits) {
    return integer(isSigned ? uint64_t(1) << (width - 1) : 0, self);
  }
  return integer(isSigned
                     ? static_cast<uint64_t>(static_cast<int64_t>(truncated))
                     : static_cast<uint64_t>(truncated),
                 self);
}

static double maximum(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) {
    return std::nan("");
  }
  return a == b ? (std::signbit(a) ? b : a) : std::max(a, b);
}

static double minimum(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) {
    return std::nan("");
  }
  return a == b ? (std::signbit(a) ? a : b) : std::min(a, b);
}

static int64_t divideSigned(int64_t a, int64_t b) {
  if (b == 0) {
    return 0;
  }
  return b == -1 ? static_cast<int64_t>(-static_cast<uint64_t>(a)) : a / b;
}

static int64_t remainderSigned(int64_t a, int64_t b) {
  return b == 0 || b == -1 ? 0 : a % b;
}

static double reinterpret(Scalar scalar, Type from, Type to) {
  APInt bits(widthOf(from), unsignedOf(scalar, from));
  APFloat value(cast<FloatType>(to).getFloatSemantics(), bits);
  bool lost = false;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lost);
  return value.convertToDouble();
}

static Scalar bitcast(Operands o, Self self) {
  bool fromFloat = isa<FloatType>(self.operandType);
  bool toFloat = isa<FloatType>(self.type);
  if (fromFloat == toFloat) {
    return o[0];
  }
  if (toFloat) {
    return floating(reinterpret(o[0], self.operandType, self.type), self);
  }
  bool lost = false;
  APFloat value(o[0].f);
  value.convert(cast<FloatType>(self.operandType).getFloatSemantics(),
                APFloat::rmNearestTiesToEven, &lost);
  return integer(value.bitcastToAPInt().getZExtValue(), self);
}

#define FLOAT(expression)                                                      \
  [](Operands o, Self self) -> Scalar { return floating(expression, self); }
#define INTEGER(expression)                                                    \
  [](Operands o, Self self) -> Scalar {                                        \
    return integer(static_cast<uint64_t>(expression), self);                   \
  }
#define PREDICATE(expression)                                                  \
  [](Operands o, Self self) -> Scalar {                                        \
    return integer((expression) ? 1 : 0, self);                                \
  }
#define UNSIGNED(k) unsignedOf(o[k], self.operandType)
#define CASE(Op, evaluation)                                                   \
  if (isa<Op>(op))                                                             \
    return evaluation;

static Instruction::Evaluate floatEvaluation(Operation *op) {
  CASE(arith::AddFOp, FLOAT(o[0].f + o[1].f))
  CASE(arith::SubFOp, FLOAT(o[0].f - o[1].f))
  CASE(arith::MulFOp, FLOAT(o[0].f * o[1].f))
  CASE(arith::DivFOp, FLOAT(o[0].f / o[1].f))
  CASE(arith::RemFOp, FLOAT(std::fmod(o[0].f, o[1].f)))
  CASE(arith::NegFOp, FLOAT(-o[0].f))
  CASE(arith::MaximumFOp, FLOAT(maximum(o[0].f, o[1].f)))
  CASE(arith::MinimumFOp, FLOAT(minimum(o[0].f, o[1].f)))
  CASE(arith::MaxNumFOp, FLOAT(std::fmax(o[0].f, o[1].f)))
  CASE(arith::MinNumFOp, FLOAT(std::fmin(o[0].f, o[1].f)))
  CASE(arith::ExtFOp, FLOAT(o[0].f))
  CASE(arith::TruncFOp, FLOAT(o[0].f))
  CASE(arith::SIToFPOp, [](Operands o, Self self) -> Scalar {
    return floatingOf(o[0].i, true, self);
  })
  CASE(arith::UIToFPOp, [](Operands o, Self self) -> Scalar {
    return floatingOf(UNSIGNED(0), false, self);
  })
  CASE(arith::CmpFOp, PREDICATE(compareFloats(self.predicate, o[0].f, o[1].f)))
  CASE(arith::FPToSIOp, [](Operands o, Self self) -> Scalar {
    return toInteger(o[0].f, self, true);
  })
  CASE(arith::FPToUIOp, [](Operands o, Self self) -> Scalar {
    return toInteger(o[0].f, self, false);
  })
  return nullptr;
}

static Instruction::Evaluate mathEvaluation(Operation *op) {
  CASE(math::AbsFOp, FLOAT(std::fabs(o[0].f)))
  CASE(math::AcosOp, FLOAT(std::acos(o[0].f)))
  CASE(math::AcoshOp, FLOAT(std::acosh(o[0].f)))
  CASE(math::AsinOp, FLOAT(std::asin(o[0].f)))
  CASE(math::AsinhOp, FLOAT(std::asinh(o[0].f)))
  CASE(math::AtanOp, FLOAT(std::atan(o[0].f)))
  CASE(math::Atan2Op, FLOAT(std::atan2(o[0].f, o[1].f)))
  CASE(math::AtanhOp, FLOAT(std::atanh(o[0].f)))
  CASE(math::CbrtOp, FLOAT(std::cbrt(o[0].f)))
  CASE(math::CeilOp, FLOAT(std::ceil(o[0].f)))
  CASE(math::CopySignOp, FLOAT(std::copysign(o[0].f, o[1].f)))
  CASE(math::CosOp, FLOAT(std::cos(o[0].f)))
  CASE(math::CoshOp, FLOAT(std::cosh(o[0].f)))
  CASE(math::ErfOp, FLOAT(std::erf(o[0].f)))
  CASE(math::ErfcOp, FLOAT(std::erfc(o[0].f)))
  CASE(math::ExpOp, FLOAT(std::exp(o[0].f)))
  CASE(math::Exp2Op, FLOAT(std::exp2(o[0].f)))
  CASE(math::ExpM1Op, FLOAT(std::expm1(o[0].f)))
  CASE(math::FloorOp, FLOAT(std::floor(o[0].f)))
  CASE(math::FmaOp, FLOAT(std::fma(o[0].f, o[1].f, o[2].f)))
  CASE(math::IsFiniteOp, PREDICATE(std::isfinite(o[0].f)))
  CASE(math::IsInfOp, PREDICATE(std::isinf(o[0].f)))
  CASE(math::IsNaNOp, PREDICATE(std::isnan(o[0].f)))
  CASE(math::LogOp, FLOAT(std::log(o[0].f)))
  CASE(math::Log10Op, FLOAT(std::log10(o[0].f)))
  CASE(math::Log1pOp, FLOAT(std::log1p(o[0].f)))
  CASE(math::Log2Op, FLOAT(std::log2(o[0].f)))
  CASE(math::PowFOp, FLOAT(std::pow(o[0].f, o[1].f)))
  CASE(math::FPowIOp, FLOAT(std::pow(o[0].f, static_cast<double>(o[1].i))))
  CASE(math::RoundOp, FLOAT(std::round(o[0].f)))
  // The default rounding mode is to nearest, ties to even.
  CASE(math::RoundEvenOp, FLOAT(std::nearbyint(o[0].f)))
  CASE(math::RsqrtOp, FLOAT(1.0 / std::sqrt(o[0].f)))
  CASE(math::SinOp, FLOAT(std::sin(o[0].f)))
  CASE(math::SinhOp, FLOAT(std::sinh(o[0].f)))
  CASE(math::SqrtOp, FLOAT(std::sqrt(o[0].f)))
  CASE(math::TanOp, FLOAT(std::tan(o[0].f)))
  CASE(math::TanhOp, FLOAT(std::tanh(o[0].f)))
  CASE(math::TruncOp, FLOAT(std::trunc(o[0].f)))
  return nullptr;
}

static Instruction::Evaluate integerEvaluation(Operation *op) {
  CASE(arith::AddIOp,
       INTEGER(static_cast<uint64_t>(o[0].i) + static_cast<uint64_t>(o[1].i)))
  CASE(arith::SubIOp,
       INTEGER(static_cast<uint64_t>(o[0].i) - static_cast<uint64_t>(o[1].i)))
  CASE(arith::MulIOp,
       INTEGER(static_cast<uint64_t>(o[0].i) * static_cast<uint64_t>(o[1].i)))
  CASE(arith::DivSIOp, INTEGER(divideSigned(o[0].i, o[1].i)))
  CASE(arith::DivUIOp, INTEGER(UNSIGNED(1) ? UNSIGNED(0) / UNSIGNED(1) : 0))
  CASE(arith::RemSIOp, INTEGER(remainderSigned(o[0].i, o[1].i)))
  CASE(arith::RemUIOp, INTEGER(UNSIGNED(1) ? UNSIGNED(0) % UNSIGNED(1) : 0))
  CASE(arith::AndIOp, INTEGER(o[0].i & o[1].i))
  CASE(arith::OrIOp, INTEGER(o[0].i | o[1].i))
  CASE(arith::XOrIOp, INTEGER(o[0].i ^ o[1].i))
  CASE(arith::ShLIOp,
       INTEGER(UNSIGNED(1) < widthOf(self.type) ? UNSIGNED(0) << UNSIGNED(1)
                                                : 0))
  CASE(arith::ShRUIOp,
       INTEGER(UNSIGNED(1) < widthOf(self.type) ? UNSIGNED(0) >> UNSIGNED(1)
                                                : 0))
  CASE(arith::ShRSIOp, INTEGER(o[0].i >> std::min<uint64_t>(UNSIGNED(1), 63)))
  CASE(arith::MaxSIOp, INTEGER(std::max(o[0].i, o[1].i)))
  CASE(arith::MinSIOp, INTEGER(std::min(o[0].i, o[1].i)))
  CASE(arith::MaxUIOp, INTEGER(std::max(UNSIGNED(0), UNSIGNED(1))))
  CASE(arith::MinUIOp, INTEGER(std::min(UNSIGNED(0), UNSIGNED(1))))
  CASE(arith::ExtSIOp, INTEGER(o[0].i))
  CASE(arith::ExtUIOp, INTEGER(UNSIGNED(0)))
  CASE(arith::TruncIOp, INTEGER(o[0].i))
  CASE(arith::CmpIOp, PREDICATE(compareIntegers(self.predicate, o[0].i, o[1].i,
                                                UNSIGNED(0), UNSIGNED(1))))
  CASE(math::AbsIOp, INTEGER(o[0].i < 0 ? -static_cast<uint64_t>(o[0].i)
                                        : static_cast<uint64_t>(o[0].i)))
  return nullptr;
}

Instruction::Evaluate evaluationOf(Operation *op) {
  CASE(arith::SelectOp,
       [](Operands o, Self) -> Scalar { return o[0].i ? o[1] : o[2]; })
  CASE(arith::BitcastOp, bitcast)
  if (Instruction::Evaluate found = floatEvaluation(op)) {
    return found;
  }
  if (Instruction::Evaluate found = integerEvaluation(op)) {
    return found;
  }
  return mathEvaluation(op);
}

} // namespace tessera::kernel
