//===- Registry.h - every dialect and pass of the project -------*- C++ -*-===//

#ifndef TESSERA_COMPILER_DRIVER_REGISTRY_H
#define TESSERA_COMPILER_DRIVER_REGISTRY_H

#include "mlir/IR/DialectRegistry.h"

namespace tessera {

/// Adds the project's dialects and those of MLIR that its stages use, with the
/// translations to LLVM's own form.
void registerDialects(mlir::DialectRegistry &registry);

/// Makes the project's passes, canonicalize and cse known by name.
void registerPasses();

} // namespace tessera

#endif // TESSERA_COMPILER_DRIVER_REGISTRY_H
