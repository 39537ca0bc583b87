//===- Stages.h - runs passes and writes IR ---------------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_DRIVER_STAGES_H
#define TESSERA_COMPILER_DRIVER_STAGES_H

#include "compiler/driver/CompileOptions.h"
#include "compiler/driver/Diagnostics.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Support/Timing.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace tessera {

/// What the stages of one compilation share.
struct Stages {
  const CompileOptions &options;
  DiagnosticCollector &diagnostics;
  mlir::TimingScope &timing;

  /// Runs the passes that `add` adds, with the printing and timing asked for.
  llvm::Error run(mlir::ModuleOp module, llvm::StringRef stage,
                  llvm::function_ref<void(mlir::OpPassManager &)> add) const;

  /// Writes what `print` prints to the output file.
  llvm::Error
  writeText(llvm::function_ref<llvm::Error(llvm::raw_ostream &)> print) const;

  /// Writes the module as text; large constants are left out.
  llvm::Error writeModule(mlir::ModuleOp module) const;
};

} // namespace tessera

#endif // TESSERA_COMPILER_DRIVER_STAGES_H
