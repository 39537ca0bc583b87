//===- ReshapeAxes.h - how the axes of a reshape correspond -----*- C++ -*-===//

#ifndef TESSERA_PASSES_FUSION_RESHAPEAXES_H
#define TESSERA_PASSES_FUSION_RESHAPEAXES_H

#include "passes/fusion/KernelParts.h"

namespace tessera::fusion {

/// Adjacent axes of the two shapes that hold the same elements; axes of one
/// element belong to no group.
struct AxisGroup {
  llvm::SmallVector<unsigned> from, to;
};

/// A dimension that must be split before a read can be composed.
struct DimSplit {
  unsigned dim;
  llvm::SmallVector<mlir::AffineExpr> parts;
};

/// Pairs the axes of the shapes of a reshape, or fails when sizes do not tell.
std::optional<llvm::SmallVector<AxisGroup>> groupsOf(kernel::ReshapeOp op);

/// The expressions at these positions.
llvm::SmallVector<mlir::AffineExpr>
select(llvm::ArrayRef<mlir::AffineExpr> exprs,
       llvm::ArrayRef<unsigned> positions);

/// The coordinates before the reshape of the element `read` after it. When only
/// a split is missing, it is stored in `split`.
std::optional<Coordinates>
throughReshape(kernel::ReshapeOp op, llvm::ArrayRef<AxisGroup> groups,
               llvm::ArrayRef<mlir::AffineExpr> read,
               llvm::ArrayRef<mlir::AffineExpr> extents,
               std::optional<DimSplit> &split);

} // namespace tessera::fusion

#endif // TESSERA_PASSES_FUSION_RESHAPEAXES_H
