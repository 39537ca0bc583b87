//===- Passes.td - the order of dimensions in memory ----------------------===//

#ifndef TESSERA_PASSES_LAYOUT_PASSES_TD
#define TESSERA_PASSES_LAYOUT_PASSES_TD

include "mlir/Pass/PassBase.td"

def AssignLayouts : Pass<"tessera-assign-layouts", "::mlir::func::FuncOp"> {
  let summary = "choose the order in memory of the dimensions of kernel results";
  let description = [{
    Sets `layouts` on kernels: for each result the order of its dimensions,
    outermost first. Every kernel prefers one of its parallel dimensions to be
    contiguous: the one along which a constant operand is contiguous (the output
    channels of a convolution), or the one along which its inputs already are.
    Orders are chosen over the whole function so that the fewest elements are
    read or written across memory; model outputs and reshapes that merge
    dimensions keep row-major order. A product of two computed tensors may get
    a kernel that copies an operand into an order its producer cannot store.

    ```mlir
    // before: N C H W in memory
    %y = tsk.kernel %x, %w {...} : (...) -> tensor<1x64x56x56xf32>
    // after: N H W C in memory
    %y = tsk.kernel %x, %w {layouts = [array<i64: 0, 2, 3, 1>] ...} : (...) -> tensor<1x64x56x56xf32>
    ```
  }];
  let dependentDialects = ["::tessera::kernel::TskDialect"];
}

#endif // TESSERA_PASSES_LAYOUT_PASSES_TD
