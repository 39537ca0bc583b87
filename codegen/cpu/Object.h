//===- Object.h - LLVM dialect to object files ------------------*- C++ -*-===//
//
// Groups of functions become objects: groups are compiled in parallel, and the
// bytes do not depend on how many threads do it.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_CPU_OBJECT_H
#define TESSERA_CODEGEN_CPU_OBJECT_H

#include "codegen/schedule/Target.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/MemoryBuffer.h"
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tessera::cpu {

struct ObjectOptions {
  /// Threads; 0: one for each processor.
  unsigned jobs = 1;
  /// Run LLVM's optimizer; without it code is made as written.
  bool optimise = true;
  /// "", "address" or "thread": what the code checks while it runs.
  std::string sanitize;
  /// Write assembly text in place of objects.
  bool assembly = false;
  /// Asked before each group behind the first `leastFunctions` functions: once
  /// it says true, the objects that are left stay null.
  std::function<bool()> isOver;
  size_t leastFunctions = 0;
};

using Objects = std::vector<std::unique_ptr<llvm::MemoryBuffer>>;

/// The functions of a module in the LLVM dialect, in the order of the module;
/// internal functions go with those that call them. All names are hidden
/// outside the linked file.
llvm::FailureOr<Objects> compileObjects(mlir::ModuleOp module,
                                        const schedule::Target &target,
                                        const ObjectOptions &options);

/// Writes the module as LLVM IR text, as it enters LLVM.
llvm::LogicalResult printLLVM(mlir::ModuleOp module,
                              const schedule::Target &target,
                              llvm::raw_ostream &stream);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_OBJECT_H
