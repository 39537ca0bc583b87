//===- InnerInputs.h - what a body reads at every point ---------*- C++ -*-===//

#ifndef TESSERA_DIALECTS_KERNEL_INNERINPUTS_H
#define TESSERA_DIALECTS_KERNEL_INNERINPUTS_H

#include "mlir/IR/Block.h"
#include "llvm/ADT/SmallVector.h"

namespace tessera::kernel {

/// For each argument of a nest's body, whether a reduction needs it: such
/// inputs are read at every point of the reductions, all others once for a
/// result.
llvm::SmallVector<bool> innerInputs(mlir::Block &body);

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_INNERINPUTS_H
