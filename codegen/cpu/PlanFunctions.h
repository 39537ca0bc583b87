//===- PlanFunctions.h - the functions the runtime calls --------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_PLANFUNCTIONS_H
#define TESSERA_CODEGEN_CPU_PLANFUNCTIONS_H

#include "mlir/IR/BuiltinOps.h"

namespace tessera::cpu {

/// Adds to `code` the functions described in runtime's abi.h for a plan whose
/// launches have symbols: `<prefix>_generated_run_<isa>` and the following.
void emitPlanFunctions(mlir::ModuleOp plan, mlir::ModuleOp code,
                       llvm::StringRef prefix, llvm::StringRef isa);

/// Adds `<prefix>_generated_workspace_<isa>`.
void emitWorkspaceFunction(mlir::ModuleOp plan, mlir::ModuleOp code,
                           llvm::StringRef prefix, llvm::StringRef isa);

/// Adds `<prefix>_generated_resolve` and `<prefix>_generated_shapes`, which do
/// not depend on the target.
void emitShapeFunctions(mlir::ModuleOp plan, mlir::ModuleOp code,
                        llvm::StringRef prefix);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_PLANFUNCTIONS_H
