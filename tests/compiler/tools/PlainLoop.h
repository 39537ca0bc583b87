//===- PlainLoop.h - a schedule that is slow -------------------*- C++ -*-===//

#ifndef TESSERA_TESTS_COMPILER_TOOLS_PLAINLOOP_H
#define TESSERA_TESTS_COMPILER_TOOLS_PLAINLOOP_H

#include "compiler/driver/Compiler.h"
#include "dialects/kernel/Kernel.h"

namespace tessera {

/// Shows the launch with the most dimensions in the plan of a model.
inline void visitWidest(const CompileOptions &options,
                        llvm::function_ref<void(kernel::LaunchOp)> visit) {
  std::vector<std::string> warnings;
  llvm::cantFail(planModel(options, warnings, [&](mlir::ModuleOp plan) {
    kernel::LaunchOp widest;
    plan.walk([&](kernel::LaunchOp launch) {
      if (!widest || launch.getNumDims() > widest.getNumDims()) {
        widest = launch;
      }
    });
    visit(widest);
    return llvm::Error::success();
  }));
}

/// A loop over single points.
inline std::string plainLoopOf(kernel::LaunchOp launch) {
  std::string ones, order;
  for (unsigned d = 0; d < launch.getNumDims(); ++d) {
    ones += d ? ", 1" : "1";
    order += (d ? ", " : "") + std::to_string(d);
  }
  return "#tsk.schedule<nest, vector_dim = -1, lanes = 1, tile = [" + ones +
         "], order = [" + order + "], tasks = 0, packed = []>";
}

} // namespace tessera

#endif // TESSERA_TESTS_COMPILER_TOOLS_PLAINLOOP_H
