//===- Shapes.h - the extents that shape operators ask for ------*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_SHAPES_H
#define TESSERA_COMPILER_IMPORT_SHAPES_H

#include "compiler/import/Node.h"

namespace tessera::import {

using Sizes = llvm::SmallVector<mlir::AffineExpr>;

/// The result's extents of Reshape, Flatten, Squeeze, Unsqueeze or Identity.
mlir::FailureOr<Sizes> reshapedExtents(Node &node);

/// Elements start, start + step, ... of each axis.
struct SliceBounds {
  Sizes starts, extents;
  llvm::SmallVector<int64_t> steps;
};
/// The bounds of a Slice node, clamped to the tensor. With `report` unset a
/// bound that depends on data is not a problem of the node.
mlir::FailureOr<SliceBounds> sliceBounds(Node &node, bool report = true);

/// Integers that older opsets give as an attribute and newer ones as an input;
/// nothing when neither is there.
mlir::FailureOr<std::optional<llvm::SmallVector<int64_t>>>
attributeOrInput(Node &node, llvm::StringRef attribute, unsigned input);

/// numpy's common extents; extents of which neither is 1 are taken as equal.
Sizes broadcastSizes(llvm::ArrayRef<mlir::AffineExpr> a,
                     llvm::ArrayRef<mlir::AffineExpr> b);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_SHAPES_H
