//===- Passes.h - schedules and packing -------------------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_SCHEDULE_PASSES_H
#define TESSERA_CODEGEN_SCHEDULE_PASSES_H

#include "dialects/kernel/Kernel.h"
#include "mlir/Pass/Pass.h"

namespace tessera::schedule {

#define GEN_PASS_DECL
#include "codegen/schedule/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "codegen/schedule/Passes.h.inc"

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_PASSES_H
