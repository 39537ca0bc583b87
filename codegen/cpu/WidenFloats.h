//===- WidenFloats.h - arithmetic on 16-bit floats --------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_WIDENFLOATS_H
#define TESSERA_CODEGEN_CPU_WIDENFLOATS_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

namespace tessera::cpu {

/// Whether the element type is a float of 16 bits.
bool isNarrowFloat(mlir::Type type);

/// Replaces an operation on 16-bit floats by the same one on f32, whose result
/// is rounded; returns the new one.
mlir::Operation *widenOperation(mlir::Operation *op);

/// Computes in f32 (conversions of wide integers: in f64) what is written on
/// 16-bit floats, and rounds doubles to them without a support library.
void widenFloats(mlir::ModuleOp module);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_WIDENFLOATS_H
