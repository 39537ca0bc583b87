//===- PlainLoop.h - a schedule that is slow -------------------*- C++ -*-===//

#ifndef TESSERA_TESTS_COMPILER_TOOLS_PLAINLOOP_H
#define TESSERA_TESTS_COMPILER_TOOLS_PLAINLOOP_H

#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/ScheduleFile.h"
#include "compiler/driver/Compiler.h"
#include "dialects/kernel/Kernel.h"

namespace tessera {

/// The kernel with the most dimensions of a model, its default schedule, and a
/// loop over single points.
struct SlowKernel {
  std::string key, standard, plain;
};

inline SlowKernel slowKernelOf(const CompileOptions &options,
                               const schedule::Target &target) {
  SlowKernel result;
  std::vector<std::string> warnings;
  llvm::cantFail(planModel(options, warnings, [&](mlir::ModuleOp plan) {
    kernel::LaunchOp widest;
    plan.walk([&](kernel::LaunchOp launch) {
      if (!widest || launch.getNumDims() > widest.getNumDims()) {
        widest = launch;
      }
    });
    result.key = schedule::kernelKeyOf(widest);
    llvm::raw_string_ostream(result.standard)
        << schedule::chooseSchedule(widest, target);
    std::string ones, order;
    for (unsigned d = 0; d < widest.getNumDims(); ++d) {
      ones += d ? ", 1" : "1";
      order += (d ? ", " : "") + std::to_string(d);
    }
    result.plain = "#tsk.schedule<nest, vector_dim = -1, lanes = 1, tile = [" +
                   ones + "], order = [" + order + "], tasks = 0, packed = []>";
    return llvm::Error::success();
  }));
  return result;
}

} // namespace tessera

#endif // TESSERA_TESTS_COMPILER_TOOLS_PLAINLOOP_H
