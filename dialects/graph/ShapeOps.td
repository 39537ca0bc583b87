//===- ShapeOps.td - constants, views and rearrangements ------------------===//

#ifndef TESSERA_DIALECTS_GRAPH_SHAPEOPS_TD
#define TESSERA_DIALECTS_GRAPH_SHAPEOPS_TD

include "dialects/graph/GraphBase.td"

def Tsr_ConcatOp : Tsr_Op<"concat", "Concat"> {
  let summary = "tensors side by side along `axis`";
  let description = [{ Example: `%r = tsr.concat %a, %b {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>` }];
  let arguments = (ins Variadic<Tsr_Tensor>:$inputs, I64Attr:$axis);
}

def Tsr_ConstantOp : Tsr_Op<"constant", "Constant", [ConstantLike]> {
  let summary = "a constant tensor";
  let description = [{
    `value` is a dense attribute, or a dense_resource over the mapped file when large.
    Example: `%r = tsr.constant {value = dense<1.0> : tensor<4xf32>} : () -> tensor<4xf32>`
  }];
  let arguments = (ins ElementsAttr:$value);
  let hasFolder = 1;
}

def Tsr_DepthToSpaceOp : Tsr_OnnxOp<"depth_to_space", "DepthToSpace", 1> {
  let summary = "moves blocks of channels into the two spatial axes";
  let description = [{ Example: `%r = tsr.depth_to_space %x {blocksize = 2 : i64, mode = "CRD"} : (tensor<1x8x2x3xf32>) -> tensor<1x2x4x6xf32>` }];
  let arguments = (ins Tsr_Tensor:$x, I64Attr:$blocksize, Tsr_StringAttr<"DCR">:$mode);
}

def Tsr_ExpandOp : Tsr_Op<"expand", "Expand, ConstantOfShape"> {
  let summary = "broadcasts, as numpy, to the broadcast of the operand's extents and `shape`";
  let description = [{ Example: `%r = tsr.expand %x {shape = affine_map<() -> (2, 3)>} : (tensor<3xf32>) -> tensor<2x3xf32>` }];
  let arguments = (ins Tsr_Tensor:$x, AffineMapAttr:$shape);
}

def Tsr_ExtentsOp : Tsr_Op<"extents", "Shape, Size, and integer arithmetic on them"> {
  let summary = "an integer tensor whose elements are functions of the symbols";
  let description = [{
    `values` are the elements in row-major order, `shape` the (static) extents; [] for a scalar.
    Example: `%r = tsr.extents {values = affine_map<()[s0] -> (s0, 4)>, shape = array<i64: 2>, element = i64} : () -> tensor<2xi64>`
  }];
  let arguments = (ins AffineMapAttr:$values, DenseI64ArrayAttr:$shape, TypeAttr:$element);
}

def Tsr_PackOp : Tsr_Op<"pack", "outputs of 2-bit and 4-bit types"> {
  let summary = "bytes that hold several elements of 2 or 4 bits each, the first in the low bits";
  let description = [{ The last byte is filled with zeros. Example: `%r = tsr.pack %x : (tensor<3x3xi4>) -> tensor<5xui8>` }];
  let arguments = (ins Tsr_Tensor:$x);
}

def Tsr_PadOp : Tsr_Op<"pad", "Pad"> {
  let summary = "adds (negative: removes) elements at the ends of the axes";
  let description = [{
    `pads` has the amounts before each axis, then those after each axis. `mode` is constant, edge, reflect or wrap;
    `value` (of the element type; absent: 0) is the constant.
    Example: `%r = tsr.pad %x {pads = affine_map<() -> (1, 0)>, mode = "constant"} : (tensor<3xf32>) -> tensor<4xf32>`
  }];
  let arguments = (ins Tsr_Tensor:$x, AffineMapAttr:$pads, Tsr_StringAttr<"constant">:$mode,
      OptionalAttr<TypedAttrInterface>:$value);
}

def Tsr_ReshapeOp : Tsr_Op<"reshape", "Reshape, Flatten, Squeeze, Unsqueeze"> {
  let summary = "the same elements in row-major order under another shape";
  let description = [{ Example: `%r = tsr.reshape %x {shape = affine_map<() -> (3, 4)>} : (tensor<2x6xf32>) -> tensor<3x4xf32>` }];
  let arguments = (ins Tsr_Tensor:$x, AffineMapAttr:$shape);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Tsr_SliceOp : Tsr_Op<"slice", "Slice, Split"> {
  let summary = "elements start, start + step, ... of each axis";
  let description = [{
    One entry for each axis. `starts` is the first element taken (already inside the tensor), `sizes` how many are
    taken; a negative step walks backwards from the start.
    Example: `%r = tsr.slice %x {starts = affine_map<() -> (4)>, sizes = affine_map<() -> (3)>, steps = array<i64: -2>} : (tensor<5xf32>) -> tensor<3xf32>`
  }];
  let arguments = (ins Tsr_Tensor:$x, AffineMapAttr:$starts, AffineMapAttr:$sizes, DenseI64ArrayAttr:$steps);
  let hasFolder = 1;
}

def Tsr_SpaceToDepthOp : Tsr_OnnxOp<"space_to_depth", "SpaceToDepth", 1> {
  let summary = "moves blocks of the two spatial axes into channels";
  let description = [{ Example: `%r = tsr.space_to_depth %x {blocksize = 2 : i64} : (tensor<1x2x4x6xf32>) -> tensor<1x8x2x3xf32>` }];
  let arguments = (ins Tsr_Tensor:$x, I64Attr:$blocksize);
}

def Tsr_TileOp : Tsr_Op<"tile", "Tile"> {
  let summary = "repeats the tensor along each axis";
  let description = [{ Example: `%r = tsr.tile %x {repeats = affine_map<() -> (2)>} : (tensor<3xf32>) -> tensor<6xf32>` }];
  let arguments = (ins Tsr_Tensor:$x, AffineMapAttr:$repeats);
}

def Tsr_TransposeOp : Tsr_Op<"transpose", "Transpose"> {
  let summary = "axis i of the result is axis `perm[i]` of the operand";
  let description = [{ Example: `%r = tsr.transpose %x {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>` }];
  let arguments = (ins Tsr_Tensor:$x, DenseI64ArrayAttr:$perm);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Tsr_UnpackOp : Tsr_Op<"unpack", "inputs of 2-bit and 4-bit types"> {
  let summary = "the elements of 2 or 4 bits that bytes hold, as a tensor of type `to`";
  let description = [{ Example: `%r = tsr.unpack %x {to = tensor<3x3xi4>} : (tensor<5xui8>) -> tensor<3x3xi4>` }];
  let arguments = (ins Tsr_Tensor:$x, TypeAttr:$to);
}

#endif // TESSERA_DIALECTS_GRAPH_SHAPEOPS_TD
