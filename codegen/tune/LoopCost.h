//===- LoopCost.h - work and traffic of a loop of launches ------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_TUNE_LOOPCOST_H
#define TESSERA_CODEGEN_TUNE_LOOPCOST_H

#include "dialects/kernel/Kernel.h"
#include "mlir/IR/BuiltinOps.h"

namespace tessera::tune {

/// Operations of all launches at all points: `()[symbols] -> (count)`. Blocks
/// at the end of a dimension count as whole ones.
mlir::AffineMap operationsOf(kernel::LoopOp loop);

/// Bytes of one of the loop's buffers, `()[symbols] -> (bytes)`: each counts
/// once, however often blocks of it are read. Memory that only the loop works
/// in counts nothing.
mlir::AffineMap footprintOf(mlir::ModuleOp plan, kernel::LoopOp loop,
                            mlir::Value buffer);

} // namespace tessera::tune

#endif // TESSERA_CODEGEN_TUNE_LOOPCOST_H
