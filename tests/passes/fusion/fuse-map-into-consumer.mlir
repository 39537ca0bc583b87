// RUN: tessera-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(tessera-fuse-map-into-consumer))' | FileCheck %s
// RUN: tessera-opt %s -split-input-file --pass-pipeline='builtin.module(func.func(tessera-fuse-map-into-consumer{max-inputs=1}))' | FileCheck %s --check-prefix=LIMIT

// A chain of maps is one kernel.
// CHECK-LABEL: @chain
// CHECK: tsk.kernel %arg1, %arg0 {
// CHECK: math.exp
// CHECK: arith.addf
// CHECK-NOT: tsk.kernel
func.func @chain(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %e = tsk.kernel %x {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x8xf32>) -> tensor<4x8xf32> {
  ^bb0(%a0: f32):
    %r = math.exp %a0 : f32
    tsk.yield %r : f32
  }
  %r = tsk.kernel %e, %y {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %r = arith.addf %a0, %a1 : f32
    tsk.yield %r : f32
  }
  return %r : tensor<4x8xf32>
}

// -----

// What is expensive is not repeated for each row.
// CHECK-LABEL: @repeated
// CHECK: tsk.kernel %arg0
// CHECK: math.exp
// CHECK: tsk.kernel
func.func @repeated(%x: tensor<8xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %e = tsk.kernel %x {
      extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(d0) -> (d0)>],
      result_maps = [affine_map<(d0) -> (d0)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%a0: f32):
    %r = math.exp %a0 : f32
    tsk.yield %r : f32
  }
  %r = tsk.kernel %e, %y {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %r = arith.addf %a0, %a1 : f32
    tsk.yield %r : f32
  }
  return %r : tensor<4x8xf32>
}

// -----

// A contraction reads tensors; its bias is computed where it is added.
// CHECK-LABEL: @contraction
// CHECK: %[[A:.*]] = tsk.kernel %arg0 {
// CHECK: tsk.kernel %[[A]], %arg1, %arg2, %arg3 {
// CHECK-NOT: tsk.kernel
func.func @contraction(%x: tensor<4x8xf32>, %w: tensor<8x3xf32>, %b: tensor<4x3xf32>, %c: tensor<4x3xf32>) -> tensor<4x3xf32> {
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
  %bias = tsk.kernel %b, %c {
      extents = affine_map<() -> (4, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %r = arith.addf %a0, %a1 : f32
    tsk.yield %r : f32
  }
  %r = tsk.kernel %e, %w, %bias {
      extents = affine_map<() -> (4, 3, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d2, d1)>, affine_map<(d0, d1, d2) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1, d2) -> (d0, d1)>],
      pads = [unit, unit, unit], feedback = array<i64: -1, -1, -1>
    } : (tensor<4x8xf32>, tensor<8x3xf32>, tensor<4x3xf32>) -> tensor<4x3xf32> {
  ^bb0(%a0: f32, %a1: f32, %a2: f32):
    %m = arith.mulf %a0, %a1 : f32
    %s = tsk.reduce <add> %m : f32 -> f32
    %t = arith.addf %s, %a2 : f32
    tsk.yield %t : f32
  }
  return %r : tensor<4x3xf32>
}

// -----

// A row takes cheap maps, and the original stays when another user needs it.
// CHECK-LABEL: @row
// CHECK: tsk.kernel %arg0 {
// CHECK: arith.maximumf
// CHECK: tsk.reduce
// CHECK-NOT: tsk.kernel
func.func @row(%x: tensor<4x8xf32>) -> tensor<4xf32> {
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
  %r = tsk.kernel %e {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x8xf32>) -> tensor<4xf32> {
  ^bb0(%a0: f32):
    %s = tsk.reduce <max> %a0 : f32 -> f32
    tsk.yield %s : f32
  }
  return %r : tensor<4xf32>
}

// -----

// CHECK-LABEL: @shared
// CHECK-COUNT-2: tsk.kernel
// CHECK-NOT: tsk.kernel
func.func @shared(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %e = tsk.kernel %x {
      extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      result_maps = [affine_map<(d0, d1) -> (d0, d1)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4x8xf32>) -> tensor<4x8xf32> {
  ^bb0(%a0: f32):
    %r = math.exp %a0 : f32
    tsk.yield %r : f32
  }
  %r = tsk.kernel %e {
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
  return %e, %r : tensor<4x8xf32>, tensor<4x8xf32>
}

// -----

// Inputs that both kernels read count once against the limit.
// CHECK-LABEL: @shared_input
// LIMIT-LABEL: @shared_input
// LIMIT: tsk.kernel
// LIMIT-NOT: tsk.kernel
func.func @shared_input(%x: tensor<8xf32>) -> tensor<8xf32> {
  %e = tsk.kernel %x {
      extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(d0) -> (d0)>], result_maps = [affine_map<(d0) -> (d0)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%a0: f32):
    %r = math.exp %a0 : f32
    tsk.yield %r : f32
  }
  %r = tsk.kernel %e, %x {
      extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], result_maps = [affine_map<(d0) -> (d0)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%a0: f32, %a1: f32):
    %r = arith.addf %a0, %a1 : f32
    tsk.yield %r : f32
  }
  return %r : tensor<8xf32>
}

// -----

// A map that makes bytes of sums stays by itself: with it in its epilogue the reduction stores bytes, with the
// consumer's it would not.
// CHECK-LABEL: @narrows_a_reduction
// LIMIT-LABEL: @narrows_a_reduction
// CHECK: tsk.reduce <add>
// CHECK: arith.trunci
// CHECK-NEXT: tsk.yield %{{.*}} : i8
// CHECK: arith.addf
func.func @narrows_a_reduction(%x: tensor<8x16xi32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %s = tsk.kernel %x {
      extents = affine_map<() -> (8, 16)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1) -> (d0, d1)>], result_maps = [affine_map<(d0, d1) -> (d0)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<8x16xi32>) -> tensor<8xi32> {
  ^bb0(%a0: i32):
    %r = tsk.reduce <add> %a0 : i32 -> i32
    tsk.yield %r : i32
  }
  %q = tsk.kernel %s {
      extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(d0) -> (d0)>], result_maps = [affine_map<(d0) -> (d0)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<8xi32>) -> tensor<8xui8> {
  ^bb0(%a0: i32):
    %r = arith.trunci %a0 : i32 to i8
    tsk.yield %r : i8
  }
  %z = tsk.kernel %q, %y {
      extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], result_maps = [affine_map<(d0) -> (d0)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<8xui8>, tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%a0: i8, %a1: f32):
    %f = arith.uitofp %a0 : i8 to f32
    %r = arith.addf %f, %a1 : f32
    tsk.yield %r : f32
  }
  return %z : tensor<8xf32>
}
