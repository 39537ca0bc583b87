//===- SplitProducts.cpp - parts of what launches on tiles read -----------===//
//
// All of it is ordinary launches; only the one that multiplies parts needs code
// of its own.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/Passes.h"
#include "codegen/schedule/PlaneLaunches.h"
#include "dialects/kernel/Extents.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/plan/LaunchEdit.h"

namespace tessera::schedule {
#define GEN_PASS_DEF_SPLITPRODUCTS
#include "codegen/schedule/Passes.h.inc"
} // namespace tessera::schedule

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

static bool isSameAxis(const PlaneAxis &a, const PlaneAxis &b) {
  return a.stride == b.stride && a.pitch == b.pitch && a.extent == b.extent;
}

/// Whether both launches can use one split of what they read.
static bool readSame(SplitRequest a, SplitRequest b) {
  return a.source() == b.source() && a.origin() == b.origin() &&
         a.parts() == b.parts() && a.launch.getConditions().empty() &&
         b.launch.getConditions().empty() &&
         a.launch->getBlock() == b.launch->getBlock() &&
         llvm::equal(a.planes.axes, b.planes.axes, isSameAxis);
}

/// Whether a step of the plan writes the buffer.
static bool writes(Operation &step, Value buffer) {
  bool found = false;
  step.walk([&](Operation *op) {
    if (auto launch = dyn_cast<LaunchOp>(op)) {
      found |= llvm::is_contained(launch.getOutputs(), buffer);
    } else if (auto call = dyn_cast<CallOp>(op)) {
      found |= llvm::is_contained(call.getOutputs(), buffer);
    }
  });
  return found;
}

static bool isWrittenBetween(Value buffer, Operation *first, Operation *last) {
  for (Operation *op = first; op != last; op = op->getNextNode()) {
    if (writes(*op, buffer)) {
      return true;
    }
  }
  return false;
}

/// Makes the launch multiply parts, where they are such as tiles can hold, and
/// adds the one that takes over elsewhere.
static void useParts(SplitRequest &request, const SplitSource &source,
                     const Target &target) {
  LaunchOp launch = request.launch;
  MLIRContext *context = launch.getContext();
  OpBuilder after(context);
  after.setInsertionPointAfter(launch);
  auto other = cast<LaunchOp>(after.clone(*launch));
  other.setScheduleAttr(withoutTiles(other, *launch.getSchedule(), target));
  other->setAttr(kInsteadAttr, after.getUnitAttr());
  addCondition(launch, source.isInside, true);
  addCondition(other, source.isInside, false);
  AffineExpr at = getAffineConstantExpr(0, context);
  for (auto [d, step] : llvm::enumerate(request.planes.steps)) {
    at = at + getAffineDimExpr(d, context) * step;
  }
  for (int64_t part = 0; part < request.parts(); ++part) {
    plan::addInput(launch, source.planes, at + request.planes.elements * part);
  }
}

namespace {
struct SplitProducts : impl::SplitProductsBase<SplitProducts> {
  using SplitProductsBase::SplitProductsBase;

  void runOnOperation() override {
    const Target *cpu = findTarget(target);
    if (!cpu) {
      getOperation().emitError("expected the name of a target, got '")
          << target << "'";
      return signalPassFailure();
    }
    std::vector<std::vector<SplitRequest>> groups;
    getOperation().walk([&](LaunchOp launch) {
      if (launch.getSchedule() &&
          partsOf(launch.getSchedule()->getAlgorithm()) > 0) {
        collect(launch, *cpu, groups);
      }
    });
    for (std::vector<SplitRequest> &group : groups) {
      SplitSource source = createPlanes(group, *cpu);
      for (SplitRequest &request : group) {
        useParts(request, source, *cpu);
      }
    }
  }

  /// Adds the launch to a group that reads the same, or to a new one.
  void collect(LaunchOp launch, const Target &cpu,
               std::vector<std::vector<SplitRequest>> &groups) {
    ScheduleAttr schedule = *launch.getSchedule();
    auto product = tileProductOf(
        launch, schedule.getVectorDim(), schedule.getLanes(),
        schedule.getOrder().asArrayRef(), schedule.getPacked().asArrayRef());
    auto planes = product ? planesOf(launch, *product) : std::nullopt;
    auto range = planes ? safeRangeOf(launch, *product) : std::nullopt;
    if (!range) {
      launch.setScheduleAttr(withoutTiles(launch, schedule, cpu));
      return;
    }
    SplitRequest request{launch, *product, *planes, *range};
    for (std::vector<SplitRequest> &group : llvm::reverse(groups)) {
      SplitRequest &first = group.front();
      if (readSame(first, request) &&
          !isWrittenBetween(request.source(), first.launch, launch)) {
        group.push_back(request);
        return;
      }
    }
    groups.push_back({request});
  }
};
} // namespace
} // namespace tessera::schedule
