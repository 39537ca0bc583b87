//===- CheckPlan.cpp - what is legal after planning -----------------------===//

#include "dialects/kernel/Extents.h"
#include "passes/plan/ArenaRanges.h"
#include "passes/plan/DefinedSizes.h"
#include "passes/plan/Passes.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {
#define GEN_PASS_DEF_CHECKPLAN
#include "passes/plan/Passes.h.inc"

static LogicalResult checkLaunch(LaunchOp launch) {
  for (ArrayAttr maps : {launch.getInputMaps(), launch.getOutputMaps()}) {
    for (AffineMap map : maps.getAsValueRange<AffineMapAttr>()) {
      if (map.getNumResults() != 1) {
        return launch.emitOpError(
                   "expected maps to give one element offset, got ")
               << map.getNumResults();
      }
    }
  }
  return success();
}

static LogicalResult checkOverlap(ArrayRef<ArenaRange> ranges,
                                  int64_t workspace) {
  auto endOf = [](const ArenaRange &range) {
    return range.offset[0] + range.size[0];
  };
  for (auto [i, a] : llvm::enumerate(ranges)) {
    if (endOf(a) > workspace) {
      return a.op->emitOpError("expected an end within the workspace of ")
             << workspace << " bytes, got " << endOf(a);
    }
    for (const ArenaRange &b : ranges.take_front(i)) {
      if (a.meets(b) && a.offset[0] < endOf(b) && b.offset[0] < endOf(a)) {
        return a.op->emitOpError("expected no overlap with the range at ")
               << b.offset[0] << ", which is in use at the same time";
      }
    }
  }
  return success();
}

/// Free sizes are left out: PlanArena proves those by construction.
static LogicalResult checkArena(func::FuncOp func, ModuleOp module) {
  auto workspace = module->getAttrOfType<AffineMapAttr>("tsk.workspace");
  if (!workspace) {
    return module.emitError("expected the attribute tsk.workspace, got none");
  }
  auto end = constantOf(workspace.getValue().getResult(0));
  SmallVector<ArenaRange> ranges;
  for (ArenaRange &range : rangesOf(func)) {
    auto offset = constantOf(range.op.getOffset().getResult(0));
    auto bytes = constantOf(range.op.getBytes().getResult(0));
    if (offset && bytes) {
      range.offset = {*offset};
      range.size = {*bytes};
      ranges.push_back(range);
    }
  }
  return end ? checkOverlap(ranges, *end) : success();
}

/// What a step depends on: where its launches read and write, how often they
/// run, and the whole size of outputs that they store to.
static SmallVector<AffineExpr> sizesOf(Operation *step, ModuleOp module) {
  SmallVector<AffineExpr> exprs;
  auto add = [&](ArrayAttr maps) {
    for (AffineMap map : maps.getAsValueRange<AffineMapAttr>()) {
      llvm::append_range(exprs, map.getResults());
    }
  };
  auto addOutput = [&](Value buffer) {
    auto signature = module->getAttrOfType<DictionaryAttr>("tsk.signature");
    if (auto output = buffer.getDefiningOp<OutputOp>(); output && signature) {
      auto entry = cast<DictionaryAttr>(
          signature.getAs<ArrayAttr>("outputs")[output.getIndex()]);
      Type type = entry.getAs<TypeAttr>("type").getValue();
      llvm::append_range(exprs, extentsOf(cast<RankedTensorType>(type)));
    }
  };
  step->walk([&](LaunchOp launch) {
    add(launch.getInputMaps());
    add(launch.getOutputMaps());
    llvm::append_range(exprs, launch.getExtents().getResults());
    llvm::for_each(launch.getOutputs(), addOutput);
  });
  step->walk([&](LoopOp loop) {
    add(loop.getLengths());
    llvm::append_range(exprs, loop.getExtents().getResults());
  });
  if (auto call = dyn_cast<CallOp>(step)) {
    add(call.getInputOffsets());
    add(call.getOutputOffsets());
    for (auto [buffer, map] :
         llvm::zip(call.getOutputs(),
                   call.getOutputOffsets().getAsValueRange<AffineMapAttr>())) {
      // From the start on, the call compares sizes itself.
      if (constantOf(map.getResult(0)) != 0) {
        addOutput(buffer);
      }
    }
  }
  return exprs;
}

static LogicalResult checkSizes(func::FuncOp func, ModuleOp module) {
  Block &block = func.getBody().front();
  DefinedSizes sizes(module, block);
  for (Operation &step : block) {
    if (!sizes.areKnownAt(&step, sizesOf(&step, module))) {
      return step.emitOpError("expected sizes that calls before it have "
                              "computed, got one from a later call");
    }
  }
  return success();
}

namespace {
struct CheckPlan : impl::CheckPlanBase<CheckPlan> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto func = module.lookupSymbol<func::FuncOp>("main");
    if (!func || func.getNumArguments() != 0 || func.getNumResults() != 0) {
      module.emitError(
          "expected a function @main without arguments and results");
      return signalPassFailure();
    }
    for (Operation &op : func.getBody().front()) {
      if (!isa<ArenaOp, ArgumentOp, OutputOp, WeightOp, LaunchOp, LoopOp,
               CallOp, func::ReturnOp>(op)) {
        op.emitOpError(
            "expected only buffers, launches, loops and calls after planning");
        return signalPassFailure();
      }
      WalkResult checked = op.walk(
          [](LaunchOp launch) { return WalkResult(checkLaunch(launch)); });
      if (checked.wasInterrupted()) {
        return signalPassFailure();
      }
    }
    if (failed(checkArena(func, module)) || failed(checkSizes(func, module))) {
      signalPassFailure();
    }
  }
};
} // namespace
} // namespace tessera::plan
