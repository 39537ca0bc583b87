//===- Conditions.h - what a run may leave out ------------------*- C++ -*-===//
//
// Branches and loops of a model become selects: both sides are kernels, and a
// kernel picks elements of one by a condition, a single bool. What only a side
// that is not picked depends on need not be computed.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_DIALECTS_KERNEL_CONDITIONS_H
#define TESSERA_DIALECTS_KERNEL_CONDITIONS_H

#include "dialects/kernel/Kernel.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

namespace tessera::kernel {

/// That an element of a tensor of bools is `holds`.
struct Condition {
  mlir::Value tensor;
  /// Coordinates of the element: `(dims)[symbols] -> (constants)`.
  mlir::AffineMap at;
  bool holds;

  bool operator==(const Condition &other) const {
    return tensor == other.tensor && at == other.at && holds == other.holds;
  }
};

using Conditions = llvm::SmallVector<Condition, 2>;

/// Whether `tensor` decides in the kernel what is picked.
bool isConditionIn(KernelOp kernel, mlir::Value tensor);

/// For every kernel of the block that the run may leave out: the conditions
/// that all have to hold for it to be needed, computed before it. Kernels that
/// read its results regardless, for what a select drops, find anything there.
llvm::DenseMap<mlir::Operation *, Conditions>
conditionsOfKernels(mlir::Block &block);

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_CONDITIONS_H
