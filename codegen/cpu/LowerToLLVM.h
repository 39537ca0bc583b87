//===- LowerToLLVM.h - kernels to the LLVM dialect --------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_LOWERTOLLVM_H
#define TESSERA_CODEGEN_CPU_LOWERTOLLVM_H

#include "mlir/IR/BuiltinOps.h"

namespace tessera::cpu {

/// Turns scf, cf, arith, math, vector and func operations into the LLVM
/// dialect; reports an error when something has no counterpart.
llvm::LogicalResult lowerToLLVM(mlir::ModuleOp module);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_LOWERTOLLVM_H
