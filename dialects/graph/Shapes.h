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
using Coordinates = llvm::SmallVector<mlir::AffineExpr>;
using MaybeLocation = std::optional<mlir::Location>;
using Types = llvm::SmallVectorImpl<mlir::Type>;
using Lowered = mlir::FailureOr<llvm::SmallVector<mlir::Value>>;

/// Name of the module attribute that lists what the model assumes of symbols:
/// maps `()[symbols] -> (a, b)` with a == b.
inline constexpr llvm::StringLiteral kConstraintsAttr = "tsk.constraints";

//===----------------------------------------------------------------------===//
// Checks of inference; errors say "expected ..., got ..."
//===----------------------------------------------------------------------===//

/// An error at the location, or nothing when only a query is made.
mlir::InFlightDiagnostic emitInferError(MaybeLocation location);

/// The value's type, which inference may see before it is verified.
mlir::FailureOr<mlir::RankedTensorType> rankedType(MaybeLocation location,
                                                   mlir::Value value);
llvm::LogicalResult checkRanked(MaybeLocation location,
                                mlir::ValueRange values);
llvm::LogicalResult checkSameElement(MaybeLocation location,
                                     mlir::ValueRange values);
llvm::LogicalResult checkAxis(MaybeLocation location, int64_t axis,
                              int64_t rank);
llvm::LogicalResult checkOneOf(MaybeLocation location,
                               llvm::StringRef attribute, llvm::StringRef value,
                               llvm::ArrayRef<llvm::StringRef> choices);

/// The entries of an attribute map, one for each of `count` axes.
mlir::FailureOr<Extents> entriesOf(MaybeLocation location, llvm::StringRef name,
                                   mlir::AffineMap map, int64_t count);

/// Adds the tensor type to the inferred ones; always succeeds.
llvm::LogicalResult inferTensor(Types &types, mlir::Type element,
                                llvm::ArrayRef<mlir::AffineExpr> extents);

/// The extents as an error message shows them.
std::string textOf(llvm::ArrayRef<mlir::AffineExpr> extents);

//===----------------------------------------------------------------------===//
// Extents
//===----------------------------------------------------------------------===//

mlir::AffineExpr constantExpr(mlir::MLIRContext *context, int64_t value);

/// Whether two extents can be equal: symbols are assumed to be.
bool mayBeEqual(mlir::AffineExpr a, mlir::AffineExpr b);

/// The broadcast, as numpy, of two extents; null when they cannot meet.
mlir::AffineExpr broadcastExtent(mlir::AffineExpr a, mlir::AffineExpr b);

/// `extent / count`, rounded down where it is free: lowering has to require
/// that it divides. Null for a constant that does not.
mlir::AffineExpr dividedExtent(mlir::AffineExpr extent, int64_t count);

/// The numpy broadcast of all shapes.
mlir::FailureOr<Extents> broadcastExtents(MaybeLocation location,
                                          llvm::ArrayRef<Extents> shapes);

/// Coordinates of an operand with these extents in a result of `coordinates`
/// under numpy broadcasting: extents of 1 read coordinate 0.
Coordinates broadcastCoordinates(llvm::ArrayRef<mlir::AffineExpr> extents,
                                 llvm::ArrayRef<mlir::AffineExpr> coordinates);

/// Records in the module that the operation assumes a == b, to be checked when
/// the model is called.
void requireEqual(mlir::Operation *op, mlir::AffineExpr a, mlir::AffineExpr b);

/// The same for every extent of an operand that broadcasts to `result`.
void requireBroadcast(mlir::Operation *op,
                      llvm::ArrayRef<mlir::AffineExpr> extents,
                      llvm::ArrayRef<mlir::AffineExpr> result);

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

/// The value that no element of the (tensor) element type is below: the
/// identity of max.
mlir::TypedAttr leastValueOf(mlir::Type element);

/// tsk.reduce by order (max, min, arg_*) of a value whose tensor element type
/// may be unsigned, which tsk.reduce does not know.
mlir::Value reduceOrdered(kernel::KernelBuilder &k, kernel::ReduceKind kind,
                          mlir::Value value, mlir::Type element);

/// The element type of a sum of products of elements of `a` and `b`: theirs,
/// and i32 for any two of i8 and ui8. Null after an error.
mlir::Type productElement(MaybeLocation location, mlir::Value a, mlir::Value b);

/// The sum over all reduction dimensions of the product of x, an element of
/// `a`, and y, one of `b`.
mlir::Value sumOfProducts(kernel::KernelBuilder &k, mlir::Value x,
                          mlir::Value y, mlir::Value a, mlir::Value b);

/// The number that an extent is, as a value of type `type`.
mlir::Value extentValue(kernel::KernelBuilder &k, mlir::AffineExpr extent,
                        mlir::Type type);

/// A tensor of one value everywhere.
mlir::Value filledTensor(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::Type element,
                         llvm::ArrayRef<mlir::AffineExpr> extents,
                         double value);

//===----------------------------------------------------------------------===//
// Pointwise operations and views
//===----------------------------------------------------------------------===//

llvm::LogicalResult inferPointwise(MaybeLocation location,
                                   mlir::ValueRange operands,
                                   mlir::Type element, Types &types);
Lowered lowerPointwise(mlir::Operation *op, mlir::OpBuilder &builder);

/// A kernel whose result element at `dims` is the operand's at `coordinates`,
/// which `coordinatesOf` gives; values outside are `pad` when given.
Lowered
lowerView(mlir::Operation *op, mlir::OpBuilder &builder,
          llvm::function_ref<Coordinates(llvm::ArrayRef<mlir::AffineExpr>)>
              coordinatesOf,
          mlir::TypedAttr pad = {});

} // namespace tessera::graph

#endif // TESSERA_DIALECTS_GRAPH_SHAPES_H
