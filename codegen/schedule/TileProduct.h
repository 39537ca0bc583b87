//===- TileProduct.h - sums of products on matrix tiles ---------*- C++ -*-===//
//
// A factor of f32 is the sum of up to three numbers of bf16: the factor
// rounded, what is left rounded, and the rest. Matrix tiles multiply such
// parts. Which launches can be computed so, and where the parts of what they
// read lie, is told here to choosers, the pass that splits, and the emitter
// alike.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_SCHEDULE_TILEPRODUCT_H
#define TESSERA_CODEGEN_SCHEDULE_TILEPRODUCT_H

#include "codegen/schedule/Target.h"
#include "dialects/kernel/Kernel.h"

namespace tessera::schedule {

/// Rows of a tile, f32 or pairs of bf16 in a row, and sums in one step.
inline constexpr int64_t kTileRows = 16, kTileColumns = 16, kTileSums = 32;

/// Shorter sums are not computed on tiles.
inline constexpr int64_t kLeastSums = 16;

/// Most bytes of the stack for the sums of a task, and for the parts of weights
/// that it has split.
inline constexpr int64_t kSumBytes = 32 << 10, kSplitBytes = 24 << 10;

/// A launch that sums products of what it reads and of a packed constant.
struct TileProduct {
  /// The inputs: what is read, and the constant.
  unsigned left = 0, right = 0;
  /// The innermost reduction; consecutive points read consecutive elements.
  int64_t inner = -1;
  /// The other reductions longer than one point, in the schedule's order.
  llvm::SmallVector<int64_t> outer;
  /// The dimension along which panels of constants lie.
  int64_t vectorDim = -1;
};

/// Whether the launch is one when it has these properties.
std::optional<TileProduct> tileProductOf(kernel::LaunchOp launch,
                                         int64_t vectorDim, int64_t lanes,
                                         llvm::ArrayRef<int64_t> order,
                                         llvm::ArrayRef<int64_t> packed);

/// Parts of each factor under the algorithm; 0 for one without tiles.
int64_t partsOf(kernel::Algorithm algorithm);

/// The algorithm that computes products so.
kernel::Algorithm algorithmOf(Products products);

/// One axis of the memory that holds parts of what a launch reads.
struct PlaneAxis {
  /// Elements that a step moves: in what is read, and in a plane.
  int64_t stride, pitch;
  mlir::AffineExpr extent;
};

/// Each part of what a launch reads is a plane, dense but for zeros behind each
/// row: rows are whole steps of sums.
struct Planes {
  /// Innermost first.
  llvm::SmallVector<PlaneAxis> axes;
  /// Elements of a plane that a step of each dimension of the launch moves.
  llvm::SmallVector<int64_t> steps;
  /// Elements of a plane.
  mlir::AffineExpr elements;
};

/// The planes for `product`; none where what is read is no box of memory.
std::optional<Planes> planesOf(kernel::LaunchOp launch,
                               const TileProduct &product);

/// The rows of the tiles of one task: the points of one dimension, or of two.
/// Of two, those of the inner one are complete, and rows between its last point
/// and the next point of the outer one are computed in vain.
struct TileRows {
  int64_t inner = -1, outer = -1;
  /// Elements of a plane between two rows, and rows between two points of the
  /// outer dimension.
  int64_t step = 0, between = 0;

  /// Rows from the first to the last of so many points of both dimensions.
  int64_t count(int64_t innerPoints, int64_t outerPoints) const {
    return (outerPoints - 1) * between + innerPoints;
  }
};

/// The rows under a schedule's tile: dimensions of more than one point, save
/// the vector dimension; none where they do not lie in equal steps.
std::optional<TileRows> tileRowsOf(kernel::LaunchOp launch,
                                   llvm::ArrayRef<int64_t> tile,
                                   int64_t vectorDim, const Planes &planes);

/// Columns of the sums of a task whose panels have this width: whole pairs of
/// tiles.
inline int64_t sumColumnsOf(int64_t panel) {
  return (panel + 2 * kTileColumns - 1) / (2 * kTileColumns) * 2 * kTileColumns;
}

/// Steps of `kTileSums` products that a task splits weights for at once.
int64_t splitStepsOf(int64_t panel, int64_t parts);

struct Draft;
struct LaunchFacts;

/// Sets algorithm, tile and tasks of a draft that has all else where tiles are
/// allowed and faster; see docs/decisions/015.
void chooseTileProduct(kernel::LaunchOp launch, const LaunchFacts &facts,
                       const Target &target, Draft &draft);

/// Why a schedule on tiles cannot be used; empty when it can.
std::string tileProductIllegality(kernel::LaunchOp launch,
                                  kernel::ScheduleAttr schedule,
                                  const Target &target);

/// The schedule for the same launch and panels without tiles.
kernel::ScheduleAttr withoutTiles(kernel::LaunchOp launch,
                                  kernel::ScheduleAttr schedule,
                                  const Target &target);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_TILEPRODUCT_H
