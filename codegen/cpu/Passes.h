//===- Passes.h - kernels to code for CPUs ----------------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_PASSES_H
#define TESSERA_CODEGEN_CPU_PASSES_H

#include "mlir/Pass/Pass.h"

namespace tessera::cpu {

#define GEN_PASS_DECL
#include "codegen/cpu/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "codegen/cpu/Passes.h.inc"

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_PASSES_H
