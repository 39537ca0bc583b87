// RUN: tessera-opt %s -split-input-file -mlir-print-local-scope -tessera-place-tensors | FileCheck %s
// RUN: tessera-opt %s -split-input-file -mlir-print-local-scope -tessera-place-tensors=halo=false | FileCheck %s --check-prefix=GUARD

// A reshape is another view: the kernel writes the model's output.
// CHECK: module attributes {tsk.signature = {inputs = [{name = "x", type = tensor<2x3xf32>}], outputs = [{name = "y", type = tensor<6xf32>}]}}
// CHECK-LABEL: func.func @main()
// CHECK: %[[X:.*]] = tsk.argument 0
// CHECK: %[[Y:.*]] = tsk.output 0
// CHECK-NOT: tsk.arena
// CHECK: tsk.launch ins(%[[X]] : !tsk.buffer<f32>) outs(%[[Y]] : !tsk.buffer<f32>)
// CHECK-SAME: input_maps = [affine_map<(d0, d1) -> (d0 * 3 + d1)>]
// CHECK-SAME: output_maps = [affine_map<(d0, d1) -> (d0 * 3 + d1)>]
// CHECK-NOT: tsk.launch
func.func @main(%x: tensor<2x3xf32> {tsk.name = "x"}) -> (tensor<6xf32> {tsk.name = "y"}) {
  %y = tsk.kernel %x {extents = affine_map<() -> (2, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(i, j) -> (i, j)>], result_maps = [affine_map<(i, j) -> (i, j)>], pads = [unit], feedback = array<i64: -1>}
      : (tensor<2x3xf32>) -> tensor<2x3xf32> {
  ^bb0(%a: f32):
    %b = math.absf %a : f32
    tsk.yield %b : f32
  }
  %z = tsk.reshape %y : tensor<2x3xf32> to tensor<6xf32>
  return %z : tensor<6xf32>
}

// -----

// Operands of a concatenation are written in place; an argument is copied.
// CHECK-LABEL: func.func @main()
// CHECK-DAG: %[[X:.*]] = tsk.argument 0
// CHECK-DAG: %[[Y:.*]] = tsk.output 0
// CHECK: tsk.launch ins(%[[X]] : !tsk.buffer<f32>) outs(%[[Y]] : !tsk.buffer<f32>)
// CHECK-SAME: output_maps = [affine_map<(d0, d1) -> (d0 * 6 + d1 + 3)>]
// CHECK: tsk.launch ins(%[[X]] : !tsk.buffer<f32>) outs(%[[Y]] : !tsk.buffer<f32>)
// CHECK-SAME: output_maps = [affine_map<(d0, d1) -> (d0 * 6 + d1)>]
func.func @main(%x: tensor<2x3xf32>) -> tensor<2x6xf32> {
  %y = tsk.kernel %x {extents = affine_map<() -> (2, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(i, j) -> (i, j)>], result_maps = [affine_map<(i, j) -> (i, j)>], pads = [unit], feedback = array<i64: -1>}
      : (tensor<2x3xf32>) -> tensor<2x3xf32> {
  ^bb0(%a: f32):
    %b = math.absf %a : f32
    tsk.yield %b : f32
  }
  %z = tsk.concat %x, %y {axis = 1 : i64} : tensor<2x3xf32>, tensor<2x3xf32> to tensor<2x6xf32>
  return %z : tensor<2x6xf32>
}

// -----

// A window that reads beyond both ends: the tensor gets a border of zeros.
// CHECK-LABEL: func.func @main()
// CHECK: %[[A:.*]] = tsk.arena {bytes = affine_map<() -> (52)>
// CHECK: tsk.launch ins(%{{.*}}) outs(%[[A]] : !tsk.buffer<f32>)
// CHECK-SAME: output_maps = [affine_map<(d0, d1) -> (d0 * 6 + d1 + 1)>]
// CHECK: tsk.launch ins() outs(%[[A]] : !tsk.buffer<f32>)
// CHECK-SAME: extents = affine_map<() -> (3, 1)>
// CHECK-SAME: output_maps = [affine_map<(d0, d1) -> (d0 * 6 + d1)>]
// CHECK: tsk.launch ins(%[[A]] : !tsk.buffer<f32>)
// CHECK-SAME: guards = [unit]
// CHECK-SAME: input_maps = [affine_map<(d0, d1, d2) -> (d0 * 6 + d1 + d2)>]
// GUARD-LABEL: func.func @main()
// GUARD: guards = [affine_set<(d0, d1, d2) : (d1 + d2 - 1 >= 0, -d1 - d2 + 5 >= 0)>]
// GUARD-SAME: pads = [0.000000e+00 : f32]
func.func @main(%x: tensor<2x5xf32>) -> tensor<2x5xf32> {
  %y = tsk.kernel %x {extents = affine_map<() -> (2, 5)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(i, j) -> (i, j)>], result_maps = [affine_map<(i, j) -> (i, j)>], pads = [unit], feedback = array<i64: -1>}
      : (tensor<2x5xf32>) -> tensor<2x5xf32> {
  ^bb0(%a: f32):
    %b = math.absf %a : f32
    tsk.yield %b : f32
  }
  %z = tsk.kernel %y {extents = affine_map<() -> (2, 5, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(i, j, k) -> (i, j + k - 1)>], result_maps = [affine_map<(i, j, k) -> (i, j)>], pads = [0.0 : f32], feedback = array<i64: -1>}
      : (tensor<2x5xf32>) -> tensor<2x5xf32> {
  ^bb0(%a: f32):
    %b = tsk.reduce <add> %a : f32 -> f32
    tsk.yield %b : f32
  }
  return %z : tensor<2x5xf32>
}

// -----

// Two reads to either side of an element: the tensor gets a border as well.
// CHECK-LABEL: func.func @main()
// CHECK: %[[A:.*]] = tsk.arena
// CHECK: tsk.launch ins(%[[A]], %[[A]] : !tsk.buffer<f32>, !tsk.buffer<f32>)
// CHECK-SAME: guards = [unit, unit]
// CHECK-SAME: input_maps = [affine_map<(d0, d1) -> (d0 * 6 + d1)>, affine_map<(d0, d1) -> (d0 * 6 + d1 + 2)>]
func.func @main(%x: tensor<2x5xf32>) -> tensor<2x5xf32> {
  %y = tsk.kernel %x {extents = affine_map<() -> (2, 5)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(i, j) -> (i, j)>], result_maps = [affine_map<(i, j) -> (i, j)>], pads = [unit], feedback = array<i64: -1>}
      : (tensor<2x5xf32>) -> tensor<2x5xf32> {
  ^bb0(%a: f32):
    %b = math.absf %a : f32
    tsk.yield %b : f32
  }
  %z = tsk.kernel %y, %y {extents = affine_map<() -> (2, 5)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(i, j) -> (i, j - 1)>, affine_map<(i, j) -> (i, j + 1)>], result_maps = [affine_map<(i, j) -> (i, j)>], pads = [0.0 : f32, 0.0 : f32], feedback = array<i64: -1, -1>}
      : (tensor<2x5xf32>, tensor<2x5xf32>) -> tensor<2x5xf32> {
  ^bb0(%a: f32, %b: f32):
    %c = arith.addf %a, %b : f32
    tsk.yield %c : f32
  }
  return %z : tensor<2x5xf32>
}

// -----

// A window over both dimensions: the launch that fills the rows above and below
// stores the corners, that for the ends of the rows only what lies between them.
// CHECK-LABEL: func.func @main()
// CHECK: %[[A:.*]] = tsk.arena
// CHECK: tsk.launch ins(%{{.*}}) outs(%[[A]] : !tsk.buffer<f32>)
// CHECK-SAME: output_maps = [affine_map<(d0, d1) -> (d0 * 6 + d1 + 7)>]
// CHECK: tsk.launch ins() outs(%[[A]] : !tsk.buffer<f32>)
// CHECK-SAME: extents = affine_map<() -> (2, 7)>
// CHECK-SAME: output_maps = [affine_map<(d0, d1) -> (d0 * 30 + d1)>]
// CHECK: tsk.launch ins() outs(%[[A]] : !tsk.buffer<f32>)
// CHECK-SAME: extents = affine_map<() -> (3, 1)>
// CHECK-SAME: output_maps = [affine_map<(d0, d1) -> (d0 * 6 + d1 + 12)>]
func.func @main(%x: tensor<4x5xf32>) -> tensor<4x5xf32> {
  %y = tsk.kernel %x {extents = affine_map<() -> (4, 5)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(i, j) -> (i, j)>], result_maps = [affine_map<(i, j) -> (i, j)>], pads = [unit], feedback = array<i64: -1>}
      : (tensor<4x5xf32>) -> tensor<4x5xf32> {
  ^bb0(%a: f32):
    %b = math.absf %a : f32
    tsk.yield %b : f32
  }
  %z = tsk.kernel %y {extents = affine_map<() -> (4, 5, 3, 3)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(i, j, k, l) -> (i + k - 1, j + l - 1)>], result_maps = [affine_map<(i, j, k, l) -> (i, j)>], pads = [0.0 : f32], feedback = array<i64: -1>}
      : (tensor<4x5xf32>) -> tensor<4x5xf32> {
  ^bb0(%a: f32):
    %b = tsk.reduce <add> %a : f32 -> f32
    tsk.yield %b : f32
  }
  return %z : tensor<4x5xf32>
}
