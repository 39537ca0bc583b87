//===- LoopNest.cpp - loops over tiles of a launch's dimensions -----------===//

#include "codegen/cpu/LoopNest.h"
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

static SmallVector<Segment> staticSegments(Nest &nest, OpBuilder &b,
                                           unsigned dim, int64_t extent) {
  SmallVector<Segment> segments;
  int64_t size = nest.tile[dim], full = extent - extent % size;
  if (full > 0) {
    segments.push_back({constantIndex(b, nest.loc, 0),
                        constantIndex(b, nest.loc, full), size});
  }
  if (extent > full) {
    int64_t rest = extent - full;
    bool masked = isVectorDim(nest, dim) && rest % nest.lanes != 0;
    int64_t rounded =
        isVectorDim(nest, dim) ? llvm::alignTo(rest, nest.lanes) : rest;
    segments.push_back({constantIndex(b, nest.loc, full),
                        constantIndex(b, nest.loc, extent), rounded, masked});
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
  segments.push_back({lower, upper, smallest, isVectorDim(nest, dim)});
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

/// The rows in [lower, upper), fewer than `below`, as one tile where code for
/// each number of rows is short enough, and by halves until then.
static void emitRest(Nest &nest, OpBuilder &b, unsigned dim, Value lower,
                     Value upper, int64_t below, RestBody body) {
  constexpr int64_t mostPoints = 192;
  int64_t points = below * (below - 1) / 2;
  for (unsigned d = 0; d < nest.numDims(); ++d) {
    points *= d == dim ? 1 : nest.tile[d];
  }
  if (points <= mostPoints * nest.lanes) {
    return emitExactRest(nest, b, lower, upper, below, body);
  }
  int64_t size = llvm::divideCeil(below, 2);
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
  auto lower = constantIndexOf(segment.lower),
       upper = constantIndexOf(segment.upper);
  if (lower && upper && *upper - *lower <= segment.size) {
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
  Value zero = constantIndex(b, nest.loc, 0);
  auto extent = nest.staticExtent(dim);
  if (hasRows(nest, dim)) {
    int64_t size = nest.tile[dim];
    Value end = roundedUpper(nest, b, zero, nest.extents[dim], size);
    emitSegment(nest, b, dims, tile, {}, {zero, end, size}, body);
    emitRest(nest, b, dim, end, nest.extents[dim], size,
             [&](OpBuilder &at, Value base, const Segment &part) {
               emitLoops(nest, at, dims.drop_front(),
                         enter(nest, at, tile, dim, base, part), {}, body);
             });
    return {};
  }
  SmallVector<Segment> segments =
      extent ? staticSegments(nest, b, dim, *extent)
             : dynamicSegments(nest, b, dim, zero, nest.extents[dim],
                               nest.tile[dim]);
  SmallVector<Value> values(carried);
  for (const Segment &segment : segments) {
    values = emitSegment(nest, b, dims, tile, values, segment, body);
  }
  return values;
}

/// Emits the loops of one task: `dims` are the split dimensions whose block
/// starts at tile.base.
static void
emitBlock(Nest &nest, OpBuilder &b, ArrayRef<int64_t> dims, Tile tile,
          ArrayRef<int64_t> rest,
          llvm::function_ref<void(OpBuilder &, const Tile &)> body) {
  if (dims.empty()) {
    emitLoops(nest, b, rest, tile, {},
              [&](OpBuilder &inner, const Tile &t, ArrayRef<Value>) {
                body(inner, t);
                return SmallVector<Value>();
              });
    return;
  }
  unsigned dim = dims.front();
  int64_t size = nest.tile[dim];
  Value base = tile.base[dim], extent = nest.extents[dim];
  auto fixed = nest.staticExtent(dim);
  auto emitFull = [&](OpBuilder &at) {
    Tile next = tile;
    next.size[dim] = size;
    emitBlock(nest, at, dims.drop_front(), next, rest, body);
  };
  if (size == 1 || (fixed && *fixed % size == 0)) {
    return emitFull(b);
  }
  auto emitPart = [&](OpBuilder &at) {
    if (fixed) {
      Segment part = staticSegments(nest, at, dim, *fixed).back();
      return emitBlock(nest, at, dims.drop_front(),
                       enter(nest, at, tile, dim, part.lower, part), rest,
                       body);
    }
    if (hasRows(nest, dim)) {
      return emitRest(nest, at, dim, base, extent, size,
                      [&](OpBuilder &inner, Value start, const Segment &part) {
                        emitBlock(nest, inner, dims.drop_front(),
                                  enter(nest, inner, tile, dim, start, part),
                                  rest, body);
                      });
    }
    for (const Segment &segment :
         dynamicSegments(nest, at, dim, base, extent, nest.lanes)) {
      auto loop = scf::ForOp::create(at, nest.loc, segment.lower, segment.upper,
                                     constantIndex(at, nest.loc, segment.size));
      OpBuilder inner = OpBuilder::atBlockTerminator(loop.getBody());
      emitBlock(nest, inner, dims.drop_front(),
                enter(nest, inner, tile, dim, loop.getInductionVar(), segment),
                rest, body);
    }
  };
  if (fixed && *fixed < size) {
    return emitPart(b);
  }
  Value end = addIndex(b, nest.loc, base, constantIndex(b, nest.loc, size));
  Value full = arith::CmpIOp::create(b, nest.loc, arith::CmpIPredicate::sle,
                                     end, extent);
  auto branch = scf::IfOp::create(b, nest.loc, full, /*withElseRegion=*/true);
  OpBuilder thenBuilder = branch.getThenBodyBuilder(),
            elseBuilder = branch.getElseBodyBuilder();
  emitFull(thenBuilder);
  emitPart(elseBuilder);
}

void emitTasks(Nest &nest, OpBuilder &b, Value begin, Value end,
               llvm::function_ref<void(OpBuilder &, const Tile &)> body) {
  ScheduleAttr schedule = *nest.launch.getSchedule();
  ArrayRef<int64_t> order = schedule.getOrder().asArrayRef();
  SmallVector<int64_t> outer;
  for (int64_t dim : order) {
    if (!nest.isReduction(dim)) {
      outer.push_back(dim);
    }
  }
  ArrayRef<int64_t> split = ArrayRef(outer).take_front(schedule.getTasks()),
                    rest = ArrayRef(outer).drop_front(split.size());
  auto loop = scf::ForOp::create(b, nest.loc, begin, end,
                                 constantIndex(b, nest.loc, 1));
  OpBuilder inner = OpBuilder::atBlockTerminator(loop.getBody());
  Value zero = constantIndex(inner, nest.loc, 0),
        remaining = loop.getInductionVar();
  Tile tile{SmallVector<Value>(nest.numDims(), zero),
            SmallVector<int64_t>(nest.numDims(), 1),
            {}};
  for (int64_t dim : llvm::reverse(split)) {
    Value size = constantIndex(inner, nest.loc, nest.tile[dim]);
    AffineExpr blocks =
        getAffineDimExpr(0, b.getContext()).ceilDiv(nest.tile[dim]);
    Value count = emitExpr(inner, nest.loc, blocks, {nest.extents[dim]}, {});
    bool last = dim == split.front();
    Value index =
        last ? remaining
             : arith::RemUIOp::create(inner, nest.loc, remaining, count)
                   .getResult();
    remaining = last ? remaining
                     : arith::DivUIOp::create(inner, nest.loc, remaining, count)
                           .getResult();
    tile.base[dim] = mulIndex(inner, nest.loc, index, size);
  }
  emitBlock(nest, inner, split, tile, rest, body);
}

AffineExpr taskCountOf(LaunchOp launch) {
  ScheduleAttr schedule = *launch.getSchedule();
  AffineExpr count = getAffineConstantExpr(1, launch.getContext());
  unsigned split = 0;
  for (int64_t dim : schedule.getOrder().asArrayRef()) {
    if (launch.getIterator(dim) == IteratorKind::reduction ||
        split == schedule.getTasks()) {
      continue;
    }
    ++split;
    count = count *
            launch.getExtents().getResult(dim).ceilDiv(schedule.getTile()[dim]);
  }
  return count;
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
