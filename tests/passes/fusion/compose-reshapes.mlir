// RUN: tessera-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(tessera-compose-reshapes))' | FileCheck %s

// A merged axis that is reduced splits the reduction.
// CHECK-DAG: #[[$X:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
// CHECK-DAG: #[[$W:.*]] = affine_map<(d0, d1, d2, d3) -> (d2 * 4 + d3, d1)>
// CHECK-LABEL: @merge
// CHECK: tsk.kernel %arg0, %arg1 {{.*}}input_maps = [#[[$X]], #[[$W]]]
// CHECK-NOT: tsk.reshape
func.func @merge(%x: tensor<4x2x4xf32>, %w: tensor<8x3xf32>) -> tensor<4x3xf32> {
  %t = tsk.reshape %x : tensor<4x2x4xf32> to tensor<4x8xf32>
  %r = tsk.kernel %t, %w {
      extents = affine_map<() -> (4, 3, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d2, d1)>],
      result_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<4x8xf32>, tensor<8x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %p = arith.mulf %a0, %a1 : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return %r : tensor<4x3xf32>
}

// -----

// A split axis is read at the combined coordinate.
// CHECK-DAG: #[[$X:.*]] = affine_map<(d0, d1, d2) -> (d0, d1 * 4 + d2)>
// CHECK-LABEL: @split
// CHECK: tsk.kernel %arg0 {{.*}}input_maps = [#[[$X]]]
// CHECK-NOT: tsk.reshape
func.func @split(%x: tensor<4x8xf32>) -> tensor<4x2x4xf32> {
  %t = tsk.reshape %x : tensor<4x8xf32> to tensor<4x2x4xf32>
  %r = tsk.kernel %t {
      extents = affine_map<() -> (4, 2, 4)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      result_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x2x4xf32>) -> tensor<4x2x4xf32> {
  ^bb0(%a0: f32):
    %z = arith.constant 0.0 : f32
    %r = arith.maximumf %a0, %z : f32
    tsk.yield %r : f32
  }
  return %r : tensor<4x2x4xf32>
}

// -----

// When the split dimension is written, the reshape moves behind.
// CHECK-LABEL: @behind
// CHECK: %[[K:.*]] = tsk.kernel %arg0 {{.*}} -> tensor<4x2x4xf32>
// CHECK: tsk.reshape %[[K]] : tensor<4x2x4xf32> to tensor<4x8xf32>
func.func @behind(%x: tensor<4x2x4xf32>) -> tensor<4x8xf32> {
  %t = tsk.reshape %x : tensor<4x2x4xf32> to tensor<4x8xf32>
  %r = tsk.kernel %t {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x8xf32>) -> tensor<4x8xf32> {
  ^bb0(%a0: f32):
    %z = arith.constant 0.0 : f32
    %r = arith.maximumf %a0, %z : f32
    tsk.yield %r : f32
  }
  return %r : tensor<4x8xf32>
}

// -----

// Axes of one element come and go, also where the read is padded.
// CHECK-LABEL: @unit_axes
// CHECK: tsk.kernel %arg0
// CHECK-NOT: tsk.reshape
func.func @unit_axes(%x: tensor<8xf32>) -> tensor<8xf32> {
  %t = tsk.reshape %x : tensor<8xf32> to tensor<1x8x1xf32>
  %r = tsk.kernel %t {
      extents = affine_map<() -> (8, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1) -> (0, d0 + d1 - 1, 0)>],
      result_maps = [affine_map<(d0, d1) -> (d0)>],
      pads = [0.0 : f32], feedback = array<i64: -1>
    } : (tensor<1x8x1xf32>) -> tensor<8xf32> {
  ^bb0(%a0: f32):
    %s = tsk.reduce <add> %a0 : f32 -> f32
    tsk.yield %s : f32
  }
  return %r : tensor<8xf32>
}

// -----

// Sizes that share no boundary stay a reshape.
// CHECK-LABEL: @mixed
// CHECK: tsk.reshape %arg0 : tensor<4x6xf32> to tensor<3x8xf32>
func.func @mixed(%x: tensor<4x6xf32>) -> tensor<3x8xf32> {
  %t = tsk.reshape %x : tensor<4x6xf32> to tensor<3x8xf32>
  %r = tsk.kernel %t {
      extents = affine_map<() -> (3, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<3x8xf32>) -> tensor<3x8xf32> {
  ^bb0(%a0: f32):
    %z = arith.constant 0.0 : f32
    %r = arith.maximumf %a0, %z : f32
    tsk.yield %r : f32
  }
  return %r : tensor<3x8xf32>
}

// -----

// Free sizes match as products.
// CHECK-DAG: #[[$X:.*]] = affine_map<(d0, d1, d2)[s0] -> (d0 * s0 + d1, d2)>
// CHECK-LABEL: @free
// CHECK: tsk.kernel %arg0 {{.*}}input_maps = [#[[$X]]]
// CHECK-NOT: tsk.reshape
#flat = affine_map<()[s0] -> (s0 * 2, 8)>
#split = affine_map<()[s0] -> (2, s0, 8)>
func.func @free(%x: tensor<?x8xf32, #flat>) -> tensor<2x?x8xf32, #split> {
  %t = tsk.reshape %x : tensor<?x8xf32, #flat> to tensor<2x?x8xf32, #split>
  %r = tsk.kernel %t {
      extents = affine_map<()[s0] -> (2, s0, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1, d2)[s0] -> (d0, d1, d2)>],
      result_maps = [affine_map<(d0, d1, d2)[s0] -> (d0, d1, d2)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<2x?x8xf32, #split>) -> tensor<2x?x8xf32, #split> {
  ^bb0(%a0: f32):
    %z = arith.constant 0.0 : f32
    %r = arith.maximumf %a0, %z : f32
    tsk.yield %r : f32
  }
  return %r : tensor<2x?x8xf32, #split>
}

// -----

// Constants take the shape themselves.
// CHECK-LABEL: @constant
// CHECK: arith.constant dense<{{.*}}> : tensor<2x2xf32>
// CHECK-NOT: tsk.reshape
func.func @constant() -> tensor<2x2xf32> {
  %c = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %r = tsk.reshape %c : tensor<4xf32> to tensor<2x2xf32>
  return %r : tensor<2x2xf32>
}

// -----

// What only a reshape uses is written in its shape.
// CHECK-DAG: #[[$R:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
// CHECK-LABEL: @written
// CHECK: tsk.kernel %arg0 {{.*}}result_maps = [#[[$R]]]{{.*}} -> tensor<4x2x4xf32>
// CHECK-NEXT: ^bb0
// CHECK-NOT: tsk.reshape
func.func @written(%x: tensor<4x8xf32>) -> tensor<4x2x4xf32> {
  %e = tsk.kernel %x {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x8xf32>) -> tensor<4x8xf32> {
  ^bb0(%a0: f32):
    %z = arith.constant 0.0 : f32
    %r = arith.maximumf %a0, %z : f32
    tsk.yield %r : f32
  }
  %r = tsk.reshape %e : tensor<4x8xf32> to tensor<4x2x4xf32>
  return %r : tensor<4x2x4xf32>
}
