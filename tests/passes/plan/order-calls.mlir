// RUN: tessera-opt %s -split-input-file -verify-diagnostics -mlir-print-local-scope -tessera-order-calls | FileCheck %s

#count = affine_map<()[s0] -> (s0)>

// The kernel's extent is what the call computes; the other kernel stays first.
module attributes {tsk.dimensions = [#tsk.dimension<"m", computed, 0, -1, () -> (4)>]} {
  // CHECK-LABEL: func.func @main
  // CHECK: tsk.kernel %arg1
  // CHECK: tsk.library "sizes"
  // CHECK: tsk.kernel %arg2
  func.func @main(%n: tensor<1xi64>, %x: tensor<4xf32>, %y: tensor<f32>) -> (tensor<4xf32>, tensor<?xf32, #count>) {
    %a = tsk.kernel %x {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>],
        result_maps = [affine_map<(i) -> (i)>], pads = [unit], feedback = array<i64: -1>} : (tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    %b = tsk.kernel %y {extents = #count, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> ()>],
        result_maps = [affine_map<(i) -> (i)>], pads = [unit], feedback = array<i64: -1>} : (tensor<f32>) -> tensor<?xf32, #count> {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    %s = tsk.library "sizes" %n {positions = array<i64: 0>, parameters = {}, extents = array<i64>, elements = array<i64: 0, 0, 0>}
        : (tensor<1xi64>) -> tensor<1xi64>
    return %a, %b : tensor<4xf32>, tensor<?xf32, #count>
  }
}

// -----

#count = affine_map<()[s0] -> (s0)>

// A size cannot come from its own tensor.
module attributes {tsk.dimensions = [#tsk.dimension<"m", computed, 0, -1, () -> (4)>]} {
  func.func @main(%x: tensor<f32>) -> tensor<?xf32, #count> {
    // expected-error@+1 {{expected sizes that do not depend on the result, got a size computed from it}}
    %b = tsk.kernel %x {extents = #count, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> ()>],
        result_maps = [affine_map<(i) -> (i)>], pads = [unit], feedback = array<i64: -1>} : (tensor<f32>) -> tensor<?xf32, #count> {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    %s = tsk.library "count" %b {positions = array<i64: 0>, parameters = {}, extents = array<i64>, elements = array<i64: 0, 0, 0>}
        : (tensor<?xf32, #count>) -> tensor<1xi64>
    return %b : tensor<?xf32, #count>
  }
}

// -----

#count = affine_map<()[s0] -> (s0)>
#behind = affine_map<()[s0] -> (s0 + 4)>

// A piece of what only the call gives a size waits for it.
module attributes {tsk.dimensions = [#tsk.dimension<"m", computed, 0, -1, () -> (4)>]} {
  // CHECK-LABEL: func.func @main
  // CHECK: tsk.library "indices"
  // CHECK: tsk.kernel %arg1
  // CHECK: tsk.concat
  func.func @main(%n: tensor<1xi64>, %x: tensor<4xi64>) -> tensor<?xi64, #behind> {
    %a = tsk.kernel %x {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>],
        result_maps = [affine_map<(i) -> (i)>], pads = [unit], feedback = array<i64: -1>} : (tensor<4xi64>) -> tensor<4xi64> {
    ^bb0(%v: i64):
      tsk.yield %v : i64
    }
    %s = tsk.library "indices" %n {positions = array<i64: 0>, parameters = {}, extents = array<i64: 0, 0, 0>, elements = array<i64>}
        : (tensor<1xi64>) -> tensor<?xi64, #count>
    %y = tsk.concat %a, %s {axis = 0 : i64} : tensor<4xi64>, tensor<?xi64, #count> to tensor<?xi64, #behind>
    return %y : tensor<?xi64, #behind>
  }
}
