//===- BenchKernels.h - classes of kernels against the peak -----*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_BENCHKERNELS_H
#define TESSERA_COMPILER_TOOLS_BENCHKERNELS_H

#include "compiler/tools/Command.h"

namespace tessera::tools {

/// Measures kernels of every class with their default schedules for `target`
/// ("native" or a name), weights cold, on one thread: time, rates, and share of
/// what this machine can do at most.
llvm::Expected<Json> benchKernels(llvm::StringRef target);

void printKernels(const Json &result);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_BENCHKERNELS_H
