//===- BlockSizes.cpp - how a chain of contractions is cut ----------------===//
//
// Blocks near 64 x 256 measured best on CPUs: a register tile has some dozen
// rows, so shorter blocks have more ends of tiles, and longer ones leave the
// caches (decision 013 has the figures).
//
//===----------------------------------------------------------------------===//

#include "passes/plan/BlockSizes.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

namespace tessera::plan {

static constexpr int64_t kUsualQueries = 64, kUsualKeys = 256;
/// Lengths up to this many times the usual one are not cut: the kernels then
/// know their sizes.
static constexpr double kSlack = 1.5;
/// Enough tasks for the threads of a small machine; more blocks are only made
/// for memory.
static constexpr int64_t kEnoughTasks = 8;

/// The size of blocks of at most `most` points: parts of equal size, multiples
/// of `step`, where the length has such; otherwise the last block is smaller.
static int64_t evenPart(int64_t length, int64_t most, int64_t step) {
  if (length <= most) {
    return length;
  }
  int64_t least = llvm::divideCeil(length, most);
  for (int64_t parts = least; parts <= 2 * least; ++parts) {
    if (length % parts == 0 && length / parts % step == 0) {
      return length / parts;
    }
  }
  int64_t even = llvm::alignTo(llvm::divideCeil(length, least), step);
  return std::min(even, std::max(step, most / step * step));
}

int64_t blockElements(const ChainSizes &sizes, const BlockSizes &block) {
  bool isOnline = !sizes.keys || *sizes.keys > block.keys;
  int64_t kept = isOnline ? sizes.columns + 3 : 1;
  return block.queries * (block.keys + sizes.depth + kept);
}

/// Blocks of queries that threads can share.
static int64_t tasksOf(const ChainSizes &sizes, int64_t queries) {
  return sizes.outer.value_or(1) *
         llvm::divideCeil(sizes.queries.value_or(queries), queries);
}

static int64_t chooseRuns(const ChainSizes &sizes, const BlockLimits &limits,
                          const BlockSizes &block) {
  if (!sizes.queries || !sizes.keys || !sizes.outer) {
    return std::min(limits.mostRuns, kEnoughTasks);
  }
  int64_t scores = *sizes.outer * *sizes.queries * *sizes.keys;
  int64_t room = scores / 2 / std::max<int64_t>(1, blockElements(sizes, block));
  int64_t most = std::min({tasksOf(sizes, block.queries), limits.mostRuns,
                           std::max(room, kEnoughTasks)});
  return std::max<int64_t>(1, most);
}

BlockSizes chooseBlockSizes(const ChainSizes &sizes,
                            const BlockLimits &limits) {
  constexpr int64_t leastKeys = 32;
  BlockSizes block;
  int64_t keys = sizes.keys.value_or(kUsualKeys),
          queries = sizes.queries.value_or(kUsualQueries);
  auto fits = [&] {
    return blockElements(sizes, block) * sizes.elementBytes <=
           limits.blockBytes;
  };
  block.keys = keys <= kUsualKeys * kSlack
                   ? keys
                   : evenPart(keys, kUsualKeys, limits.lanes);
  block.queries = queries;
  bool isEnough = tasksOf(sizes, queries) >= kEnoughTasks;
  if (!fits() || (queries > kUsualQueries * kSlack && !isEnough)) {
    block.queries = evenPart(queries, kUsualQueries, limits.lanes);
  }
  while (!fits() && block.queries > limits.lanes) {
    block.queries = evenPart(queries, block.queries / 2, limits.lanes);
    block.queries = std::max(block.queries, limits.lanes);
  }
  while (!fits() && block.keys > leastKeys) {
    block.keys =
        std::max(leastKeys, evenPart(keys, block.keys / 2, limits.lanes));
  }
  block.runs = chooseRuns(sizes, limits, block);
  return block;
}

} // namespace tessera::plan
