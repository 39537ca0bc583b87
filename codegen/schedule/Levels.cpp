//===- Levels.cpp - the outer loops that tasks are cut from ---------------===//

#include "codegen/schedule/Levels.h"
#include "codegen/schedule/LaunchFacts.h"
#include "dialects/kernel/DotProduct.h"
#include "dialects/kernel/LinearForm.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

SmallVector<Level> levelsOf(LaunchOp launch, ScheduleAttr schedule) {
  SmallVector<Level> blocks, tiles;
  for (int64_t dim : schedule.getOrder().asArrayRef()) {
    if (launch.getIterator(dim) == IteratorKind::reduction) {
      continue;
    }
    if (int64_t block = schedule.blockOf(dim)) {
      blocks.push_back({dim, block, true});
    }
    tiles.push_back({dim, schedule.getTile()[dim], false});
  }
  blocks.append(tiles);
  return blocks;
}

int64_t splittableLevels(ArrayRef<Level> levels) {
  for (auto [i, level] : llvm::enumerate(levels)) {
    auto isBlockOfSame = [dim = level.dim](const Level &other) {
      return other.isBlock && other.dim == dim;
    };
    if (!level.isBlock && llvm::any_of(levels, isBlockOfSame)) {
      return i;
    }
  }
  return levels.size();
}

int64_t outputForSums(LaunchOp launch) {
  Block &body = launch.getBody().front();
  auto reduces = llvm::to_vector(body.getOps<ReduceOp>());
  if (reduces.size() != 1) {
    return -1;
  }
  Type type = reduces.front().getValue().getType();
  ReduceKind kind = reduces.front().getKind();
  bool isKept = kind == ReduceKind::add || kind == ReduceKind::max ||
                kind == ReduceKind::min;
  if (!isKept || !(type.isF32() || type.isF64()) ||
      reduces.front().getType() != type) {
    return -1;
  }
  for (auto [o, output] : llvm::enumerate(launch.getOutputs())) {
    auto shares = [output = output](Value input) {
      return mayShareMemory(input, output);
    };
    if (cast<BufferType>(output.getType()).getElementType() == type &&
        llvm::none_of(launch.getInputs(), shares) &&
        llvm::count_if(launch.getOutputs(), shares) == 1) {
      return o;
    }
  }
  return -1;
}

/// Whether the running sums of the launch can wait in memory: one pass of one
/// reduction whose vectors lie along a dimension that is not reduced.
static bool canKeepSums(LaunchOp launch, ScheduleAttr schedule,
                        const LaunchFacts &facts) {
  int64_t v = schedule.getVectorDim(), output = outputForSums(launch);
  if (output < 0 || facts.stages != 1 || facts.storesRows || facts.sequential ||
      v < 0 || facts.isReduction(v)) {
    return false;
  }
  auto isAlong = [&](const AccessFacts &input) {
    return input.inner && input.uses(v);
  };
  if (!llvm::any_of(facts.inputs, isAlong)) {
    return false;
  }
  for (unsigned d = 0; d < facts.numDims(); ++d) {
    if (facts.isParallel(d) && facts.extents[d] > 1 &&
        !facts.outputs[output].uses(d)) {
      return false;
    }
  }
  return true;
}

std::string blockIllegality(LaunchOp launch, ScheduleAttr schedule) {
  if (!schedule.getBlocks()) {
    return "";
  }
  LaunchFacts facts(launch);
  if (schedule.getBlocks().size() != facts.numDims()) {
    return "blocks need one entry for each dimension";
  }
  for (unsigned d = 0; d < facts.numDims(); ++d) {
    constexpr int64_t kMostPoints = 1 << 20;
    int64_t block = schedule.blockOf(d);
    if (block < 0 || block > kMostPoints ||
        block % schedule.getTile()[d] != 0) {
      return "a block is a multiple of its tile";
    }
    if (block > 0 && facts.isFree[d] && schedule.getVectorDim() == int64_t(d)) {
      return "a free dimension that fills vectors cannot be blocked";
    }
    if (block > 0 && facts.isReduction(d) &&
        (facts.isFree[d] || !canKeepSums(launch, schedule, facts))) {
      return "blocks of a reduction need a single sum of fixed length that an "
             "output of its own memory can keep";
    }
    if (block > 0 && facts.sequential) {
      return "blocks would lie outside of the steps of a recurrence";
    }
  }
  return "";
}

} // namespace tessera::schedule
