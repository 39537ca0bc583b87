//===- TargetFacts.h - a target's numbers from a file -----------*- C++ -*-===//
//
// For processors whose row in the table is missing or wrong, and for tests that
// want a wrong one: only speed depends on these numbers, never results.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_SCHEDULE_TARGETFACTS_H
#define TESSERA_CODEGEN_SCHEDULE_TARGETFACTS_H

#include "codegen/schedule/Target.h"
#include "llvm/Support/Error.h"

namespace tessera::schedule {

/// `target` with the numbers of a JSON object in the file at `path`:
/// `tile_registers` (2 to 32), `fma_per_cycle` (1 to 8), `fma_latency` (1 to
/// 32), `l1_bytes` and `l2_bytes` (1 KiB to 1 GiB); what the object leaves out
/// stays. An error names the file and the field.
llvm::Expected<Target> withFacts(const Target &target, llvm::StringRef path);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_TARGETFACTS_H
