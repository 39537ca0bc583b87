//===- LoopFunctions.h - one function per distinct loop ---------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_LOOPFUNCTIONS_H
#define TESSERA_CODEGEN_CPU_LOOPFUNCTIONS_H

#include "dialects/kernel/Kernel.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace tessera::cpu {

/// Words of a loop's context: the pointers of its buffers, then the dimensions
/// and the status word.
unsigned contextWordsOf(kernel::LoopOp loop);

/// How many runs the points of the loop are cut into: a function of the
/// symbols that the loop is among, the least of the results.
mlir::AffineMap runCountOf(kernel::LoopOp loop);

/// The names of the functions of the loops of a scheduled plan, in order:
/// loop_0, loop_1 ... Equal loops share one function.
std::vector<std::string> loopNamesOf(mlir::ModuleOp plan);

/// The function of a step and the model's nodes that it computes.
struct StepName {
  std::string name;
  mlir::Location location;
};

/// The launches and loops of a scheduled plan in the order of execution.
std::vector<StepName> stepNamesOf(mlir::ModuleOp plan);

/// Adds to `code` a task function `void (context, begin, end)` for each
/// distinct loop of `plan`, named `<prefix>_` and its name from `loopNamesOf`;
/// it executes the runs [begin, end). Inner loops are part of it.
void emitLoopFunctions(mlir::ModuleOp plan, mlir::ModuleOp code,
                       llvm::StringRef prefix);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_LOOPFUNCTIONS_H
