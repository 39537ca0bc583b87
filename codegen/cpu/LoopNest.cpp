//===- LoopNest.cpp - loops over tiles of a launch's dimensions -----------===//

#include "codegen/cpu/LoopNest.h"
#include "codegen/cpu/Segments.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace tessera::cpu {

/// A loop over many sums is unrolled as far as its schedule says. LLVM would
/// unroll a short one, keep in registers what neighbouring rows of a window
/// read at different steps, and spill sums for it.
static void keepRolled(scf::ForOp loop) {
  // Few sums leave room in the least number of vector registers, 16.
  constexpr unsigned kFewSums = 8;
  if (loop.getNumRegionIterArgs() <= kFewSums) {
    return;
  }
  MLIRContext *context = loop.getContext();
  auto unroll = LLVM::LoopUnrollAttr::get(context, BoolAttr::get(context, true),
                                          {}, {}, {}, {}, {}, {});
  // The conversions to branches and to LLVM hand this name on.
  loop->setAttr("loop_annotation", LLVM::LoopAnnotationAttr::get(
                                       context, {}, {}, {}, unroll, {}, {}, {},
                                       {}, {}, {}, {}, {}, {}, {}, {}));
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
  keepRolled(loop);
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
