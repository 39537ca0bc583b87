//===- Extents.h - shapes whose extents may be symbols ----------*- C++ -*-===//
//
// A tensor type with free dimensions carries its extents as an affine map
// `()[symbols] -> (extents)` in the encoding; symbol N is entry N of the
// module's `tsk.dimensions`. Static types carry no encoding, so equal shapes
// are equal types.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_DIALECTS_KERNEL_EXTENTS_H
#define TESSERA_DIALECTS_KERNEL_EXTENTS_H

#include "dialects/kernel/Kernel.h"
#include "mlir/IR/BuiltinOps.h"
#include <optional>

namespace tessera::kernel {

using Extents = llvm::SmallVector<mlir::AffineExpr, 6>;

/// Name of the module attribute that lists the symbolic dimensions.
inline constexpr llvm::StringLiteral kDimensionsAttr = "tsk.dimensions";

/// The extents of a ranked tensor; constants for static dimensions.
Extents extentsOf(mlir::RankedTensorType type);
Extents extentsOf(mlir::Value tensor);

/// The tensor type with these extents (simplified), normalised as above.
mlir::RankedTensorType tensorTypeOf(mlir::Type element,
                                    llvm::ArrayRef<mlir::AffineExpr> extents);

/// A map `()[s0 .. sN] -> (exprs)` with as many symbols as the expressions use.
mlir::AffineMap extentMapOf(mlir::MLIRContext *context,
                            llvm::ArrayRef<mlir::AffineExpr> exprs);

/// A map `(d0 .. dims-1)[s0 .. sN] -> (exprs)` with as many symbols as are
/// used.
mlir::AffineMap accessMapOf(mlir::MLIRContext *context, unsigned dims,
                            llvm::ArrayRef<mlir::AffineExpr> exprs);

/// The value of a constant expression.
std::optional<int64_t> constantOf(mlir::AffineExpr expr);

/// The expression in a normal form in which equal products and sums of symbols
/// compare equal.
mlir::AffineExpr simplify(mlir::AffineExpr expr);

/// The product of the expressions; 1 when there are none.
mlir::AffineExpr productOf(mlir::MLIRContext *context,
                           llvm::ArrayRef<mlir::AffineExpr> exprs);

/// `numerator / denominator` when it provably divides, cancelling common
/// factors; null otherwise.
mlir::AffineExpr divideExactly(mlir::AffineExpr numerator,
                               mlir::AffineExpr denominator);

/// The symbol for a dimension defined from others (min, max), reusing an equal
/// entry of the module's `tsk.dimensions` or appending one. Constants are
/// folded. Operands may be negative, the result may not: memory is planned as
/// if no dimension were.
mlir::AffineExpr derivedDimension(mlir::ModuleOp module, DimensionKind kind,
                                  llvm::ArrayRef<mlir::AffineExpr> operands);

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_EXTENTS_H
