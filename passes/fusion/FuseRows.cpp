//===- FuseRows.cpp - several reductions along the same rows --------------===//
//
// Normalisations reduce a row, use the value at every point of the row, and
// reduce again. All of that is one kernel whose body has several reductions.
//
//===----------------------------------------------------------------------===//

#include "passes/fusion/LinearForms.h"
#include "passes/fusion/Passes.h"
#include "passes/fusion/Rewriting.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::fusion {
#define GEN_PASS_DEF_FUSEROWS
#include "passes/fusion/Passes.h.inc"

namespace {
/// The dimension of the producer that each dimension of the consumer is.
class RowMatch {
public:
  RowMatch(KernelOp producer, KernelOp consumer)
      : producer(producer), consumer(consumer),
        dims(consumer.getNumDims(), -1) {}

  /// Equates coordinates that the consumer reads with those of the producer, on
  /// a copy: either all agree or nothing is recorded.
  bool unify(ArrayRef<AffineExpr> own, ArrayRef<AffineExpr> read) {
    SmallVector<int64_t> attempt = dims;
    for (auto [to, from] : llvm::zip_equal(own, read)) {
      std::optional<unsigned> p = bareDim(to), c = bareDim(from);
      if (!p || !c) {
        if (to != from || usesDims(to)) {
          return false;
        }
        continue;
      }
      bool taken = llvm::is_contained(attempt, static_cast<int64_t>(*p));
      if (attempt[*c] < 0 && !taken &&
          producer.getExtents().getResult(*p) ==
              consumer.getExtents().getResult(*c)) {
        attempt[*c] = *p;
      }
      if (attempt[*c] != static_cast<int64_t>(*p)) {
        return false;
      }
    }
    dims = attempt;
    return true;
  }

  /// Whether the consumer's space is the producer's whole space, with the same
  /// dimensions reduced if it reduces any.
  bool isComplete() const {
    if (dims.size() != producer.getNumDims() ||
        llvm::is_contained(dims, int64_t(-1))) {
      return false;
    }
    bool reduces = hasIterator(consumer, IteratorKind::reduction);
    for (auto [c, p] : llvm::enumerate(dims)) {
      if (reduces && consumer.getIterator(c) != producer.getIterator(p)) {
        return false;
      }
    }
    return true;
  }

  SmallVector<AffineExpr> replacements() const {
    SmallVector<AffineExpr> exprs;
    for (int64_t dim : dims) {
      exprs.push_back(getAffineDimExpr(dim, producer->getContext()));
    }
    return exprs;
  }

private:
  mutable KernelOp producer, consumer;
  SmallVector<int64_t> dims;
};
} // namespace

static std::optional<RowMatch> matchRows(KernelOp producer, KernelOp consumer) {
  RowMatch match(producer, consumer);
  for (auto [i, input] : llvm::enumerate(consumer.getInputs())) {
    if (input.getDefiningOp() != producer) {
      continue;
    }
    unsigned r = cast<OpResult>(input).getResultNumber();
    if (consumer.isWholeInput(i) || !isa<UnitAttr>(consumer.getPads()[i]) ||
        !match.unify(producer.getOutputMap(r).getResults(),
                     consumer.getInputMap(i).getResults())) {
      return std::nullopt;
    }
  }
  // The dimensions along the row are known from a tensor that both read.
  for (auto [i, input] : llvm::enumerate(consumer.getInputs())) {
    for (auto [j, other] : llvm::enumerate(producer.getInputs())) {
      if (input == other && !consumer.isWholeInput(i) &&
          !producer.isWholeInput(j)) {
        match.unify(producer.getInputMap(j).getResults(),
                    consumer.getInputMap(i).getResults());
      }
    }
  }
  if (!match.isComplete()) {
    return std::nullopt;
  }
  return match;
}

/// Positions that reductions return count points in the order of dimensions.
static bool returnsPositions(KernelOp op) {
  return llvm::any_of(op.getBody().front(), [](Operation &o) {
    auto reduce = dyn_cast<ReduceOp>(o);
    return reduce && reduce.getKind() > ReduceKind::min;
  });
}

static StringRef obstacle(KernelOp producer, KernelOp consumer,
                          const std::optional<RowMatch> &match,
                          const FusionLimits &limits) {
  if (!match) {
    return "the kernels do not iterate over the same rows";
  }
  if (returnsPositions(consumer) && consumer.getNumDims() > 1) {
    return "positions depend on the order of dimensions";
  }
  if (!withinLimits(producer, consumer, limits) ||
      producer.getNumResults() + consumer.getNumResults() >
          limits.maxResults + 1) {
    return "the kernel would be too large";
  }
  SmallVector<Value> others;
  for (Value input : consumer.getInputs()) {
    if (input.getDefiningOp() != producer) {
      others.push_back(input);
    }
  }
  if (dependsOn(others, producer)) {
    return "another operand depends on the reduction";
  }
  if (!shareBranch(producer, consumer)) {
    return "a run that takes another branch can leave one of the two out";
  }
  return "";
}

static KernelOp fuseRows(KernelOp consumer, const FusionLimits &limits,
                         bool remarks, OpBuilder &builder) {
  if (hasIterator(consumer, IteratorKind::sequential) ||
      (hasIterator(consumer, IteratorKind::reduction) && !isRow(consumer)) ||
      (!hasIterator(consumer, IteratorKind::reduction) && !isMap(consumer))) {
    return {};
  }
  for (Value input : consumer.getInputs()) {
    auto producer = input.getDefiningOp<KernelOp>();
    if (!producer || !isRow(producer)) {
      continue;
    }
    auto match = matchRows(producer, consumer);
    StringRef reason = obstacle(producer, consumer, match, limits);
    if (reason.empty()) {
      return fuseAfter(producer, KernelParts(producer), consumer,
                       match->replacements(), builder);
    }
    if (remarks) {
      consumer.emitRemark("fuse-rows: ") << reason;
    }
  }
  return {};
}

namespace {
struct FuseRows : impl::FuseRowsBase<FuseRows> {
  using FuseRowsBase::FuseRowsBase;

  void runOnOperation() override {
    OpBuilder builder(&getContext());
    FusionLimits limits{maxInputs, maxOperations};
    rewriteKernels(getOperation(), [&](KernelOp op) {
      return fuseRows(op, limits, remarks, builder);
    });
  }
};
} // namespace
} // namespace tessera::fusion
