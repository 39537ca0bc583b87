//===- Scalar.cpp - scalar expressions for pointwise bodies ---------------===//

#include "dialects/graph/Scalar.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include <cmath>

using namespace mlir;
using arith::CmpFPredicate;
using arith::CmpIPredicate;

namespace tessera::graph {

double toDouble(const llvm::APFloat &value) {
  llvm::APFloat wide = value;
  bool losesInfo = false;
  wide.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven,
               &losesInfo);
  return wide.convertToDouble();
}

/// Whether the value is a constant without NaN (only splats are looked at).
static bool isKnownNumber(Value tensor) {
  DenseElementsAttr constant;
  return matchPattern(tensor, m_Constant(&constant)) && constant.isSplat() &&
         isa<FloatType>(constant.getElementType()) &&
         !constant.getSplatValue<llvm::APFloat>().isNaN();
}

Scalar operandScalar(Operation *op, OpBuilder &b, Location loc, ValueRange args,
                     unsigned i) {
  if (i >= args.size()) {
    return {};
  }
  Type element = getElementTypeOrSelf(op->getOperand(i));
  bool isUnsigned = element.isUnsignedInteger() || element.isInteger(1);
  return {&b, loc, args[i], isUnsigned, !isKnownNumber(op->getOperand(i))};
}

Scalar constantLike(Scalar x, double value) {
  Type type = x.value.getType();
  TypedAttr attribute =
      isa<FloatType>(type)
          ? TypedAttr(x.b().getFloatAttr(type, value))
          : TypedAttr(x.b().getIntegerAttr(type, static_cast<int64_t>(value)));
  Scalar result = x.with(arith::ConstantOp::create(x.b(), x.loc(), attribute));
  result.mayBeNan = std::isnan(value);
  return result;
}

/// A value that may be NaN again.
static Scalar computed(Scalar x, Value value) {
  Scalar result = x.with(value);
  result.mayBeNan = true;
  return result;
}

template <typename FloatOp, typename IntegerOp>
static Scalar binary(Scalar x, Scalar y) {
  if (x.isFloat()) {
    return computed(x, FloatOp::create(x.b(), x.loc(), x, y).getResult());
  }
  return computed(x, IntegerOp::create(x.b(), x.loc(), x, y).getResult());
}

static Scalar compare(Scalar x, Scalar y, CmpFPredicate onFloats,
                      CmpIPredicate onSigned, CmpIPredicate onUnsigned) {
  Value result;
  if (x.isFloat()) {
    result = arith::CmpFOp::create(x.b(), x.loc(), onFloats, x, y);
  } else {
    result = arith::CmpIOp::create(x.b(), x.loc(),
                                   x.isUnsigned ? onUnsigned : onSigned, x, y);
  }
  return {x.builder, x.location, result, /*isUnsigned=*/true};
}

Scalar operator+(Scalar x, Scalar y) {
  return binary<arith::AddFOp, arith::AddIOp>(x, y);
}
Scalar operator-(Scalar x, Scalar y) {
  return binary<arith::SubFOp, arith::SubIOp>(x, y);
}
Scalar operator*(Scalar x, Scalar y) {
  return binary<arith::MulFOp, arith::MulIOp>(x, y);
}

Scalar operator-(Scalar x) {
  if (x.isFloat()) {
    return computed(x, arith::NegFOp::create(x.b(), x.loc(), x).getResult());
  }
  return constantLike(x, 0) - x;
}

/// A divisor for which the machine's division cannot trap: 1 in place of 0 and
/// of -1 (which overflows for the smallest number).
static Scalar safeDivisor(Scalar y) {
  Scalar unsafe = y == 0.0;
  if (!y.isUnsigned) {
    unsafe = unsafe | (y == -1.0);
  }
  return select(unsafe, constantLike(y, 1), y);
}

Scalar operator/(Scalar x, Scalar y) {
  if (x.isFloat()) {
    return computed(x, arith::DivFOp::create(x.b(), x.loc(), x, y).getResult());
  }
  Scalar divisor = safeDivisor(y);
  if (x.isUnsigned) {
    return computed(
        x, arith::DivUIOp::create(x.b(), x.loc(), x, divisor).getResult());
  }
  Scalar quotient = computed(
      x, arith::DivSIOp::create(x.b(), x.loc(), x, divisor).getResult());
  return select(y == -1.0, -x, quotient);
}

Scalar operator&(Scalar x, Scalar y) {
  return computed(x, arith::AndIOp::create(x.b(), x.loc(), x, y).getResult());
}
Scalar operator|(Scalar x, Scalar y) {
  return computed(x, arith::OrIOp::create(x.b(), x.loc(), x, y).getResult());
}
Scalar operator^(Scalar x, Scalar y) {
  return computed(x, arith::XOrIOp::create(x.b(), x.loc(), x, y).getResult());
}

Scalar operator<(Scalar x, Scalar y) {
  return compare(x, y, CmpFPredicate::OLT, CmpIPredicate::slt,
                 CmpIPredicate::ult);
}
Scalar operator<=(Scalar x, Scalar y) {
  return compare(x, y, CmpFPredicate::OLE, CmpIPredicate::sle,
                 CmpIPredicate::ule);
}
Scalar operator>(Scalar x, Scalar y) {
  return compare(x, y, CmpFPredicate::OGT, CmpIPredicate::sgt,
                 CmpIPredicate::ugt);
}
Scalar operator>=(Scalar x, Scalar y) {
  return compare(x, y, CmpFPredicate::OGE, CmpIPredicate::sge,
                 CmpIPredicate::uge);
}
Scalar operator==(Scalar x, Scalar y) {
  return compare(x, y, CmpFPredicate::OEQ, CmpIPredicate::eq,
                 CmpIPredicate::eq);
}

// With one side known not to be NaN a comparison and a selection propagate the
// other side's NaN and are one machine instruction.
Scalar max(Scalar x, Scalar y) {
  if (!x.isFloat() || !y.mayBeNan) {
    return select(x < y, y, x);
  }
  if (!x.mayBeNan) {
    return select(y < x, x, y);
  }
  return computed(x,
                  arith::MaximumFOp::create(x.b(), x.loc(), x, y).getResult());
}
Scalar min(Scalar x, Scalar y) {
  if (!x.isFloat() || !y.mayBeNan) {
    return select(x > y, y, x);
  }
  if (!x.mayBeNan) {
    return select(y > x, x, y);
  }
  return computed(x,
                  arith::MinimumFOp::create(x.b(), x.loc(), x, y).getResult());
}

Scalar select(Scalar condition, Scalar x, Scalar y) {
  return computed(
      x, arith::SelectOp::create(x.b(), x.loc(), condition, x, y).getResult());
}

Scalar bitNot(Scalar x) { return x ^ constantLike(x, -1); }

Scalar shift(Scalar x, Scalar y, bool left) {
  unsigned width = x.value.getType().getIntOrFloatBitWidth();
  // As an unsigned number a negative count is one of the large ones.
  Scalar count = y;
  count.isUnsigned = true;
  Scalar inside = count < static_cast<double>(width);
  bool keepsSign = !left && !x.isUnsigned;
  Scalar beyond = constantLike(y, keepsSign ? width - 1 : 0);
  Scalar amount = select(inside, y, beyond);
  if (keepsSign) {
    return x.with(arith::ShRSIOp::create(x.b(), x.loc(), x, amount));
  }
  Value shifted =
      left ? arith::ShLIOp::create(x.b(), x.loc(), x, amount).getResult()
           : arith::ShRUIOp::create(x.b(), x.loc(), x, amount).getResult();
  return select(inside, x.with(shifted), constantLike(x, 0));
}

Scalar modulo(Scalar x, Scalar y, bool truncated) {
  Scalar remainder;
  if (x.isFloat()) {
    remainder =
        computed(x, arith::RemFOp::create(x.b(), x.loc(), x, y).getResult());
  } else if (x.isUnsigned) {
    return computed(
        x,
        arith::RemUIOp::create(x.b(), x.loc(), x, safeDivisor(y)).getResult());
  } else {
    remainder = computed(
        x,
        arith::RemSIOp::create(x.b(), x.loc(), x, safeDivisor(y)).getResult());
  }
  if (truncated) {
    return remainder;
  }
  Scalar differs = ((remainder < 0.0) ^ (y < 0.0)) & bitNot(remainder == 0.0);
  return select(differs, remainder + y, remainder);
}

Scalar pow(Scalar x, Scalar y) {
  Type type = x.value.getType();
  Type work = x.isFloat() ? type : Type(x.b().getF64Type());
  Scalar base = convert(x, work), exponent = convert(y, work);
  Scalar power = computed(
      base, math::PowFOp::create(x.b(), x.loc(), base, exponent).getResult());
  if (x.isFloat()) {
    return power;
  }
  Type to = x.isUnsigned ? IntegerType::get(type.getContext(),
                                            type.getIntOrFloatBitWidth(),
                                            IntegerType::Unsigned)
                         : type;
  return convert(power, to);
}

Scalar abs(Scalar x) {
  if (x.isFloat()) {
    return computed(x, math::AbsFOp::create(x.b(), x.loc(), x).getResult());
  }
  return x.isUnsigned
             ? x
             : computed(x, math::AbsIOp::create(x.b(), x.loc(), x).getResult());
}

Scalar sign(Scalar x) {
  // The last arm keeps zeros and NaN.
  Scalar negative = select(x < 0.0, constantLike(x, -1), x);
  return select(x > 0.0, constantLike(x, 1), negative);
}

Scalar isNan(Scalar x) {
  Value test = arith::CmpFOp::create(x.b(), x.loc(), CmpFPredicate::UNO, x, x);
  return {x.builder, x.location, test, true};
}

Scalar isInfinite(Scalar x, bool positive, bool negative) {
  double infinity = std::numeric_limits<double>::infinity();
  Scalar above = x == (positive ? infinity : -infinity);
  Scalar below = x == (negative ? -infinity : infinity);
  Scalar either = above | below;
  return positive || negative ? either : constantLike(either, 0);
}

#define TESSERA_SCALAR_MATH(function, Op)                                      \
  Scalar function(Scalar x) {                                                  \
    return computed(x, math::Op::create(x.b(), x.loc(), x).getResult());       \
  }
TESSERA_SCALAR_MATH(acos, AcosOp)
TESSERA_SCALAR_MATH(acosh, AcoshOp)
TESSERA_SCALAR_MATH(asin, AsinOp)
TESSERA_SCALAR_MATH(asinh, AsinhOp)
TESSERA_SCALAR_MATH(atan, AtanOp)
TESSERA_SCALAR_MATH(atanh, AtanhOp)
TESSERA_SCALAR_MATH(ceil, CeilOp)
TESSERA_SCALAR_MATH(cos, CosOp)
TESSERA_SCALAR_MATH(cosh, CoshOp)
TESSERA_SCALAR_MATH(erf, ErfOp)
TESSERA_SCALAR_MATH(exp, ExpOp)
TESSERA_SCALAR_MATH(floor, FloorOp)
TESSERA_SCALAR_MATH(log, LogOp)
TESSERA_SCALAR_MATH(log1p, Log1pOp)
TESSERA_SCALAR_MATH(roundEven, RoundEvenOp)
TESSERA_SCALAR_MATH(sin, SinOp)
TESSERA_SCALAR_MATH(sinh, SinhOp)
TESSERA_SCALAR_MATH(sqrt, SqrtOp)
TESSERA_SCALAR_MATH(tan, TanOp)
TESSERA_SCALAR_MATH(tanh, TanhOp)
#undef TESSERA_SCALAR_MATH

Scalar gelu(Scalar x) {
  return x * 0.5 * (erf(x * 0.70710678118654752440) + 1.0);
}

Scalar geluTanh(Scalar x) {
  Scalar inner = (x + x * x * x * 0.044715) * 0.79788456080286535588;
  return x * 0.5 * (tanh(inner) + 1.0);
}

Scalar sigmoid(Scalar x) { return constantLike(x, 1.0) / (exp(-x) + 1.0); }

Scalar softplus(Scalar x) { return max(x, 0.0) + log1p(exp(-abs(x))); }

} // namespace tessera::graph
