//===- JoinLaunches.cpp - fewer waits between launches --------------------===//
//
// Waiting for all threads and handing out again takes as long as a small launch
// does. Launches in order are joined with the ones before as far as that can be
// proved right.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/Bands.h"
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

/// The launches that take turns from the first of these steps on; none where
/// it is in no group, or one of them cannot be joined any more.
SmallVector<JoinCandidate> bandedAt(ArrayRef<Operation *> steps) {
  SmallVector<JoinCandidate> launches;
  if (!steps.front()->hasAttr(kBandCountAttr)) {
    return launches;
  }
  for (Operation *step : steps) {
    if (!launches.empty() && !step->hasAttr(kBandedAttr)) {
      break;
    }
    auto launch = dyn_cast<LaunchOp>(step);
    auto candidate = launch ? joinCandidateOf(launch) : std::nullopt;
    if (!candidate) {
      return {};
    }
    launches.push_back(std::move(*candidate));
  }
  return launches;
}

/// Marks launches as what takes turns, unless the first would run almost alone:
/// tiles and places may have changed since they were chosen.
bool markBands(ArrayRef<JoinCandidate> launches) {
  if (launches.size() < 2) {
    return false;
  }
  LaunchOp first = launches.front().launch;
  auto count = first->getAttrOfType<IntegerAttr>(kBandCountAttr);
  Bands bands = bandsOf(launches, count.getInt(), Places::known);
  if (!areEven(bands, launches)) {
    return false;
  }
  Builder builder(first.getContext());
  for (auto [i, member] : llvm::enumerate(launches)) {
    LaunchOp launch = member.launch;
    launch->setAttr(kBandEndsAttr, builder.getDenseI64ArrayAttr(bands.ends[i]));
    launch->setAttr(kBandEdgeAttr, builder.getI64IntegerAttr(bands.edges[i]));
    if (i > 0) {
      launch->setAttr(kJoinsAttr, builder.getUnitAttr());
    }
  }
  return true;
}

struct JoinLaunches : impl::JoinLaunchesBase<JoinLaunches> {
  void runOnOperation() override {
    auto func = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!func) {
      return;
    }
    Group group;
    SmallVector<Operation *> steps = stepsOf(func);
    for (ArrayRef<Operation *> rest = steps; !rest.empty();) {
      SmallVector<JoinCandidate> banded = bandedAt(rest);
      if (markBands(banded)) {
        group.mark();
        rest = rest.drop_front(banded.size());
        continue;
      }
      auto launch = dyn_cast<LaunchOp>(rest.front());
      std::optional<JoinCandidate> candidate =
          launch ? joinCandidateOf(launch) : std::nullopt;
      if (!candidate || !group.join(*candidate)) {
        group.mark();
      }
      if (candidate && group.launches.empty()) {
        group.launches.push_back(*candidate);
      }
      rest = rest.drop_front();
    }
    group.mark();
  }
};
} // namespace
} // namespace tessera::schedule
