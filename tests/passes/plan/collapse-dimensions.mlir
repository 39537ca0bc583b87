// RUN: tessera-opt %s -mlir-print-local-scope -tessera-collapse-dimensions | FileCheck %s

// The unit dimension goes, the other two are one range.
// CHECK: tsk.launch
// CHECK-SAME: extents = affine_map<() -> (32)>
// CHECK-SAME: input_maps = [affine_map<(d0) -> (d0)>]
// CHECK-SAME: iterators = [#tsk.iterator<parallel>]
// CHECK-SAME: output_maps = [affine_map<(d0) -> (d0 + 5)>]

// Free extents merge when the steps are equal expressions.
// CHECK: tsk.launch
// CHECK-SAME: extents = affine_map<()[s0, s1] -> (s0 * s1)>
// CHECK-SAME: input_maps = [affine_map<(d0) -> (d0)>]

// A product with transposed right side: nothing merges; the contiguous
// dimension of the output is last of the parallel ones.
// CHECK: tsk.launch
// CHECK-SAME: extents = affine_map<() -> (8, 4, 16)>
// CHECK-SAME: input_maps = [affine_map<(d0, d1, d2) -> (d0 * 16 + d2)>, affine_map<(d0, d1, d2) -> (d1 * 16 + d2)>]
// CHECK-SAME: output_maps = [affine_map<(d0, d1, d2) -> (d0 * 4 + d1)>]

// Gathers and positions follow.
// CHECK: tsk.launch
// CHECK-SAME: extents = affine_map<() -> (6)>
// CHECK: tsk.index affine_map<(d0) -> (d0)>
// CHECK: tsk.gather {{.*}} {limits = affine_map<() -> (9)>, map = affine_map<(d0, d1) -> (d0 + d1 * 6)>}
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %b = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>) attributes {
      extents = affine_map<() -> (1, 4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1, d2) -> (d1 * 8 + d2)>], output_maps = [affine_map<(d0, d1, d2) -> (d0 * 32 + d1 * 8 + d2 + 5)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>) attributes {
      extents = affine_map<()[s0, s1] -> (s0, s1)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1)[s0, s1] -> (d0 * s1 + d1)>], output_maps = [affine_map<(d0, d1)[s0, s1] -> (d0 * s1 + d1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%a, %a : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>) attributes {
      extents = affine_map<() -> (4, 16, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(n, k, m) -> (m * 16 + k)>, affine_map<(n, k, m) -> (n * 16 + k)>], output_maps = [affine_map<(n, k, m) -> (m * 4 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>) attributes {
      extents = affine_map<() -> (2, 3)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<() -> (0)>], output_maps = [affine_map<(d0, d1) -> (d0 * 3 + d1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: !tsk.buffer<f32>):
    %i = tsk.index affine_map<(d0, d1) -> (d0 * 3 + d1)>
    %v = tsk.gather %x[%i] {map = affine_map<(d0, d1, d2) -> (d2 * 6 + d0 * 3 + d1)>, limits = affine_map<() -> (9)>} : !tsk.buffer<f32> -> f32
    tsk.yield %v : f32
  }
  return
}
