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
  /// For each dimension of the map: the dimensions of the reduction that make
  /// it up, when there are several.
  SmallVector<SmallVector<unsigned>> wholes;

  bool splits() const {
    return llvm::any_of(parts, [](auto &p) { return p.size() > 1; });
  }
};
} // namespace

/// Records `value` as the only meaning of `slot`.
static bool record(SmallVector<unsigned> &slot, ArrayRef<unsigned> value) {
  if (slot.empty()) {
    slot.assign(value.begin(), value.end());
  }
  return ArrayRef<unsigned>(slot) == value;
}

/// Records that what the reduction writes at coordinate `written` of an axis is
/// what the map reads at `read`.
static bool bind(Correspondence &found, AffineExpr written, AffineExpr read,
                 AffineExpr extent, KernelOp reducer, KernelOp map) {
  ArrayRef<AffineExpr> own = reducer.getExtents().getResults();
  ArrayRef<AffineExpr> others = map.getExtents().getResults();
  auto to = linearisedDims(written, extent, own);
  auto from = linearisedDims(read, extent, others);
  if (!to || !from || !llvm::all_of(*to, [&](unsigned d) {
        return reducer.getIterator(d) == IteratorKind::parallel;
      })) {
    return false;
  }
  if (to->size() == 1) {
    return record(found.parts[to->front()], *from);
  }
  if (from->size() == 1) {
    return record(found.wholes[from->front()], *to);
  }
  if (to->size() != from->size()) {
    return false;
  }
  for (auto [d, part] : llvm::zip_equal(*to, *from)) {
    if (own[d] != others[part] || !record(found.parts[d], part)) {
      return false;
    }
  }
  return true;
}

/// Whether every dimension of the map and every parallel one of the reduction
/// has exactly one meaning.
static bool isComplete(const Correspondence &found, KernelOp reducer,
                       KernelOp map) {
  SmallVector<unsigned> times(map.getNumDims(), 0);
  SmallVector<unsigned> covered(reducer.getNumDims(), 0);
  for (auto [c, whole] : llvm::enumerate(found.wholes)) {
    times[c] += whole.empty() ? 0 : 1;
    for (unsigned d : whole) {
      ++covered[d];
    }
  }
  for (auto [d, parts] : llvm::enumerate(found.parts)) {
    covered[d] += parts.empty() ? 0 : 1;
    for (unsigned c : parts) {
      ++times[c];
    }
  }
  for (auto [d, count] : llvm::enumerate(covered)) {
    bool needed = reducer.getIterator(d) == IteratorKind::parallel &&
                  reducer.getExtents().getResult(d) != 1;
    if (count > 1 || (needed && count == 0)) {
      return false;
    }
  }
  return llvm::all_of(times, [](unsigned count) { return count == 1; });
}

/// Whether each point of the map belongs to exactly one result point of the
/// reduction.
static std::optional<Correspondence> correspond(KernelOp reducer,
                                                KernelOp map) {
  Correspondence found{SmallVector<SmallVector<unsigned>>(reducer.getNumDims()),
                       SmallVector<SmallVector<unsigned>>(map.getNumDims())};
  for (auto [i, input] : llvm::enumerate(map.getInputs())) {
    if (input.getDefiningOp() != reducer) {
      continue;
    }
    if (map.isWholeInput(i) || !isa<UnitAttr>(map.getPads()[i])) {
      return std::nullopt;
    }
    unsigned r = cast<OpResult>(input).getResultNumber();
    for (auto [to, from, extent] :
         llvm::zip_equal(reducer.getOutputMap(r).getResults(),
                         map.getInputMap(i).getResults(), extentsOf(input))) {
      bool same = to == from && !usesDims(to);
      if (!same && !bind(found, to, from, extent, reducer, map)) {
        return std::nullopt;
      }
    }
  }
  if (!isComplete(found, reducer, map)) {
    return std::nullopt;
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
  if (!shareBranch(reducer, map) &&
      (reducer->hasAttr(kBranchAttr) || isWorthLeavingOut(map))) {
    return "a run that takes another branch can leave one of the two out";
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
  SmallVector<unsigned> position;
  unsigned next = 0;
  for (const SmallVector<unsigned> &split : found.parts) {
    position.push_back(next);
    for (unsigned part : split) {
      dims[part] = parts.dim(next++);
    }
    next += split.empty() ? 1 : 0;
  }
  for (auto [c, whole] : llvm::enumerate(found.wholes)) {
    AffineExpr sum = getAffineConstantExpr(0, map.getContext());
    for (unsigned d : whole) {
      sum = sum * reducer.getExtents().getResult(d) + parts.dim(position[d]);
    }
    dims[c] = whole.empty() ? dims[c] : simplify(sum);
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
