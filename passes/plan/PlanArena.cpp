//===- PlanArena.cpp - give arena ranges their offsets --------------------===//
//
// With free dimensions offsets are expressions; two ranges share memory only
// where one is provably below the other at every size.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/GrowingBound.h"
#include "dialects/kernel/Library.h"
#include "passes/plan/ArenaRanges.h"
#include "passes/plan/Passes.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {
#define GEN_PASS_DEF_PLANARENA
#include "passes/plan/Passes.h.inc"

/// Makes sizes multiples of the alignment where that is possible by rounding
/// the constant. Returns whether all are; otherwise every size has room for the
/// rounding of its offset.
static bool alignSizes(MutableArrayRef<ArenaRange> ranges) {
  bool aligned = true;
  for (ArenaRange &range : ranges) {
    range.size[0] = llvm::alignTo(range.size[0], kArenaAlignment);
    aligned &= llvm::all_of(range.size,
                            [](int64_t c) { return c % kArenaAlignment == 0; });
  }
  for (ArenaRange &range : ranges) {
    range.size[0] += aligned ? 0 : kArenaAlignment;
  }
  return aligned;
}

static AffineExpr alignedExpr(const SizeBasis &basis, const Size &size,
                              bool aligned) {
  AffineExpr expr = basis.exprOf(size);
  return aligned ? expr
                 : simplify(expr.ceilDiv(kArenaAlignment) * kArenaAlignment);
}

/// A map with the aligned sizes as results, of which the greatest counts.
static AffineMapAttr greatestOf(const SizeBasis &basis, ArrayRef<Size> sizes,
                                bool aligned) {
  SmallVector<AffineExpr> results;
  for (const Size &size : sizes) {
    results.push_back(alignedExpr(basis, size, aligned));
  }
  if (results.empty()) {
    results.push_back(getAffineConstantExpr(0, basis.context()));
  }
  return AffineMapAttr::get(extentMapOf(basis.context(), results));
}

/// A range is as large as its tensor can get: computed dimensions are not known
/// when memory is given.
static LogicalResult boundComputedSizes(MutableArrayRef<ArenaRange> ranges,
                                        ModuleOp module) {
  llvm::BitVector computed = computedDimensions(module);
  for (ArenaRange &range : ranges) {
    AffineExpr bytes = range.op.getBytes().getResult(0);
    if (!usesDimensions(bytes, computed)) {
      continue;
    }
    AffineExpr bound = boundOfComputed(growingBound(bytes), module);
    if (!bound) {
      Operation *user = *llvm::min_element(
          range.op->getUsers(),
          [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
      InFlightDiagnostic error = emitError(user->getLoc())
                                 << "an intermediate result has no size limit";
      auto list = module->getAttrOfType<ArrayAttr>(kDimensionsAttr);
      for (unsigned i : computed.set_bits()) {
        llvm::BitVector one(computed.size());
        one.set(i);
        auto dimension = cast<DimensionAttr>(list[i]);
        if (dimension.getKind() == DimensionKind::computed &&
            dimension.getUpper() < 0 && usesDimensions(bytes, one)) {
          error << "; give one with --dim " << dimension.getName() << "=LO..HI";
        }
      }
      return error;
    }
    range.op->setAttr(
        "bytes", AffineMapAttr::get(extentMapOf(module.getContext(), {bound})));
  }
  return success();
}

namespace {
struct PlanArena : impl::PlanArenaBase<PlanArena> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto func = module.lookupSymbol<func::FuncOp>("main");
    if (!func) {
      return;
    }
    for (auto op :
         llvm::make_early_inc_range(func.getBody().front().getOps<ArenaOp>())) {
      if (op.use_empty()) {
        op.erase();
      }
    }
    SmallVector<ArenaRange> ranges = rangesOf(func);
    if (failed(boundComputedSizes(ranges, module))) {
      return signalPassFailure();
    }
    SizeBasis basis(module);
    setSizes(ranges, basis);
    bool aligned = alignSizes(ranges);
    SmallVector<Size> ends = packRanges(ranges, basis);
    for (ArenaRange &range : ranges) {
      range.op.setOffset(extentMapOf(
          &getContext(), {alignedExpr(basis, range.offset, aligned)}));
    }
    module->setAttr("tsk.workspace", greatestOf(basis, ends, aligned));
    // What taking turns adds is no part of what is needed at least.
    SmallVector<ArenaRange> needed = rangesOf(func, /*oneByOne=*/true);
    for (auto [range, sized] : llvm::zip_equal(needed, ranges)) {
      range.size = sized.size;
    }
    module->setAttr("tsk.arena_lower_bound",
                    greatestOf(basis, peaksOf(needed, basis), aligned));
  }
};
} // namespace
} // namespace tessera::plan
