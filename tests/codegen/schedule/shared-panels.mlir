// RUN: tessera-opt --tessera-assign-schedules="target=x86-64-v3" --tessera-pack-weights --split-input-file %s | FileCheck %s
// RUN: tessera-opt --tessera-assign-schedules="target=x86-64-v4 share-panels=true" --split-input-file %s | FileCheck %s --check-prefix=FIRST

// RUN: tessera-opt --tessera-assign-schedules="target=x86-64-v3" --split-input-file %s 2>&1 | FileCheck %s --check-prefix=ILLEGAL

// The tile of a narrower target divides the panels of the target that it shares them with; the last of 2 panels is as wide as the first.
// CHECK-LABEL: module
// CHECK: tsk.weight {{.*}} {offset = 0 : i64, packed_extents = array<i64: 2, 512, 64>, {{.*}}tsk.last_panel = 64 : i64, vector_extent = 100 : i64}
// CHECK: schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 8, tile = [6, 16, 1], order = [1, 0, 2], {{.*}}packed = [1], panel = 64>
// CHECK-NOT: tsk.shares_panels_of
// FIRST: schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [{{[0-9]+}}, [[WIDTH:[0-9]+]], 1], {{.*}} packed = [1], panel = [[WIDTH]]>
func.func @contraction() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<512x100xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {tsk.shares_panels_of = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [6, 64, 1], order = [1, 0, 2], tasks = 2, packed = [1], panel = 64>, extents = affine_map<() -> (128, 100, 512)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 512 + k)>, affine_map<(m, n, k) -> (k * 100 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 100 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// What the other target reads as it is, this one does too.
// CHECK-LABEL: func.func @plain
// CHECK: packed = []>
func.func @plain() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<512x100xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {tsk.shares_panels_of = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [6, 64, 1], order = [1, 0, 2], tasks = 2, packed = []>, extents = affine_map<() -> (128, 100, 512)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 512 + k)>, affine_map<(m, n, k) -> (k * 100 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 100 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Panels of 100 elements hold no whole vectors, so that no tile of the rules is legal: a plain loop runs, and the user hears of it.
// ILLEGAL: warning: {{.*}}runs as a plain loop, since the default schedule is illegal; a tuning record can give it another: the width of panels is a multiple of the tile
// ILLEGAL-LABEL: func.func @uneven
// ILLEGAL: schedule = #tsk.schedule<nest, vector_dim = -1, lanes = 1, tile = [1, 1, 1], order = [0, 1, 2], {{.*}}packed = []>
func.func @uneven() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<512x100xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {tsk.shares_panels_of = #tsk.schedule<nest, vector_dim = 1, lanes = 4, tile = [6, 100, 1], order = [1, 0, 2], tasks = 2, packed = [1]>, extents = affine_map<() -> (128, 100, 512)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 512 + k)>, affine_map<(m, n, k) -> (k * 100 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 100 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}
