//===- LoopNest.h - loops over tiles of a launch's dimensions ---*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_LOOPNEST_H
#define TESSERA_CODEGEN_CPU_LOOPNEST_H

#include "codegen/cpu/PointEvaluator.h"

namespace tessera::cpu {

/// The part of a dimension that loops visit.
struct Bounds {
  mlir::Value lower, upper;
  /// How many points these are, where compile time knows.
  std::optional<int64_t> length;
};

/// A box of the iteration space: where it starts and how many points it has in
/// each dimension.
struct Tile {
  /// The cache block around it, or the whole of each dimension.
  llvm::SmallVector<Bounds> bounds;
  llvm::SmallVector<mlir::Value> base;
  llvm::SmallVector<int64_t> size;
  /// Lanes in use of the last vector along the vector dimension, or null.
  mlir::Value mask;
};

/// Emits the work of one tile; takes and returns loop-carried values.
using TileBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    mlir::OpBuilder &, const Tile &, llvm::ArrayRef<mlir::Value>)>;

/// Loops over `dims` within the tile's bounds, outermost first, in tiles of the
/// schedule's size; what is left at the end of a dimension is a smaller tile
/// or, along the vector dimension, a masked one.
llvm::SmallVector<mlir::Value>
emitLoops(Nest &nest, mlir::OpBuilder &b, llvm::ArrayRef<int64_t> dims,
          Tile tile, llvm::ArrayRef<mlir::Value> carried, TileBody body);

/// Emits `body` for each tile in the task range [begin, end): steps of the
/// schedule's leading levels, counted with the last of them fastest.
void emitTasks(Nest &nest, mlir::OpBuilder &b, mlir::Value begin,
               mlir::Value end,
               llvm::function_ref<void(mlir::OpBuilder &, const Tile &)> body);

/// The tasks of a launch: so many of each of its steps, one step after the
/// other. A launch has one step unless it splits a sequential loop.
struct TaskCount {
  mlir::AffineExpr steps, each;
};
TaskCount tasksOf(kernel::LaunchOp launch);

/// The tasks of all steps.
mlir::AffineExpr taskCountOf(kernel::LaunchOp launch);

/// The points of a tile over `dims` (the other dimensions stay at the origin),
/// vector dimension fastest.
llvm::SmallVector<Point> pointsOf(const Nest &nest, const Tile &tile,
                                  llvm::ArrayRef<int64_t> dims);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_LOOPNEST_H
