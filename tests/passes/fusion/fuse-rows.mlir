// RUN: tessera-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(tessera-fuse-rows))' | FileCheck %s

// Softmax from its parts: two reductions in one kernel.
// CHECK-LABEL: @softmax
// CHECK: tsk.kernel %arg0 {
// CHECK: tsk.reduce <max>
// CHECK: math.exp
// CHECK: tsk.reduce <add>
// CHECK: arith.divf
// CHECK-NOT: tsk.kernel
func.func @softmax(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %max = tsk.kernel %x {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, 0)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x8xf32>) -> tensor<4x1xf32> {
  ^bb0(%a0: f32):
    %s = tsk.reduce <max> %a0 : f32 -> f32
    tsk.yield %s : f32
  }
  %e = tsk.kernel %x, %max {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %d = arith.subf %a0, %a1 : f32
    %e = math.exp %d : f32
    tsk.yield %e : f32
  }
  %sum = tsk.kernel %e {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, 0)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x8xf32>) -> tensor<4x1xf32> {
  ^bb0(%a0: f32):
    %s = tsk.reduce <add> %a0 : f32 -> f32
    tsk.yield %s : f32
  }
  %r = tsk.kernel %e, %sum {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %d = arith.divf %a0, %a1 : f32
    tsk.yield %d : f32
  }
  return %r : tensor<4x8xf32>
}

// -----

// Columns are not rows.
// CHECK-LABEL: @other_axis
// CHECK-COUNT-2: tsk.kernel
// CHECK-NOT: tsk.kernel
func.func @other_axis(%x: tensor<4x8xf32>) -> tensor<8xf32> {
  %max = tsk.kernel %x {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, 0)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x8xf32>) -> tensor<4x1xf32> {
  ^bb0(%a0: f32):
    %s = tsk.reduce <max> %a0 : f32 -> f32
    tsk.yield %s : f32
  }
  %r = tsk.kernel %x, %max {
      extents = affine_map<() -> (8, 4)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d1, 0)>],
      result_maps = [affine_map<(d0, d1) -> (d0)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<8xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %d = arith.subf %a0, %a1 : f32
    %s = tsk.reduce <add> %d : f32 -> f32
    tsk.yield %s : f32
  }
  return %r : tensor<8xf32>
}

// -----

// The value in between stays a result when something else needs it.
// CHECK-LABEL: @kept
// CHECK: %[[K:.*]]:2 = tsk.kernel %arg0
// CHECK: return %[[K]]#0, %[[K]]#1
func.func @kept(%x: tensor<4x8xf32>) -> (tensor<4x1xf32>, tensor<4x8xf32>) {
  %max = tsk.kernel %x {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, 0)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x8xf32>) -> tensor<4x1xf32> {
  ^bb0(%a0: f32):
    %s = tsk.reduce <max> %a0 : f32 -> f32
    tsk.yield %s : f32
  }
  %e = tsk.kernel %x, %max {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, 0)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %d = arith.subf %a0, %a1 : f32
    tsk.yield %d : f32
  }
  return %max, %e : tensor<4x1xf32>, tensor<4x8xf32>
}
