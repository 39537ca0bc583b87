//===- HalideCall.h - calls of functions that Halide writes -----*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_HALIDECALL_H
#define TESSERA_CODEGEN_CPU_HALIDECALL_H

#include "codegen/cpu/Object.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/IR/Module.h"

namespace tessera::cpu {

/// Whether the launch's schedule leaves its code to Halide.
bool isHalides(kernel::LaunchOp launch);

/// Declares `name` in `code`, a function that Halide will write for the launch,
/// and calls it at `b` for the tasks [begin, end). `buffers` are the pointers
/// of the launch's buffers.
void emitHalideCall(mlir::OpBuilder &b, mlir::ModuleOp code,
                    llvm::StringRef name, kernel::LaunchOp launch,
                    mlir::ValueRange buffers, mlir::Value begin,
                    mlir::Value end);

/// Names and descriptions of the functions that a module declares for Halide.
using HalideFunctions = std::vector<std::pair<std::string, std::string>>;
HalideFunctions halideFunctionsOf(mlir::ModuleOp module);

/// Lets Halide write the functions and links them into `code` as internal ones
/// that become part of their callers. They may call nothing.
llvm::Error linkHalideFunctions(const HalideFunctions &functions,
                                const schedule::Target &target,
                                llvm::Module &code);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_HALIDECALL_H
