// Launches that differ in float constants get them as inputs; what they agree on stays in the body.
// RUN: tessera-opt %s -split-input-file -mlir-print-local-scope -tessera-outline-constants | FileCheck %s

// The first use of 0.5 and the limit of 0.5 are one operation in the second launch and two in the first.
// CHECK-LABEL: func.func @main()
// CHECK: %[[A:.*]] = tsk.weight dense<2.500000e-01> : tensor<1xf32> : <f32>
// CHECK: tsk.launch ins(%{{.*}}, %[[A]] : !tsk.buffer<f32>, !tsk.buffer<f32>)
// CHECK-SAME: feedback = array<i64: -1, -1>
// CHECK-SAME: input_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (0)>]
// CHECK: ^bb0(%[[X:.*]]: f32, %[[S:.*]]: f32):
// CHECK: %[[LIMIT:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: %[[P:.*]] = arith.mulf %[[X]], %[[S]] : f32
// CHECK: arith.minimumf %[[P]], %[[LIMIT]] : f32
// CHECK: tsk.weight dense<5.000000e-01> : tensor<1xf32> : <f32>
// CHECK: arith.mulf %{{.*}}, %{{arg.*}} : f32
func.func @main() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %m = tsk.output 0 : !tsk.buffer<f32>
  %y = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%m : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    %c = arith.constant 0.25 : f32
    %limit = arith.constant 0.5 : f32
    %p = arith.mulf %v, %c : f32
    %r = arith.minimumf %p, %limit : f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%m : !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    %c = arith.constant 0.5 : f32
    %p = arith.mulf %v, %c : f32
    %r = arith.minimumf %p, %c : f32
    tsk.yield %r : f32
  }
  return
}

// -----

// Alike in every number, or unlike in more: nothing to do.
// CHECK-LABEL: func.func @main()
// CHECK-NOT: tsk.weight
func.func @main() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %m = tsk.output 0 : !tsk.buffer<f32>
  %y = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%m : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    %c = arith.constant 0.25 : f32
    %p = arith.mulf %v, %c : f32
    tsk.yield %p : f32
  }
  tsk.launch ins(%m : !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    %c = arith.constant 0.5 : f32
    %p = arith.addf %v, %c : f32
    tsk.yield %p : f32
  }
  return
}
