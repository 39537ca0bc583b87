//===- Passes.h - simplify the graph and lower it ---------------*- C++ -*-===//

#ifndef TESSERA_PASSES_GRAPH_PASSES_H
#define TESSERA_PASSES_GRAPH_PASSES_H

#include "dialects/graph/Graph.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir {
class OpPassManager;
}

namespace tessera::graph {

struct GraphOptions {
  /// Off: operators are lowered as they were imported, which is the oracle.
  bool simplify = true;
  /// Convolutions may become tiles with fewer products (tessera-form-winograd).
  bool winograd = true;
};

/// From imported operators to fewer and simpler ones.
void buildGraphPipeline(mlir::OpPassManager &manager,
                        const GraphOptions &options);

/// From operators to one kernel for each.
void buildLoweringPipeline(mlir::OpPassManager &manager,
                           const GraphOptions &options);

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/graph/Passes.h.inc"

} // namespace tessera::graph

#endif // TESSERA_PASSES_GRAPH_PASSES_H
