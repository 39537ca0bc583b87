//===- DimensionChecks.h - values of dimensions in host code ----*- C++ -*-===//
//
// Shared by the function that resolves dimensions at entry and by the run,
// which learns computed dimensions from its calls.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_CPU_DIMENSIONCHECKS_H
#define TESSERA_CODEGEN_CPU_DIMENSIONCHECKS_H

#include "codegen/cpu/HostFunction.h"
#include "dialects/kernel/Kernel.h"

namespace tessera::cpu {

/// Returns `status` from the function when `bad` (i1) holds.
void returnIf(HostFunction &host, mlir::Value bad, int32_t status);

/// Returns TSR_DIMENSION_OUT_OF_BOUNDS outside the dimension's bounds.
void checkBounds(HostFunction &host, kernel::DimensionAttr dimension,
                 mlir::Value value);

/// The value of a minimum or maximum.
mlir::Value deriveDimension(HostFunction &host, kernel::DimensionAttr dimension,
                            llvm::ArrayRef<mlir::Value> symbols);

/// Pairs of extents that the module takes as equal.
llvm::SmallVector<mlir::AffineMap> constraintsOf(mlir::ModuleOp plan);

/// Returns TSR_DIMENSION_MISMATCH unless both results are equal.
void checkConstraint(HostFunction &host, mlir::AffineMap constraint,
                     llvm::ArrayRef<mlir::Value> symbols);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_DIMENSIONCHECKS_H
