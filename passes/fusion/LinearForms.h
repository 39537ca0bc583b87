//===- LinearForms.h - reasoning about coordinates --------------*- C++ -*-===//
//
// Coordinates are affine expressions over the dimensions of a kernel. These
// helpers take them apart where that is possible without division at run time.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_FUSION_LINEARFORMS_H
#define TESSERA_PASSES_FUSION_LINEARFORMS_H

#include "passes/fusion/KernelParts.h"

namespace tessera::fusion {

/// Whether the expression mentions a dimension.
bool usesDims(mlir::AffineExpr expr);

/// Whether the expression divides or takes a remainder.
bool usesDivision(mlir::AffineExpr expr);

/// The position of a bare dimension.
std::optional<unsigned> bareDim(mlir::AffineExpr expr);

/// `constant + sum(coefficients[d] * d)`; coefficients are free of dimensions.
struct LinearForm {
  llvm::SmallVector<mlir::AffineExpr> coefficients;
  mlir::AffineExpr constant;

  mlir::AffineExpr toExpr() const;
};

/// The linear form of `expr` over `dims` dimensions, when it is linear.
std::optional<LinearForm> linearFormOf(mlir::AffineExpr expr, unsigned dims);

/// The dimensions, outermost first, of which `expr` is the row-major position:
/// every value below `total` is taken exactly once.
std::optional<llvm::SmallVector<unsigned>>
linearisedDims(mlir::AffineExpr expr, mlir::AffineExpr total,
               llvm::ArrayRef<mlir::AffineExpr> extents);

/// The coordinates in a space of these sizes (outermost first) of row-major
/// position `expr`, where they are linear again.
std::optional<Coordinates>
delinearise(mlir::AffineExpr expr, llvm::ArrayRef<mlir::AffineExpr> sizes,
            llvm::ArrayRef<mlir::AffineExpr> extents);

/// Solves `written == read` for the dimensions of the writing kernel: entry d
/// is the value of its dimension d in terms of the reader's, or null when any
/// point of d will do. Fails when an element read is not known to be written by
/// one point.
std::optional<llvm::SmallVector<mlir::AffineExpr>>
solveDims(llvm::ArrayRef<mlir::AffineExpr> written,
          llvm::ArrayRef<mlir::AffineExpr> read, unsigned dims);

} // namespace tessera::fusion

#endif // TESSERA_PASSES_FUSION_LINEARFORMS_H
