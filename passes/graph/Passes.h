//===- Passes.h - simplify the graph and lower it -----------------*- C++
//-*-===//

#ifndef TESSERA_PASSES_GRAPH_PASSES_H
#define TESSERA_PASSES_GRAPH_PASSES_H

#include "dialects/graph/Graph.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace tessera::graph {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/graph/Passes.h.inc"

} // namespace tessera::graph

#endif // TESSERA_PASSES_GRAPH_PASSES_H
