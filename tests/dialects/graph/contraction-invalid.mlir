// RUN: tessera-opt %s -split-input-file -verify-diagnostics

func.func @scalars(%a: tensor<f32>) -> tensor<f32> {
  // expected-error@+2 {{expected operands of rank 1 or more, got 'tensor<f32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.matmul %a, %a : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

func.func @inner(%a: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{expected equal inner extents, got [2, 3] and [2, 3]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.matmul %a, %a : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @no_operand() -> tensor<2xf32> {
  // expected-error@+2 {{expected at least one operand, got none}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.einsum {equation = "i->i"} : () -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @equation(%a: tensor<2x3xf32>) -> tensor<2xf32> {
  // expected-error@+2 {{expected an equation for operands of these ranks, got i->i}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.einsum %a {equation = "i->i"} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @letter(%a: tensor<2x3xf32>) -> tensor<2xf32> {
  // expected-error@+2 {{expected one extent for axis i, got [2, 3]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.einsum %a {equation = "ii->i"} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @rank(%x: tensor<1x4xf32>, %w: tensor<8x4xf32>) -> tensor<1x8xf32> {
  // expected-error@+2 {{expected input and weights of one rank from 3 to 5, got [1, 4] and [8, 4]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.conv %x, %w {strides = array<i64>, dilations = array<i64>, pads = affine_map<() -> ()>} : (tensor<1x4xf32>, tensor<8x4xf32>) -> tensor<1x8xf32>
  return %0 : tensor<1x8xf32>
}

// -----

func.func @groups(%x: tensor<1x4x9xf32>, %w: tensor<8x4x3xf32>) -> tensor<1x8x7xf32> {
  // expected-error@+2 {{expected channels of input [1, 4, 9] and weights [8, 4, 3] in 2 groups}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.conv %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>, group = 2 : i64} : (tensor<1x4x9xf32>, tensor<8x4x3xf32>) -> tensor<1x8x7xf32>
  return %0 : tensor<1x8x7xf32>
}

// -----

func.func @group(%x: tensor<1x4x9xf32>, %w: tensor<8x4x3xf32>) -> tensor<1x8x7xf32> {
  // expected-error@+2 {{expected a group of 1 or more, got 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.conv %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>, group = 0 : i64} : (tensor<1x4x9xf32>, tensor<8x4x3xf32>) -> tensor<1x8x7xf32>
  return %0 : tensor<1x8x7xf32>
}

// -----

func.func @bias(%x: tensor<1x4x9xf32>, %w: tensor<8x4x3xf32>, %b: tensor<4xf32>) -> tensor<1x8x7xf32> {
  // expected-error@+2 {{expected a bias of [8] elements, got [4]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.conv %x, %w, %b {strides = array<i64: 1>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>} : (tensor<1x4x9xf32>, tensor<8x4x3xf32>, tensor<4xf32>) -> tensor<1x8x7xf32>
  return %0 : tensor<1x8x7xf32>
}

// -----

func.func @transpose_attributes(%x: tensor<1x4x9xf32>, %w: tensor<4x8x3xf32>) -> tensor<1x8x17xf32> {
  // expected-error@+2 {{expected a stride, dilation, output padding and two pads for each of 1 spatial axes}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.conv_transpose %x, %w {strides = array<i64: 2>, dilations = array<i64: 1>, pads = affine_map<() -> (1)>, output_padding = array<i64: 0>} : (tensor<1x4x9xf32>, tensor<4x8x3xf32>) -> tensor<1x8x17xf32>
  return %0 : tensor<1x8x17xf32>
}

// -----

func.func @transpose_stride(%x: tensor<1x4x9xf32>, %w: tensor<4x8x3xf32>) -> tensor<1x8x17xf32> {
  // expected-error@+2 {{expected stride and dilation of 1 or more and output padding of 0 or more, got 0, 1 and 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.conv_transpose %x, %w {strides = array<i64: 0>, dilations = array<i64: 1>, pads = affine_map<() -> (1, 1)>, output_padding = array<i64: 0>} : (tensor<1x4x9xf32>, tensor<4x8x3xf32>) -> tensor<1x8x17xf32>
  return %0 : tensor<1x8x17xf32>
}

// -----

func.func @transpose_pads(%x: tensor<1x4x2xf32>, %w: tensor<4x8x3xf32>) -> tensor<1x8x17xf32> {
  // expected-error@+2 {{expected pads that leave a result, got [9, 9]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.conv_transpose %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = affine_map<() -> (9, 9)>, output_padding = array<i64: 0>} : (tensor<1x4x2xf32>, tensor<4x8x3xf32>) -> tensor<1x8x17xf32>
  return %0 : tensor<1x8x17xf32>
}
