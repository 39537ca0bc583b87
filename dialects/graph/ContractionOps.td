//===- ContractionOps.td - products summed over shared axes ---------------===//

#ifndef TESSERA_DIALECTS_GRAPH_CONTRACTIONOPS_TD
#define TESSERA_DIALECTS_GRAPH_CONTRACTIONOPS_TD

include "dialects/graph/GraphBase.td"

def Tsr_ConvOp : Tsr_Op<"conv", "Conv, ConvInteger"> {
  let summary = "convolution: x [N, C, spatial...], w [M, C/group, kernel...], bias [M]";
  let description = [{
    One, two or three spatial axes. `pads` has the amounts before each spatial axis, then those after.
    Example: `%r = tsr.conv %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = affine_map<() -> (1, 1)>, group = 1 : i64} : (tensor<1x4x9xf32>, tensor<8x4x3xf32>) -> tensor<1x8x9xf32>`
  }];
  let arguments = (ins Tsr_NumberTensor:$x, Tsr_NumberTensor:$w, Optional<Tsr_NumberTensor>:$bias,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations, AffineMapAttr:$pads, Tsr_IntAttr<"1">:$group);
}

def Tsr_ConvTransposeOp : Tsr_Op<"conv_transpose", "ConvTranspose"> {
  let summary = "the transpose of a convolution: x [N, C, spatial...], w [C, M/group, kernel...], bias [M]";
  let description = [{
    The extent of a spatial axis is `stride * (extent - 1) + output_padding + dilation * (kernel - 1) + 1 - pads`.
    Example: `%r = tsr.conv_transpose %x, %w {strides = array<i64: 2>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>, output_padding = array<i64: 0>, group = 1 : i64} : (tensor<1x4x9xf32>, tensor<4x8x2xf32>) -> tensor<1x8x18xf32>`
  }];
  let arguments = (ins Tsr_FloatTensor:$x, Tsr_FloatTensor:$w, Optional<Tsr_FloatTensor>:$bias,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations, AffineMapAttr:$pads,
      DenseI64ArrayAttr:$output_padding, Tsr_IntAttr<"1">:$group);
}

def Tsr_EinsumOp : Tsr_OnnxOp<"einsum", "Einsum", 12> {
  let summary = "sum of products over named axes";
  let description = [{ Example: `%r = tsr.einsum %a, %b {equation = "bij,bjk->bik"} : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>` }];
  let arguments = (ins Variadic<Tsr_NumberTensor>:$inputs, StrAttr:$equation);
}

def Tsr_MatmulOp : Tsr_OnnxOp<"matmul", "MatMul", 1> {
  let summary = "matrix product as numpy's, with leading axes broadcast";
  let description = [{
    `transpose_a` and `transpose_b` (1: yes) exchange the last two axes of an operand of rank 2 or more; Gemm uses them.
    Example: `%r = tsr.matmul %a, %b {transpose_b = 1 : i64} : (tensor<2x3x4xf32>, tensor<5x4xf32>) -> tensor<2x3x5xf32>`
  }];
  let arguments = (ins Tsr_NumberTensor:$a, Tsr_NumberTensor:$b, Tsr_IntAttr<"0">:$transpose_a,
      Tsr_IntAttr<"0">:$transpose_b);
}

#endif // TESSERA_DIALECTS_GRAPH_CONTRACTIONOPS_TD
