// RUN: tessera-opt --tessera-split-products --mlir-print-local-scope --split-input-file %s | FileCheck %s

// What is read becomes three planes, rows filled up to whole steps of 32; the
// greatest distance from the middle of the range decides which of two launches
// computes the sums.
// CHECK-LABEL: func.func @product
// CHECK-DAG: %[[PLANES:.*]] = tsk.arena {bytes = affine_map<() -> (16384)>, {{.*}} : <i16>
// CHECK-DAG: %[[FARTHEST:.*]] = tsk.arena {bytes = affine_map<() -> (128)>, {{.*}} : <i32>
// CHECK-DAG: %[[INSIDE:.*]] = tsk.arena {bytes = affine_map<() -> (1)>, {{.*}} : <i1>
// CHECK: tsk.launch ins(%[[A:.*]] : !tsk.buffer<f32>) outs(%[[PLANES]], %[[PLANES]], %[[PLANES]], %[[FARTHEST]]
// CHECK-SAME: extents = affine_map<() -> (32, 64)>
// CHECK-SAME: guards = [affine_set<(d0, d1) : (-d1 + 39 >= 0)>]
// CHECK: tsk.reduce <max>
// CHECK: tsk.launch ins(%[[FARTHEST]] : {{.*}}) outs(%[[INSIDE]]
// CHECK: tsk.launch ins(%[[A]], %{{.*}}, %[[PLANES]], %[[PLANES]], %[[PLANES]] : {{.*}} when(%[[INSIDE]] : !tsk.buffer<i1>)
// CHECK-SAME: condition_values = array<i1: true>
// CHECK-SAME: schedule = #tsk.schedule<bf16x6
// CHECK: tsk.launch ins(%[[A]], %{{[^,]*}} : {{.*}} when(%[[INSIDE]] : !tsk.buffer<i1>)
// CHECK-SAME: condition_values = array<i1: false>
// CHECK-SAME: schedule = #tsk.schedule<nest, {{.*}} packed = [1]>
#map = affine_map<(m, n, k) -> (m * 40 + k)>
func.func @product() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<40x64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<bf16x6, vector_dim = 1, lanes = 16, tile = [32, 32, 1], order = [0, 1, 2], tasks = 2, packed = [1]>,
      extents = affine_map<() -> (32, 64, 40)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [#map, affine_map<(m, n, k) -> (k * 64 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// A free number of rows has to be large enough, too.
// CHECK-LABEL: func.func @free
// CHECK: tsk.launch {{.*}} computes
// CHECK: tsk.launch {{.*}} computes
// CHECK: tsk.index affine_map<(d0)[s0] -> (s0)>
// CHECK: arith.cmpi sge
func.func @free() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<64x64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<bf16, vector_dim = 1, lanes = 16, tile = [256, 32, 1], order = [0, 1, 2], tasks = 2, packed = [1]>,
      extents = affine_map<()[s0] -> (s0, 64, 64)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// A constant whose products could be lost leaves the launch without tiles.
// CHECK-LABEL: func.func @denormal
// CHECK-NOT: tsk.arena
// CHECK: schedule = #tsk.schedule<nest, {{.*}} packed = [1]>
// CHECK-NOT: tsk.launch
func.func @denormal() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0e-40> : tensor<64x64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<bf16x3, vector_dim = 1, lanes = 16, tile = [32, 32, 1], order = [0, 1, 2], tasks = 2, packed = [1]>,
      extents = affine_map<() -> (32, 64, 64)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}
