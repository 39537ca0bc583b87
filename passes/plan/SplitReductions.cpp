//===- SplitReductions.cpp - reduce parts of the outermost dimension ------===//
//
// A mean over the points of an image whose channels lie innermost can only be
// shared among threads by channels, but its points were written by rows: every
// thread reads lines of the cache that another one wrote, and what follows
// writes lines that all have read. Reduced in parts along the points first,
// each thread reads its own, and little is left to exchange.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/Extents.h"
#include "dialects/kernel/LinearForm.h"
#include "dialects/kernel/Reduction.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "passes/plan/LaunchEdit.h"
#include "passes/plan/Passes.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {
#define GEN_PASS_DEF_SPLITREDUCTIONS
#include "passes/plan/Passes.h.inc"

/// Parts: enough for as many threads, few enough that reducing them costs
/// little.
static constexpr int64_t kMostParts = 8;
/// Fewer elements than these (64 KB of f32) are not worth a launch more.
static constexpr int64_t kLeastElements = 1 << 14;

namespace {
/// A launch that reduces one input along its outermost dimension.
struct SplitReduction {
  ReduceOp reduce;
  unsigned input, dim;
  int64_t extent, parts;
};
} // namespace

/// The one reduction dimension, if its extent is known.
static std::optional<unsigned> reductionDimOf(LaunchOp launch) {
  std::optional<unsigned> dim;
  for (unsigned d = 0; d < launch.getNumDims(); ++d) {
    if (launch.getIterator(d) == IteratorKind::parallel) {
      continue;
    }
    if (dim || launch.getIterator(d) == IteratorKind::sequential ||
        !constantOf(launch.getExtents().getResult(d))) {
      return std::nullopt;
    }
    dim = d;
  }
  return dim;
}

/// The only input that is read for the value, where nothing else reads it and
/// the value does not depend on the point otherwise.
static std::optional<unsigned> onlyInputOf(Value value) {
  llvm::SetVector<Operation *> cone;
  std::optional<unsigned> input;
  SmallVector<Value> open = {value};
  while (!open.empty()) {
    Value next = open.pop_back_val();
    if (auto argument = dyn_cast<BlockArgument>(next)) {
      if (input && *input != argument.getArgNumber()) {
        return std::nullopt;
      }
      input = argument.getArgNumber();
    } else if (Operation *op = next.getDefiningOp(); cone.insert(op)) {
      if (isa<GatherOp, ReduceOp>(op) || op->hasAttr("map")) {
        return std::nullopt;
      }
      open.append(op->operand_begin(), op->operand_end());
    }
  }
  return input;
}

/// How many parts to reduce first: a number that divides the extent. 0 where
/// the dimension is not the outermost of several, or there is too little to do.
static int64_t partsOf(LaunchOp launch, const LinearForm &form, unsigned dim,
                       int64_t extent) {
  auto step = form.stride(dim);
  if (!step || *step < 1) {
    return 0;
  }
  int64_t around = 1, within = 1;
  for (unsigned d = 0; d < launch.getNumDims(); ++d) {
    auto own = form.stride(d),
         size = constantOf(launch.getExtents().getResult(d));
    if (d == dim || size == 1) {
      continue;
    }
    if (!own || !size || *size == 0 || own == 0) {
      return 0;
    }
    (*own < *step ? within : around) *= *size;
  }
  if (within == 1 || within * extent < kLeastElements) {
    return 0;
  }
  int64_t parts = std::min(kMostParts / around, extent);
  while (parts > 1 && extent % parts != 0) {
    --parts;
  }
  return parts > 1 ? parts : 0;
}

static std::optional<SplitReduction> splitReductionOf(LaunchOp launch) {
  auto reduces = launch.getBody().front().getOps<ReduceOp>();
  std::optional<unsigned> dim = reductionDimOf(launch);
  if (!dim || !llvm::hasSingleElement(reduces) ||
      isPositional((*reduces.begin()).getKind())) {
    return std::nullopt;
  }
  ReduceOp reduce = *reduces.begin();
  std::optional<unsigned> input = onlyInputOf(reduce.getValue());
  if (!input || launch.isWholeInput(*input) ||
      launch.getInputs()[*input].getDefiningOp<WeightOp>() ||
      !isa<UnitAttr>(launch.getGuards()[*input]) || launch.storesRows()) {
    return std::nullopt;
  }
  int64_t extent = *constantOf(launch.getExtents().getResult(*dim));
  LinearForm form = linearFormOf(launch.getInputMap(*input).getResult(0),
                                 launch.getNumDims());
  int64_t parts = partsOf(launch, form, *dim, extent);
  if (parts == 0) {
    return std::nullopt;
  }
  return SplitReduction{reduce, *input, *dim, extent, parts};
}

/// Removes what no result needs any more.
static void eraseUnused(LaunchOp launch) {
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(launch.getBody().front()))) {
    if (isOpTriviallyDead(&op)) {
      op.erase();
    }
  }
  for (unsigned i = launch.getInputs().size(); i-- > 0;) {
    if (launch.getBody().getArgument(i).use_empty()) {
      eraseInput(launch, i);
    }
  }
}

/// The results of a part are ordered by the parallel dimensions, one part after
/// the other: where in them that of a point with these dimensions lies.
static AffineExpr offsetOf(LaunchOp launch, unsigned reduced, AffineExpr part,
                           ArrayRef<AffineExpr> dims) {
  AffineExpr offset = part;
  for (auto [d, extent] : llvm::enumerate(launch.getExtents().getResults())) {
    offset = d == reduced ? offset : offset * extent + dims[d];
  }
  return simplify(offset);
}

/// An arena range with the results of all parts.
static Value createPartialResults(LaunchOp launch, const SplitReduction &split,
                                  OpBuilder &builder) {
  MLIRContext *context = launch.getContext();
  Type element = split.reduce->getResult(0).getType();
  AffineExpr bytes =
      getAffineConstantExpr(split.parts * storageBytesOf(element), context);
  for (auto [d, extent] : llvm::enumerate(launch.getExtents().getResults())) {
    bytes = d == split.dim ? bytes : bytes * extent;
  }
  auto mapOf = [&](AffineExpr expr) {
    return AffineMapAttr::get(extentMapOf(context, {simplify(expr)}));
  };
  return ArenaOp::create(builder, launch.getLoc(),
                         BufferType::get(context, element),
                         mapOf(getAffineConstantExpr(0, context)), mapOf(bytes))
      .getBuffer();
}

/// The launch's space with the reduction in parts, which are the first
/// dimension.
static NewSpace spaceOfParts(LaunchOp launch, const SplitReduction &split) {
  MLIRContext *context = launch.getContext();
  AffineExpr part = getAffineDimExpr(0, context);
  int64_t length = split.extent / split.parts;
  NewSpace space;
  space.extents = {getAffineConstantExpr(split.parts, context)};
  space.iterators = {IteratorKind::parallel};
  for (unsigned d = 0; d < launch.getNumDims(); ++d) {
    AffineExpr dim = getAffineDimExpr(d + 1, context);
    bool isSplit = d == split.dim;
    space.dims.push_back(isSplit ? part * length + dim : dim);
    space.extents.push_back(isSplit ? getAffineConstantExpr(length, context)
                                    : launch.getExtents().getResult(d));
    space.iterators.push_back(launch.getIterator(d));
  }
  return space;
}

/// Puts a launch that reduces the parts before this one, which then reduces
/// what that one leaves.
static void splitReduction(LaunchOp launch, const SplitReduction &split) {
  OpBuilder builder(launch);
  MLIRContext *context = launch.getContext();
  Value buffer = createPartialResults(launch, split, builder);
  auto first = cast<LaunchOp>(builder.clone(*launch));
  NewSpace space = spaceOfParts(launch, split);
  rewriteDimensions(first, space);
  auto reduced = *first.getBody().front().getOps<ReduceOp>().begin();
  AffineExpr to =
      offsetOf(launch, split.dim, builder.getAffineDimExpr(0), space.dims);
  setOutputs(first, buffer, {to}, reduced.getResult());
  eraseUnused(first);

  SmallVector<AffineExpr> dims;
  for (unsigned d = 0; d < launch.getNumDims(); ++d) {
    dims.push_back(builder.getAffineDimExpr(d));
  }
  replaceInput(launch, split.input, buffer,
               offsetOf(launch, split.dim, dims[split.dim], dims));
  Extents extents(launch.getExtents().getResults());
  extents[split.dim] = builder.getAffineConstantExpr(split.parts);
  launch.setExtentsAttr(AffineMapAttr::get(extentMapOf(context, extents)));
  BlockArgument argument = launch.getBody().getArgument(split.input);
  split.reduce->setOperand(0, argument);
  argument.setType(split.reduce->getResult(0).getType());
  eraseUnused(launch);
}

namespace {
struct SplitReductions : impl::SplitReductionsBase<SplitReductions> {
  void runOnOperation() override {
    auto func = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!func) {
      return;
    }
    for (LaunchOp launch :
         llvm::to_vector(func.getBody().front().getOps<LaunchOp>())) {
      if (auto split = splitReductionOf(launch)) {
        splitReduction(launch, *split);
      }
    }
  }
};
} // namespace
} // namespace tessera::plan
