//===- Compiler.h - from an ONNX file to a library --------------*- C++ -*-===//
//
// Composes the stages: import, graph passes, lowering, fusion, plan, schedule,
// code, library.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_DRIVER_COMPILER_H
#define TESSERA_COMPILER_DRIVER_COMPILER_H

#include "compiler/driver/CompileOptions.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

namespace tessera {

/// What is known about a finished compilation.
struct CompileResult {
  std::vector<std::string> files;
  std::vector<std::string> warnings;
  uint64_t kernels = 0;
  uint64_t weightsBytes = 0;
  /// At the lower bounds of free dimensions; -1: nothing was planned.
  int64_t workspaceBytes = -1;
  /// No plan with these kernels needs less; -1: unknown.
  int64_t workspaceLowerBound = -1;
};

/// Imports and plans a model and hands the plan, without schedules, to `use`.
/// Warnings are added to `warnings`.
llvm::Error planModel(const CompileOptions &options,
                      std::vector<std::string> &warnings,
                      llvm::function_ref<llvm::Error(mlir::ModuleOp plan)> use);

/// Compiles a model and writes the files that the options ask for. Each error
/// of the list reads `WHAT (node NAME, op TYPE): WHY`.
llvm::Expected<CompileResult> compile(const CompileOptions &options);

} // namespace tessera

#endif // TESSERA_COMPILER_DRIVER_COMPILER_H
