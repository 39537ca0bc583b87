//===- WinogradKernels.h - the kernels of a short convolution ---*- C++ -*-===//

#ifndef TESSERA_PASSES_GRAPH_WINOGRADKERNELS_H
#define TESSERA_PASSES_GRAPH_WINOGRADKERNELS_H

#include "dialects/graph/Graph.h"
#include "dialects/kernel/HostTensor.h"

namespace tessera::graph {

/// Extents and pads of a 3x3 convolution with stride 1; only the batch may be
/// free.
struct ConvolutionShape {
  mlir::AffineExpr batch;
  int64_t inputs = 0, outputs = 0;
  /// Of the result.
  int64_t height = 0, width = 0;
  /// Rows and columns of zeros before the first element.
  int64_t top = 0, left = 0;
};

/// The weights [outputs, inputs, 3, 3] of a convolution as a constant
/// [3, 3, inputs + 1, outputs], whose last row is zero.
mlir::Value buildMovedWeights(mlir::OpBuilder &builder, mlir::Location loc,
                              const kernel::HostTensor &weights);

/// Builds, before `op`, kernels that compute its result in tiles of `tile` x
/// `tile` (2 to 5, a divisor of both extents of the result) and returns it.
/// `weights` are the convolution's, moved.
mlir::Value buildWinograd(ConvOp op, const ConvolutionShape &shape,
                          mlir::Value weights, int64_t tile);

} // namespace tessera::graph

#endif // TESSERA_PASSES_GRAPH_WINOGRADKERNELS_H
