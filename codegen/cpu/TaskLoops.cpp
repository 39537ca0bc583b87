//===- TaskLoops.cpp - the loops of a launch's tasks ----------------------===//
//
// A task is one step of each of the schedule's leading levels. Its number says
// where these steps start; the last one of a dimension may be smaller than the
// others and has code of its own.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/CacheBlocks.h"
#include "codegen/cpu/Segments.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

namespace {
/// Emits the loops of one task.
class TaskEmitter {
public:
  using Body = llvm::function_ref<void(OpBuilder &, const Tile &)>;

  TaskEmitter(Nest &nest, ArrayRef<schedule::Level> rest, Body body)
      : nest(nest), body(body) {
    for (const schedule::Level &level : rest) {
      (level.isBlock ? blocks : tiles).push_back(level.dim);
    }
    for (int64_t dim : blockedReductions(nest)) {
      blocks.push_back(dim);
    }
  }

  /// `split` are the levels whose step starts at tile.base.
  void emit(OpBuilder &b, ArrayRef<schedule::Level> split, const Tile &tile);

private:
  void emitLast(OpBuilder &b, ArrayRef<schedule::Level> split,
                const Tile &tile);

  Nest &nest;
  Body body;
  SmallVector<int64_t> blocks, tiles;
};
} // namespace

void TaskEmitter::emit(OpBuilder &b, ArrayRef<schedule::Level> split,
                       const Tile &tile) {
  if (split.empty()) {
    emitBlocks(nest, b, blocks, tile, [&](OpBuilder &at, const Tile &block) {
      emitLoops(nest, at, tiles, block, {},
                [&](OpBuilder &inner, const Tile &t, ArrayRef<Value>) {
                  body(inner, t);
                  return SmallVector<Value>();
                });
    });
    return;
  }
  unsigned dim = split.front().dim;
  int64_t size = split.front().size;
  Value base = tile.base[dim];
  auto fixed = nest.staticExtent(dim);
  if (split.front().isBlock && !fixed) {
    return emit(b, split.drop_front(), withBlock(nest, b, tile, dim, base));
  }
  auto emitFull = [&](OpBuilder &at) {
    Tile next = tile;
    next.size[dim] = size;
    emit(at, split.drop_front(),
         split.front().isBlock ? withBlock(nest, at, tile, dim, base) : next);
  };
  if (size == 1 || (fixed && *fixed % size == 0)) {
    return emitFull(b);
  }
  if (fixed && *fixed < size) {
    return emitLast(b, split, tile);
  }
  Value end = addIndex(b, nest.loc, base, constantIndex(b, nest.loc, size));
  Value full = arith::CmpIOp::create(b, nest.loc, arith::CmpIPredicate::sle,
                                     end, nest.extents[dim]);
  auto branch = scf::IfOp::create(b, nest.loc, full, /*withElseRegion=*/true);
  OpBuilder thenBuilder = branch.getThenBodyBuilder(),
            elseBuilder = branch.getElseBodyBuilder();
  emitFull(thenBuilder);
  emitLast(elseBuilder, split, tile);
}

/// The step of the first level at the end of its dimension, smaller than the
/// others.
void TaskEmitter::emitLast(OpBuilder &b, ArrayRef<schedule::Level> split,
                           const Tile &tile) {
  unsigned dim = split.front().dim;
  int64_t size = split.front().size;
  Value base = tile.base[dim], extent = nest.extents[dim];
  if (auto fixed = nest.staticExtent(dim)) {
    Value lower = constantIndex(b, nest.loc, *fixed - *fixed % size);
    if (split.front().isBlock) {
      return emit(b, split.drop_front(), withBlock(nest, b, tile, dim, lower));
    }
    Segment part = staticSegments(nest, b, dim, lower, *fixed % size).back();
    return emit(b, split.drop_front(),
                enter(nest, b, tile, dim, part.lower, part));
  }
  if (hasRows(nest, dim)) {
    return emitRest(nest, b, dim, base, extent, size,
                    [&](OpBuilder &inner, Value start, const Segment &part) {
                      emit(inner, split.drop_front(),
                           enter(nest, inner, tile, dim, start, part));
                    });
  }
  for (const Segment &segment :
       dynamicSegments(nest, b, dim, base, extent, nest.lanes)) {
    auto loop = scf::ForOp::create(b, nest.loc, segment.lower, segment.upper,
                                   constantIndex(b, nest.loc, segment.size));
    OpBuilder inner = OpBuilder::atBlockTerminator(loop.getBody());
    emit(inner, split.drop_front(),
         enter(nest, inner, tile, dim, loop.getInductionVar(), segment));
  }
}

void emitTasks(Nest &nest, OpBuilder &b, Value begin, Value end,
               llvm::function_ref<void(OpBuilder &, const Tile &)> body) {
  ScheduleAttr schedule = *nest.launch.getSchedule();
  SmallVector<schedule::Level> levels =
      schedule::levelsOf(nest.launch, schedule);
  ArrayRef<schedule::Level> split =
      ArrayRef(levels).take_front(schedule.getTasks());
  auto loop = scf::ForOp::create(b, nest.loc, begin, end,
                                 constantIndex(b, nest.loc, 1));
  OpBuilder inner = OpBuilder::atBlockTerminator(loop.getBody());
  Value zero = constantIndex(inner, nest.loc, 0),
        remaining = loop.getInductionVar();
  Tile tile;
  for (unsigned d = 0; d < nest.numDims(); ++d) {
    tile.bounds.push_back({zero, nest.extents[d], nest.staticExtent(d)});
    tile.base.push_back(zero);
    tile.size.push_back(1);
  }
  for (const schedule::Level &level : llvm::reverse(split)) {
    Value size = constantIndex(inner, nest.loc, level.size);
    AffineExpr steps = getAffineDimExpr(0, b.getContext()).ceilDiv(level.size);
    Value count =
        emitExpr(inner, nest.loc, steps, {nest.extents[level.dim]}, {});
    bool last = &level == &split.front();
    Value index =
        last ? remaining
             : arith::RemUIOp::create(inner, nest.loc, remaining, count)
                   .getResult();
    remaining = last ? remaining
                     : arith::DivUIOp::create(inner, nest.loc, remaining, count)
                           .getResult();
    tile.base[level.dim] = mulIndex(inner, nest.loc, index, size);
  }
  TaskEmitter(nest, ArrayRef(levels).drop_front(split.size()), body)
      .emit(inner, split, tile);
}

TaskCount tasksOf(LaunchOp launch) {
  ScheduleAttr schedule = *launch.getSchedule();
  AffineExpr one = getAffineConstantExpr(1, launch.getContext());
  TaskCount count = {one, one};
  SmallVector<schedule::Level> levels = schedule::levelsOf(launch, schedule);
  for (const schedule::Level &level :
       ArrayRef(levels).take_front(schedule.getTasks())) {
    bool isStep = launch.getIterator(level.dim) == IteratorKind::sequential;
    AffineExpr &factor = isStep ? count.steps : count.each;
    factor =
        factor * launch.getExtents().getResult(level.dim).ceilDiv(level.size);
  }
  return count;
}

AffineExpr taskCountOf(LaunchOp launch) {
  TaskCount count = tasksOf(launch);
  return count.steps * count.each;
}

} // namespace tessera::cpu
