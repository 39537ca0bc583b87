// RUN: tessera-opt --tessera-fetch-weights="least-bytes=4096" --split-input-file %s | FileCheck %s -enable-var-scope
// RUN: tessera-opt --tessera-fetch-weights="least-bytes=4096 most-bytes=8192" --split-input-file %s | FileCheck %s --check-prefix=LESS

#parallel = #tsk.iterator<parallel>
#reduction = #tsk.iterator<reduction>
#panels = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [14, 32, 1], order = [1, 0, 2], tasks = 1, packed = [1]>
#vector = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [64, 1], order = [0, 1], tasks = 1, packed = [1]>

// 49 rows pass over 16 KB of panels; the product of a vector behind them reads
// 16 KB that start 64 bytes after these. All panels bring as much of it.
// CHECK-LABEL: func.func @main
// CHECK: tsk.launch
// CHECK-SAME: tsk.fetch_ahead = 16448 : i64
// CHECK: tsk.launch
// CHECK-NOT: tsk.fetch_ahead
// LESS: tsk.fetch_ahead = 8256 : i64
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %b = tsk.argument 1 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<64x64xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %v = tsk.weight dense<2.0> : tensor<64x64xf32> {offset = 16448 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %p = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #panels, extents = affine_map<() -> (49, 64, 64)>, iterators = [#parallel, #parallel, #reduction],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %q = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %q : f32 -> f32
    tsk.yield %s : f32
  }
  tsk.launch ins(%b, %v : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%p : !tsk.buffer<f32>)
    attributes {schedule = #vector, extents = affine_map<() -> (64, 64)>, iterators = [#parallel, #reduction],
      input_maps = [affine_map<(n, k) -> (k)>, affine_map<(n, k) -> (k * 64 + n)>],
      output_maps = [affine_map<(n, k) -> (n)>], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %q = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %q : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

#parallel = #tsk.iterator<parallel>
#reduction = #tsk.iterator<reduction>
#rows = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [14, 32, 1], order = [0, 1, 2], tasks = 1, packed = [1]>
#panels = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [14, 32, 1], order = [1, 0, 2], tasks = 1, packed = [1]>
#vector = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [64, 1], order = [0, 1], tasks = 1, packed = [1]>

// With rows outermost no panel is fetched ahead; weights that lie before the
// panels are out of reach.
// CHECK-LABEL: func.func @main
// CHECK-NOT: tsk.fetch_ahead
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %b = tsk.argument 1 : !tsk.buffer<f32>
  %v = tsk.weight dense<2.0> : tensor<64x64xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<64x64xf32> {offset = 16384 : i64} : !tsk.buffer<f32>
  %u = tsk.weight dense<3.0> : tensor<64x64xf32> {offset = 32768 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %p = tsk.output 1 : !tsk.buffer<f32>
  %r = tsk.output 2 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #panels, extents = affine_map<() -> (49, 64, 64)>, iterators = [#parallel, #parallel, #reduction],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %q = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %q : f32 -> f32
    tsk.yield %s : f32
  }
  tsk.launch ins(%b, %v : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%p : !tsk.buffer<f32>)
    attributes {schedule = #vector, extents = affine_map<() -> (64, 64)>, iterators = [#parallel, #reduction],
      input_maps = [affine_map<(n, k) -> (k)>, affine_map<(n, k) -> (k * 64 + n)>],
      output_maps = [affine_map<(n, k) -> (n)>], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %q = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %q : f32 -> f32
    tsk.yield %s : f32
  }
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #rows, extents = affine_map<() -> (49, 64, 64)>, iterators = [#parallel, #parallel, #reduction],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %q = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %q : f32 -> f32
    tsk.yield %s : f32
  }
  tsk.launch ins(%b, %u : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%r : !tsk.buffer<f32>)
    attributes {schedule = #vector, extents = affine_map<() -> (64, 64)>, iterators = [#parallel, #reduction],
      input_maps = [affine_map<(n, k) -> (k)>, affine_map<(n, k) -> (k * 64 + n)>],
      output_maps = [affine_map<(n, k) -> (n)>], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %q = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %q : f32 -> f32
    tsk.yield %s : f32
  }
  return
}
