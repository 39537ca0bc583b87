//===- Partition.h - modules that LLVM compiles alone -----------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_PARTITION_H
#define TESSERA_CODEGEN_CPU_PARTITION_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/IR/SymbolTable.h"
#include <vector>

namespace tessera::cpu {

using Functions = llvm::SmallVector<mlir::LLVM::LLVMFuncOp>;

/// The functions with a body that others may call, in order and in groups that
/// are worth a thread's while: a module of its own costs LLVM as much as some
/// hundred operations.
std::vector<Functions> groupsOf(mlir::ModuleOp module,
                                const mlir::SymbolTable &symbols);

/// A module with these functions of the module of `symbols`, copies of the internal functions and
/// constants that they name, and declarations of the others. The functions get
/// hidden external names, so that the parts can be linked again.
llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
extract(const Functions &functions, const mlir::SymbolTable &symbols);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_PARTITION_H
