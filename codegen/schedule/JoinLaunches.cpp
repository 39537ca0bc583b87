//===- JoinLaunches.cpp - fewer waits between launches --------------------===//
//
// Waiting for all threads and handing out again takes as long as a small launch
// does. Launches in order are joined with the ones before as far as that can be
// proved right.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/JoinedLaunches.h"
#include "codegen/schedule/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {
#define GEN_PASS_DEF_JOINLAUNCHES
#include "codegen/schedule/Passes.h.inc"

namespace {
/// The launches joined so far.
struct Group {
  SmallVector<JoinCandidate> launches;
  JoinedSplit split;

  /// Takes one more launch in when that needs no wait.
  bool join(const JoinCandidate &launch) {
    // The contexts of all lie on the stack.
    constexpr size_t kMostLaunches = 8;
    if (launches.size() == kMostLaunches) {
      return false;
    }
    launches.push_back(launch);
    std::optional<JoinedSplit> found = splitOfJoined(launches);
    if (!found) {
      launches.pop_back();
      return false;
    }
    split = *found;
    return true;
  }

  void mark() {
    for (auto [i, member] : llvm::enumerate(launches)) {
      Builder builder(member.launch.getContext());
      if (launches.size() > 1) {
        member.launch->setAttr(kTasksOfUnitAttr,
                               builder.getI64IntegerAttr(split.tasksOfUnit[i]));
      }
      if (i > 0) {
        member.launch->setAttr(kJoinsAttr, builder.getUnitAttr());
      }
    }
    launches.clear();
  }
};

struct JoinLaunches : impl::JoinLaunchesBase<JoinLaunches> {
  void runOnOperation() override {
    auto func = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!func) {
      return;
    }
    Group group;
    for (Operation *step : stepsOf(func)) {
      auto launch = dyn_cast<LaunchOp>(step);
      std::optional<JoinCandidate> candidate =
          launch ? joinCandidateOf(launch) : std::nullopt;
      if (!candidate || !group.join(*candidate)) {
        group.mark();
      }
      if (candidate && group.launches.empty()) {
        group.launches.push_back(*candidate);
      }
    }
    group.mark();
  }
};
} // namespace
} // namespace tessera::schedule
