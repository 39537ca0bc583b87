//===- PlanFacts.h - what a planned module says about itself ----*- C++ -*-===//

#ifndef TESSERA_COMPILER_DRIVER_PLANFACTS_H
#define TESSERA_COMPILER_DRIVER_PLANFACTS_H

#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace tessera {

/// Bytes of workspace with every free dimension at its lower bound (at least
/// 1); -1 when the module does not say.
int64_t smallestWorkspace(mlir::ModuleOp plan);

/// Least workspace that any plan of these launches needs, at the same sizes;
/// -1 when the module does not say.
int64_t workspaceLowerBound(mlir::ModuleOp plan);

/// Names of the model's nodes in a location, separated by commas.
std::string nodesOf(mlir::Location location);

} // namespace tessera

#endif // TESSERA_COMPILER_DRIVER_PLANFACTS_H
