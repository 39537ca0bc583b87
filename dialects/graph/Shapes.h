//===- Shapes.h - what inference and lowering share -------------*- C++ -*-===//
//
// Checks and extent arithmetic for the operator families; internal to the
// dialect.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_DIALECTS_GRAPH_SHAPES_H
#define TESSERA_DIALECTS_GRAPH_SHAPES_H

#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/KernelBuilder.h"

namespace tessera::graph {

using kernel::Extents;
using MaybeLocation = std::optional<mlir::Location>;
using Types = llvm::SmallVectorImpl<mlir::Type>;
using Lowered = mlir::FailureOr<llvm::SmallVector<mlir::Value>>;

/// An error at the operation, or nothing when only a query is made.
mlir::InFlightDiagnostic emitInferError(MaybeLocation location);

/// The broadcast, as numpy, of two extents; null when they cannot meet.
mlir::AffineExpr broadcastExtent(mlir::AffineExpr a, mlir::AffineExpr b);

/// The numpy broadcast of all shapes.
mlir::FailureOr<Extents> broadcastExtents(MaybeLocation location,
                                          llvm::ArrayRef<Extents> shapes);

/// Infers and lowers a pointwise operation.
llvm::LogicalResult inferPointwise(MaybeLocation location,
                                   mlir::ValueRange operands,
                                   mlir::Type element, Types &types);
Lowered lowerPointwise(mlir::Operation *op, mlir::OpBuilder &builder);

/// Coordinates of an operand with these extents in a result of `coordinates`
/// under numpy broadcasting: extents of 1 read coordinate 0.
llvm::SmallVector<mlir::AffineExpr>
broadcastCoordinates(llvm::ArrayRef<mlir::AffineExpr> extents,
                     llvm::ArrayRef<mlir::AffineExpr> coordinates);

/// Fails unless the two extents may be equal (symbols are assumed to be).
bool mayBeEqual(mlir::AffineExpr a, mlir::AffineExpr b);

/// Records in the module that the operation assumes a == b, to be checked when
/// the model is called.
void requireEqual(mlir::Operation *op, mlir::AffineExpr a, mlir::AffineExpr b);

} // namespace tessera::graph

#endif // TESSERA_DIALECTS_GRAPH_SHAPES_H
