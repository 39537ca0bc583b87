//===- KernelFunctions.h - one function for each distinct launch -*- C++
//-*-===//

#ifndef TESSERA_CODEGEN_CPU_KERNELFUNCTIONS_H
#define TESSERA_CODEGEN_CPU_KERNELFUNCTIONS_H

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace tessera::cpu {

/// Words of a launch's context: the pointers of its buffers, then the
/// dimensions and the status word.
unsigned contextWordsOf(kernel::LaunchOp launch);

/// Adds to `code` a task function `void (context, begin, end)` for each
/// distinct launch of `plan` (named `<prefix>_kernel_N`) and records its name
/// in the launch's `symbol`. Launches that differ only in where their buffers
/// lie share one function.
void emitKernelFunctions(mlir::ModuleOp plan, mlir::ModuleOp code,
                         llvm::StringRef prefix);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_KERNELFUNCTIONS_H
