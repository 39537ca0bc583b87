//===- LaunchGroups.h - steps that are handed out together ------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_LAUNCHGROUPS_H
#define TESSERA_CODEGEN_CPU_LAUNCHGROUPS_H

#include "dialects/kernel/Kernel.h"
#include "mlir/IR/BuiltinOps.h"
#include "runtime/include/tessera/abi.h"
#include <vector>

namespace tessera::cpu {

/// One step of a plan, or several launches that threads take together.
using LaunchGroup = llvm::SmallVector<mlir::Operation *, 1>;

/// Words of a tsr_joined_launch, and of a tsr_banded_launch.
constexpr unsigned kJoinedWords = sizeof(tsr_joined_launch) / 8;
static_assert(sizeof(tsr_banded_launch) == sizeof(tsr_joined_launch));

/// The steps of the plan in order.
std::vector<LaunchGroup> launchGroupsOf(mlir::ModuleOp plan);

/// Words that handing a group out takes: contexts and, for several launches, a
/// record of each.
unsigned wordsOf(llvm::ArrayRef<mlir::Operation *> group);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_LAUNCHGROUPS_H
