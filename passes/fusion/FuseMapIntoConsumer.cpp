//===- FuseMapIntoConsumer.cpp - compute maps where they are read ---------===//

#include "dialects/kernel/Conditions.h"
#include "mlir/IR/IRMapping.h"
#include "passes/fusion/LinearForms.h"
#include "passes/fusion/Passes.h"
#include "passes/fusion/Rewriting.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::fusion {
#define GEN_PASS_DEF_FUSEMAPINTOCONSUMER
#include "passes/fusion/Passes.h.inc"

/// The cost of work that may be done anywhere.
static constexpr unsigned kTrivial = 2;

/// Whether the map could end in the epilogue of a reduction instead.
static bool readsReduction(KernelOp map) {
  return llvm::any_of(map.getInputs(), [](Value input) {
    auto producer = input.getDefiningOp<KernelOp>();
    return producer && hasIterator(producer, IteratorKind::reduction);
  });
}

/// Whether a reduction whose result the map reads, and nothing else but
/// constants, would store less with the map in its epilogue. Of two reductions
/// that one consumer reads only the last can take it.
static bool narrowsReduction(KernelOp map) {
  int64_t read = 0;
  for (Value input : map.getInputs()) {
    auto producer = input.getDefiningOp<KernelOp>();
    if (input.getDefiningOp<arith::ConstantOp>()) {
      continue;
    }
    if (!producer || !hasIterator(producer, IteratorKind::reduction)) {
      return false;
    }
    read += storageBytesOf(getElementTypeOrSelf(input.getType()));
  }
  int64_t written = 0;
  for (Value result : map.getResults()) {
    written += storageBytesOf(getElementTypeOrSelf(result.getType()));
  }
  return written < read;
}

/// Whether this reads one element for each point, of a tensor of elements.
static bool isPlainRead(KernelOp consumer, unsigned i) {
  return !consumer.isWholeInput(i) && consumer.getFeedback()[i] < 0 &&
         isa<UnitAttr>(consumer.getPads()[i]);
}

/// Whether evaluating `map` at input `i` of `consumer` keeps the consumer's
/// kind: the reads of a contraction stay plain.
static bool mayEvaluateAt(KernelOp map, KernelOp consumer, unsigned i) {
  if (!isPlainRead(consumer, i)) {
    return false;
  }
  if (isMap(consumer)) {
    return true;
  }
  if (hasIterator(consumer, IteratorKind::sequential)) {
    return false;
  }
  BlockArgument argument = consumer.getBody().getArgument(i);
  AffineMap read = consumer.getInputMap(i);
  if (!feedsReduction(argument)) {
    bool parallel = true;
    for (unsigned d = 0; d < consumer.getNumDims(); ++d) {
      parallel &= consumer.getIterator(d) == IteratorKind::parallel ||
                  !read.isFunctionOfDim(d);
    }
    if (parallel) {
      return true;
    }
  }
  return isRow(consumer) && costOf(map) <= kCheap && !readsReduction(map);
}

/// How often input `i` is used: once for each point, or once for each parallel
/// point when no reduction depends on it.
static AffineExpr evaluationsOf(KernelOp consumer, unsigned i) {
  if (feedsReduction(consumer.getBody().getArgument(i))) {
    return pointsOf(consumer);
  }
  SmallVector<AffineExpr> extents;
  for (unsigned d = 0; d < consumer.getNumDims(); ++d) {
    if (consumer.getIterator(d) == IteratorKind::parallel ||
        consumer.getInputMap(i).isFunctionOfDim(d)) {
      extents.push_back(consumer.getExtents().getResult(d));
    }
  }
  return productOf(consumer.getContext(), extents);
}

/// Whether the consumer evaluates the map more often than it has points.
static bool repeatsWork(KernelOp map, KernelOp consumer) {
  unsigned reads = 0;
  for (auto [i, input] : llvm::enumerate(consumer.getInputs())) {
    if (input.getDefiningOp() != map) {
      continue;
    }
    if (++reads > 1 ||
        !knownAtMost(evaluationsOf(consumer, i), pointsOf(map))) {
      return true;
    }
  }
  return false;
}

/// Why the map is not evaluated in the consumer; empty when it may be.
static StringRef obstacle(KernelOp map, KernelOp consumer,
                          const FusionLimits &limits) {
  if (!isMap(map) || isView(map)) {
    return "the producer is not a map";
  }
  for (auto [i, input] : llvm::enumerate(consumer.getInputs())) {
    if (input.getDefiningOp() != map) {
      continue;
    }
    if (!mayEvaluateAt(map, consumer, i)) {
      return "the read must stay a tensor";
    }
    if (isConditionIn(consumer, input)) {
      return "a condition in memory can leave kernels out";
    }
    unsigned r = cast<OpResult>(input).getResultNumber();
    if (!solveDims(map.getOutputMap(r).getResults(),
                   consumer.getInputMap(i).getResults(), map.getNumDims())) {
      return "the element read is not known to be written by one point";
    }
  }
  if (map->hasAttr(kBranchAttr) && !shareBranch(map, consumer) &&
      isWorthLeavingOut(map)) {
    return "a run that takes another branch can leave the map out";
  }
  if (narrowsReduction(map) && !isView(consumer)) {
    return "the reduction before it stores less with it";
  }
  if (repeatsWork(map, consumer) &&
      (costOf(map) > kTrivial || map.getInputs().size() > 1 ||
       readsReduction(map))) {
    return "it would repeat work";
  }
  if (!withinLimits(map, consumer, limits)) {
    return "the kernel would be too large";
  }
  return "";
}

/// Whether all users of a map with several can evaluate it cheaply themselves.
static bool allUsersTakeIt(KernelOp map, const FusionLimits &limits) {
  if (map.getInputs().size() > 1 || costOf(map) > kCheap ||
      readsReduction(map)) {
    return false;
  }
  return llvm::all_of(map->getUsers(), [&](Operation *user) {
    auto kernel = dyn_cast<KernelOp>(user);
    return kernel && obstacle(map, kernel, limits).empty();
  });
}

static bool hasOneUser(KernelOp map) {
  return llvm::all_of(map->getUsers(), [&](Operation *user) {
    return user == *map->getUsers().begin();
  });
}

/// Evaluates `map` at each read of it.
static KernelOp evaluateIn(KernelOp map, KernelOp consumer,
                           OpBuilder &builder) {
  KernelParts parts(consumer);
  OpBuilder body = parts.bodyBuilder();
  AffineExpr zero = getAffineConstantExpr(0, parts.context());
  for (unsigned i = 0, e = consumer.getInputs().size(); i < e; ++i) {
    if (parts.inputs[i].tensor.getDefiningOp() != map) {
      continue;
    }
    unsigned r = cast<OpResult>(parts.inputs[i].tensor).getResultNumber();
    SmallVector<AffineExpr> dims =
        *solveDims(map.getOutputMap(r).getResults(),
                   parts.inputs[i].coordinates, map.getNumDims());
    for (AffineExpr &dim : dims) {
      dim = dim ? dim : zero;
    }
    SmallVector<Value> values = parts.inlineBody(map, dims, body, IRMapping());
    parts.argument(i).replaceAllUsesWith(values[r]);
  }
  builder.setInsertionPoint(consumer);
  KernelOp fused = parts.build(
      builder, builder.getFusedLoc({map.getLoc(), consumer.getLoc()}));
  consumer.replaceAllUsesWith(fused.getResults());
  consumer.erase();
  fused = simplifyKernel(fused, builder);
  eraseIfDead(map->getResults());
  return fused;
}

static KernelOp fuseInto(KernelOp consumer, const FusionLimits &limits,
                         bool remarks, OpBuilder &builder) {
  for (Value input : consumer.getInputs()) {
    auto map = input.getDefiningOp<KernelOp>();
    if (!map) {
      continue;
    }
    StringRef reason = obstacle(map, consumer, limits);
    if (reason.empty() && !hasOneUser(map) && !allUsersTakeIt(map, limits)) {
      reason = "other users need its result in memory";
    }
    if (reason.empty()) {
      return evaluateIn(map, consumer, builder);
    }
    if (remarks && isMap(map)) {
      consumer.emitRemark("fuse-map-into-consumer: ") << reason;
    }
  }
  return {};
}

namespace {
struct FuseMapIntoConsumer
    : impl::FuseMapIntoConsumerBase<FuseMapIntoConsumer> {
  using FuseMapIntoConsumerBase::FuseMapIntoConsumerBase;

  void runOnOperation() override {
    OpBuilder builder(&getContext());
    FusionLimits limits{maxInputs, maxOperations};
    rewriteKernels(getOperation(), [&](KernelOp op) {
      return fuseInto(op, limits, remarks, builder);
    });
  }
};
} // namespace
} // namespace tessera::fusion
