//===- TuneKernel.h - finds the fastest schedule of a launch ----*- C++ -*-===//
//
// The analytic model ranks the legal schedules; the best few and the default
// are compiled and measured in turn; then neighbours of the fastest, as long as
// that helps. A schedule counts only if its results agree with the default's.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_TUNE_TUNEKERNEL_H
#define TESSERA_CODEGEN_TUNE_TUNEKERNEL_H

#include "codegen/tune/TuneResult.h"

namespace tessera::tune {

llvm::Expected<TuneResult>
tuneKernel(mlir::ModuleOp plan, kernel::LaunchOp launch,
           const schedule::Target &target, const Machine &machine,
           const Peaks &peaks, KernelData &data, const TuneOptions &options);

} // namespace tessera::tune

#endif // TESSERA_CODEGEN_TUNE_TUNEKERNEL_H
