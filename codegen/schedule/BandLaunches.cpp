//===- BandLaunches.cpp - marks launches that take turns ------------------===//

#include "codegen/schedule/BandGroups.h"
#include "codegen/schedule/Passes.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/plan/Passes.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {
#define GEN_PASS_DEF_BANDLAUNCHES
#include "codegen/schedule/Passes.h.inc"

namespace {
struct BandLaunches : impl::BandLaunchesBase<BandLaunches> {
  using BandLaunchesBase::BandLaunchesBase;

  void runOnOperation() override {
    auto func = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!func) {
      return;
    }
    Builder builder(&getContext());
    SmallVector<Operation *> steps = stepsOf(func);
    for (const BandGroup &group : chooseBandGroups(func, cacheBytes)) {
      for (unsigned i = group.begin; i < group.end; ++i) {
        steps[i]->setAttr(kBandCountAttr,
                          builder.getI64IntegerAttr(group.bands));
        if (i > group.begin) {
          steps[i]->setAttr(kBandedAttr, builder.getUnitAttr());
        }
        if (i > group.begin && group.apart) {
          steps[i]->setAttr(plan::kSameTimeAttr, builder.getUnitAttr());
        }
      }
    }
  }
};
} // namespace
} // namespace tessera::schedule
