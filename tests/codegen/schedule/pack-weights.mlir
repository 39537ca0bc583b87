// RUN: tessera-opt --tessera-pack-weights %s | FileCheck %s

// The packed operand becomes panels of the vector tile, padded to whole panels;
// constants follow each other at 64-byte boundaries; unused ones disappear. The
// last panel has 36 of 64 columns and is stored 48 wide, whole vectors of 16.
// CHECK: #[[PACKING:.*]] = affine_map<(d0, d1, d2) -> (d1 * 100 + d0 * 64 + d2)>
// CHECK: module attributes {tsk.weight_bytes = 229824 : i64}
// CHECK-DAG: tsk.weight dense<1.000000e+00> : tensor<512x100xf32> {offset = 0 : i64, packed_extents = array<i64: 2, 512, 64>, packing = #[[PACKING]], {{.*}}vector_extent = 100 : i64{{.*}}}
// CHECK-DAG: tsk.weight dense<2.000000e+00> : tensor<100xf32> {offset = 229376 : i64}
// CHECK-NOT: tsk.weight
func.func @contraction() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<512x100xf32> : !tsk.buffer<f32>
  %c = tsk.weight dense<2.0> : tensor<100xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %unused = tsk.weight dense<3.0> : tensor<8xf32> : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %c : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [6, 64, 1], order = [1, 0, 2], tasks = 2, packed = [1]>, extents = affine_map<() -> (128, 100, 512)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 512 + k)>, affine_map<(m, n, k) -> (k * 100 + n)>, affine_map<(m, n, k) -> (n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 100 + n)>], pads = [unit, unit, unit],
      guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %z : f32
    tsk.yield %t : f32
  }
  return
}
