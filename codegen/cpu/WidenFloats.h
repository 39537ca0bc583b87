//===- WidenFloats.h - arithmetic on 16-bit floats --------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_WIDENFLOATS_H
#define TESSERA_CODEGEN_CPU_WIDENFLOATS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

namespace tessera::cpu {

/// Whether the element type is a float of fewer than 32 bits.
bool isNarrowFloat(mlir::Type type);

/// Replaces an operation on narrow floats by the same one on f32, whose result
/// is rounded; returns the new one.
mlir::Operation *widenOperation(mlir::Operation *op);

/// Computes in f32 (conversions of wide integers: in f64) what is written on
/// narrow floats, rounds doubles to them without a support library, and writes
/// the conversions of floats of 8 bits and less as integer operations.
void widenFloats(mlir::ModuleOp module);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_WIDENFLOATS_H
