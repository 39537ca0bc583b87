//===- Description.h - launches as Halide's process reads them --*- C++ -*-===//
//
// Halide's library carries an LLVM of its own, so it runs in another process,
// `tessera-halide`. It gets a launch as JSON: dimensions, schedule, and the
// body as a list of operations.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_HALIDE_DESCRIPTION_H
#define TESSERA_CODEGEN_HALIDE_DESCRIPTION_H

#include "dialects/kernel/Kernel.h"
#include "llvm/Support/Error.h"

namespace tessera::halide {

/// Attribute of a kernel's function: the description of what it calls.
inline constexpr llvm::StringLiteral kDescriptionAttr = "tsk.halide";

/// The launch under the schedule as JSON, or why Halide cannot write it: free
/// extents, guards, several results, operations without a counterpart.
llvm::Expected<std::string> describe(kernel::LaunchOp launch,
                                     kernel::ScheduleAttr schedule);

} // namespace tessera::halide

#endif // TESSERA_CODEGEN_HALIDE_DESCRIPTION_H
