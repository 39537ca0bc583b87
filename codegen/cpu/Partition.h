//===- Partition.h - one module for each function ---------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_PARTITION_H
#define TESSERA_CODEGEN_CPU_PARTITION_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace tessera::cpu {

/// The functions with a body that others may call, in order.
llvm::SmallVector<mlir::LLVM::LLVMFuncOp>
sharedFunctions(mlir::ModuleOp module);

/// A module with this function, copies of the internal functions and constants
/// that it names, and declarations of the others. The function gets a hidden
/// external name, so that the parts can be linked again.
llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
extractFunction(mlir::LLVM::LLVMFuncOp function);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_PARTITION_H
