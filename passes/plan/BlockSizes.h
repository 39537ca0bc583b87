//===- BlockSizes.h - how a chain of contractions is cut --------*- C++ -*-===//
//
// The one place that decides how many queries and keys a block has. It knows
// sizes and limits only, so that any target can ask: a CPU limits a block by
// its second cache, a GPU by the memory that a group of threads shares.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_PLAN_BLOCKSIZES_H
#define TESSERA_PASSES_PLAN_BLOCKSIZES_H

#include <cstdint>
#include <optional>

namespace tessera::plan {

/// The sizes of `softmax(Q K) V` for one of `outer` independent problems. Free
/// lengths are absent.
struct ChainSizes {
  std::optional<int64_t> queries, keys, outer;
  /// Elements of one query that a block must transpose, and of one row of the
  /// result.
  int64_t depth = 0, columns = 0;
  /// Bytes of one score or sum.
  int64_t elementBytes = 4;
};

/// What one target gives a block.
struct BlockLimits {
  /// Bytes that a block's scores and what else is kept between its kernels may
  /// take.
  int64_t blockBytes = 256 << 10;
  /// Most blocks that work at the same time, each in memory of its own.
  int64_t mostRuns = 64;
  /// Points that fill a vector; blocks of queries are multiples where they can.
  int64_t lanes = 16;
};

/// A block of `queries` x `keys` scores, and in how many places blocks are
/// worked on at the same time.
struct BlockSizes {
  int64_t queries = 0, keys = 0, runs = 0;
};

/// Elements that one block keeps: scores, transposed queries and a sum for each
/// query; with several blocks of keys two more numbers and a row of results.
int64_t blockElements(const ChainSizes &sizes, const BlockSizes &block);

/// The block for these sizes. Its memory is at most `blockBytes` unless even
/// the smallest block (one vector of queries, 32 keys) has more, and more
/// than eight runs take no more than half of the whole matrix of scores would.
/// For fixed lengths this grows at most linearly with either.
BlockSizes chooseBlockSizes(const ChainSizes &sizes, const BlockLimits &limits);

} // namespace tessera::plan

#endif // TESSERA_PASSES_PLAN_BLOCKSIZES_H
