//===- ConstantFolder.h - computes operations on constants ------*- C++ -*-===//
//
// The importer folds operations as it creates them, the pass folds what is
// left.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_GRAPH_CONSTANTFOLDER_H
#define TESSERA_PASSES_GRAPH_CONSTANTFOLDER_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"
#include <optional>

namespace tessera::graph {

/// Marks an operation on constants that is computed in every run all the same,
/// because its results take much more space.
inline constexpr llvm::StringLiteral kInRunAttr = "tsk.in_run";

/// What folding may spend; results of one model share it.
struct FoldBudget {
  int64_t tensorBytes = int64_t(16) << 20;
  int64_t modelBytes = int64_t(256) << 20;
  int64_t steps = int64_t(1) << 28;
};

/// The results of an operation of either dialect whose operands are constants;
/// nothing when they are not, when a size is free, when the budget does not
/// allow it, or when the result is a view that costs nothing to read through.
std::optional<llvm::SmallVector<mlir::ElementsAttr>>
foldOperation(mlir::Operation *op, FoldBudget &budget);

/// The same for an operation with one result, within the default budget.
std::optional<mlir::ElementsAttr> foldOperation(mlir::Operation *op);

} // namespace tessera::graph

#endif // TESSERA_PASSES_GRAPH_CONSTANTFOLDER_H
