//===- CacheBlocks.h - loops around the loops over tiles --------*- C++ -*-===//
//
// A block is a part of the iteration space whose data stays in a cache while
// its tiles are computed. Between blocks of a reduction the running sums of a
// tile wait in an output.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_CPU_CACHEBLOCKS_H
#define TESSERA_CODEGEN_CPU_CACHEBLOCKS_H

#include "codegen/cpu/LoopNest.h"
#include "codegen/schedule/Levels.h"

namespace tessera::cpu {

/// The reduction dimensions that the schedule blocks, in its order.
llvm::SmallVector<int64_t> blockedReductions(const Nest &nest);

/// `tile` with the block of `dim` that starts at `base` as its bounds.
Tile withBlock(Nest &nest, mlir::OpBuilder &b, Tile tile, unsigned dim,
               mlir::Value base);

/// Loops over the blocks of `dims`, outermost first; the last block of a
/// dimension of fixed extent has code of its own where it is smaller.
void emitBlocks(Nest &nest, mlir::OpBuilder &b, llvm::ArrayRef<int64_t> dims,
                const Tile &tile,
                llvm::function_ref<void(mlir::OpBuilder &, const Tile &)> body);

/// Whether the tile's block is the first (or the last) of all blocked
/// reductions: i1, or null where `known` says it.
struct BlockTest {
  mlir::Value atRunTime;
  bool known = true;
};
BlockTest isFirstBlock(Nest &nest, mlir::OpBuilder &b, const Tile &tile);
BlockTest isLastBlock(Nest &nest, mlir::OpBuilder &b, const Tile &tile);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_CACHEBLOCKS_H
