// Block sizes for lengths from 16 to 8,192: within their memory, and linear in
// the length.

#include "passes/plan/BlockSizes.h"
#include "gtest/gtest.h"
#include <algorithm>

using namespace tessera::plan;

namespace {

ChainSizes sizesFor(int64_t queries, int64_t keys, int64_t outer = 12) {
  ChainSizes sizes;
  sizes.queries = queries;
  sizes.keys = keys;
  sizes.outer = outer;
  sizes.depth = sizes.columns = 64;
  return sizes;
}

int64_t bytesOfRuns(const ChainSizes &sizes, const BlockLimits &limits) {
  BlockSizes block = chooseBlockSizes(sizes, limits);
  return 4 * block.runs * blockElements(sizes, block);
}

TEST(BlockSizes, LieWithinTheLengthsAndTheMemory) {
  for (int64_t bytes : {16 << 10, 48 << 10, 256 << 10, 1 << 20}) {
    BlockLimits limits;
    limits.blockBytes = bytes;
    for (int64_t queries = 16; queries <= 8192; queries += 61) {
      for (int64_t keys : {int64_t(16), int64_t(197), queries, int64_t(8192)}) {
        ChainSizes sizes = sizesFor(queries, keys);
        BlockSizes block = chooseBlockSizes(sizes, limits);
        ASSERT_GE(block.queries, 1);
        ASSERT_LE(block.queries, queries);
        ASSERT_GE(block.keys, 1);
        ASSERT_LE(block.keys, keys);
        ASSERT_GE(block.runs, 1);
        ASSERT_LE(block.runs, limits.mostRuns);
        bool isSmallest = block.queries <= limits.lanes && block.keys <= 32;
        ASSERT_TRUE(isSmallest || 4 * blockElements(sizes, block) <= bytes)
            << queries << " x " << keys << " in " << bytes;
      }
    }
  }
}

TEST(BlockSizes, TakeMemoryThatIsLinearInTheLength) {
  BlockLimits limits;
  for (int64_t length = 16; length <= 8192; length *= 2) {
    ChainSizes sizes = sizesFor(length, length);
    int64_t bytes = bytesOfRuns(sizes, limits);
    EXPECT_LE(bytes, length * 12 * 4 * 512) << length;
    EXPECT_LE(bytes, limits.mostRuns * limits.blockBytes) << length;
    if (length >= 1024) {
      EXPECT_LE(2 * bytes, 4 * 12 * length * length) << length;
    }
  }
}

TEST(BlockSizes, ShortLengthsAreNotCut) {
  for (int64_t length : {16, 17, 100, 128, 197}) {
    BlockSizes block = chooseBlockSizes(sizesFor(length, length), {});
    EXPECT_EQ(block.queries, length);
    EXPECT_EQ(block.keys, length);
  }
}

TEST(BlockSizes, PartsAreEqualWhereTheyCanBe) {
  BlockSizes block = chooseBlockSizes(sizesFor(8192, 1280), {});
  EXPECT_EQ(8192 % block.queries, 0);
  EXPECT_EQ(1280 % block.keys, 0);
  EXPECT_EQ(block.queries % 16, 0);
  EXPECT_EQ(block.keys % 16, 0);
}

TEST(BlockSizes, FreeLengthsHaveBlocksOfFixedSize) {
  ChainSizes sizes;
  sizes.depth = sizes.columns = 64;
  BlockSizes block = chooseBlockSizes(sizes, {});
  EXPECT_GT(block.queries, 0);
  EXPECT_GT(block.keys, 0);
  EXPECT_LE(4 * blockElements(sizes, block), BlockLimits().blockBytes);
}

// A group of threads on a GPU has some dozen kilobytes.
TEST(BlockSizes, FitIntoSharedMemory) {
  BlockLimits limits;
  limits.blockBytes = 96 << 10;
  limits.lanes = 32;
  ChainSizes sizes = sizesFor(8192, 8192);
  BlockSizes block = chooseBlockSizes(sizes, limits);
  EXPECT_LE(4 * blockElements(sizes, block), limits.blockBytes);
  EXPECT_EQ(block.queries % 32, 0);
}

} // namespace
