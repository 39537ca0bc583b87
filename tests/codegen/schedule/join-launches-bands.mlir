// RUN: tessera-opt --tessera-join-launches --split-input-file %s | FileCheck %s -enable-var-scope

// 64 rows in 8 bands, and windows of three rows in 62: the rows below a band's
// windows come with it, those above it belong to the band before, so that one
// must be done before another part starts.
#rows = affine_map<(d0, d1) -> (d0 * 32 + d1)>
#parallel = #tsk.iterator<parallel>
#row = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32], order = [0, 1], tasks = 1, packed = []>

// CHECK-LABEL: func.func @main
// CHECK: tsk.launch
// CHECK-NOT: tsk.joins
// CHECK-SAME: tsk.band_edge = 1 : i64, tsk.band_ends = array<i64: 9, 17, 25, 33, 40, 48, 56, 64>
// CHECK: tsk.launch
// CHECK-SAME: tsk.band_edge = 0 : i64, tsk.band_ends = array<i64: 7, 15, 23, 31, 38, 46, 54, 62>
// CHECK-SAME: tsk.joins
// CHECK: return
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8192)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (64, 32)>, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row, tsk.bands = 8 : i64} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%t : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (62, 32, 3)>, iterators = [#parallel, #parallel, #tsk.iterator<reduction>],
      input_maps = [affine_map<(d0, d1, d2) -> (d0 * 32 + d2 * 32 + d1)>], output_maps = [affine_map<(d0, d1, d2) -> (d0 * 32 + d1)>], pads = [unit], guards = [unit], feedback = array<i64: -1>,
      schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32, 1], order = [0, 1, 2], tasks = 1, packed = []>, tsk.banded, tsk.bands = 8 : i64} computes {
  ^bb0(%x: f32):
    %s = tsk.reduce <add> %x : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

#rows = affine_map<(d0, d1) -> (d0 * 32 + d1)>
#parallel = #tsk.iterator<parallel>
#row = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32], order = [0, 1], tasks = 1, packed = []>

// The last launch stores where the first one reads, further up. What is still
// to be read would come first, which is all of it: no turns, but a wait.
// CHECK-LABEL: func.func @main
// CHECK-NOT: tsk.band_ends
// CHECK-NOT: tsk.joins
func.func @main() {
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (2048)>} : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (2048)>, bytes = affine_map<() -> (2048)>} : !tsk.buffer<f32>
  %b = tsk.arena {offset = affine_map<() -> (1024)>, bytes = affine_map<() -> (2048)>} : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (16, 32)>, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row, tsk.bands = 8 : i64} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins() outs(%b : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (16, 32)>, iterators = [#parallel, #parallel],
      input_maps = [], output_maps = [#rows], pads = [], guards = [], feedback = array<i64>, schedule = #row, tsk.banded, tsk.bands = 8 : i64} computes {
    %zero = arith.constant 0.0 : f32
    tsk.yield %zero : f32
  }
  return
}
