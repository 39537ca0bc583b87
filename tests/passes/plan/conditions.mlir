// Kernels that only one side of a select needs are left out when the condition picks the other one.
// RUN: tessera-opt %s -split-input-file -mlir-print-local-scope -tessera-place-tensors | FileCheck %s

// CHECK-LABEL: func.func @main()
// CHECK-DAG: %[[C:.*]] = tsk.argument 0
// CHECK-DAG: %[[X:.*]] = tsk.argument 1
// CHECK: tsk.launch ins(%[[X]] : !tsk.buffer<f32>) outs(%[[A:.*]] : !tsk.buffer<f32>) when(%[[C]] : !tsk.buffer<i1>)
// CHECK-SAME: condition_offsets = [affine_map<() -> (0)>], condition_values = array<i1: true>
// CHECK: tsk.launch ins(%[[X]] : !tsk.buffer<f32>) outs(%[[B:.*]] : !tsk.buffer<f32>) when(%[[C]] : !tsk.buffer<i1>)
// CHECK-SAME: condition_values = array<i1: false>
// CHECK: tsk.launch ins(%[[C]], %[[A]], %[[B]]
// CHECK-NOT: when
// CHECK: return
func.func @main(%c: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %a = tsk.kernel %x {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>],
      result_maps = [affine_map<(i) -> (i)>], pads = [unit], feedback = array<i64: -1>} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%e: f32):
    %r = math.absf %e : f32
    tsk.yield %r : f32
  }
  %b = tsk.kernel %x {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>],
      result_maps = [affine_map<(i) -> (i)>], pads = [unit], feedback = array<i64: -1>} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%e: f32):
    %r = math.exp %e : f32
    tsk.yield %r : f32
  }
  %y = tsk.kernel %c, %a, %b {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(i) -> ()>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      result_maps = [affine_map<(i) -> (i)>], pads = [unit, unit, unit], feedback = array<i64: -1, -1, -1>}
      : (tensor<i1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%k: i1, %p: f32, %q: f32):
    %n = arith.negf %p : f32
    %r = arith.select %k, %n, %q : f32
    tsk.yield %r : f32
  }
  return %y : tensor<4xf32>
}

// -----

// A branch in a branch: both conditions count, the outer one for what computes the inner one.
// CHECK-LABEL: func.func @main()
// CHECK-DAG: %[[O:.*]] = tsk.argument 0
// CHECK-DAG: %[[X:.*]] = tsk.argument 1
// CHECK: tsk.launch ins(%[[X]] : !tsk.buffer<f32>) outs(%[[I:.*]] : !tsk.buffer<i1>) when(%[[O]] : !tsk.buffer<i1>)
// CHECK: tsk.launch ins(%[[X]] : !tsk.buffer<f32>) outs(%[[A:.*]] : !tsk.buffer<f32>) when(%[[O]], %[[I]] : !tsk.buffer<i1>, !tsk.buffer<i1>)
// CHECK-SAME: condition_values = array<i1: true, false>
func.func @main(%o: tensor<i1>, %x: tensor<1xf32>) -> tensor<1xf32> {
  %i = tsk.kernel %x {extents = affine_map<() -> (1)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>],
      result_maps = [affine_map<(i) -> (i)>], pads = [unit], feedback = array<i64: -1>} : (tensor<1xf32>) -> tensor<1xi1> {
  ^bb0(%e: f32):
    %z = arith.constant 0.0 : f32
    %r = arith.cmpf olt, %e, %z : f32
    tsk.yield %r : i1
  }
  %a = tsk.kernel %x {extents = affine_map<() -> (1)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>],
      result_maps = [affine_map<(i) -> (i)>], pads = [unit], feedback = array<i64: -1>} : (tensor<1xf32>) -> tensor<1xf32> {
  ^bb0(%e: f32):
    %r = math.exp %e : f32
    tsk.yield %r : f32
  }
  %y = tsk.kernel %o, %i, %a, %x {extents = affine_map<() -> (1)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(i) -> ()>, affine_map<(i) -> (0)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      result_maps = [affine_map<(i) -> (i)>], pads = [unit, unit, unit, unit], feedback = array<i64: -1, -1, -1, -1>}
      : (tensor<i1>, tensor<1xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32> {
  ^bb0(%k: i1, %l: i1, %p: f32, %q: f32):
    %s = arith.select %l, %q, %p : f32
    %r = arith.select %k, %s, %q : f32
    tsk.yield %r : f32
  }
  return %y : tensor<1xf32>
}

// -----

// What may fail on any value, and what the model returns besides, is always computed.
// CHECK-LABEL: func.func @main()
// CHECK-NOT: when
func.func @main(%c: tensor<i1>, %x: tensor<4xi64>) -> (tensor<4xi64>, tensor<4xi64>) {
  %a = tsk.kernel %x {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>],
      result_maps = [affine_map<(i) -> (i)>], pads = [unit], feedback = array<i64: -1>} : (tensor<4xi64>) -> tensor<4xi64> {
  ^bb0(%e: i64):
    %r = math.absi %e : i64
    tsk.yield %r : i64
  }
  %b = tsk.kernel %x {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>],
      result_maps = [affine_map<(i) -> (i)>], pads = [unit], feedback = array<i64: -1>} : (tensor<4xi64>) -> tensor<4xi64> {
  ^bb0(%e: i64):
    %r = arith.muli %e, %e : i64
    tsk.yield %r : i64
  }
  %y = tsk.kernel %c, %a, %b {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(i) -> ()>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
      result_maps = [affine_map<(i) -> (i)>], pads = [unit, unit, unit], feedback = array<i64: -1, -1, -1>}
      : (tensor<i1>, tensor<4xi64>, tensor<4xi64>) -> tensor<4xi64> {
  ^bb0(%k: i1, %p: i64, %q: i64):
    %d = arith.divsi %q, %p : i64
    %r = arith.select %k, %d, %q : i64
    tsk.yield %r : i64
  }
  return %y, %b : tensor<4xi64>, tensor<4xi64>
}
