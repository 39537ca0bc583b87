//===- AssignSchedules.cpp - gives every launch a schedule ----------------===//

#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/Passes.h"
#include "codegen/schedule/ScheduleFile.h"
#include "codegen/schedule/SharedPanels.h"
#include "mlir/IR/BuiltinOps.h"

namespace tessera::schedule {
#define GEN_PASS_DEF_ASSIGNSCHEDULES
#include "codegen/schedule/Passes.h.inc"
} // namespace tessera::schedule

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {
namespace {

struct AssignSchedules : impl::AssignSchedulesBase<AssignSchedules> {
  using AssignSchedulesBase::AssignSchedulesBase;

  void runOnOperation() override {
    const Target *found = findTarget(target);
    if (!found) {
      getOperation().emitError("expected the name of a target, got '")
          << target << "'";
      return signalPassFailure();
    }
    auto wanted = productsOf(products);
    if (!wanted) {
      getOperation().emitError("expected fma, bf16x6, bf16x3 or bf16, got '")
          << products << "'";
      return signalPassFailure();
    }
    const Target cpu = withProducts(*found, *wanted);
    ScheduleFile records;
    SmallVector<StringRef> paths;
    StringRef(file).split(paths, ',', -1, /*KeepEmpty=*/false);
    for (StringRef path : paths) {
      if (failed(records.read(path, machine, getOperation()))) {
        return signalPassFailure();
      }
    }
    WalkResult result = getOperation().walk([&](LaunchOp launch) -> WalkResult {
      // What the records of a schedule file refer to.
      launch->setAttr(
          kKeyAttr, StringAttr::get(launch.getContext(), kernelKeyOf(launch)));
      launch.setScheduleAttr(plain ? plainSchedule(launch)
                                   : scheduleFor(launch, cpu, records));
      std::string reason = illegality(launch, *launch.getSchedule(), cpu);
      if (!reason.empty()) {
        return launch.emitOpError("got a default schedule that is illegal: ")
               << reason;
      }
      return WalkResult::advance();
    });
    if (result.wasInterrupted()) {
      signalPassFailure();
    }
  }

  /// The recorded schedule when there is a legal one, else the default.
  ScheduleAttr scheduleFor(LaunchOp launch, const Target &cpu,
                           const ScheduleFile &records) {
    auto other = launch->getAttrOfType<ScheduleAttr>(kSharesAttr);
    launch->removeAttr(kSharesAttr);
    if (auto recorded = records.lookup(launch, cpu.name)) {
      std::string reason = illegality(launch, recorded->schedule, cpu);
      if (reason.empty() && other) {
        recorded->schedule = readingPanelsOf(recorded->schedule, other);
        reason = recorded->schedule ? ""
                                    : "another target of the library stores "
                                      "the constants in other panels";
      }
      if (reason.empty()) {
        if (recorded->time > 0) {
          launch->setAttr(
              kTunedAttr,
              DenseF64ArrayAttr::get(launch.getContext(),
                                     {recorded->defaultTime, recorded->time}));
        }
        return sharePanels ? withSharedPanels(recorded->schedule)
                           : recorded->schedule;
      }
      launch.emitWarning("ignored a recorded schedule: ") << reason;
    }
    std::string rejection;
    ScheduleAttr chosen =
        other ? chooseReadingPanelsOf(launch, cpu, other, &rejection)
              : chooseSchedule(launch, cpu, /*mayPack=*/true, &rejection);
    if (!rejection.empty()) {
      launch.emitWarning("runs as a plain loop, since the default schedule is "
                         "illegal; a tuning record can give it another: ")
          << rejection;
    }
    return sharePanels && !other ? withSharedPanels(chosen) : chosen;
  }
};

} // namespace
} // namespace tessera::schedule
