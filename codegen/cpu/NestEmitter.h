//===- NestEmitter.h - the code of one launch -------------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_NESTEMITTER_H
#define TESSERA_CODEGEN_CPU_NESTEMITTER_H

#include "codegen/cpu/Nest.h"

namespace tessera::cpu {

/// Emits the tasks [begin, end) of a launch: loops over tiles of the parallel
/// dimensions; for each tile one pass over the reduction dimensions for every
/// level of reduction, accumulators in registers; then the outputs, in a last
/// pass when they are stored for each point of the reduction dimensions.
void emitNest(Nest &nest, mlir::OpBuilder &b, mlir::Value begin,
              mlir::Value end);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_NESTEMITTER_H
