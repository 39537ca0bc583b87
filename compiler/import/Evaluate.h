//===- Evaluate.h - nodes computed while importing --------------*- C++ -*-===//
//
// An evaluator computes the one result of a node from its known inputs, or
// returns nothing: then the node is built as an operation.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_EVALUATE_H
#define TESSERA_COMPILER_IMPORT_EVALUATE_H

#include "compiler/import/Adapters.h"
#include "dialects/kernel/Extents.h"

namespace tessera::import {

/// The least or greatest of two, a new dimension unless bounds decide.
mlir::AffineExpr extremeOf(mlir::ModuleOp module, kernel::DimensionKind kind,
                           mlir::AffineExpr a, mlir::AffineExpr b);

/// Whether an expression is known to be 0 or more, as sizes are.
bool isSize(mlir::AffineExpr expr, mlir::ModuleOp module);

/// The expression, 0 or 1, for a comparison (ONNX's name) of two sizes.
mlir::AffineExpr truthOf(mlir::ModuleOp module, llvm::StringRef op,
                         mlir::AffineExpr a, mlir::AffineExpr b);
/// The size `x` where `truth` is 1, else `y`; null unless neither is negative.
mlir::AffineExpr chosenBy(mlir::ModuleOp module, mlir::AffineExpr truth,
                          mlir::AffineExpr x, mlir::AffineExpr y);

/// numpy's common shape, if there is one of few elements.
std::optional<llvm::SmallVector<int64_t>>
broadcastShapes(llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b);
/// `tensor` repeated to `shape`, with which it is compatible.
KnownTensor broadcastKnown(const KnownTensor &tensor,
                           llvm::ArrayRef<int64_t> shape);

std::optional<KnownTensor> evaluateBinary(Node &node);
std::optional<KnownTensor> evaluateUnary(Node &node);
std::optional<KnownTensor> evaluateCast(Node &node);
std::optional<KnownTensor> evaluateWhere(Node &node);

std::optional<KnownTensor> evaluateShape(Node &node);
std::optional<KnownTensor> evaluateSize(Node &node);
std::optional<KnownTensor> evaluateReshape(Node &node);
std::optional<KnownTensor> evaluateConcat(Node &node);
std::optional<KnownTensor> evaluateGather(Node &node);
std::optional<KnownTensor> evaluateSlice(Node &node);
/// Split has several results; false when it is not evaluated.
bool evaluateSplit(Node &node);
std::optional<KnownTensor> evaluateTranspose(Node &node);
std::optional<KnownTensor> evaluateExpand(Node &node);
std::optional<KnownTensor> evaluateConstantOfShape(Node &node);
std::optional<KnownTensor> evaluateRange(Node &node);
std::optional<KnownTensor> evaluateReduction(Node &node);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_EVALUATE_H
