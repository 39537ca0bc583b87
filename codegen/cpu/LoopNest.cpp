//===- LoopNest.cpp - loops over tiles of a launch's dimensions -----------===//

#include "codegen/cpu/LoopNest.h"
#include "codegen/cpu/CacheBlocks.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

namespace {
/// A part of one dimension that is covered by tiles of one size.
struct Segment {
  Value lower, upper;
  int64_t size;
  /// Points, where compile time knows.
  std::optional<int64_t> length = std::nullopt;
  /// Tiles are vectors of which only the lanes below the extent are in use.
  bool masked = false;
};
} // namespace

static bool isVectorDim(const Nest &nest, unsigned dim) {
  return nest.vectorDim == static_cast<int64_t>(dim);
}

/// The largest multiple of `step` that fits between lower and upper, as an
/// upper bound.
static Value roundedUpper(Nest &nest, OpBuilder &b, Value lower, Value upper,
                          int64_t step) {
  Value length = arith::SubIOp::create(b, nest.loc, upper, lower);
  Value tiles = arith::DivSIOp::create(b, nest.loc, length,
                                       constantIndex(b, nest.loc, step));
  return addIndex(
      b, nest.loc, lower,
      mulIndex(b, nest.loc, tiles, constantIndex(b, nest.loc, step)));
}

/// Segments of `length` points from `lower` on: of whole tiles, then the rest.
static SmallVector<Segment> staticSegments(Nest &nest, OpBuilder &b,
                                           unsigned dim, Value lower,
                                           int64_t length) {
  SmallVector<Segment> segments;
  int64_t size = nest.tile[dim], rest = length % size, full = length - rest;
  auto after = [&](int64_t points) {
    return addIndex(b, nest.loc, lower, constantIndex(b, nest.loc, points));
  };
  if (full > 0) {
    segments.push_back({lower, after(full), size, full});
  }
  if (rest > 0) {
    bool masked = isVectorDim(nest, dim) && rest % nest.lanes != 0;
    int64_t rounded =
        isVectorDim(nest, dim) ? llvm::alignTo(rest, nest.lanes) : rest;
    segments.push_back({after(full), after(length), rounded, rest, masked});
  }
  return segments;
}

/// Segments of [lower, upper) of a dimension whose extent is known at run time
/// only: of `size` points, then of one point or vector.
static SmallVector<Segment> dynamicSegments(Nest &nest, OpBuilder &b,
                                            unsigned dim, Value lower,
                                            Value upper, int64_t size) {
  SmallVector<Segment> segments;
  int64_t smallest = isVectorDim(nest, dim) ? nest.lanes : 1;
  if (size > smallest) {
    Value end = roundedUpper(nest, b, lower, upper, size);
    segments.push_back({lower, end, size});
    lower = end;
  }
  segments.push_back(
      {lower, upper, smallest, std::nullopt, isVectorDim(nest, dim)});
  return segments;
}

/// Whether the points of a tile along `dim` are rows: they share what is read
/// for them, so the end of a free dimension wants few tiles.
static bool hasRows(const Nest &nest, unsigned dim) {
  return !nest.isReduction(dim) && !isVectorDim(nest, dim) &&
         nest.tile[dim] > 1 && !nest.staticExtent(dim);
}

using RestBody =
    llvm::function_ref<void(OpBuilder &, Value base, const Segment &)>;

/// Calls `body` once with exactly the rows in [lower, upper), of which there
/// are fewer than `below`; does nothing when there are none.
static void emitExactRest(Nest &nest, OpBuilder &b, Value lower, Value upper,
                          int64_t below, RestBody body) {
  Value left = arith::IndexCastOp::create(
      b, nest.loc, b.getIndexType(),
      arith::SubIOp::create(b, nest.loc, upper, lower));
  auto choice = scf::IndexSwitchOp::create(
      b, nest.loc, TypeRange(), left,
      llvm::to_vector(llvm::seq<int64_t>(1, below)), below - 1);
  for (int64_t rows = 1; rows < below; ++rows) {
    Region &region = choice.getCaseRegions()[rows - 1];
    OpBuilder inner = OpBuilder::atBlockEnd(&region.emplaceBlock());
    scf::YieldOp::create(inner, nest.loc);
    inner.setInsertionPoint(region.front().getTerminator());
    body(inner, lower, {lower, upper, rows});
  }
  OpBuilder other =
      OpBuilder::atBlockEnd(&choice.getDefaultRegion().emplaceBlock());
  scf::YieldOp::create(other, nest.loc);
}

/// Whether each point sums up so little that reading it again for every row
/// costs less than code for each number of rows.
static bool sumsLittle(const Nest &nest) {
  constexpr int64_t little = 16;
  int64_t summed = 1;
  for (unsigned d = 0; d < nest.numDims(); ++d) {
    if (nest.isReduction(d)) {
      summed *= nest.staticExtent(d).value_or(little + 1);
    }
  }
  return summed <= little;
}

/// The rows in [lower, upper), fewer than `below`, as one tile where code for
/// each number of rows is short enough, and by halves until then.
static void emitRest(Nest &nest, OpBuilder &b, unsigned dim, Value lower,
                     Value upper, int64_t below, RestBody body) {
  constexpr int64_t mostPoints = 192;
  int64_t points = below * (below - 1) / 2;
  for (unsigned d = 0; d < nest.numDims(); ++d) {
    points *= d == dim ? 1 : nest.tile[d];
  }
  if (points <= mostPoints * nest.lanes && !sumsLittle(nest)) {
    return emitExactRest(nest, b, lower, upper, below, body);
  }
  int64_t size = sumsLittle(nest) ? 1 : llvm::divideCeil(below, 2);
  Segment half{lower, roundedUpper(nest, b, lower, upper, size), size};
  auto loop = scf::ForOp::create(b, nest.loc, half.lower, half.upper,
                                 constantIndex(b, nest.loc, size));
  OpBuilder inner = OpBuilder::atBlockTerminator(loop.getBody());
  body(inner, loop.getInductionVar(), half);
  if (size > 1) {
    emitRest(nest, b, dim, half.upper, upper, size, body);
  }
}

/// Lanes of the last vector of a tile that lie below `upper`.
static Value maskOf(Nest &nest, OpBuilder &b, Value base, Value upper,
                    int64_t size) {
  Value last = addIndex(b, nest.loc, base,
                        constantIndex(b, nest.loc, size - nest.lanes));
  auto constantLast = constantIndexOf(last),
       constantUpper = constantIndexOf(upper);
  auto type = VectorType::get({nest.lanes}, b.getI1Type());
  if (constantLast && constantUpper) {
    SmallVector<bool> bits;
    for (int64_t lane = 0; lane < nest.lanes; ++lane) {
      bits.push_back(*constantLast + lane < *constantUpper);
    }
    return arith::ConstantOp::create(
        b, nest.loc, DenseElementsAttr::get(type, ArrayRef<bool>(bits)));
  }
  SmallVector<int64_t> lanes =
      llvm::to_vector(llvm::seq<int64_t>(0, nest.lanes));
  auto wide = VectorType::get({nest.lanes}, b.getI64Type());
  Value iota = arith::ConstantOp::create(
      b, nest.loc, DenseElementsAttr::get(wide, ArrayRef<int64_t>(lanes)));
  Value left = arith::SubIOp::create(b, nest.loc, upper, last);
  return arith::CmpIOp::create(b, nest.loc, arith::CmpIPredicate::slt, iota,
                               PointEvaluator(nest, b).asVector(left));
}

/// One tile of a segment: the state for the loops further in.
static Tile enter(Nest &nest, OpBuilder &b, Tile tile, unsigned dim, Value base,
                  const Segment &segment) {
  tile.base[dim] = base;
  tile.size[dim] = segment.size;
  if (segment.masked) {
    tile.mask = maskOf(nest, b, base, segment.upper, segment.size);
  }
  return tile;
}

static SmallVector<Value> emitSegment(Nest &nest, OpBuilder &b,
                                      ArrayRef<int64_t> dims, const Tile &tile,
                                      ArrayRef<Value> carried,
                                      const Segment &segment, TileBody body) {
  unsigned dim = dims.front();
  if (segment.length && *segment.length <= segment.size) {
    return emitLoops(nest, b, dims.drop_front(),
                     enter(nest, b, tile, dim, segment.lower, segment), carried,
                     body);
  }
  auto loop =
      scf::ForOp::create(b, nest.loc, segment.lower, segment.upper,
                         constantIndex(b, nest.loc, segment.size), carried);
  if (carried.empty()) {
    loop.getBody()->getTerminator()->erase();
  }
  OpBuilder inner = OpBuilder::atBlockEnd(loop.getBody());
  Tile next = enter(nest, inner, tile, dim, loop.getInductionVar(), segment);
  SmallVector<Value> arguments(loop.getRegionIterArgs());
  SmallVector<Value> results =
      emitLoops(nest, inner, dims.drop_front(), next, arguments, body);
  scf::YieldOp::create(inner, nest.loc, results);
  return SmallVector<Value>(loop.getResults());
}

SmallVector<Value> emitLoops(Nest &nest, OpBuilder &b, ArrayRef<int64_t> dims,
                             Tile tile, ArrayRef<Value> carried,
                             TileBody body) {
  if (dims.empty()) {
    return body(b, tile, carried);
  }
  unsigned dim = dims.front();
  Bounds bounds = tile.bounds[dim];
  if (hasRows(nest, dim)) {
    int64_t size = nest.tile[dim];
    Value end = roundedUpper(nest, b, bounds.lower, bounds.upper, size);
    emitSegment(nest, b, dims, tile, {}, {bounds.lower, end, size}, body);
    emitRest(nest, b, dim, end, bounds.upper, size,
             [&](OpBuilder &at, Value base, const Segment &part) {
               emitLoops(nest, at, dims.drop_front(),
                         enter(nest, at, tile, dim, base, part), {}, body);
             });
    return {};
  }
  SmallVector<Segment> segments =
      bounds.length ? staticSegments(nest, b, dim, bounds.lower, *bounds.length)
                    : dynamicSegments(nest, b, dim, bounds.lower, bounds.upper,
                                      nest.tile[dim]);
  SmallVector<Value> values(carried);
  for (const Segment &segment : segments) {
    values = emitSegment(nest, b, dims, tile, values, segment, body);
  }
  return values;
}

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

SmallVector<Point> pointsOf(const Nest &nest, const Tile &tile,
                            ArrayRef<int64_t> dims) {
  SmallVector<int64_t> ordered(dims);
  llvm::stable_sort(ordered, [&](int64_t a, int64_t b) {
    return (a == nest.vectorDim) < (b == nest.vectorDim);
  });
  SmallVector<Point> points(
      1, Point{tile.base, SmallVector<int64_t>(nest.numDims(), 0), {}});
  for (int64_t dim : ordered) {
    int64_t step = dim == nest.vectorDim ? nest.lanes : 1;
    SmallVector<Point> next;
    for (const Point &point : points) {
      for (int64_t offset = 0; offset < tile.size[dim]; offset += step) {
        next.push_back(point);
        next.back().offset[dim] = offset;
        bool lastVector =
            dim == nest.vectorDim && offset + step >= tile.size[dim];
        next.back().mask = lastVector ? tile.mask : point.mask;
      }
    }
    points = std::move(next);
  }
  return points;
}

} // namespace tessera::cpu
