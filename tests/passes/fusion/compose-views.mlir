// RUN: tessera-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(tessera-compose-views))' | FileCheck %s

// Transpose, then slice with a step, read in place.
// CHECK-DAG: #[[$M:.*]] = affine_map<(d0, d1) -> (d1, d0 * 2 + 1)>
// CHECK-LABEL: @transpose_slice
// CHECK: tsk.kernel %arg0 {{.*}}input_maps = [#[[$M]]]
// CHECK-NOT: tsk.kernel
func.func @transpose_slice(%x: tensor<4x8xf32>) -> tensor<3x4xf32> {
  %t = tsk.kernel %x {
      extents = affine_map<() -> (8, 4)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d1, d0)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x8xf32>) -> tensor<8x4xf32> {
  ^bb0(%a0: f32):
    tsk.yield %a0 : f32
  }
  %s = tsk.kernel %t {
      extents = affine_map<() -> (3, 4)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0 * 2 + 1, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<8x4xf32>) -> tensor<3x4xf32> {
  ^bb0(%a0: f32):
    tsk.yield %a0 : f32
  }
  %r = tsk.kernel %s {
      extents = affine_map<() -> (3, 4)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<3x4xf32>) -> tensor<3x4xf32> {
  ^bb0(%a0: f32):
    %z = arith.constant 0.0 : f32
    %r = arith.maximumf %a0, %z : f32
    tsk.yield %r : f32
  }
  return %r : tensor<3x4xf32>
}

// -----

// A broadcast is a read that ignores a dimension.
// CHECK-DAG: #[[$M:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: @broadcast
// CHECK: tsk.kernel %arg0 {{.*}}input_maps = [#[[$M]]]
// CHECK-NOT: tsk.kernel
func.func @broadcast(%x: tensor<8xf32>) -> tensor<4x8xf32> {
  %t = tsk.kernel %x {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<8xf32>) -> tensor<4x8xf32> {
  ^bb0(%a0: f32):
    tsk.yield %a0 : f32
  }
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

// Zero padding becomes the padding of a window that pads with zero.
// CHECK-DAG: #[[$M:.*]] = affine_map<(d0, d1) -> (d0 + d1 - 2)>
// CHECK-LABEL: @pad_of_pad
// CHECK: tsk.kernel %arg0 {{.*}}input_maps = [#[[$M]]], {{.*}}pads = [0.000000e+00 : f32]
// CHECK-NOT: tsk.kernel
func.func @pad_of_pad(%x: tensor<8xf32>) -> tensor<10xf32> {
  %t = tsk.kernel %x {
      extents = affine_map<() -> (10)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(d0) -> (d0 - 1)>],
      result_maps = [affine_map<(d0) -> (d0)>],
      pads = [0.0 : f32], feedback = array<i64: -1>
    } : (tensor<8xf32>) -> tensor<10xf32> {
  ^bb0(%a0: f32):
    tsk.yield %a0 : f32
  }
  %r = tsk.kernel %t {
      extents = affine_map<() -> (10, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1) -> (d0 + d1 - 1)>],
      result_maps = [affine_map<(d0, d1) -> (d0)>],
      pads = [0.0 : f32], feedback = array<i64: -1>
    } : (tensor<10xf32>) -> tensor<10xf32> {
  ^bb0(%a0: f32):
    %s = tsk.reduce <add> %a0 : f32 -> f32
    tsk.yield %s : f32
  }
  return %r : tensor<10xf32>
}

// -----

// Other pad values differ between the borders: the view stays.
// CHECK-LABEL: @pads_differ
// CHECK: tsk.kernel %arg0
// CHECK: tsk.kernel %0
func.func @pads_differ(%x: tensor<8xf32>) -> tensor<10xf32> {
  %t = tsk.kernel %x {
      extents = affine_map<() -> (10)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(d0) -> (d0 - 1)>],
      result_maps = [affine_map<(d0) -> (d0)>],
      pads = [0.0 : f32], feedback = array<i64: -1>
    } : (tensor<8xf32>) -> tensor<10xf32> {
  ^bb0(%a0: f32):
    tsk.yield %a0 : f32
  }
  %r = tsk.kernel %t {
      extents = affine_map<() -> (10, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1) -> (d0 + d1 - 1)>],
      result_maps = [affine_map<(d0, d1) -> (d0)>],
      pads = [1.0 : f32], feedback = array<i64: -1>
    } : (tensor<10xf32>) -> tensor<10xf32> {
  ^bb0(%a0: f32):
    %s = tsk.reduce <add> %a0 : f32 -> f32
    tsk.yield %s : f32
  }
  return %r : tensor<10xf32>
}

// -----

// Outside a slice is not outside its source: the view stays.
// CHECK-LABEL: @pad_of_slice
// CHECK: tsk.kernel %arg0
// CHECK: tsk.kernel %0
func.func @pad_of_slice(%x: tensor<8xf32>) -> tensor<4xf32> {
  %t = tsk.kernel %x {
      extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(d0) -> (d0 + 2)>],
      result_maps = [affine_map<(d0) -> (d0)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<8xf32>) -> tensor<4xf32> {
  ^bb0(%a0: f32):
    tsk.yield %a0 : f32
  }
  %r = tsk.kernel %t {
      extents = affine_map<() -> (4, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1) -> (d0 + d1 - 1)>],
      result_maps = [affine_map<(d0, d1) -> (d0)>],
      pads = [0.0 : f32], feedback = array<i64: -1>
    } : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a0: f32):
    %s = tsk.reduce <add> %a0 : f32 -> f32
    tsk.yield %s : f32
  }
  return %r : tensor<4xf32>
}

// -----

// A gather reads through a transpose.
// CHECK-LABEL: @gather
// CHECK: tsk.kernel %arg0, %arg1
// CHECK: tsk.gather %{{.*}}[%{{.*}}] {limits = {{.*}}, map = #map{{[0-9]*}}} : tensor<4x8xf32> -> f32
// CHECK-NOT: tsk.kernel
func.func @gather(%x: tensor<4x8xf32>, %i: tensor<3xi64>) -> tensor<3x4xf32> {
  %t = tsk.kernel %x {
      extents = affine_map<() -> (8, 4)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d1, d0)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x8xf32>) -> tensor<8x4xf32> {
  ^bb0(%a0: f32):
    tsk.yield %a0 : f32
  }
  %r = tsk.kernel %t, %i {
      extents = affine_map<() -> (3, 4)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<8x4xf32>, tensor<3xi64>) -> tensor<3x4xf32> {
  ^bb0(%a0: tensor<8x4xf32>, %a1: i64):
    %v = tsk.gather %a0[%a1] {map = affine_map<(d0, d1, d2) -> (d2, d1)>, limits = affine_map<() -> (8)>} : tensor<8x4xf32> -> f32
    tsk.yield %v : f32
  }
  return %r : tensor<3x4xf32>
}

// -----

// Repetition needs a remainder, which a contraction does not take.
// CHECK-LABEL: @tile
// CHECK: tsk.kernel %arg0
// CHECK: tsk.kernel %0, %arg1
func.func @tile(%x: tensor<4x2xf32>, %w: tensor<8x3xf32>) -> tensor<4x3xf32> {
  %t = tsk.kernel %x {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1 mod 2)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x2xf32>) -> tensor<4x8xf32> {
  ^bb0(%a0: f32):
    tsk.yield %a0 : f32
  }
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
