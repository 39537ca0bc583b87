//===- Optimise.h - LLVM IR to machine code ---------------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_OPTIMISE_H
#define TESSERA_CODEGEN_CPU_OPTIMISE_H

#include "codegen/cpu/Object.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include "llvm/Target/TargetMachine.h"

namespace tessera::cpu {

/// LLVM's code generator for the target.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const schedule::Target &target,
                    const ObjectOptions &options);

/// Sets triple, layout and the functions' target attributes.
void setTarget(llvm::Module &module, llvm::TargetMachine &machine,
               const schedule::Target &target, const ObjectOptions &options);

/// Optimises the module and inserts the checks that were asked for.
void optimise(llvm::Module &module, llvm::TargetMachine &machine,
              const ObjectOptions &options);

/// The module as an object file (or assembly text).
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
generateCode(llvm::Module &module, llvm::TargetMachine &machine,
             const ObjectOptions &options);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_OPTIMISE_H
