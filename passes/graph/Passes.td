//===- Passes.td - simplify the graph and lower it to kernels -------------===//

#ifndef TESSERA_PASSES_GRAPH_PASSES_TD
#define TESSERA_PASSES_GRAPH_PASSES_TD

include "mlir/Pass/PassBase.td"

class GraphPass<string name> : Pass<name, "::mlir::func::FuncOp"> {
  let dependentDialects = ["::tessera::graph::TsrDialect", "::tessera::kernel::TskDialect"];
}

def FoldBatchNormalization : GraphPass<"tessera-fold-batch-normalization"> {
  let summary = "move factors and offsets of channels into a convolution's weights";
  let description = [{
    The convolution's weights and bias and the factors are constants, and the
    convolution has no other user. A normalisation that follows something else
    becomes a product and a sum.

    ```mlir
    // before
    %c = tsr.conv %x, %w {...}
    %y = tsr.batch_norm %c, %scale, %bias, %mean, %variance
    // after
    %y = tsr.conv %x, %scaled, %offset {...}
    ```
  }];
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

def FormIntegerProducts : GraphPass<"tessera-form-integer-products"> {
  let summary = "convolutions and matrix products of dequantised tensors become integer products";
  let description = [{
    The left operand is `(q - z) * s` with 8-bit elements q and numbers z and s, the right one `p * t` with constant
    8-bit elements p and a scale for all or for each output channel.

    ```mlir
    // before
    %x = tsr.mul (tsr.sub (tsr.cast %q), %z), %s
    %w = tsr.mul (tsr.cast %p), %t
    %y = tsr.matmul %x, %w
    // after
    %i = tsr.matmul %q, %p : (tensor<4x8xui8>, tensor<8x8xi8>) -> tensor<4x8xi32>
    %y = tsr.mul (tsr.cast (tsr.sub %i, z * sums of %p)), s * %t
    ```
  }];
}

def FormWinograd : GraphPass<"tessera-form-winograd"> {
  let summary = "3x3 convolutions in tiles of 2x2 to 5x5 results with fewer products";
  let description = [{
    For f32, stride and dilation 1, one group and constant weights, where the estimated time is at most four fifths of
    the convolution's own and the tiles divide the result, of which only the batch may be free. The kernels' locations
    say which convolutions these are and bound the error (WinogradMatrices::errorBound).

    ```mlir
    // before
    %y = tsr.conv %x, %w {strides = array<i64: 1, 1>, ...} : (tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x56x56xf32>
    // after, with m = 4: V = B^T x B and U = G w G^T by position in a tile, M = V U, y = A^T M A
    %u:36 = tsk.kernel %w, ... -> (tensor<1x64x64xf32>, ...)
    %v:36 = tsk.kernel %x, ... -> (tensor<1x1x14x14x64xf32>, ...)
    %m = tsk.kernel (tsk.concat %v), (tsk.concat %u) ... -> tensor<36x1x14x14x64xf32>
    %y = tsk.kernel %m, %a ... -> tensor<1x64x56x56xf32>
    ```
  }];
}

def LowerToKernels : Pass<"tessera-lower-to-kernels", "::mlir::ModuleOp"> {
  let summary = "replace every operator by its kernels";
  let description = [{
    Calls the operators' own lowerings. Afterwards no operation of the graph
    dialect is left, and the module's `tsk.constraints` list what the model
    assumes of symbolic extents that met.

    ```mlir
    // before
    %y = tsr.relu %x : (tensor<4xf32>) -> tensor<4xf32>
    // after
    %y = tsk.kernel %x {extents = affine_map<() -> (4)>, ...} : (tensor<4xf32>) -> tensor<4xf32> { ... }
    ```
  }];
  let dependentDialects = ["::tessera::kernel::TskDialect"];
}

def Simplify : GraphPass<"tessera-simplify"> {
  let summary = "remove operators that do nothing and use cheaper equal ones";
  let description = [{
    Identities disappear, transposes and reshapes in a row become one, small
    powers become products, and a gather of one known position becomes a slice.

    ```mlir
    // before
    %a = tsr.transpose %x {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
    %b = tsr.transpose %a {perm = array<i64: 1, 0>} : (tensor<3x2xf32>) -> tensor<2x3xf32>
    // after: %x
    ```
  }];
}

#endif // TESSERA_PASSES_GRAPH_PASSES_TD
