//===- MathFunctions.h - elementary functions in f32 ------------*- C++ -*-===//
//
// Each writes the function of `x` with a MathBuilder. Polynomials come from
// tests/codegen/math/fit_polynomials.py; the errors that remain are measured
// by tests/codegen/math.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_CPU_MATHFUNCTIONS_H
#define TESSERA_CODEGEN_CPU_MATHFUNCTIONS_H

#include "codegen/cpu/MathBuilder.h"

namespace tessera::cpu {

mlir::Value expandExp(MathBuilder &m, mlir::Value x);
mlir::Value expandExp2(MathBuilder &m, mlir::Value x);
mlir::Value expandExpM1(MathBuilder &m, mlir::Value x);
/// e^x / 2, finite wherever cosh is.
mlir::Value expandHalfExp(MathBuilder &m, mlir::Value x);
/// e^x for -87 <= x <= 88, without the care that other arguments need.
mlir::Value expandModerateExp(MathBuilder &m, mlir::Value x);
/// e^x for x <= 0, and that with 0 for results below the smallest normal
/// number.
mlir::Value expandNotPositiveExp(MathBuilder &m, mlir::Value x);
/// The same with 0 for results below the smallest normal number.
mlir::Value expandFlushedNotPositiveExp(MathBuilder &m, mlir::Value x);
mlir::Value expandFlushedExp(MathBuilder &m, mlir::Value x);

mlir::Value expandSinh(MathBuilder &m, mlir::Value x);
mlir::Value expandCosh(MathBuilder &m, mlir::Value x);
mlir::Value expandTanh(MathBuilder &m, mlir::Value x);
/// 1 / (1 + e^-x); results below the smallest normal number are 0.
mlir::Value expandSigmoid(MathBuilder &m, mlir::Value x);

mlir::Value expandLog(MathBuilder &m, mlir::Value x);
mlir::Value expandLog2(MathBuilder &m, mlir::Value x);
mlir::Value expandLog10(MathBuilder &m, mlir::Value x);
mlir::Value expandLog1p(MathBuilder &m, mlir::Value x);

/// Good for |x| up to kLargestReduced; meaningless beyond.
mlir::Value expandSin(MathBuilder &m, mlir::Value x);
mlir::Value expandCos(MathBuilder &m, mlir::Value x);
mlir::Value expandTan(MathBuilder &m, mlir::Value x);
inline constexpr float kLargestReduced = 1.0e5f;

mlir::Value expandAsin(MathBuilder &m, mlir::Value x);
mlir::Value expandAcos(MathBuilder &m, mlir::Value x);
mlir::Value expandAtan(MathBuilder &m, mlir::Value x);

mlir::Value expandErf(MathBuilder &m, mlir::Value x);
/// 1 + erf(x) with an error of at most 1.2e-7, where only that counts.
mlir::Value expandOnePlusErf(MathBuilder &m, mlir::Value x);

/// x^y of f32 values that were widened: `m` computes in f64. Rounded to f32 the
/// error is at most 0.51 units in the last place.
mlir::Value expandPower(MathBuilder &m, mlir::Value x, mlir::Value y);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_MATHFUNCTIONS_H
