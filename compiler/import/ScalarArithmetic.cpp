//===- ScalarArithmetic.cpp - arithmetic on constants and sizes -----------===//

#include "compiler/import/ScalarArithmetic.h"
#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Tensors.h"
#include "dialects/kernel/Extents.h"
#include <cmath>

using namespace llvm;
using namespace mlir;

namespace tessera::import {

/// Constants beyond this do not combine with symbols: no size is that large,
/// and sums with them would wrap.
static constexpr int64_t kMaxSymbolicConstant = int64_t(1) << 40;

/// Up to here every integer is a double.
static constexpr double kMostExact = 0x1p53;

AffineExpr exprOf(const Scalar &scalar, MLIRContext *context) {
  if (scalar.expr) {
    return scalar.expr;
  }
  bool isIntegral = std::trunc(scalar.number) == scalar.number &&
                    std::abs(scalar.number) < double(kMaxSymbolicConstant);
  return isIntegral ? getAffineConstantExpr(int64_t(scalar.number), context)
                    : AffineExpr();
}

namespace {

bool isSmall(const Scalar &scalar) {
  std::optional<int64_t> value = scalar.integer();
  return !value || std::abs(double(*value)) < double(kMaxSymbolicConstant);
}

/// Applies one of the two functions to constants and `symbolic` to exprs.
template <typename OnFloats, typename OnIntegers, typename OnExprs>
MaybeScalar combine(const Operands &o, OnFloats onFloats, OnIntegers onIntegers,
                    OnExprs onExprs) {
  if (o.areConstant()) {
    if (o.isFloat()) {
      return Scalar{{}, onFloats(o.a.value(), o.b.value())};
    }
    std::optional<int64_t> value = onIntegers(*o.a.integer(), *o.b.integer());
    return value ? MaybeScalar(integerScalar(*value, o.context()))
                 : std::nullopt;
  }
  AffineExpr a = exprOf(o.a, o.context()), b = exprOf(o.b, o.context());
  if (!a || !b || !isSmall(o.a) || !isSmall(o.b)) {
    return std::nullopt;
  }
  AffineExpr result = onExprs(a, b);
  return result ? MaybeScalar(Scalar{kernel::simplify(result), 0})
                : std::nullopt;
}

using Integer = std::optional<int64_t>;

MaybeScalar add(const Operands &o) {
  return combine(
      o, [](double a, double b) { return a + b; },
      [](int64_t a, int64_t b) -> Integer {
        return int64_t(uint64_t(a) + uint64_t(b));
      },
      [](AffineExpr a, AffineExpr b) { return a + b; });
}

MaybeScalar subtract(const Operands &o) {
  return combine(
      o, [](double a, double b) { return a - b; },
      [](int64_t a, int64_t b) -> Integer {
        return int64_t(uint64_t(a) - uint64_t(b));
      },
      [](AffineExpr a, AffineExpr b) { return a - b; });
}

MaybeScalar multiply(const Operands &o) {
  return combine(
      o, [](double a, double b) { return a * b; },
      [](int64_t a, int64_t b) -> Integer {
        return int64_t(uint64_t(a) * uint64_t(b));
      },
      [](AffineExpr a, AffineExpr b) { return a * b; });
}

/// The divisor, or 1 where it is 0: no result is defined then, but nothing
/// may trap.
AffineExpr positive(ModuleOp module, AffineExpr divisor) {
  return extremeOf(module, kernel::DimensionKind::max, divisor,
                   getAffineConstantExpr(1, divisor.getContext()));
}

/// The quotient by a positive divisor, rounded towards zero: of what is
/// positive less that of what is negative, one of which is 0. Null for what
/// depends on derived dimensions: in a chain of divisions each would hold the
/// one before twice.
AffineExpr truncatedQuotient(ModuleOp module, AffineExpr a, AffineExpr b) {
  if (usesDerivedDimensions(a, module)) {
    return {};
  }
  AffineExpr zero = getAffineConstantExpr(0, a.getContext());
  AffineExpr positive = extremeOf(module, kernel::DimensionKind::max, a, zero);
  return positive.floorDiv(b) - kernel::simplify(positive - a).floorDiv(b);
}

MaybeScalar divide(const Operands &o) {
  return combine(
      o, [](double a, double b) { return a / b; },
      [](int64_t a, int64_t b) -> Integer {
        return b == 0 || (a == INT64_MIN && b == -1) ? Integer() : a / b;
      },
      [&](AffineExpr a, AffineExpr b) -> AffineExpr {
        if (AffineExpr exact = kernel::divideExactly(a, b)) {
          return exact;
        }
        // Integer division truncates: the same as floor for sizes.
        ModuleOp module = *o.node.importer.module;
        std::optional<int64_t> least = rangeOf(a, module).lower;
        std::optional<int64_t> divisor = rangeOf(b, module).lower;
        if (o.isFloat() || !divisor || *divisor < 0) {
          return {};
        }
        if (least && *least >= 0) {
          return a.floorDiv(positive(module, b));
        }
        o.node.importer.undecidedSizes.push_back(a);
        return o.few ? truncatedQuotient(module, a, positive(module, b))
                     : AffineExpr();
      });
}

MaybeScalar modulo(const Operands &o) {
  bool isC = o.node.integer("fmod", 0) != 0;
  return combine(
      o,
      [&](double a, double b) {
        double r = std::fmod(a, b);
        return !isC && r != 0 && (r < 0) != (b < 0) ? r + b : r;
      },
      [&](int64_t a, int64_t b) -> Integer {
        if (b == 0 || b == -1) {
          return b == 0 ? Integer() : Integer(0);
        }
        int64_t r = a % b;
        return !isC && r != 0 && (r < 0) != (b < 0) ? r + b : r;
      },
      [&](AffineExpr a, AffineExpr b) -> AffineExpr {
        ModuleOp module = *o.node.importer.module;
        Integer least = rangeOf(a, module).lower,
                divisor = rangeOf(b, module).lower;
        // Expressions round down; towards zero is the same for sizes only.
        bool fits =
            divisor && *divisor >= 0 && (!isC || (least && *least >= 0));
        return !o.isFloat() && fits ? a % positive(module, b) : AffineExpr();
      });
}

MaybeScalar extreme(const Operands &o, kernel::DimensionKind kind) {
  bool isMin = kind == kernel::DimensionKind::min;
  return combine(
      o,
      [&](double a, double b) {
        return std::isnan(a) || std::isnan(b) ? NAN
               : isMin                        ? std::min(a, b)
                                              : std::max(a, b);
      },
      [&](int64_t a, int64_t b) -> Integer {
        return isMin ? std::min(a, b) : std::max(a, b);
      },
      [&](AffineExpr a, AffineExpr b) {
        return extremeOf(*o.node.importer.module, kind, a, b);
      });
}

/// A size to a small power is a product of sizes.
MaybeScalar powerOfSize(const Operands &o) {
  constexpr double kMostFactors = 4;
  AffineExpr base = exprOf(o.a, o.context()), result = base;
  double factors = o.b.isConstant() ? o.b.value() : 0;
  bool isProduct =
      factors >= 1 && factors <= kMostFactors && std::trunc(factors) == factors;
  if (!base || !isProduct) {
    return std::nullopt;
  }
  for (int i = 1; i < factors; ++i) {
    result = kernel::simplify(result * base);
  }
  return Scalar{result, 0};
}

MaybeScalar power(const Operands &o) {
  if (!o.areConstant()) {
    return powerOfSize(o);
  }
  double value = std::pow(o.a.value(), o.b.value());
  if (o.isFloat()) {
    return Scalar{{}, value};
  }
  // As ONNX Runtime does, exact for those that are doubles.
  return std::abs(value) < 0x1p63
             ? MaybeScalar(integerScalar(int64_t(value), o.context()))
             : std::nullopt;
}

template <typename Number>
bool holds(StringRef op, Number a, Number b) {
  bool orEqual = op.ends_with("OrEqual");
  return op == "Equal"            ? a == b
         : op.starts_with("Less") ? (orEqual ? a <= b : a < b)
                                  : (orEqual ? a >= b : a > b);
}

/// A truth value where the order of the two is known whatever the sizes, else
/// an expression that is 0 or 1, if there are few of them.
MaybeScalar compare(const Operands &o, StringRef op) {
  auto truth = [&](bool value) { return integerScalar(value, o.context()); };
  bool orEqual = op.ends_with("OrEqual");
  if (o.areConstant()) {
    return truth(o.isFloat() ? holds(op, o.a.value(), o.b.value())
                             : holds(op, *o.a.integer(), *o.b.integer()));
  }
  AffineExpr a = exprOf(o.a, o.context()), b = exprOf(o.b, o.context());
  if (!a || !b) {
    return std::nullopt;
  }
  ValueRange64 gap = rangeOf(kernel::simplify(a - b), *o.node.importer.module);
  auto undecided = [&]() -> MaybeScalar {
    Importer &importer = o.node.importer;
    importer.undecidedSizes.append({a, b});
    if (!o.few) {
      return std::nullopt;
    }
    AffineExpr value = truthOf(*importer.module, op, a, b);
    if (op == "Equal") {
      importer.equalities.try_emplace(kernel::simplify(value), a, b);
    }
    return Scalar{value, 0};
  };
  if (op == "Equal") {
    bool differ =
        (gap.lower && *gap.lower > 0) || (gap.upper && *gap.upper < 0);
    bool same = gap.lower && gap.upper && *gap.lower == 0 && *gap.upper == 0;
    return differ || same ? MaybeScalar(truth(same)) : undecided();
  }
  if (op.starts_with("Less")) { // a < b when -gap is positive
    std::swap(gap.lower, gap.upper);
    gap.lower = gap.lower ? Integer(-*gap.lower) : gap.lower;
    gap.upper = gap.upper ? Integer(-*gap.upper) : gap.upper;
  }
  int64_t threshold = orEqual ? 0 : 1;
  if (gap.lower && *gap.lower >= threshold) {
    return truth(true);
  }
  return gap.upper && *gap.upper < threshold ? MaybeScalar(truth(false))
                                             : undecided();
}

MaybeScalar logical(const Operands &o, StringRef op) {
  if (!o.areConstant()) {
    AffineExpr a = exprOf(o.a, o.context()), b = exprOf(o.b, o.context());
    AffineExpr both = a * b;
    return Scalar{kernel::simplify(op == "And"  ? both
                                   : op == "Or" ? a + b - both
                                                : a + b - both * 2),
                  0};
  }
  bool a = o.a.value() != 0, b = o.b.value() != 0;
  return integerScalar(op == "And"  ? a && b
                       : op == "Or" ? a || b
                                    : a != b,
                       o.context());
}

} // namespace

MaybeScalar binaryScalar(StringRef op, const Operands &o) {
  if (op == "Add" || op == "Sum") {
    return add(o);
  }
  if (op == "Sub") {
    return subtract(o);
  }
  if (op == "Mul") {
    return multiply(o);
  }
  if (op == "Div") {
    return divide(o);
  }
  if (op == "Mod") {
    return modulo(o);
  }
  if (op == "Min" || op == "Max") {
    return extreme(o, op == "Min" ? kernel::DimensionKind::min
                                  : kernel::DimensionKind::max);
  }
  if (op == "Pow") {
    return power(o);
  }
  if (op == "And" || op == "Or" || op == "Xor") {
    return logical(o, op);
  }
  return compare(o, op);
}

MaybeScalar unaryScalar(StringRef op, const Scalar &x, Type element) {
  if (op == "Neg" && !x.isConstant()) {
    return Scalar{kernel::simplify(-x.expr), 0};
  }
  if (op == "Not" && !x.isConstant()) {
    return Scalar{kernel::simplify(1 - x.expr), 0};
  }
  bool isRounding = op == "Floor" || op == "Ceil" || op == "Round";
  if (isRounding && !x.isConstant()) {
    return x; // Expressions are integral.
  }
  if (!x.isConstant()) {
    return std::nullopt;
  }
  MLIRContext *context = element.getContext();
  double value = x.value();
  if (!isa<FloatType>(element)) {
    int64_t integer = *x.integer();
    if (op == "Neg" || op == "Abs") {
      bool negate = op == "Neg" || integer < 0;
      return integerScalar(negate ? int64_t(-uint64_t(integer)) : integer,
                           context);
    }
    return op == "Not" ? MaybeScalar(integerScalar(integer == 0, context))
                       : std::nullopt;
  }
  if (op == "Not") {
    return std::nullopt;
  }
  return Scalar{{},
                op == "Neg"     ? -value
                : op == "Abs"   ? std::abs(value)
                : op == "Floor" ? std::floor(value)
                : op == "Ceil"  ? std::ceil(value)
                : op == "Round" ? std::nearbyint(value)
                : op == "Sqrt"  ? std::sqrt(value)
                                : 1.0 / value};
}

MaybeScalar castScalar(const Scalar &x, Type from, Type to) {
  MLIRContext *context = to.getContext();
  if (isa<FloatType>(to)) {
    if (!x.isConstant()) {
      return x;
    }
    // A larger integer would be rounded twice.
    bool isExact = isa<FloatType>(from) || std::abs(x.value()) < kMostExact;
    return isExact || to.isF64() ? roundTo(to, Scalar{{}, x.value()})
                                 : std::nullopt;
  }
  if (to.isInteger(1)) {
    return x.isConstant() ? MaybeScalar(integerScalar(x.value() != 0, context))
           : from.isInteger(1) ? MaybeScalar(x)
                               : std::nullopt;
  }
  if (x.expr) {
    // Narrow integers may not hold a size.
    bool isHeld = x.isConstant() || to.getIntOrFloatBitWidth() >= 32;
    return isHeld ? roundTo(to, x) : std::nullopt;
  }
  double truncated = std::trunc(x.number);
  bool fits = std::abs(truncated) < 9.2e18;
  return fits ? roundTo(to, integerScalar(int64_t(truncated), context))
              : std::nullopt;
}

} // namespace tessera::import
