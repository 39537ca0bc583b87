//===- CompareResults.h - noise or change -----------------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_COMPARERESULTS_H
#define TESSERA_COMPILER_TOOLS_COMPARERESULTS_H

#include "compiler/tools/Command.h"

namespace tessera::tools {

/// Compares two files that `bench --json` wrote: ratio, noise, verdict
/// ("noise", "slower" or "faster"), whether the slowdown is more than 10 % and
/// more than noise, the kernels that changed when both were profiled, and what
/// else differs between the runs: model, machine, target, sizes, threads,
/// callers.
llvm::Expected<Json> compareResults(llvm::StringRef before,
                                    llvm::StringRef after);

/// Warns of each difference that makes the times incomparable.
void warnOfDifferences(const Json &result);

void printComparison(const Json &result);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_COMPARERESULTS_H
