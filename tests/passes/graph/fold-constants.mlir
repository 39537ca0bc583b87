// RUN: tessera-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(tessera-fold-constants,canonicalize))' | FileCheck %s
// RUN: tessera-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(tessera-fold-constants{steps=3},canonicalize))' | FileCheck %s --check-prefix=STEPS
// RUN: tessera-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(tessera-fold-constants{tensor-bytes=8},canonicalize))' | FileCheck %s --check-prefix=BYTES

// Arithmetic rounds to the element type.
// CHECK-LABEL: @pointwise
// CHECK: tsr.constant {value = dense<[1.250000e-01, 0.333333343]> : tensor<2xf32>}
// CHECK-NOT: tsr.div
// STEPS-LABEL: @pointwise
// STEPS: tsr.div
func.func @pointwise() -> tensor<2xf32> {
  %a = tsr.constant {value = dense<[1.0, 1.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %b = tsr.constant {value = dense<[8.0, 3.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %r = tsr.div %a, %b : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

// Kernels fold as well; a single value repeated is a splat.
// CHECK-LABEL: @kernel
// CHECK: arith.constant dense<6.000000e+00> : tensor<4xf32>
// CHECK-NOT: tsk.kernel
// BYTES-LABEL: @kernel
// BYTES: tsk.kernel
func.func @kernel() -> tensor<4xf32> {
  %x = arith.constant dense<[[1.0, 5.0], [2.0, 4.0], [3.0, 3.0], [6.0, 0.0]]> : tensor<4x2xf32>
  %r = tsk.kernel %x {extents = affine_map<() -> (4, 2)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>], result_maps = [affine_map<(d0, d1) -> (d0)>], pads = [unit],
      feedback = array<i64: -1>} : (tensor<4x2xf32>) -> tensor<4xf32> {
  ^bb0(%a: f32):
    %s = tsk.reduce <add> %a : f32 -> f32
    tsk.yield %s : f32
  }
  return %r : tensor<4xf32>
}

// -----

// A view of a large constant costs nothing and stays.
// CHECK-LABEL: @large_view
// CHECK: tsr.transpose
func.func @large_view() -> tensor<64x32xf32> {
  %x = tsr.constant {value = dense<1.0> : tensor<32x64xf32>} : () -> tensor<32x64xf32>
  %r = tsr.transpose %x {perm = array<i64: 1, 0>} : (tensor<32x64xf32>) -> tensor<64x32xf32>
  return %r : tensor<64x32xf32>
}

// -----

// What is computed from such views folds.
// CHECK-LABEL: @through_views
// CHECK: tsr.constant {value = dense<2.000000e+00> : tensor<64x32xf32>}
// CHECK-NOT: tsr.add
func.func @through_views() -> tensor<64x32xf32> {
  %x = tsr.constant {value = dense<1.0> : tensor<32x64xf32>} : () -> tensor<32x64xf32>
  %t = tsr.transpose %x {perm = array<i64: 1, 0>} : (tensor<32x64xf32>) -> tensor<64x32xf32>
  %r = tsr.add %t, %t : (tensor<64x32xf32>, tensor<64x32xf32>) -> tensor<64x32xf32>
  return %r : tensor<64x32xf32>
}

// -----

// Nothing is known about an argument.
// CHECK-LABEL: @argument
// CHECK: tsr.exp
func.func @argument(%x: tensor<2xf32>) -> tensor<2xf32> {
  %r = tsr.exp %x : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

// A border is no view: read through it, the constant would be copied in every run.
// CHECK-LABEL: @large_border
// CHECK-NOT: tsr.pad
// CHECK: tsr.constant
func.func @large_border() -> tensor<64x33xf32> {
  %x = tsr.constant {value = dense<1.0> : tensor<64x32xf32>} : () -> tensor<64x32xf32>
  %r = tsr.pad %x {pads = affine_map<() -> (0, 0, 0, 1)>} : (tensor<64x32xf32>) -> tensor<64x33xf32>
  return %r : tensor<64x33xf32>
}
