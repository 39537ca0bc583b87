//===- KnownNumbers.h - what compile time knows of a body's values -*- C++ -*-//

#ifndef TESSERA_CODEGEN_SCHEDULE_KNOWNNUMBERS_H
#define TESSERA_CODEGEN_SCHEDULE_KNOWNNUMBERS_H

#include "dialects/kernel/Kernel.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>

namespace tessera::schedule {

/// The number that a value of type f32 is in every run: a constant, or an input
/// of one element that is stored in the library.
std::optional<float> numberOf(kernel::LaunchOp launch, mlir::Value value);

/// Bounds of the values of one body, each found once: what a value that was
/// asked for is computed from must stay.
class Magnitudes {
public:
  explicit Magnitudes(kernel::LaunchOp launch) : launch(launch) {}

  /// A bound of the magnitude of a float in every run; nothing where it is not
  /// known, so that the value is neither infinite nor NaN where there is one.
  std::optional<double> of(mlir::Value value);

private:
  std::optional<double> compute(mlir::Value value);
  std::optional<double> ofOperation(mlir::Operation *op);

  kernel::LaunchOp launch;
  llvm::DenseMap<mlir::Value, std::optional<double>> known;
};

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_KNOWNNUMBERS_H
