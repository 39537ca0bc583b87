//===- PlanArena.cpp - give arena ranges their offsets --------------------===//

#include "dialects/kernel/Extents.h"
#include "passes/plan/Passes.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {
#define GEN_PASS_DEF_PLANARENA
#include "passes/plan/Passes.h.inc"

namespace {
struct PlanArena : impl::PlanArenaBase<PlanArena> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    AffineExpr end = getAffineConstantExpr(0, context);
    getOperation().walk([&](ArenaOp op) {
      op.setOffset(extentMapOf(context, {end}));
      end =
          simplify(end + simplify(op.getBytes().getResult(0)).ceilDiv(64) * 64);
    });
    getOperation()->setAttr("tsk.workspace",
                            AffineMapAttr::get(extentMapOf(context, {end})));
  }
};
} // namespace
} // namespace tessera::plan
