//===- ExpandMath.h - elementary functions as arithmetic --------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_EXPANDMATH_H
#define TESSERA_CODEGEN_CPU_EXPANDMATH_H

#include "mlir/IR/BuiltinOps.h"

namespace tessera::cpu {

/// Replaces elementary functions by arithmetic where that is a few ulp exact,
/// and by calls of libm for each lane otherwise (f64, rare functions).
llvm::LogicalResult expandMath(mlir::ModuleOp module);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_EXPANDMATH_H
