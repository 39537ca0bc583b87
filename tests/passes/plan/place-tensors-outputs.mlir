// RUN: tessera-opt %s -split-input-file -mlir-print-local-scope -tessera-place-tensors | FileCheck %s

// Results that no kernel computes are copied: an argument, a constant, and the
// second of two equal ones.
// CHECK-LABEL: func.func @main()
// CHECK-DAG: %[[X:.*]] = tsk.argument 0
// CHECK-DAG: %[[C:.*]] = tsk.weight dense<[1.000000e+00, 2.000000e+00]>
// CHECK-DAG: %[[Y0:.*]] = tsk.output 0
// CHECK-DAG: %[[Y1:.*]] = tsk.output 1
// CHECK-DAG: %[[Y2:.*]] = tsk.output 2
// CHECK-DAG: %[[Y3:.*]] = tsk.output 3
// CHECK: tsk.launch ins(%[[X]] : !tsk.buffer<f32>) outs(%[[Y2]] : !tsk.buffer<f32>)
// CHECK: math.absf
// CHECK: tsk.launch ins(%[[X]] : !tsk.buffer<f32>) outs(%[[Y0]] : !tsk.buffer<f32>)
// CHECK: tsk.launch ins(%[[C]] : !tsk.buffer<f32>) outs(%[[Y1]] : !tsk.buffer<f32>)
// CHECK: tsk.launch ins(%[[Y2]] : !tsk.buffer<f32>) outs(%[[Y3]] : !tsk.buffer<f32>)
func.func @main(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %y = tsk.kernel %x {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(i) -> (i)>], result_maps = [affine_map<(i) -> (i)>], pads = [unit], feedback = array<i64: -1>}
      : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%a: f32):
    %b = math.absf %a : f32
    tsk.yield %b : f32
  }
  return %x, %c, %y, %y : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

// A scalar and a tensor without elements.
// CHECK-LABEL: func.func @main()
// CHECK: extents = affine_map<() -> ()>
// CHECK-SAME: input_maps = [affine_map<() -> (0)>]
// CHECK: extents = affine_map<() -> (0, 3)>
func.func @main(%x: tensor<f32>, %y: tensor<0x3xf32>) -> (tensor<f32>, tensor<0x3xf32>) {
  return %x, %y : tensor<f32>, tensor<0x3xf32>
}

// -----

// Free sizes: offsets are expressions of the symbols; a reshape that splits a
// free dimension stays a view.
#nc = affine_map<()[s0] -> (s0, 8)>
#n24 = affine_map<()[s0] -> (s0, 2, 4)>
// CHECK-LABEL: func.func @main()
// CHECK: tsk.arena {bytes = affine_map<()[s0] -> (s0 * 32)>
// CHECK: tsk.launch
// CHECK-SAME: output_maps = [affine_map<(d0, d1) -> (d0 * 8 + d1)>]
// CHECK: tsk.launch
// CHECK-SAME: input_maps = [affine_map<(d0, d1, d2) -> (d0 * 8 + d1 * 4 + d2)>]
// CHECK-SAME: output_maps = [affine_map<(d0, d1, d2)[s0] -> (d0 + (d1 * s0) * 4 + d2 * s0)>]
module attributes {tsk.dimensions = [#tsk.dimension<"n", input, 0, -1, () -> ()>]} {
func.func @main(%x: tensor<?x8xf32, #nc>) -> tensor<2x4x?xf32, affine_map<()[s0] -> (2, 4, s0)>> {
  %y = tsk.kernel %x {extents = #nc, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(i, j) -> (i, j)>], result_maps = [affine_map<(i, j) -> (i, j)>], pads = [unit], feedback = array<i64: -1>}
      : (tensor<?x8xf32, #nc>) -> tensor<?x8xf32, #nc> {
  ^bb0(%a: f32):
    %b = math.absf %a : f32
    tsk.yield %b : f32
  }
  %r = tsk.reshape %y : tensor<?x8xf32, #nc> to tensor<?x2x4xf32, #n24>
  %z = tsk.kernel %r {extents = #n24, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(i, j, k) -> (i, j, k)>], result_maps = [affine_map<(i, j, k) -> (j, k, i)>], pads = [unit], feedback = array<i64: -1>}
      : (tensor<?x2x4xf32, #n24>) -> tensor<2x4x?xf32, affine_map<()[s0] -> (2, 4, s0)>> {
  ^bb0(%a: f32):
    tsk.yield %a : f32
  }
  return %z : tensor<2x4x?xf32, affine_map<()[s0] -> (2, 4, s0)>>
}
}

// -----

// The state of a recurrence lies as its output does; an initial value that
// does not is copied first.
// CHECK-LABEL: func.func @main()
// CHECK-DAG: %[[X:.*]] = tsk.argument 0
// CHECK-DAG: %[[H:.*]] = tsk.argument 1
// CHECK-DAG: %[[S:.*]] = tsk.arena {bytes = affine_map<() -> (36)>
// CHECK: tsk.launch ins(%[[H]] : !tsk.buffer<f32>) outs(%[[S]] : !tsk.buffer<f32>)
// CHECK-SAME: output_maps = [affine_map<(d0, d1) -> (d0 * 6 + d1)>]
// CHECK: tsk.launch ins(%[[X]], %[[S]]
// CHECK-SAME: feedback = array<i64: -1, 0>
// CHECK-SAME: input_maps = [affine_map<(d0, d1, d2) -> (d0 * 6 + d1 * 3 + d2)>, affine_map<(d0, d1, d2) -> (d1 * 6 + d2)>]
// CHECK-SAME: output_maps = [affine_map<(d0, d1, d2) -> (d0 * 12 + d1 * 6 + d2)>]
func.func @main(%x: tensor<5x2x3xf32>, %h: tensor<2x3xf32>) -> tensor<5x2x6xf32> {
  %y = tsk.kernel %x, %h {extents = affine_map<() -> (5, 2, 3)>, iterators = [#tsk.iterator<sequential>, #tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(t, i, j) -> (t, i, j)>, affine_map<(t, i, j) -> (i, j)>], result_maps = [affine_map<(t, i, j) -> (t, i, j)>],
      pads = [unit, unit], feedback = array<i64: -1, 0>}
      : (tensor<5x2x3xf32>, tensor<2x3xf32>) -> tensor<5x2x3xf32> {
  ^bb0(%a: f32, %s: f32):
    %b = arith.addf %a, %s : f32
    tsk.yield %b : f32
  }
  %z = tsk.concat %y, %x {axis = 2 : i64} : tensor<5x2x3xf32>, tensor<5x2x3xf32> to tensor<5x2x6xf32>
  return %z : tensor<5x2x6xf32>
}
