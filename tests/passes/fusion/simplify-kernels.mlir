// RUN: tessera-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(tessera-simplify-kernels))' | FileCheck %s

// A constant of one value moves into the body; unit dimensions go; the operand that nothing reads goes.
// CHECK-LABEL: @shrink
// CHECK: tsk.kernel %arg0 {extents = #[[E:.*]], feedback = array<i64: -1>
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32):
// CHECK-NEXT: %[[C:.*]] = arith.constant 2.000000e+00 : f32
// CHECK-NEXT: arith.mulf %[[A]], %[[C]] : f32
func.func @shrink(%x: tensor<1x8xf32>, %y: tensor<3xf32>) -> tensor<1x8xf32> {
  %two = arith.constant dense<2.0> : tensor<f32>
  %r = tsk.kernel %x, %two, %y {
      extents = affine_map<() -> (1, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (0)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit, unit, unit], feedback = array<i64: -1, -1, -1>
    } : (tensor<1x8xf32>, tensor<f32>, tensor<3xf32>) -> tensor<1x8xf32> {
  ^bb0(%a0: f32, %a1: f32, %a2: f32):
    %r = arith.mulf %a0, %a1 : f32
    tsk.yield %r : f32
  }
  return %r : tensor<1x8xf32>
}

// -----

// A reduction over one point is its operand; equal reads are one input.
// CHECK-LABEL: @one_point
// CHECK: tsk.kernel %arg0 {
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32):
// CHECK-NEXT: %[[M:.*]] = arith.mulf %[[A]], %[[A]] : f32
// CHECK-NEXT: tsk.yield %[[M]] : f32
func.func @one_point(%x: tensor<4x1xf32>) -> tensor<4xf32> {
  %r = tsk.kernel %x, %x {
      extents = affine_map<() -> (4, 1)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<4x1xf32>, tensor<4x1xf32>) -> tensor<4xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %p = arith.mulf %a0, %a1 : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return %r : tensor<4xf32>
}

// -----

// Only the used result stays.
// CHECK-LABEL: @unused_result
// CHECK: tsk.kernel %arg0 {{.*}} : (tensor<4x8xf32>) -> tensor<4xf32>
func.func @unused_result(%x: tensor<4x8xf32>) -> tensor<4xf32> {
  %r:2 = tsk.kernel %x {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4xf32>) {
  ^bb0(%a0: f32):
    %s = tsk.reduce <add> %a0 : f32 -> f32
    %d = arith.subf %a0, %s : f32
    tsk.yield %d, %s : f32, f32
  }
  return %r#1 : tensor<4xf32>
}

// -----

// A gather at a known index is a read.
// CHECK-DAG: #[[$M:.*]] = affine_map<(d0) -> (3, d0)>
// CHECK-LABEL: @known_index
// CHECK: tsk.kernel %arg0 {{.*}}input_maps = [#[[$M]]]
// CHECK-NOT: tsk.gather
func.func @known_index(%x: tensor<4x8xf32>) -> tensor<8xf32> {
  %r = tsk.kernel %x {
      extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(d0) -> ()>],
      result_maps = [affine_map<(d0) -> (d0)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x8xf32>) -> tensor<8xf32> {
  ^bb0(%a0: tensor<4x8xf32>):
    %i = arith.constant 3 : i64
    %v = tsk.gather %a0[%i] {map = affine_map<(d0, d1) -> (d1, d0)>, limits = affine_map<() -> (4)>} : tensor<4x8xf32> -> f32
    tsk.yield %v : f32
  }
  return %r : tensor<8xf32>
}
