//===- LaunchGroups.cpp - steps that are handed out together --------------===//

#include "codegen/cpu/LaunchGroups.h"
#include "codegen/cpu/CallWriter.h"
#include "codegen/cpu/KernelFunctions.h"
#include "codegen/cpu/LoopFunctions.h"
#include "codegen/schedule/Passes.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

std::vector<LaunchGroup> launchGroupsOf(ModuleOp plan) {
  std::vector<LaunchGroup> groups;
  for (Operation *step : stepsOf(plan)) {
    if (groups.empty() || !step->hasAttr(schedule::kJoinsAttr)) {
      groups.emplace_back();
    }
    groups.back().push_back(step);
  }
  return groups;
}

static unsigned wordsOfStep(Operation *step) {
  if (auto launch = dyn_cast<LaunchOp>(step)) {
    return contextWordsOf(launch);
  }
  auto loop = dyn_cast<LoopOp>(step);
  return loop ? contextWordsOf(loop) : CallWriter::wordsOf(cast<CallOp>(step));
}

unsigned wordsOf(ArrayRef<Operation *> group) {
  unsigned words = group.size() > 1 ? group.size() * kJoinedWords : 0;
  for (Operation *step : group) {
    words += wordsOfStep(step);
  }
  return words;
}

} // namespace tessera::cpu
