//===- Scalar.h - scalar expressions for pointwise bodies -------*- C++ -*-===//
//
// The vocabulary of PointwiseOps.td: C++ operators and functions on Scalar
// create arith and math operations on the element type, float or integer.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_DIALECTS_GRAPH_SCALAR_H
#define TESSERA_DIALECTS_GRAPH_SCALAR_H

#include "mlir/IR/Builders.h"
#include "llvm/ADT/APFloat.h"

namespace tessera::graph {

/// A scalar value with the place to build on it. Integer types are signless;
/// `isUnsigned` tells how to read them.
struct Scalar {
  mlir::OpBuilder *builder = nullptr;
  std::optional<mlir::Location> location;
  mlir::Value value;
  bool isUnsigned = false;
  /// False for constants other than NaN, for which max and min are cheaper.
  bool mayBeNan = true;

  operator mlir::Value() const { return value; }
  mlir::Location loc() const { return *location; }
  mlir::OpBuilder &b() const { return *builder; }
  bool isFloat() const { return llvm::isa<mlir::FloatType>(value.getType()); }
  /// The same place and signedness with another value.
  Scalar with(mlir::Value other) const {
    return {builder, location, other, isUnsigned};
  }
};

/// Element i of a pointwise operation's operands; empty when it has fewer.
Scalar operandScalar(mlir::Operation *op, mlir::OpBuilder &b,
                     mlir::Location loc, mlir::ValueRange args, unsigned i);

double toDouble(const llvm::APFloat &value);

/// A constant of the type of `x`.
Scalar constantLike(Scalar x, double value);

Scalar operator+(Scalar x, Scalar y);
Scalar operator-(Scalar x, Scalar y);
Scalar operator*(Scalar x, Scalar y);
/// Integers: rounds towards zero; never traps.
Scalar operator/(Scalar x, Scalar y);
Scalar operator-(Scalar x);
Scalar operator&(Scalar x, Scalar y);
Scalar operator|(Scalar x, Scalar y);
Scalar operator^(Scalar x, Scalar y);
Scalar operator<(Scalar x, Scalar y);
Scalar operator<=(Scalar x, Scalar y);
Scalar operator>(Scalar x, Scalar y);
Scalar operator>=(Scalar x, Scalar y);
Scalar operator==(Scalar x, Scalar y);
Scalar max(Scalar x, Scalar y);
Scalar min(Scalar x, Scalar y);

// The same with a number on the right.
#define TESSERA_SCALAR_WITH_NUMBER(function)                                   \
  inline Scalar function(Scalar x, double y) {                                 \
    return function(x, constantLike(x, y));                                    \
  }                                                                            \
  inline Scalar function(Scalar x, const llvm::APFloat &y) {                   \
    return function(x, toDouble(y));                                           \
  }
TESSERA_SCALAR_WITH_NUMBER(operator+)
TESSERA_SCALAR_WITH_NUMBER(operator-)
TESSERA_SCALAR_WITH_NUMBER(operator*)
TESSERA_SCALAR_WITH_NUMBER(operator/)
TESSERA_SCALAR_WITH_NUMBER(operator<)
TESSERA_SCALAR_WITH_NUMBER(operator>)
TESSERA_SCALAR_WITH_NUMBER(operator==)
TESSERA_SCALAR_WITH_NUMBER(operator>=)
TESSERA_SCALAR_WITH_NUMBER(max)
TESSERA_SCALAR_WITH_NUMBER(min)
#undef TESSERA_SCALAR_WITH_NUMBER

Scalar select(Scalar condition, Scalar x, Scalar y);
Scalar bitNot(Scalar x);
/// Shifted by y bits, to the right with copies of the sign; all bits are
/// shifted out when y is negative or the width or more.
Scalar shift(Scalar x, Scalar y, bool left);
/// The remainder: with the sign of x (`truncated`) or of y.
Scalar modulo(Scalar x, Scalar y, bool truncated);
/// x to the power y, in the type of x.
Scalar pow(Scalar x, Scalar y);
/// What becomes of values that floats of 8 bits and less do not have.
struct Rounding {
  /// Whether values beyond the largest become the largest, infinities included.
  bool saturate = true;
  /// Of types that hold powers of two only: `up`, `down` or `nearest`.
  llvm::StringRef powersOfTwo = "up";
};
/// The value in element type `to` (as a tensor has it), as C converts; integers
/// of fewer bits keep the low ones.
Scalar convert(Scalar x, mlir::Type to, Rounding rounding = {});
/// The bits as an element of type `to`, which has as many.
Scalar bitCast(Scalar x, mlir::Type to);

Scalar abs(Scalar x);
Scalar sign(Scalar x);
Scalar isNan(Scalar x);
Scalar isInfinite(Scalar x, bool positive, bool negative);

Scalar acos(Scalar x);
Scalar acosh(Scalar x);
Scalar asin(Scalar x);
Scalar asinh(Scalar x);
Scalar atan(Scalar x);
Scalar atanh(Scalar x);
Scalar ceil(Scalar x);
Scalar cos(Scalar x);
Scalar cosh(Scalar x);
Scalar erf(Scalar x);
Scalar exp(Scalar x);
Scalar floor(Scalar x);
Scalar log(Scalar x);
Scalar log1p(Scalar x);
Scalar roundEven(Scalar x);
Scalar sin(Scalar x);
Scalar sinh(Scalar x);
Scalar sqrt(Scalar x);
Scalar tan(Scalar x);
Scalar tanh(Scalar x);

Scalar gelu(Scalar x);
Scalar geluTanh(Scalar x);
Scalar sigmoid(Scalar x);
/// log(1 + exp(x)) without overflow.
Scalar softplus(Scalar x);

} // namespace tessera::graph

#endif // TESSERA_DIALECTS_GRAPH_SCALAR_H
