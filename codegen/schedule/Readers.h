//===- Readers.h - who reads what a launch stores ---------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_SCHEDULE_READERS_H
#define TESSERA_CODEGEN_SCHEDULE_READERS_H

#include "dialects/kernel/Kernel.h"

namespace tessera::schedule {

/// Whether nobody but launches that `fit` reads an output of the launch behind
/// it: not the caller and no call. False for a launch of a loop.
bool onlyRead(kernel::LaunchOp launch, mlir::Value output,
              llvm::function_ref<bool(kernel::LaunchOp)> fit);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_READERS_H
