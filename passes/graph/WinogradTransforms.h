//===- WinogradTransforms.h - constant matrices in a body -------*- C++ -*-===//

#ifndef TESSERA_PASSES_GRAPH_WINOGRADTRANSFORMS_H
#define TESSERA_PASSES_GRAPH_WINOGRADTRANSFORMS_H

#include "dialects/kernel/KernelBuilder.h"
#include "passes/graph/WinogradMatrices.h"

namespace tessera::graph {

/// The elements of `matrix * values * matrix^T`, computed in the body of `k`,
/// for a square of f32 `values`; both row-major. Work is shared between rows 1
/// and 2, 3 and 4 of the matrix, those of points that differ in sign.
llvm::SmallVector<mlir::Value>
transformSquare(kernel::KernelBuilder &k, const Matrix &matrix,
                llvm::ArrayRef<mlir::Value> values);

} // namespace tessera::graph

#endif // TESSERA_PASSES_GRAPH_WINOGRADTRANSFORMS_H
