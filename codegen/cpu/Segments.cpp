//===- Segments.cpp - cuts a dimension into tiles -------------------------===//

#include "codegen/cpu/Segments.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

static bool isVectorDim(const Nest &nest, unsigned dim) {
  return nest.vectorDim == static_cast<int64_t>(dim);
}

Value roundedUpper(Nest &nest, OpBuilder &b, Value lower, Value upper,
                   int64_t step) {
  Value length = arith::SubIOp::create(b, nest.loc, upper, lower);
  Value tiles = arith::DivSIOp::create(b, nest.loc, length,
                                       constantIndex(b, nest.loc, step));
  return addIndex(
      b, nest.loc, lower,
      mulIndex(b, nest.loc, tiles, constantIndex(b, nest.loc, step)));
}

SmallVector<Segment> staticSegments(Nest &nest, OpBuilder &b, unsigned dim,
                                    Value lower, int64_t length) {
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

SmallVector<Segment> dynamicSegments(Nest &nest, OpBuilder &b, unsigned dim,
                                     Value lower, Value upper, int64_t size) {
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

bool hasRows(const Nest &nest, unsigned dim) {
  return !nest.isReduction(dim) && !isVectorDim(nest, dim) &&
         nest.tile[dim] > 1 && !nest.staticExtent(dim);
}

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

void emitRest(Nest &nest, OpBuilder &b, unsigned dim, Value lower, Value upper,
              int64_t below, RestBody body) {
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

Tile enter(Nest &nest, OpBuilder &b, Tile tile, unsigned dim, Value base,
           const Segment &segment) {
  tile.base[dim] = base;
  tile.size[dim] = segment.size;
  if (segment.masked) {
    tile.mask = maskOf(nest, b, base, segment.upper, segment.size);
  }
  return tile;
}

} // namespace tessera::cpu
