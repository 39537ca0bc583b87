//===- Passes.td - forming kernels: views, maps, rows, epilogues ----------===//

#ifndef TESSERA_PASSES_FUSION_PASSES_TD
#define TESSERA_PASSES_FUSION_PASSES_TD

include "mlir/Pass/PassBase.td"

class FusionPass<string name> : Pass<name, "::mlir::func::FuncOp"> {
  let dependentDialects = ["::tessera::kernel::TskDialect"];
}

class LimitedFusionPass<string name> : FusionPass<name> {
  let options = [
    Option<"maxInputs", "max-inputs", "unsigned", "14", "Inputs a fused kernel may have">,
    Option<"maxOperations", "max-operations", "unsigned", "256", "Operations a fused body may have">,
    Option<"remarks", "remarks", "bool", "false", "Say why kernels were not fused">,
  ];
}

def CheckFusion : FusionPass<"tessera-check-fusion"> {
  let summary = "state what is legal after fusion";
  let description = [{
    Only `tsk.kernel`, `tsk.reshape`, `tsk.concat`, constants and the return are
    left, and every result is written at coordinates free of division.
  }];
}

def ComposeReshapes : FusionPass<"tessera-compose-reshapes"> {
  let summary = "read and write through reshapes by splitting dimensions";
  let description = [{
    A consumer reads the tensor before a reshape instead: coordinates of split
    axes combine linearly, merged axes split the consumer's dimension. When
    a split dimension is also written, the reshape moves behind the consumer.
    A reshape whose consumers need it is left in place.

    ```mlir
    // before: reads the merged axis d1 of 12 x 64
    %r = tsk.reshape %x : tensor<8x12x64xf32> to tensor<8x768xf32>
    %y = tsk.kernel %r, %w {input_maps = [(m, n, k) -> (m, k), (m, n, k) -> (k, n)] ...}
    // after
    %y = tsk.kernel %x, %w {input_maps = [(m, n, h, k) -> (m, h, k), (m, n, h, k) -> (h * 64 + k, n)] ...}
    ```
  }];
}

def ComposeViews : FusionPass<"tessera-compose-views"> {
  let summary = "fold kernels that only move elements into the maps of their consumers";
  let description = [{
    ```mlir
    // before: %t is the transpose of %x
    %t = tsk.kernel %x {input_maps = [(i, j) -> (j, i)], result_maps = [(i, j) -> (i, j)] ...}
    %y = tsk.kernel %t {input_maps = [(i, j) -> (i, j)] ...}
    // after
    %y = tsk.kernel %x {input_maps = [(i, j) -> (j, i)] ...}
    ```
    Padded reads compose when a point outside the view is provably outside its
    source with the same pad. Maps with a remainder or a division compose into
    kernels without reduction only.
  }];
}

def FuseEpilogue : LimitedFusionPass<"tessera-fuse-epilogue"> {
  let summary = "compute maps in the kernel whose reduction they read";
  let description = [{
    A map that reads each element of a reduction's result once is computed where
    that element is produced; its other operands become inputs read at parallel
    dimensions. Of several such producers the last one takes it. A result with
    other users stays a result.
  }];
}

def FuseMapIntoConsumer : LimitedFusionPass<"tessera-fuse-map-into-consumer"> {
  let summary = "compute maps where their result is read";
  let description = [{
    A map with one consumer, or a cheap one, is evaluated at the consumer's read
    map. Consumers are maps, rows and what contractions do after reducing; the
    operands of a contraction stay tensors.
  }];
}

def FuseRows : LimitedFusionPass<"tessera-fuse-rows"> {
  let summary = "join reductions along the same rows with the maps between them";
  let description = [{
    `x - mean(x)`, its variance and the division become one kernel with two
    reductions and one result for each point of the row.
  }];
}

def MarkBranches : FusionPass<"tessera-mark-branches"> {
  let summary = "number the kernels that a run may leave out";
  let description = [{
    A kernel that only one side of a select needs gets the attribute
    `tsk.branch`, the same number where the conditions are the same. Kernels of
    different branches are not fused when that would compute more than a run
    needs, or fail for what it does not need.

    ```mlir
    %a = tsk.kernel %x {... tsk.branch = 0 : i64}
    %b = tsk.kernel %x {... tsk.branch = 1 : i64}
    %y = tsk.kernel %condition, %a, %b {...} // selects
    ```
  }];
}

def SimplifyKernels : FusionPass<"tessera-simplify-kernels"> {
  let summary = "drop unit dimensions, unused and equal inputs, unused results; inline constants of one value";
}

def TabulateBytes : FusionPass<"tessera-tabulate-bytes"> {
  let summary = "read dear functions of one byte from tables";
  let description = [{
    Quantised models compute GELU, sigmoid or several requantisations between
    two bytes. What depends on one byte and on constants alone, and costs more
    than reading a table, becomes a table of 256 elements.

    ```mlir
    // before: %q is an i8
    %d = arith.uitofp %q : i8 to f32
    %m = arith.mulf %d, %scale : f32
    %e = math.erf %m : f32
    // after
    %i = arith.extui %q : i8 to i64
    %e = tsk.gather %table[%i] {clamp, limits = () -> (256), map = (d0, d1) -> (d1)} : tensor<256xf32> -> f32
    ```
  }];
}

#endif // TESSERA_PASSES_FUSION_PASSES_TD
