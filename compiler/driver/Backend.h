//===- Backend.h - from a planned module to files ---------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_DRIVER_BACKEND_H
#define TESSERA_COMPILER_DRIVER_BACKEND_H

#include "compiler/driver/Compiler.h"
#include "compiler/driver/Stages.h"

namespace tessera {

/// Schedules the plan for each target, makes code and writes what the options
/// ask for from kernels on. `modelHash` identifies the model's file.
llvm::Error writeArtifact(mlir::ModuleOp plan, const Stages &stages,
                          uint64_t modelHash, CompileResult &result);

} // namespace tessera

#endif // TESSERA_COMPILER_DRIVER_BACKEND_H
