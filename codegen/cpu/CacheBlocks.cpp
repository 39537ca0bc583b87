//===- CacheBlocks.cpp - loops around the loops over tiles ----------------===//

#include "codegen/cpu/CacheBlocks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

static int64_t blockOf(const Nest &nest, unsigned dim) {
  return const_cast<LaunchOp &>(nest.launch).getSchedule()->blockOf(dim);
}

SmallVector<int64_t> blockedReductions(const Nest &nest) {
  SmallVector<int64_t> dims;
  auto schedule = const_cast<LaunchOp &>(nest.launch).getSchedule();
  for (int64_t dim : schedule->getOrder().asArrayRef()) {
    if (nest.isReduction(dim) && blockOf(nest, dim) > 0) {
      dims.push_back(dim);
    }
  }
  return dims;
}

Tile withBlock(Nest &nest, OpBuilder &b, Tile tile, unsigned dim, Value base) {
  int64_t size = blockOf(nest, dim);
  auto fixed = nest.staticExtent(dim), start = constantIndexOf(base);
  Bounds &bounds = tile.bounds[dim];
  bounds.lower = base;
  if (fixed && (*fixed % size == 0 || !start || *start + size <= *fixed)) {
    // A base that only run time knows is that of a whole block.
    bounds.length = size;
  } else if (fixed) {
    bounds.length = *fixed - *start;
  }
  if (bounds.length && fixed) {
    bounds.upper =
        addIndex(b, nest.loc, base, constantIndex(b, nest.loc, *bounds.length));
    return tile;
  }
  Value end = addIndex(b, nest.loc, base, constantIndex(b, nest.loc, size));
  bounds.upper =
      arith::MinSIOp::create(b, nest.loc, end, nest.extents[dim]).getResult();
  return tile;
}

void emitBlocks(Nest &nest, OpBuilder &b, ArrayRef<int64_t> dims,
                const Tile &tile,
                llvm::function_ref<void(OpBuilder &, const Tile &)> body) {
  if (dims.empty()) {
    return body(b, tile);
  }
  unsigned dim = dims.front();
  int64_t size = blockOf(nest, dim);
  auto fixed = nest.staticExtent(dim);
  auto inside = [&](OpBuilder &at, Value base) {
    emitBlocks(nest, at, dims.drop_front(),
               withBlock(nest, at, tile, dim, base), body);
  };
  if (fixed && *fixed <= size) {
    return inside(b, constantIndex(b, nest.loc, 0));
  }
  Value end = fixed ? constantIndex(b, nest.loc, *fixed - *fixed % size)
                    : nest.extents[dim];
  auto loop = scf::ForOp::create(b, nest.loc, constantIndex(b, nest.loc, 0),
                                 end, constantIndex(b, nest.loc, size));
  OpBuilder inner = OpBuilder::atBlockTerminator(loop.getBody());
  inside(inner, loop.getInductionVar());
  if (fixed && *fixed % size != 0) {
    inside(b, end);
  }
}

/// Whether `left` equals `right` for each blocked reduction.
static BlockTest
allEqual(Nest &nest, OpBuilder &b, const Tile &tile,
         llvm::function_ref<std::pair<Value, Value>(unsigned)> sides) {
  BlockTest test;
  for (int64_t dim : blockedReductions(nest)) {
    auto [left, right] = sides(dim);
    auto x = constantIndexOf(left), y = constantIndexOf(right);
    if (x && y) {
      test.known &= *x == *y;
      continue;
    }
    // A loop over whole blocks ends before the smaller last one.
    auto fixed = nest.staticExtent(dim);
    if (y && fixed && *y == *fixed && *fixed % blockOf(nest, dim) != 0) {
      test.known = false;
      continue;
    }
    Value equal = arith::CmpIOp::create(b, nest.loc, arith::CmpIPredicate::eq,
                                        left, right);
    test.atRunTime =
        test.atRunTime
            ? arith::AndIOp::create(b, nest.loc, test.atRunTime, equal)
                  .getResult()
            : equal;
  }
  if (!test.known) {
    test.atRunTime = Value();
  }
  return test;
}

BlockTest isFirstBlock(Nest &nest, OpBuilder &b, const Tile &tile) {
  return allEqual(nest, b, tile, [&](unsigned dim) {
    return std::pair(tile.bounds[dim].lower, constantIndex(b, nest.loc, 0));
  });
}

BlockTest isLastBlock(Nest &nest, OpBuilder &b, const Tile &tile) {
  return allEqual(nest, b, tile, [&](unsigned dim) {
    return std::pair(tile.bounds[dim].upper, nest.extents[dim]);
  });
}

} // namespace tessera::cpu
