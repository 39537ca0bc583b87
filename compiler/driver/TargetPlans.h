//===- TargetPlans.h - the scheduled plan of each target --------*- C++ -*-===//
//
// Each target has its own copy of the plan: schedules decide how weights are
// packed. Those of several targets follow the most capable one's, so that all
// read the same panels.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_DRIVER_TARGETPLANS_H
#define TESSERA_COMPILER_DRIVER_TARGETPLANS_H

#include "codegen/schedule/Target.h"
#include "compiler/driver/Stages.h"
#include "mlir/IR/OwningOpRef.h"

namespace tessera {

class TargetPlans {
public:
  TargetPlans(mlir::ModuleOp plan, const Stages &stages)
      : plan(plan), stages(stages), options(stages.options) {}

  /// Finds the schedules that those of other targets follow; once, before the
  /// first plan is asked for.
  llvm::Error scheduleMostCapable();

  /// A copy of the plan with this target's schedules and with constants stored
  /// as they say. Once for each target of the options.
  llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
  planFor(const schedule::Target &target);

private:
  llvm::Error schedule(const schedule::Target &target, mlir::ModuleOp copy);
  llvm::Error pack(const schedule::Target &target, mlir::ModuleOp copy);

  mlir::ModuleOp plan;
  const Stages &stages;
  const CompileOptions &options;
  /// The plan for the most capable of several targets, until it is its turn.
  mlir::OwningOpRef<mlir::ModuleOp> mostCapable;
};

} // namespace tessera

#endif // TESSERA_COMPILER_DRIVER_TARGETPLANS_H
