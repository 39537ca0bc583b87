//===- ExpandComposites.h - functions of several operations -----*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_EXPANDCOMPOSITES_H
#define TESSERA_CODEGEN_CPU_EXPANDCOMPOSITES_H

#include "mlir/IR/BuiltinOps.h"

namespace tessera::cpu {

/// Replaces what models write with several operations in f32, and what costs
/// less as a whole than its parts do: sigmoids, 1 + erf and 1 + tanh.
void expandComposites(mlir::ModuleOp module);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_EXPANDCOMPOSITES_H
