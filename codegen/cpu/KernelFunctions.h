//===- KernelFunctions.h - one function per distinct launch -----*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_KERNELFUNCTIONS_H
#define TESSERA_CODEGEN_CPU_KERNELFUNCTIONS_H

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace tessera::cpu {

/// Words of a launch's context: the pointers of its buffers, then the
/// dimensions and the status word.
unsigned contextWordsOf(kernel::LaunchOp launch);

/// The names of the functions of the launches of a scheduled plan, in order:
/// kernel_0, kernel_1 ... Launches that differ only in where their buffers lie
/// share one function.
std::vector<std::string> kernelNamesOf(mlir::ModuleOp plan);

/// Adds to `code` a task function `void (context, begin, end)` for each
/// distinct launch of `plan`, named `<prefix>_` and its name from
/// `kernelNamesOf`, which it records in the launch's `symbol`. `byteProducts`
/// as in schedule::Target.
void emitKernelFunctions(mlir::ModuleOp plan, mlir::ModuleOp code,
                         llvm::StringRef prefix, bool byteProducts);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_KERNELFUNCTIONS_H
