//===- Backend.h - from a planned module to files ---------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_DRIVER_BACKEND_H
#define TESSERA_COMPILER_DRIVER_BACKEND_H

#include "compiler/driver/Compiler.h"
#include "compiler/driver/Stages.h"
#include "llvm/Support/JSON.h"

namespace tessera {

/// What stays of the model's file behind the plan.
struct SourceModel {
  /// Identifies the file.
  uint64_t hash = 0;
  /// See graphRecord.
  llvm::json::Array graph;
};

/// Schedules the plan for each target, makes code and writes what the options
/// ask for from kernels on.
llvm::Error writeArtifact(mlir::ModuleOp plan, const Stages &stages,
                          SourceModel source, CompileResult &result);

} // namespace tessera

#endif // TESSERA_COMPILER_DRIVER_BACKEND_H
