// RUN: tessera-opt %s -split-input-file -verify-diagnostics

func.func @ranks(%x: tensor<2x5xf32>, %i: tensor<3xi64>) -> tensor<3xf32> {
  // expected-error@+2 {{expected indices of rank 2, got rank 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.gather_elements %x, %i {axis = 1 : i64} : (tensor<2x5xf32>, tensor<3xi64>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @larger(%x: tensor<2x5xf32>, %i: tensor<3x3xi64>) -> tensor<3x3xf32> {
  // expected-error@+2 {{expected indices of at most [2, 5], got [3, 3]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.gather_elements %x, %i {axis = 1 : i64} : (tensor<2x5xf32>, tensor<3x3xi64>) -> tensor<3x3xf32>
  return %0 : tensor<3x3xf32>
}

// -----

func.func @batch_dims(%x: tensor<2x5xf32>, %i: tensor<2x1xi64>) -> tensor<2xf32> {
  // expected-error@+2 {{expected batch_dims below the ranks 2 and 2, got 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.gather_nd %x, %i {batch_dims = 2 : i64} : (tensor<2x5xf32>, tensor<2x1xi64>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @tuples(%x: tensor<2x5xf32>, %i: tensor<4x3xi64>) -> tensor<4xf32> {
  // expected-error@+2 {{expected index tuples of 1 to 2 values, got [4, 3]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.gather_nd %x, %i : (tensor<2x5xf32>, tensor<4x3xi64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @batches(%x: tensor<2x5xf32>, %i: tensor<4x1xi64>) -> tensor<4xf32> {
  // expected-error@+2 {{expected equal batch extents, got [2, 5] and [4, 1]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.gather_nd %x, %i {batch_dims = 1 : i64} : (tensor<2x5xf32>, tensor<4x1xi64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @lengths(%x: tensor<4x2xf32>, %n: tensor<3xi64>) -> tensor<4x2xf32> {
  // expected-error@+2 {{expected one length for each batch entry of [4, 2], got [3]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.reverse_sequence %x, %n : (tensor<4x2xf32>, tensor<3xi64>) -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// -----

func.func @eye() -> tensor<3xf32> {
  // expected-error@+2 {{expected a shape of 2 extents, got 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.eye {shape = affine_map<() -> (3)>, element = f32} : () -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @one_hot(%i: tensor<3xi64>, %v: tensor<3xf32>) -> tensor<3x5xf32> {
  // expected-error@+2 {{expected one depth and two values, got 1 and [3]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.one_hot %i, %v {axis = 1 : i64, depth = affine_map<() -> (5)>} : (tensor<3xi64>, tensor<3xf32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// -----

func.func @range_operands(%a: tensor<1xi64>) -> tensor<3xi64> {
  // expected-error@+2 {{expected scalars, got 'tensor<1xi64>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.range %a, %a {extent = affine_map<() -> (3)>} : (tensor<1xi64>, tensor<1xi64>) -> tensor<3xi64>
  return %0 : tensor<3xi64>
}

// -----

func.func @range_extent(%a: tensor<i64>) -> tensor<3xi64> {
  // expected-error@+2 {{expected one extent, got 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.range %a, %a {extent = affine_map<() -> (3, 3)>} : (tensor<i64>, tensor<i64>) -> tensor<3xi64>
  return %0 : tensor<3xi64>
}

// -----

func.func @trilu(%x: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error@+2 {{expected a tensor of rank 2 or more and one diagonal, got 'tensor<3xf32>' and 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.trilu %x {k = affine_map<() -> (0)>} : (tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @resize_mode(%x: tensor<2xf32>) -> tensor<4xf32> {
  // expected-error@+2 {{expected mode to be nearest or linear or cubic, got area}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.resize %x {shape = affine_map<() -> (4)>, mode = "area"} : (tensor<2xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @resize_sizes(%x: tensor<2xf32>) -> tensor<4xf32> {
  // expected-error@+2 {{expected extents, scales and regions for 1 axes, got 2, 0 and 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.resize %x {shape = affine_map<() -> (4, 4)>} : (tensor<2xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @antialias(%x: tensor<2xf32>) -> tensor<4xf32> {
  // expected-error@+2 {{expected antialias 0, got 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.resize %x {shape = affine_map<() -> (4)>, antialias = 1 : i64} : (tensor<2xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
