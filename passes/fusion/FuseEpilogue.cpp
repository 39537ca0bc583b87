//===- FuseEpilogue.cpp - compute maps where their operand is reduced -----===//

#include "passes/fusion/LinearForms.h"
#include "passes/fusion/Passes.h"
#include "passes/fusion/Rewriting.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::fusion {
#define GEN_PASS_DEF_FUSEEPILOGUE
#include "passes/fusion/Passes.h.inc"

namespace {
/// How the points of a map correspond to the parallel points of a reduction.
struct Correspondence {
  /// For each dimension of the reduction: the dimensions of the map that make
  /// it up, outermost first.
  SmallVector<SmallVector<unsigned>> parts;

  bool splits() const {
    return llvm::any_of(parts, [](auto &p) { return p.size() > 1; });
  }
};
} // namespace

/// Records that coordinate `read` of the map is dimension `d` of the reduction.
static bool bind(Correspondence &found, unsigned d, AffineExpr read,
                 KernelOp reducer, KernelOp map) {
  auto dims = linearisedDims(read, reducer.getExtents().getResult(d),
                             map.getExtents().getResults());
  if (!dims || reducer.getIterator(d) != IteratorKind::parallel) {
    return false;
  }
  if (found.parts[d].empty()) {
    found.parts[d] = *dims;
  }
  return found.parts[d] == *dims;
}

/// Whether each point of the map belongs to exactly one result point of the
/// reduction.
static std::optional<Correspondence> correspond(KernelOp reducer,
                                                KernelOp map) {
  Correspondence found{
      SmallVector<SmallVector<unsigned>>(reducer.getNumDims())};
  for (auto [i, input] : llvm::enumerate(map.getInputs())) {
    if (input.getDefiningOp() != reducer) {
      continue;
    }
    if (map.isWholeInput(i) || !isa<UnitAttr>(map.getPads()[i])) {
      return std::nullopt;
    }
    unsigned r = cast<OpResult>(input).getResultNumber();
    for (auto [to, from] : llvm::zip_equal(reducer.getOutputMap(r).getResults(),
                                           map.getInputMap(i).getResults())) {
      std::optional<unsigned> d = bareDim(to);
      if (d ? !bind(found, *d, from, reducer, map) : to != from) {
        return std::nullopt;
      }
    }
  }
  SmallVector<unsigned> times(map.getNumDims(), 0);
  for (unsigned d = 0; d < reducer.getNumDims(); ++d) {
    if (found.parts[d].empty() && reducer.getExtents().getResult(d) != 1 &&
        reducer.getIterator(d) == IteratorKind::parallel) {
      return std::nullopt;
    }
    for (unsigned part : found.parts[d]) {
      ++times[part];
    }
  }
  for (unsigned d = 0; d < map.getNumDims(); ++d) {
    if (times[d] != 1) {
      return std::nullopt;
    }
  }
  return found;
}

static bool hasOtherUsers(KernelOp reducer, KernelOp map) {
  return llvm::any_of(reducer->getUsers(),
                      [&](Operation *user) { return user != map; });
}

/// The operands of the map that are not results of the reduction.
static SmallVector<Value> otherOperands(KernelOp reducer, KernelOp map) {
  SmallVector<Value> others;
  for (Value input : map.getInputs()) {
    if (input.getDefiningOp() != reducer) {
      others.push_back(input);
    }
  }
  return others;
}

static StringRef obstacle(KernelOp reducer, KernelOp map,
                          const std::optional<Correspondence> &found,
                          const FusionLimits &limits) {
  if (!found) {
    return "the map does not read each result point once";
  }
  if (!withinLimits(reducer, map, limits) ||
      reducer.getNumResults() + map.getNumResults() > limits.maxResults + 1) {
    return "the kernel would be too large";
  }
  if (dependsOn(otherOperands(reducer, map), reducer)) {
    return "another operand depends on the reduction";
  }
  if (found->splits() && hasOtherUsers(reducer, map)) {
    return "other users read the result in another shape";
  }
  return "";
}

static KernelOp fuse(KernelOp reducer, KernelOp map,
                     const Correspondence &found, OpBuilder &builder) {
  KernelParts parts(reducer);
  SmallVector<AffineExpr> dims(map.getNumDims());
  for (unsigned d = reducer.getNumDims(); d-- > 0;) {
    if (found.parts[d].size() > 1) {
      SmallVector<AffineExpr> extents;
      for (unsigned part : found.parts[d]) {
        extents.push_back(map.getExtents().getResult(part));
      }
      parts.splitDim(d, extents);
    }
  }
  unsigned position = 0;
  for (const SmallVector<unsigned> &split : found.parts) {
    for (unsigned part : split) {
      dims[part] = parts.dim(position++);
    }
    position += split.empty() ? 1 : 0;
  }
  return fuseAfter(reducer, std::move(parts), map, dims, builder);
}

/// Puts the map into the last of the reductions that it reads.
static KernelOp fuseInto(KernelOp map, const FusionLimits &limits, bool remarks,
                         OpBuilder &builder) {
  if (!isMap(map)) {
    return {};
  }
  SmallVector<KernelOp> producers;
  for (Value input : map.getInputs()) {
    auto producer = input.getDefiningOp<KernelOp>();
    if (producer && hasIterator(producer, IteratorKind::reduction) &&
        !hasIterator(producer, IteratorKind::sequential) &&
        !llvm::is_contained(producers, producer)) {
      producers.push_back(producer);
    }
  }
  llvm::sort(producers,
             [](KernelOp a, KernelOp b) { return b->isBeforeInBlock(a); });
  for (KernelOp producer : producers) {
    auto found = correspond(producer, map);
    StringRef reason = obstacle(producer, map, found, limits);
    if (reason.empty()) {
      return fuse(producer, map, *found, builder);
    }
    if (remarks) {
      map.emitRemark("fuse-epilogue: ") << reason;
    }
  }
  return {};
}

namespace {
struct FuseEpilogue : impl::FuseEpilogueBase<FuseEpilogue> {
  using FuseEpilogueBase::FuseEpilogueBase;

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
