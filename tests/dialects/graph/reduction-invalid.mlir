// RUN: tessera-opt %s -split-input-file -verify-diagnostics

func.func @kind(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  // expected-error@+2 {{expected kind to be sum or mean or prod or max or min or l1 or l2 or log_sum or log_sum_exp or sum_square, got median}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.reduce %x {kind = "median", axes = array<i64: 1>} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @axis(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  // expected-error@+2 {{expected an axis in [0, 2), got 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.reduce %x {kind = "sum", axes = array<i64: 2>} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @sorted(%x: tensor<2x3xf32>) -> tensor<2xf32> {
  // expected-error@+2 {{expected sorted distinct axes, got 0 after 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.reduce %x {kind = "sum", axes = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @empty(%x: tensor<2x0xf32>) -> tensor<2xi64> {
  // expected-error@+2 {{expected elements along axis 1, got none}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.arg_reduce %x {kind = "max", axis = 1 : i64, keepdims = 0 : i64} : (tensor<2x0xf32>) -> tensor<2xi64>
  return %0 : tensor<2xi64>
}

// -----

func.func @parameters(%x: tensor<2x3xf32>, %s: tensor<2xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{expected scale and bias that broadcast to [2, 3], got [2]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.normalize %x, %s {axes = array<i64: 1>} : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @vector(%x: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error@+2 {{expected an operand of rank 2 or more, got rank 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.batch_norm %x, %x, %x, %x, %x : (tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @channels(%x: tensor<2x3xf32>, %s: tensor<2xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{expected one parameter for each of [3] channels, got [2]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.batch_norm %x, %s, %s, %s, %s : (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
