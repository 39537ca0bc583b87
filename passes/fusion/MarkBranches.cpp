//===- MarkBranches.cpp - which kernels a run may leave out ---------------===//
//
// Which kernels only one side of a select needs is easy to see before they are
// fused. The mark is for the fusion passes; the plan finds the conditions anew.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/Conditions.h"
#include "passes/fusion/KernelParts.h"
#include "passes/fusion/Passes.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::fusion {
#define GEN_PASS_DEF_MARKBRANCHES
#include "passes/fusion/Passes.h.inc"

namespace {
struct MarkBranches : impl::MarkBranchesBase<MarkBranches> {
  void runOnOperation() override {
    Block &block = getOperation().getBody().front();
    auto conditions = conditionsOfKernels(block);
    Builder builder(&getContext());
    SmallVector<Conditions> branches;
    for (auto kernel : block.getOps<KernelOp>()) {
      auto found = conditions.find(kernel);
      if (found == conditions.end()) {
        continue;
      }
      auto branch = llvm::find(branches, found->second);
      int64_t number = branch - branches.begin();
      if (branch == branches.end()) {
        branches.push_back(found->second);
      }
      kernel->setAttr(kBranchAttr, builder.getI64IntegerAttr(number));
    }
  }
};
} // namespace
} // namespace tessera::fusion
