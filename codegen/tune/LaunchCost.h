//===- LaunchCost.h - work and traffic of a launch --------------*- C++ -*-===//
//
// How many operations a launch computes and how many bytes it must move,
// whatever its schedule, as functions of the free dimensions.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_TUNE_LAUNCHCOST_H
#define TESSERA_CODEGEN_TUNE_LAUNCHCOST_H

#include "dialects/kernel/Kernel.h"

namespace tessera::tune {

/// What kind of work a launch is, from its structure alone: "contraction",
/// "convolution", "window", "reduction", "row", "recurrence", "gather" or
/// "map".
llvm::StringRef classOf(kernel::LaunchOp launch);

/// Operations: `()[symbols] -> (count)`. Each arithmetic operation of the body
/// counts one for each distinct point it is evaluated at; so do elementary
/// functions, whatever they cost.
mlir::AffineMap operationsOf(kernel::LaunchOp launch);

/// Bytes of the distinct elements that operand `i` (inputs, then outputs)
/// touches: `()[symbols] -> (bounds)`, of which the least counts.
mlir::AffineMap footprintOf(kernel::LaunchOp launch, unsigned operand);

/// The operations and the bytes of all operands at these sizes.
struct LaunchCost {
  double operations = 0, bytes = 0;
};
LaunchCost costOf(kernel::LaunchOp launch, llvm::ArrayRef<int64_t> symbols);

} // namespace tessera::tune

#endif // TESSERA_CODEGEN_TUNE_LAUNCHCOST_H
