//===- TuneKernel.h - finds the fastest schedule of a launch ----*- C++ -*-===//
//
// The analytic model ranks the legal schedules; the best few and the default
// are compiled and measured in turn; then neighbours of the fastest, as long as
// that helps. A schedule counts only if its results agree with the default's.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_TUNE_TUNEKERNEL_H
#define TESSERA_CODEGEN_TUNE_TUNEKERNEL_H

#include "codegen/tune/MeasureSchedules.h"

namespace tessera::tune {

struct TuneResult {
  /// The first is the default.
  std::vector<Measurement> measured;
  size_t legal = 0;
  /// The place of the fastest that was faster than the default beyond noise
  /// when both were measured once more; 0, the default, where none was.
  size_t winner = 0;

  const Measurement &standard() const { return measured.front(); }
  const Measurement &best() const { return measured[winner]; }
  bool isFaster() const { return winner != 0; }

  /// Leaves the default where the winner, measured beside it at another size,
  /// computes something else there or takes longer.
  void compareElsewhere(const Measurement &standardThere,
                        const Measurement &bestThere);
};

llvm::Expected<TuneResult>
tuneKernel(mlir::ModuleOp plan, kernel::LaunchOp launch,
           const schedule::Target &target, const Machine &machine,
           const Peaks &peaks, KernelData &data, const TuneOptions &options);

} // namespace tessera::tune

#endif // TESSERA_CODEGEN_TUNE_TUNEKERNEL_H
