//===- Readers.cpp - who reads what a launch stores -----------------------===//

#include "codegen/schedule/Readers.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

bool onlyRead(LaunchOp launch, Value output,
              llvm::function_ref<bool(LaunchOp)> fit) {
  if (!output.getDefiningOp<ArenaOp>() ||
      !isa<func::FuncOp>(launch->getParentOp())) {
    return false;
  }
  return llvm::all_of(output.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    if (user->getBlock() == launch->getBlock() &&
        !launch->isBeforeInBlock(user)) {
      return true;
    }
    auto later = dyn_cast<LaunchOp>(user);
    bool isStored = later && llvm::is_contained(later.getOutputs(), output) &&
                    !llvm::is_contained(later.getInputs(), output);
    return isStored || (later && fit(later));
  });
}

} // namespace tessera::schedule
