// RUN: tessera-opt %s -split-input-file -verify-diagnostics

func.func @rank(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // expected-error@+2 {{expected 1, 2 or 3 spatial axes, got 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.max_pool %x {kernel_shape = array<i64>, strides = array<i64>, dilations = array<i64>, pads = affine_map<() -> ()>} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

// -----

func.func @attributes(%x: tensor<1x4x8xf32>) -> tensor<1x4x4xf32> {
  // expected-error@+2 {{expected a kernel extent, stride, dilation and two pads for each of 1 spatial axes, got 1, 2, 1 and 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.max_pool %x {kernel_shape = array<i64: 2>, strides = array<i64: 2, 2>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>} : (tensor<1x4x8xf32>) -> tensor<1x4x4xf32>
  return %0 : tensor<1x4x4xf32>
}

// -----

func.func @stride(%x: tensor<1x4x8xf32>) -> tensor<1x4x4xf32> {
  // expected-error@+2 {{expected kernel extent, stride and dilation of 1 or more, got [2], 0 and 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.max_pool %x {kernel_shape = array<i64: 2>, strides = array<i64: 0>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>} : (tensor<1x4x8xf32>) -> tensor<1x4x4xf32>
  return %0 : tensor<1x4x4xf32>
}

// -----

func.func @pads(%x: tensor<1x4x8xf32>) -> tensor<1x4x4xf32> {
  // expected-error@+2 {{expected pads of 0 or more, got [-1, 0]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.max_pool %x {kernel_shape = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 1>, pads = affine_map<() -> (-1, 0)>} : (tensor<1x4x8xf32>) -> tensor<1x4x4xf32>
  return %0 : tensor<1x4x4xf32>
}

// -----

func.func @too_large(%x: tensor<1x4x8xf32>) -> tensor<1x4x4xf32> {
  // expected-error@+2 {{expected a window that fits into the padded input, got input [8] and kernel [9]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.max_pool %x {kernel_shape = array<i64: 9>, strides = array<i64: 1>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>} : (tensor<1x4x8xf32>) -> tensor<1x4x4xf32>
  return %0 : tensor<1x4x4xf32>
}

// -----

func.func @norm(%x: tensor<1x4x8xf32>) -> tensor<1x4x4xf32> {
  // expected-error@+2 {{expected p of 1 or more, got 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.lp_pool %x {kernel_shape = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>, p = 0 : i64} : (tensor<1x4x8xf32>) -> tensor<1x4x4xf32>
  return %0 : tensor<1x4x4xf32>
}
