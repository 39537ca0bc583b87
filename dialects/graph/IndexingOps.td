//===- IndexingOps.td - elements chosen by position or by other tensors ---===//

#ifndef TESSERA_DIALECTS_GRAPH_INDEXINGOPS_TD
#define TESSERA_DIALECTS_GRAPH_INDEXINGOPS_TD

include "dialects/graph/GraphBase.td"

def Tsr_EyeOp : Tsr_Op<"eye", "EyeLike"> {
  let summary = "a matrix with ones on diagonal `k` and zeros elsewhere";
  let description = [{ Example: `%r = tsr.eye {shape = affine_map<() -> (2, 3)>, k = 1 : i64, element = f32} : () -> tensor<2x3xf32>` }];
  let arguments = (ins AffineMapAttr:$shape, Tsr_IntAttr<"0">:$k, TypeAttr:$element);
}

def Tsr_GatherElementsOp : Tsr_Op<"gather_elements", "GatherElements"> {
  let summary = "element of x whose coordinate on `axis` is the index, the others those of the result";
  let description = [{ Example: `%r = tsr.gather_elements %x, %i {axis = 1 : i64} : (tensor<2x5xf32>, tensor<2x3xi64>) -> tensor<2x3xf32>` }];
  let arguments = (ins Tsr_Tensor:$x, Tsr_IndexTensor:$indices, I64Attr:$axis);
}

def Tsr_GatherNDOp : Tsr_Op<"gather_nd", "GatherND"> {
  let summary = "slices of x whose leading coordinates are the last axis of the indices";
  let description = [{ Example: `%r = tsr.gather_nd %x, %i {batch_dims = 0 : i64} : (tensor<2x5x7xf32>, tensor<3x2xi64>) -> tensor<3x7xf32>` }];
  let arguments = (ins Tsr_Tensor:$x, Tsr_IndexTensor:$indices, Tsr_IntAttr<"0">:$batch_dims);
}

def Tsr_GatherOp : Tsr_Op<"gather", "Gather"> {
  let summary = "slices of x along `axis`, one for each index; negative indices count from the end";
  let description = [{ Example: `%r = tsr.gather %x, %i {axis = 0 : i64} : (tensor<5x7xf32>, tensor<2x3xi64>) -> tensor<2x3x7xf32>` }];
  let arguments = (ins Tsr_Tensor:$x, Tsr_IndexTensor:$indices, I64Attr:$axis);
}

def Tsr_OneHotOp : Tsr_Op<"one_hot", "OneHot"> {
  let summary = "values[1] where the new axis's coordinate is the index, values[0] elsewhere";
  let description = [{
    `depth` (one value) is the new axis's extent; indices in [-depth, -1] count from the end.
    Example: `%r = tsr.one_hot %i, %v {axis = 1 : i64, depth = affine_map<() -> (5)>} : (tensor<3xi64>, tensor<2xf32>) -> tensor<3x5xf32>`
  }];
  let arguments = (ins Tsr_NumberTensor:$indices, Tsr_Tensor:$values, I64Attr:$axis, AffineMapAttr:$depth);
}

def Tsr_RangeOp : Tsr_Op<"range", "Range"> {
  let summary = "start, start + delta, ...: as many as `extent` (one value) says";
  let description = [{ Example: `%r = tsr.range %start, %delta {extent = affine_map<()[s0] -> (s0)>} : (tensor<i64>, tensor<i64>) -> tensor<?xi64, affine_map<()[s0] -> (s0)>>` }];
  let arguments = (ins Tsr_NumberTensor:$start, Tsr_NumberTensor:$delta, AffineMapAttr:$extent);
}

def Tsr_ResizeOp : Tsr_Op<"resize", "Resize, Upsample"> {
  let summary = "resamples to `shape` (all axes)";
  let description = [{
    Attributes as in ONNX Resize. `scales` has one entry for each axis as given by the model; when absent (empty) the
    scale is the quotient of the extents. `roi` has the starts, then the ends, of all axes; empty without tf_crop_and_resize.
    `to` is the type of the result's elements where it is not that of the operand's.
    Example: `%r = tsr.resize %x {shape = affine_map<() -> (1, 1, 4, 4)>, mode = "nearest", coordinate_transformation_mode = "asymmetric", nearest_mode = "floor"} : (tensor<1x1x2x2xf32>) -> tensor<1x1x4x4xf32>`
  }];
  let arguments = (ins Tsr_NumberTensor:$x, AffineMapAttr:$shape, DefaultValuedAttr<DenseF32ArrayAttr, "{}">:$scales,
      DefaultValuedAttr<DenseF32ArrayAttr, "{}">:$roi, Tsr_StringAttr<"nearest">:$mode,
      Tsr_StringAttr<"half_pixel">:$coordinate_transformation_mode, Tsr_StringAttr<"round_prefer_floor">:$nearest_mode,
      Tsr_FloatAttr<"-0.75">:$cubic_coeff_a, Tsr_IntAttr<"0">:$exclude_outside,
      Tsr_FloatAttr<"0.0">:$extrapolation_value, Tsr_IntAttr<"0">:$antialias,
      OptionalAttr<TypeAttr>:$to);
}

def Tsr_ReverseSequenceOp : Tsr_Op<"reverse_sequence", "ReverseSequence"> {
  let summary = "reverses the first `lengths[b]` elements of each batch entry along the time axis";
  let description = [{ Example: `%r = tsr.reverse_sequence %x, %n {time_axis = 0 : i64, batch_axis = 1 : i64} : (tensor<4x2xf32>, tensor<2xi64>) -> tensor<4x2xf32>` }];
  let arguments = (ins Tsr_Tensor:$x, Tsr_IndexTensor:$lengths, Tsr_IntAttr<"0">:$time_axis, Tsr_IntAttr<"1">:$batch_axis);
}

def Tsr_TriluOp : Tsr_Op<"trilu", "Trilu"> {
  let summary = "zeroes the elements of the last two axes below (upper 1) or above (upper 0) diagonal `k`";
  let description = [{ Example: `%r = tsr.trilu %x {upper = 1 : i64, k = affine_map<() -> (0)>} : (tensor<3x3xf32>) -> tensor<3x3xf32>` }];
  let arguments = (ins Tsr_Tensor:$x, Tsr_IntAttr<"1">:$upper, AffineMapAttr:$k);
}

#endif // TESSERA_DIALECTS_GRAPH_INDEXINGOPS_TD
