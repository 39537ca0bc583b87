//===- KnownNumbers.h - what compile time knows of a body's values -*- C++ -*-//

#ifndef TESSERA_CODEGEN_SCHEDULE_KNOWNNUMBERS_H
#define TESSERA_CODEGEN_SCHEDULE_KNOWNNUMBERS_H

#include "dialects/kernel/Kernel.h"
#include <optional>

namespace tessera::schedule {

/// The number that a value of type f32 is in every run: a constant, or an input
/// of one element that is stored in the library.
std::optional<float> numberOf(kernel::LaunchOp launch, mlir::Value value);

/// A bound of the magnitude of a float in every run; nothing where it is not
/// known, so that the value is neither infinite nor NaN where there is one.
std::optional<double> magnitudeOf(kernel::LaunchOp launch, mlir::Value value);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_KNOWNNUMBERS_H
