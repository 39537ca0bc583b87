//===- Subgraph.h - graphs that are attributes of nodes ---------*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_SUBGRAPH_H
#define TESSERA_COMPILER_IMPORT_SUBGRAPH_H

#include "compiler/import/Node.h"

namespace tessera::import {

/// Imports the body of a control operator in place. `arguments` stand for its
/// inputs (a branch has none), `step` distinguishes the names of its nodes from
/// those of other copies. Returns the body's outputs, or nothing when a problem
/// was reported.
std::optional<llvm::SmallVector<Tensor *>>
importSubgraph(Node &node, const onnx::GraphProto &graph,
               llvm::ArrayRef<Tensor *> arguments = {},
               llvm::StringRef step = "");

/// Loops with more steps are not unrolled: the copies cost more compile time
/// than the loop is worth.
inline constexpr int64_t kMaxSteps = 512;

/// The values that one name of a body takes, a step each.
using Steps = llvm::SmallVector<Tensor *>;

/// A value as a tensor of the graph; null for null.
Tensor *tensorOf(Node &node, mlir::Value value);

/// The steps' values along a new axis; null after a problem.
mlir::Value stackSteps(Node &node, llvm::ArrayRef<Tensor *> steps, int64_t axis,
                       bool reverse);

/// The one value or the other, as `selector` says, a scalar of the run; null
/// after a problem. Of sequences, element by element. `truth` is the selector
/// as an expression of sizes, where it is one.
Tensor *select(Node &node, mlir::Value selector, Tensor *a, Tensor *b,
               mlir::AffineExpr truth = {});

/// Reports that `what` decides how often a body runs, and is not constant.
mlir::LogicalResult dependsOnData(Node &node, const llvm::Twine &what);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_SUBGRAPH_H
