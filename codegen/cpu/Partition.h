//===- Partition.h - one module for each function ---------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_PARTITION_H
#define TESSERA_CODEGEN_CPU_PARTITION_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace tessera::cpu {

/// The functions of the module that have a body, in order.
llvm::SmallVector<mlir::LLVM::LLVMFuncOp>
definedFunctions(mlir::ModuleOp module);

/// A module with this function, declarations of the functions it names and
/// copies of the constants it names. Defined functions get hidden external
/// names, so that the parts can be linked again.
llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
extractFunction(mlir::LLVM::LLVMFuncOp function);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_PARTITION_H
