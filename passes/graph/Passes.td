//===- Passes.td - simplify the graph and lower it to kernels -------------===//

#ifndef TESSERA_PASSES_GRAPH_PASSES_TD
#define TESSERA_PASSES_GRAPH_PASSES_TD

include "mlir/Pass/PassBase.td"

class GraphPass<string name> : Pass<name, "::mlir::func::FuncOp"> {
  let dependentDialects = ["::tessera::graph::TsrDialect", "::tessera::kernel::TskDialect"];
}

def FoldConstants : GraphPass<"tessera-fold-constants"> {
  let summary = "compute operations whose operands are constants";
  let description = [{
    Operations of either dialect are interpreted. Results do not depend on the
    host. Views of large constants stay: reading through them costs nothing.

    ```mlir
    // before
    %a = tsr.constant {value = dense<2.0> : tensor<4xf32>} : () -> tensor<4xf32>
    %b = tsr.exp %a : (tensor<4xf32>) -> tensor<4xf32>
    // after
    %b = tsr.constant {value = dense<7.3890562> : tensor<4xf32>} : () -> tensor<4xf32>
    ```
  }];
  let options = [
    Option<"tensorBytes", "tensor-bytes", "int64_t", "16777216", "Bytes that one result may take">,
    Option<"modelBytes", "model-bytes", "int64_t", "268435456", "Bytes that all results may take">,
    Option<"steps", "steps", "int64_t", "268435456", "Scalar operations that folding may take">,
  ];
}

#endif // TESSERA_PASSES_GRAPH_PASSES_TD
