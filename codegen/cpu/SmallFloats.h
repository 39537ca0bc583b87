//===- SmallFloats.h - conversions of floats of 8 bits and less -*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_SMALLFLOATS_H
#define TESSERA_CODEGEN_CPU_SMALLFLOATS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace tessera::cpu {

/// The exact f32 values of floats of 8 bits or less that have a sign, one or a
/// vector of them.
mlir::Value expandExtension(mlir::OpBuilder &builder, mlir::Location loc,
                            mlir::Value x);

/// f32 values rounded to the nearest of `type`, ties to even. What is too large
/// becomes infinity, in types without it NaN, in types without that the
/// largest.
mlir::Value expandTruncation(mlir::OpBuilder &builder, mlir::Location loc,
                             mlir::Value x, mlir::Type type);

/// The constant, from its bits.
mlir::Value expandSmallConstant(mlir::OpBuilder &builder,
                                mlir::arith::ConstantOp op);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_SMALLFLOATS_H
