//===- TargetCode.h - the plan and the code for one target ------*- C++ -*-===//

#ifndef TESSERA_COMPILER_DRIVER_TARGETCODE_H
#define TESSERA_COMPILER_DRIVER_TARGETCODE_H

#include "codegen/cpu/Object.h"
#include "codegen/schedule/Target.h"
#include "compiler/driver/Stages.h"
#include "mlir/IR/OwningOpRef.h"

namespace tessera {

/// The plan and the code for one target.
struct TargetCode {
  explicit TargetCode(const schedule::Target &target);

  const schedule::Target *target;
  /// The number that the binary interface gives the target; 0: none.
  unsigned isa;
  mlir::OwningOpRef<mlir::ModuleOp> plan;
  cpu::Objects objects;
  /// Where the weights of this plan start in the segment.
  uint64_t weightsBegin = 0;
  /// They are those of a target before: nothing is written for them.
  bool sharesWeights = false;
};

/// Makes machine code of the scheduled plan or, where the options ask for LLVM
/// IR, prints that. `prefix` starts the names of all symbols; code for a
/// `further` target leaves out what the first one's has for all.
llvm::Error makeCode(TargetCode &code, const Stages &stages,
                     llvm::StringRef prefix, bool further);

} // namespace tessera

#endif // TESSERA_COMPILER_DRIVER_TARGETCODE_H
