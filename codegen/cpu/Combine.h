//===- Combine.h - what tsk.reduce does to accumulators ---------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_COMBINE_H
#define TESSERA_CODEGEN_CPU_COMBINE_H

#include "dialects/kernel/Reduction.h"
#include "mlir/IR/Builders.h"

namespace tessera::cpu {

/// The neutral element of `type`, a scalar or vector.
mlir::Value neutralElement(mlir::OpBuilder &b, mlir::Location loc,
                           kernel::ReduceKind kind, mlir::Type type);

/// `accumulator` combined with `value`.
mlir::Value combine(mlir::OpBuilder &b, mlir::Location loc,
                    kernel::ReduceOp reduce, mlir::Value accumulator,
                    mlir::Value value);

/// Whether `value` at its position replaces the best so far in a positional
/// reduction.
mlir::Value replacesBest(mlir::OpBuilder &b, mlir::Location loc,
                         kernel::ReduceKind kind, mlir::Value best,
                         mlir::Value value);

/// The lanes of each vector combined in a fixed tree, the same for any number
/// of vectors. Several share instructions.
llvm::SmallVector<mlir::Value> combineLanes(mlir::OpBuilder &b,
                                            mlir::Location loc,
                                            kernel::ReduceOp reduce,
                                            mlir::ValueRange vectors);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_COMBINE_H
