//===- MathBuilder.h - float arithmetic on scalars and vectors --*- C++ -*-===//
//
// Writes f32 arithmetic as one would on paper. A scalar and each lane of a
// vector go through the same operations, so all of them agree bit for bit.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_CPU_MATHBUILDER_H
#define TESSERA_CODEGEN_CPU_MATHBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"

namespace tessera::cpu {

/// Builds operations on f32 values of one shape, and on i32 of that shape.
class MathBuilder {
public:
  using Value = mlir::Value;

  /// `type` is f32 or a vector of f32.
  MathBuilder(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type);

  Value constant(float value);
  Value integer(int32_t value);

  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b);
  /// a * b + c, rounded once.
  Value fma(Value a, Value b, Value c);
  Value abs(Value a);
  Value sqrt(Value a);
  /// The magnitude of `magnitude` with the sign of `sign`.
  Value copySign(Value magnitude, Value sign);
  /// c0 + x (c1 + x (c2 + ...)).
  Value polynomial(Value x, llvm::ArrayRef<float> lowestFirst);

  Value less(Value a, Value b);
  Value equal(Value a, Value b);
  /// Not less than; true when either is NaN.
  Value notLess(Value a, Value b);
  Value select(Value condition, Value ifTrue, Value ifFalse);
  /// The nearest value in [low, high]; NaN stays NaN.
  Value clamp(Value a, float low, float high);

  /// The 32 bits of a float, and back.
  Value bitsOf(Value a);
  Value floatOf(Value bits);
  Value addBits(Value a, Value b);
  Value subBits(Value a, Value b);
  Value andBits(Value a, int32_t mask);
  Value xorBits(Value a, Value b);
  Value shiftLeft(Value a, int32_t count);
  /// Shifts in copies of the sign.
  Value shiftRight(Value a, int32_t count);
  Value isZero(Value bits);
  /// The nearest float to an integer.
  Value fromInteger(Value a);

  /// 2^n for an integer -126 <= n <= 127.
  Value powerOfTwo(Value n);

  /// The integer nearest to a, |a| < 2^22, as a float and as its i32 value.
  struct Rounded {
    Value real;
    Value integer;
  };
  Rounded round(Value product, float factor);

private:
  Value splat(mlir::TypedAttr value, mlir::Type type);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Type type;
  mlir::Type bitsType;
};

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_MATHBUILDER_H
