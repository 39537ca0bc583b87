//===- KernelTraits.h - what kind of kernel is this -------------*- C++ -*-===//
//
// Fusion decides by structure only: iterators, maps and the body.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_FUSION_KERNELTRAITS_H
#define TESSERA_PASSES_FUSION_KERNELTRAITS_H

#include "passes/fusion/KernelParts.h"

namespace tessera::fusion {

/// Sizes above which kernels are not merged further.
struct FusionLimits {
  unsigned maxInputs = 14;
  unsigned maxOperations = 256;
  unsigned maxResults = 4;
};

/// Whether a dimension of this kind exists.
bool hasIterator(kernel::KernelOp op, kernel::IteratorKind kind);

/// Every point is independent and writes its own element of each result.
bool isMap(kernel::KernelOp op);

/// A map whose only result is one of its inputs, elsewhere.
bool isView(kernel::KernelOp op);

/// A reduction along rows: some input is read exactly once in the whole space,
/// so that passing over the row again costs no more than keeping it.
bool isRow(kernel::KernelOp op);

/// Whether the value takes part in a reduction.
bool feedsReduction(mlir::Value value);

/// Operations of the body, without constants.
unsigned operationsOf(kernel::KernelOp op);

/// Roughly how many simple instructions one evaluation takes, of an operation
/// of a body and of a whole body.
unsigned costOf(mlir::Operation &op);
unsigned costOf(kernel::KernelOp op);

/// Costs up to which work may be done more often than a run needs it.
inline constexpr unsigned kCheap = 15;

/// The number of points of the space.
mlir::AffineExpr pointsOf(kernel::KernelOp op);

/// Whether `small` is known not to exceed `large`.
bool knownAtMost(mlir::AffineExpr small, mlir::AffineExpr large);

/// Whether any of the values depends on `op`, within their block.
bool dependsOn(mlir::ValueRange values, mlir::Operation *op);

/// Whether a run needs both kernels or neither.
bool shareBranch(kernel::KernelOp a, kernel::KernelOp b);

/// Whether a run that does not need the kernel should not compute it: that
/// takes time, or may find an index that is wrong.
bool isWorthLeavingOut(kernel::KernelOp op);

/// Whether fusing the two stays within the limits.
bool withinLimits(kernel::KernelOp a, kernel::KernelOp b,
                  const FusionLimits &limits);

} // namespace tessera::fusion

#endif // TESSERA_PASSES_FUSION_KERNELTRAITS_H
