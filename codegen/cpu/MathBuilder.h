//===- MathBuilder.h - float arithmetic on scalars and vectors --*- C++ -*-===//
//
// Writes float arithmetic as one would on paper. A scalar and each lane of a
// vector go through the same operations, so all of them agree bit for bit.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_CPU_MATHBUILDER_H
#define TESSERA_CODEGEN_CPU_MATHBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"

namespace tessera::cpu {

/// Builds operations on f32 or f64 values of one shape, and on integers of that
/// shape and width.
class MathBuilder {
public:
  using Value = mlir::Value;

  /// `type` is f32, f64 or a vector of one of them.
  MathBuilder(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type);

  Value constant(double value);
  /// For 32 bits the lower ones count.
  Value integer(int64_t value);

  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b);
  /// a * b + c, rounded once.
  Value fma(Value a, Value b, Value c);
  Value abs(Value a);
  Value sqrt(Value a);
  Value floor(Value a);
  /// The magnitude of `magnitude` with the sign of `sign`.
  Value copySign(Value magnitude, Value sign);
  /// c0 + x (c1 + x (c2 + ...)).
  Value polynomial(Value x, llvm::ArrayRef<double> lowestFirst);

  Value less(Value a, Value b);
  Value equal(Value a, Value b);
  /// Not less than; true when either is NaN.
  Value notLess(Value a, Value b);
  Value both(Value condition, Value other);
  Value select(Value condition, Value ifTrue, Value ifFalse);
  /// Whether lanes that a select drops are not computed: x86 has masks for
  /// vectors of 512 bits, and for others where it has these.
  bool leavesLanesOut() const;
  /// The nearest value in [low, high], or with one bound; NaN stays NaN.
  Value clamp(Value a, double low, double high);
  Value atMost(Value a, double high);
  Value atLeast(Value a, double low);

  /// The bits of a float, and back.
  Value bitsOf(Value a);
  Value floatOf(Value bits);
  Value addBits(Value a, Value b);
  Value subBits(Value a, Value b);
  Value andBits(Value a, int64_t mask);
  Value xorBits(Value a, Value b);
  Value shiftLeft(Value a, int32_t count);
  /// Shifts in copies of the sign.
  Value shiftRight(Value a, int32_t count);
  /// Shifts in zeros.
  Value shiftRightUnsigned(Value a, int32_t count);
  Value isZero(Value bits);
  /// The nearest float to an integer.
  Value fromInteger(Value a);

  /// Of eight numbers the one at the lowest three bits of `index`: one
  /// instruction for up to 16 lanes of f32, the only type there is.
  Value lookUp(llvm::ArrayRef<float> table, Value index);

  /// 2^n for an integer -126 <= n <= 127, in f64 -1022 <= n <= 1023; 0 for the
  /// integer below.
  Value powerOfTwo(Value n);

  /// The integer nearest to a * factor, which is less than 2^22, as a float and
  /// as its value.
  struct Rounded {
    Value real;
    Value integer;
  };
  Rounded round(Value a, double factor);
  /// The same without the value's high bits, which cost an operation: of `bits`
  /// the lowest ones are the integer's.
  struct RoundedBits {
    Value real;
    Value bits;
  };
  RoundedBits roundToBits(Value a, double factor);

private:
  Value shifter();
  Value splat(mlir::TypedAttr value, mlir::Type type);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Type type;
  mlir::Type bitsType;
  /// Bits of the significand that are stored: 23 or 52.
  unsigned fractionBits;
};

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_MATHBUILDER_H
