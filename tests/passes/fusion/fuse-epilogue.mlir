// RUN: tessera-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(tessera-fuse-epilogue))' | FileCheck %s

// Bias and activation after a matrix product.
// CHECK-LABEL: @bias
// CHECK: tsk.kernel %arg0, %arg1, %arg2
// CHECK: %[[S:.*]] = tsk.reduce <add>
// CHECK: arith.addf %[[S]]
// CHECK: arith.maximumf
// CHECK-NOT: tsk.kernel
func.func @bias(%x: tensor<4x8xf32>, %w: tensor<8x3xf32>, %b: tensor<3xf32>) -> tensor<4x3xf32> {
  %m = tsk.kernel %x, %w {
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
  %t = tsk.kernel %m, %b {
      extents = affine_map<() -> (4, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<4x3xf32>, tensor<3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %r = arith.addf %a0, %a1 : f32
    tsk.yield %r : f32
  }
  %r = tsk.kernel %t {
      extents = affine_map<() -> (4, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a0: f32):
    %z = arith.constant 0.0 : f32
    %r = arith.maximumf %a0, %z : f32
    tsk.yield %r : f32
  }
  return %r : tensor<4x3xf32>
}

// -----

// The result may be stored transposed.
// CHECK-DAG: #[[$T:.*]] = affine_map<(d0, d1, d2) -> (d1, d0)>
// CHECK-LABEL: @transposed
// CHECK: tsk.kernel {{.*}}result_maps = [#[[$T]]]
// CHECK-NOT: tsk.kernel
func.func @transposed(%x: tensor<4x8xf32>, %w: tensor<8x3xf32>) -> tensor<3x4xf32> {
  %m = tsk.kernel %x, %w {
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
  %r = tsk.kernel %m {
      extents = affine_map<() -> (3, 4)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d1, d0)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x3xf32>) -> tensor<3x4xf32> {
  ^bb0(%a0: f32):
    tsk.yield %a0 : f32
  }
  return %r : tensor<3x4xf32>
}

// -----

// A reshaped read splits the dimension.
// CHECK-DAG: #[[$X:.*]] = affine_map<(d0, d1, d2, d3) -> (d0 * 2 + d1, d3)>
// CHECK-DAG: #[[$R:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-LABEL: @split
// CHECK: tsk.kernel {{.*}}input_maps = [#[[$X]], {{.*}}result_maps = [#[[$R]]]
// CHECK-NOT: tsk.kernel
func.func @split(%x: tensor<4x8xf32>, %w: tensor<8x3xf32>) -> tensor<2x2x3xf32> {
  %m = tsk.kernel %x, %w {
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
  %r = tsk.kernel %m {
      extents = affine_map<() -> (2, 2, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1, d2) -> (d0 * 2 + d1, d2)>],
      result_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x3xf32>) -> tensor<2x2x3xf32> {
  ^bb0(%a0: f32):
    %z = arith.constant 0.0 : f32
    %r = arith.maximumf %a0, %z : f32
    tsk.yield %r : f32
  }
  return %r : tensor<2x2x3xf32>
}

// -----

// The last of two products takes the sum.
// CHECK-LABEL: @residual
// CHECK: %[[A:.*]] = tsk.kernel %arg0, %arg1 {
// CHECK: tsk.kernel %arg0, %arg2, %[[A]]
// CHECK-NOT: tsk.kernel
func.func @residual(%x: tensor<4x8xf32>, %w: tensor<8x3xf32>, %v: tensor<8x3xf32>) -> tensor<4x3xf32> {
  %m = tsk.kernel %x, %w {
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
  %n = tsk.kernel %x, %v {
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
  %r = tsk.kernel %m, %n {
      extents = affine_map<() -> (4, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %r = arith.addf %a0, %a1 : f32
    tsk.yield %r : f32
  }
  return %r : tensor<4x3xf32>
}

// -----

// The sum cannot move before the product that it also reads.
// CHECK-LABEL: @cycle
// CHECK: %[[A:.*]] = tsk.kernel %arg0, %arg1 {
// CHECK: tsk.kernel %[[A]], %arg2, %[[A]]
// CHECK-NOT: tsk.kernel
func.func @cycle(%x: tensor<4x8xf32>, %w: tensor<8x3xf32>, %v: tensor<3x3xf32>) -> tensor<4x3xf32> {
  %m = tsk.kernel %x, %w {
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
  %n = tsk.kernel %m, %v {
      extents = affine_map<() -> (4, 3, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d2, d1)>],
      result_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<4x3xf32>, tensor<3x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %p = arith.mulf %a0, %a1 : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  %r = tsk.kernel %m, %n {
      extents = affine_map<() -> (4, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %r = arith.addf %a0, %a1 : f32
    tsk.yield %r : f32
  }
  return %r : tensor<4x3xf32>
}

// -----

// A result with another user stays, and that user follows the fused kernel.
// CHECK-LABEL: @two_results
// CHECK: %[[A:.*]]:2 = tsk.kernel %arg0, %arg1
// CHECK: tsk.reshape %[[A]]#0
// CHECK: return %{{.*}}, %[[A]]#1
func.func @two_results(%x: tensor<4x8xf32>, %w: tensor<8x3xf32>) -> (tensor<12xf32>, tensor<4x3xf32>) {
  %m = tsk.kernel %x, %w {
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
  %f = tsk.reshape %m : tensor<4x3xf32> to tensor<12xf32>
  %r = tsk.kernel %m {
      extents = affine_map<() -> (4, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a0: f32):
    %r = math.exp %a0 : f32
    tsk.yield %r : f32
  }
  return %f, %r : tensor<12xf32>, tensor<4x3xf32>
}

// -----

// Groups write one axis with two dimensions; the map keeps both.
// CHECK-DAG: #[[$R:.*]] = affine_map<(d0, d1, d2) -> (d0 * 3 + d1)>
// CHECK-LABEL: @groups
// CHECK: tsk.kernel %arg0, %arg1 {{.*}}result_maps = [#[[$R]]]
// CHECK: tsk.reduce
// CHECK: arith.maximumf
// CHECK-NOT: tsk.kernel
func.func @groups(%x: tensor<2x8xf32>, %w: tensor<6x8xf32>) -> tensor<6xf32> {
  %g = tsk.kernel %x, %w {
      extents = affine_map<() -> (2, 3, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0 * 3 + d1, d2)>],
      result_maps = [affine_map<(d0, d1, d2) -> (d0 * 3 + d1)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<2x8xf32>, tensor<6x8xf32>) -> tensor<6xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %p = arith.mulf %a0, %a1 : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  %r = tsk.kernel %g {
      extents = affine_map<() -> (6)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(d0) -> (d0)>],
      result_maps = [affine_map<(d0) -> (d0)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<6xf32>) -> tensor<6xf32> {
  ^bb0(%a0: f32):
    %z = arith.constant 0.0 : f32
    %r = arith.maximumf %a0, %z : f32
    tsk.yield %r : f32
  }
  return %r : tensor<6xf32>
}

// -----

// A shuffle of those channels is another order of the same dimensions.
// CHECK-DAG: #[[$R:.*]] = affine_map<(d0, d1, d2) -> (d1, d0)>
// CHECK-LABEL: @shuffle
// CHECK: tsk.kernel %arg0, %arg1 {{.*}}result_maps = [#[[$R]]]
// CHECK-NOT: tsk.kernel
func.func @shuffle(%x: tensor<2x8xf32>, %w: tensor<6x8xf32>) -> tensor<3x2xf32> {
  %g = tsk.kernel %x, %w {
      extents = affine_map<() -> (2, 3, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d0 * 3 + d1, d2)>],
      result_maps = [affine_map<(d0, d1, d2) -> (d0 * 3 + d1)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<2x8xf32>, tensor<6x8xf32>) -> tensor<6xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %p = arith.mulf %a0, %a1 : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  %r = tsk.kernel %g {
      extents = affine_map<() -> (3, 2)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d1 * 3 + d0)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<6xf32>) -> tensor<3x2xf32> {
  ^bb0(%a0: f32):
    tsk.yield %a0 : f32
  }
  return %r : tensor<3x2xf32>
}
