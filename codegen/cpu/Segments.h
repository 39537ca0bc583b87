//===- Segments.h - cuts a dimension into tiles -----------------*- C++ -*-===//
//
// Tiles of one size cover a dimension up to its rest. The rest is a smaller
// tile or, along the vector dimension, a masked one. Where only run time knows
// how many rows are left, there is code for each number of them.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_CPU_SEGMENTS_H
#define TESSERA_CODEGEN_CPU_SEGMENTS_H

#include "codegen/cpu/LoopNest.h"

namespace tessera::cpu {

/// A part of one dimension that is covered by tiles of one size.
struct Segment {
  mlir::Value lower, upper;
  int64_t size;
  /// Points, where compile time knows.
  std::optional<int64_t> length = std::nullopt;
  /// Tiles are vectors of which only the lanes below the extent are in use.
  bool masked = false;
};

/// Segments of `length` points from `lower` on: of whole tiles, then the rest.
llvm::SmallVector<Segment> staticSegments(Nest &nest, mlir::OpBuilder &b,
                                          unsigned dim, mlir::Value lower,
                                          int64_t length);

/// Segments of [lower, upper) of a dimension whose extent is known at run time
/// only: of `size` points, then of one point or vector.
llvm::SmallVector<Segment> dynamicSegments(Nest &nest, mlir::OpBuilder &b,
                                           unsigned dim, mlir::Value lower,
                                           mlir::Value upper, int64_t size);

/// Whether the points of a tile along `dim` are rows: they share what is read
/// for them, so the end of a free dimension wants few tiles.
bool hasRows(const Nest &nest, unsigned dim);

/// The largest multiple of `step` that fits between lower and upper, as an
/// upper bound.
mlir::Value roundedUpper(Nest &nest, mlir::OpBuilder &b, mlir::Value lower,
                         mlir::Value upper, int64_t step);

using RestBody = llvm::function_ref<void(mlir::OpBuilder &, mlir::Value base,
                                         const Segment &)>;

/// The rows in [lower, upper), fewer than `below`, as one tile where code for
/// each number of rows is short enough, and by halves until then.
void emitRest(Nest &nest, mlir::OpBuilder &b, unsigned dim, mlir::Value lower,
              mlir::Value upper, int64_t below, RestBody body);

/// `tile` with the tile of a segment that starts at `base`: the state for the
/// loops further in.
Tile enter(Nest &nest, mlir::OpBuilder &b, Tile tile, unsigned dim,
           mlir::Value base, const Segment &segment);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_SEGMENTS_H
