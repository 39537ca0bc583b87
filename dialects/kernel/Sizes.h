//===- Sizes.h - affine sizes as numbers ------------------------*- C++ -*-===//

#ifndef TESSERA_DIALECTS_KERNEL_SIZES_H
#define TESSERA_DIALECTS_KERNEL_SIZES_H

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"

namespace tessera::kernel {

/// The results of a map over symbols; symbols that `symbols` does not have
/// count as 1. Empty on overflow or division by zero.
llvm::SmallVector<int64_t> evaluateSizes(mlir::AffineMap map,
                                         llvm::ArrayRef<int64_t> symbols);

/// A value for each entry of the module's `tsk.dimensions`: `given` has those
/// that inputs give, in order; others follow from them. Where `given` is
/// shorter, the least size (at least 1) stands in.
llvm::SmallVector<int64_t> resolveSizes(mlir::ModuleOp module,
                                        llvm::ArrayRef<int64_t> given);

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_SIZES_H
