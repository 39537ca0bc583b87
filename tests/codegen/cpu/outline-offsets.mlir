// RUN: tessera-opt --tessera-outline-offsets --split-input-file -mlir-print-local-scope %s | FileCheck %s
// RUN: tessera-opt --tessera-outline-offsets --tessera-emit-kernels="prefix=net" --split-input-file %s | FileCheck %s --check-prefix=CODE

// Two steps of a loop: what both accesses to the buffer have in common goes, the rest stays, and one function serves both.
// CHECK-LABEL: func.func @steps
// CHECK: tsk.launch
// CHECK-SAME: input_maps = [affine_map<(d0) -> (d0)>]
// CHECK-NOT: offsets
// CHECK-SAME: output_maps = [affine_map<(d0) -> (d0 + 8)>]
// CHECK: tsk.launch
// CHECK-SAME: input_maps = [affine_map<(d0) -> (d0)>], iterators
// CHECK-SAME: offsets = array<i64: 8, 8>
// CHECK-SAME: output_maps = [affine_map<(d0) -> (d0 + 8)>]
// CODE: @net_kernel_0_body
// CODE-NOT: @net_kernel_1_body
func.func @steps() {
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%o : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 8, tile = [8], order = [0], tasks = 1, packed = []>, extents = affine_map<() -> (8)>,
      iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i + 8)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %y = arith.addf %x, %x : f32
    tsk.yield %y : f32
  }
  tsk.launch ins(%o : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 8, tile = [8], order = [0], tasks = 1, packed = []>, extents = affine_map<() -> (8)>,
      iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i + 8)>], output_maps = [affine_map<(i) -> (i + 16)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %y = arith.addf %x, %x : f32
    tsk.yield %y : f32
  }
  return
}

// -----

// Elements in front of the buffer are never read, but pointers stay within it.
// CHECK-LABEL: func.func @padded
// CHECK: input_maps = [affine_map<(d0) -> (d0 - 2)>]
// CHECK-NOT: offsets
func.func @padded() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = -1, lanes = 1, tile = [1], order = [0], tasks = 1, packed = []>, extents = affine_map<() -> (8)>,
      iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i - 2)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [0.0 : f32], guards = [affine_set<(i) : (i - 2 >= 0)>], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  return
}
