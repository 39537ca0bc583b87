//===- BlockChains.cpp - contraction, row, contraction in blocks ----------===//
//
// The scores of attention have a number for each pair of tokens. Computed in
// blocks that stay in cache, they need no memory of that size and no way to it.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/plan/ChainBuilder.h"
#include "passes/plan/ChainDims.h"
#include "passes/plan/Passes.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {
#define GEN_PASS_DEF_BLOCKCHAINS
#include "passes/plan/Passes.h.inc"

/// Whether blocks can be worth their calls: with few queries the kernels read
/// keys and values once anyway, and without points there is nothing to do.
static bool isWorthBlocks(const ChainSizes &sizes) {
  constexpr int64_t fewQueries = 16;
  return sizes.queries.value_or(fewQueries) >= fewQueries &&
         sizes.keys.value_or(1) > 0 && sizes.outer.value_or(1) > 0 &&
         sizes.columns > 0;
}

/// Whether the blocks take no more memory than the scores of the shortest
/// lengths: a plan for free lengths must be small where these are. `--dim` says
/// that they are long.
static bool isSmallEverywhere(const Chain &chain, const ChainSizes &sizes,
                              const BlockSizes &block) {
  bool isFixed = sizes.queries && sizes.keys && sizes.outer;
  return isFixed ||
         block.runs * blockElements(sizes, block) <= leastScoresOf(chain);
}

/// The chains of a block; none has a launch of another.
static SmallVector<Chain> chainsOf(Block &block) {
  SmallVector<Chain> chains;
  llvm::SmallPtrSet<Operation *, 32> taken;
  for (auto rows : block.getOps<LaunchOp>()) {
    std::optional<Chain> chain = matchChain(rows);
    if (chain && !taken.contains(chain->scores) &&
        !taken.contains(chain->rows)) {
      taken.insert_range(
          ArrayRef<Operation *>{chain->scores, chain->rows, chain->products});
      chains.push_back(*chain);
    }
  }
  return chains;
}

namespace {
struct BlockChains : impl::BlockChainsBase<BlockChains> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto func = module.lookupSymbol<func::FuncOp>("main");
    if (!func) {
      return;
    }
    auto dimensions = module->getAttrOfType<ArrayAttr>(kDimensionsAttr);
    unsigned firstSymbol = dimensions ? dimensions.size() : 0;
    BlockLimits limits;
    limits.blockBytes = blockBytes;
    limits.mostRuns = mostRuns;
    for (const Chain &chain : chainsOf(func.getBody().front())) {
      std::optional<ChainSizes> sizes = sizesOf(chain);
      if (!sizes || !isWorthBlocks(*sizes)) {
        continue;
      }
      BlockSizes block = chooseBlockSizes(*sizes, limits);
      bool allKeys = sizes->keys == block.keys;
      if ((chain.softmax || allKeys) &&
          isSmallEverywhere(chain, *sizes, block)) {
        buildBlocks(chain, block, firstSymbol);
      }
    }
  }
};
} // namespace
} // namespace tessera::plan
