//===- WindowOps.td - reductions over a sliding window --------------------===//

#ifndef TESSERA_DIALECTS_GRAPH_WINDOWOPS_TD
#define TESSERA_DIALECTS_GRAPH_WINDOWOPS_TD

include "dialects/graph/GraphBase.td"

// The arguments of every pooling operator. Pooling over the whole spatial extent is tsr.reduce.
defvar Tsr_WindowAttributes = (ins DenseI64ArrayAttr:$kernel_shape, DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$dilations, AffineMapAttr:$pads, Tsr_IntAttr<"0">:$ceil_mode);

class Tsr_WindowOp<string mnemonic, string operators, TypeConstraint type, dag attributes = (ins)>
    : Tsr_Op<mnemonic, operators> {
  let description = [{
    x is [N, C, spatial...]; `pads` has the amounts before each spatial axis, then those after. With `ceil_mode` 1 the
    last window may reach beyond the padding, but starts inside the tensor or its leading padding.
    Example: `%r = tsr.}] # mnemonic # [{ %x {kernel_shape = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>} : (tensor<1x4x8xf32>) -> tensor<1x4x4xf32>`
  }];
  let arguments = !con((ins type:$x), Tsr_WindowAttributes, attributes);
}

def Tsr_AveragePoolOp : Tsr_WindowOp<"average_pool", "AveragePool", Tsr_FloatTensor,
                                     (ins Tsr_IntAttr<"0">:$count_include_pad)> {
  let summary = "mean of each window, of the elements inside the tensor or also of its padding";
}

def Tsr_LpPoolOp : Tsr_WindowOp<"lp_pool", "LpPool, GlobalLpPool", Tsr_FloatTensor, (ins Tsr_IntAttr<"2">:$p)> {
  let summary = "p-norm of each window";
}

def Tsr_MaxPoolIndexOp : Tsr_WindowOp<"max_pool_index", "MaxPool (second output)", Tsr_NumberTensor,
                                      (ins Tsr_IntAttr<"0">:$storage_order)> {
  let summary = "position in the flattened tensor (i64) of each window's greatest element";
}

def Tsr_MaxPoolOp : Tsr_WindowOp<"max_pool", "MaxPool", Tsr_NumberTensor> {
  let summary = "greatest element of each window";
}

#endif // TESSERA_DIALECTS_GRAPH_WINDOWOPS_TD
