//===- ReductionOps.td - reductions, normalisations and scans along axes --===//

#ifndef TESSERA_DIALECTS_GRAPH_REDUCTIONOPS_TD
#define TESSERA_DIALECTS_GRAPH_REDUCTIONOPS_TD

include "dialects/graph/GraphBase.td"

def Tsr_ArgReduceOp : Tsr_Op<"arg_reduce", "ArgMax, ArgMin"> {
  let summary = "position (i64) of the greatest or smallest element along an axis";
  let description = [{
    `kind` is max or min; `select_last_index` 1 takes the last of equal ones.
    Example: `%r = tsr.arg_reduce %x {kind = "max", axis = 1 : i64, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xi64>`
  }];
  let arguments = (ins Tsr_NumberTensor:$x, StrAttr:$kind, I64Attr:$axis, Tsr_IntAttr<"1">:$keepdims,
      Tsr_IntAttr<"0">:$select_last_index);
}

def Tsr_BatchNormOp : Tsr_Op<"batch_norm", "BatchNormalization"> {
  let summary = "(x - mean) / sqrt(variance + epsilon) * scale + bias with one value of each for every channel (axis 1)";
  let description = [{ Example: `%r = tsr.batch_norm %x, %scale, %bias, %mean, %variance {epsilon = 1.0e-5 : f32} : (tensor<1x4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8xf32>` }];
  let arguments = (ins Tsr_FloatTensor:$x, Tsr_FloatTensor:$scale, Tsr_FloatTensor:$bias, Tsr_FloatTensor:$mean,
      Tsr_FloatTensor:$variance, Tsr_FloatAttr<"1.0e-5">:$epsilon);
}

def Tsr_HardmaxOp : Tsr_Op<"hardmax", "Hardmax"> {
  let summary = "1 at the first greatest element along an axis, 0 elsewhere";
  let description = [{ Example: `%r = tsr.hardmax %x {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>` }];
  let arguments = (ins Tsr_FloatTensor:$x, I64Attr:$axis);
}

def Tsr_LogSoftmaxOp : Tsr_Op<"log_softmax", "LogSoftmax"> {
  let summary = "logarithm of the softmax along an axis";
  let description = [{ Example: `%r = tsr.log_softmax %x {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>` }];
  let arguments = (ins Tsr_FloatTensor:$x, I64Attr:$axis);
}

def Tsr_NormalizeOp : Tsr_Op<"normalize",
    "LayerNormalization, InstanceNormalization, GroupNormalization, RMSNormalization"> {
  let summary = "(x - mean) / sqrt(variance + epsilon) * scale + bias with mean and variance taken over `axes`";
  let description = [{
    `scale` and `bias` broadcast, as numpy, against x. `centered` 0 leaves the mean out of both places.
    Example: `%r = tsr.normalize %x, %scale, %bias {axes = array<i64: 1>, epsilon = 1.0e-5 : f32} : (tensor<2x8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<2x8xf32>`
  }];
  let arguments = (ins Tsr_FloatTensor:$x, Tsr_FloatTensor:$scale, Optional<Tsr_FloatTensor>:$bias,
      DenseI64ArrayAttr:$axes, Tsr_FloatAttr<"1.0e-5">:$epsilon, Tsr_IntAttr<"1">:$centered);
}

def Tsr_ReduceOp : Tsr_Op<"reduce", "ReduceSum, ReduceMean, ReduceProd, ReduceMax, ReduceMin, ReduceL1, ReduceL2, "
    "ReduceLogSum, ReduceLogSumExp, ReduceSumSquare, GlobalAveragePool, GlobalMaxPool"> {
  let summary = "combines the elements along `axes`";
  let description = [{
    `kind` is sum, mean, prod, max, min, l1, l2, log_sum, log_sum_exp or sum_square. `axes` are sorted.
    Example: `%r = tsr.reduce %x {kind = "mean", axes = array<i64: 1>, keepdims = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x1xf32>`
  }];
  let arguments = (ins Tsr_Tensor:$x, StrAttr:$kind, DenseI64ArrayAttr:$axes, Tsr_IntAttr<"1">:$keepdims);
}

def Tsr_ScanOp : Tsr_Op<"scan", "CumSum, CumProd"> {
  let summary = "running sum or product along an axis";
  let description = [{
    `kind` is sum or prod. `exclusive` 1 leaves the element itself out; `reverse` 1 runs from the end.
    Example: `%r = tsr.scan %x {kind = "sum", axis = 0 : i64} : (tensor<4xf32>) -> tensor<4xf32>`
  }];
  let arguments = (ins Tsr_NumberTensor:$x, Tsr_StringAttr<"sum">:$kind, I64Attr:$axis,
      Tsr_IntAttr<"0">:$exclusive, Tsr_IntAttr<"0">:$reverse);
}

def Tsr_SoftmaxOp : Tsr_Op<"softmax", "Softmax"> {
  let summary = "exp(x - max) over its sum along an axis";
  let description = [{ Example: `%r = tsr.softmax %x {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>` }];
  let arguments = (ins Tsr_FloatTensor:$x, I64Attr:$axis);
}

#endif // TESSERA_DIALECTS_GRAPH_REDUCTIONOPS_TD
