//===- CompareResults.h - noise or change -----------------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_COMPARERESULTS_H
#define TESSERA_COMPILER_TOOLS_COMPARERESULTS_H

#include "compiler/tools/Command.h"

namespace tessera::tools {

/// Compares two files that `bench --json` wrote: ratio, noise, verdict
/// ("noise", "slower" or "faster"), whether the slowdown is more than 10 % and
/// more than noise, and the kernels that changed when both were profiled.
llvm::Expected<Json> compareResults(llvm::StringRef before,
                                    llvm::StringRef after);

void printComparison(const Json &result);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_COMPARERESULTS_H
