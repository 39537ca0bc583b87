//===- WinogradMatrices.h - matrices of short convolutions ------*- C++ -*-===//
//
// The Toom-Cook construction: a convolution of few outputs with three taps is a
// product of polynomials, evaluated at as many points as there are coefficients
// and interpolated. See Lavin and Gray, "Fast Algorithms for Convolutional
// Neural Networks" (2015).
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_GRAPH_WINOGRADMATRICES_H
#define TESSERA_PASSES_GRAPH_WINOGRADMATRICES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace tessera::graph {

using Matrix = llvm::SmallVector<llvm::SmallVector<double>>;

/// Along one axis the `outputs` results of a tile are
/// `output * ((weights * g) .* (input * d))`, with three taps g and the
/// `points()` elements d that they meet.
struct WinogradMatrices {
  int64_t outputs = 0;
  /// points x points, points x 3 and outputs x points. Row 0 is that of the
  /// point 0, rows 1 and 2 (3 and 4) those of points that differ in sign.
  Matrix input, weights, output;

  int64_t points() const { return outputs + 2; }

  /// The most that rounding in f32 can change a result in two dimensions, over
  /// the largest |input| times the sum of the |weights| of its channel, with
  /// `channels` summed. For a direct sum it is 9 * channels * 2^-24.
  double errorBound(int64_t channels) const;
};

/// For 2 to 5 outputs.
WinogradMatrices winogradMatrices(int64_t outputs);

} // namespace tessera::graph

#endif // TESSERA_PASSES_GRAPH_WINOGRADMATRICES_H
