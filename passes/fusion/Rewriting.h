//===- Rewriting.h - steps shared by the fusion passes ----------*- C++ -*-===//

#ifndef TESSERA_PASSES_FUSION_REWRITING_H
#define TESSERA_PASSES_FUSION_REWRITING_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "passes/fusion/KernelTraits.h"

namespace tessera::fusion {

/// Puts the kernel into the form that SimplifyKernels describes; returns the
/// kernel that stands in its place. A kernel without uses stays as it is.
kernel::KernelOp simplifyKernel(kernel::KernelOp op, mlir::OpBuilder &builder);

/// Calls `attempt` on every kernel of the function, in order, until it returns
/// null for all of them. `attempt` may erase the kernel and operations before
/// it and returns the kernel that took its place.
void rewriteKernels(
    mlir::func::FuncOp func,
    llvm::function_ref<kernel::KernelOp(kernel::KernelOp)> attempt);

/// Erases the operations that define these values where nothing uses them, then
/// what they alone used.
void eraseIfDead(mlir::ValueRange values);

/// Moves the users of `op`'s results behind it, keeping the order otherwise.
void restoreOrder(mlir::Operation *op);

/// Gives `reducer` (which reduces) the points of `consumer` as further results.
/// `dims[d]` is the consumer's dimension d in terms of the parts' dimensions;
/// inputs of the consumer that are results of `reducer` must read the element
/// of the same point. Returns the fused kernel.
kernel::KernelOp fuseAfter(kernel::KernelOp reducer, KernelParts parts,
                           kernel::KernelOp consumer,
                           llvm::ArrayRef<mlir::AffineExpr> dims,
                           mlir::OpBuilder &builder);

} // namespace tessera::fusion

#endif // TESSERA_PASSES_FUSION_REWRITING_H
