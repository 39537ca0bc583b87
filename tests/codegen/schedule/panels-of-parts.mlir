// RUN: tessera-opt --tessera-assign-schedules --split-input-file %s | FileCheck %s

// Products that read different rows of a constant have panels of their own, which take no more memory.
// CHECK: packed = [1]
// CHECK: packed = [1]
func.func @halves() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense_resource<w> : tensor<512x128xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %r = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 256, 128)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 128 + k)>, affine_map<(m, n, k) -> (n * 128 + k)>],
      output_maps = [affine_map<(m, n, k) -> (m * 256 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%r : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 256, 128)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 128 + k)>, affine_map<(m, n, k) -> (n * 128 + k + 32768)>],
      output_maps = [affine_map<(m, n, k) -> (m * 256 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Of rows that both read, panels would be a second copy.
// CHECK: packed = []
// CHECK: packed = []
func.func @overlap() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense_resource<w> : tensor<512x128xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %r = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 256, 128)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 128 + k)>, affine_map<(m, n, k) -> (n * 128 + k)>],
      output_maps = [affine_map<(m, n, k) -> (m * 256 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%r : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 256, 128)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 128 + k)>, affine_map<(m, n, k) -> (n * 128 + k + 32640)>],
      output_maps = [affine_map<(m, n, k) -> (m * 256 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// What is read without a sum keeps all of the constant as it is.
// CHECK: packed = []
func.func @copied() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense_resource<w> : tensor<512x128xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %r = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 256, 128)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 128 + k)>, affine_map<(m, n, k) -> (n * 128 + k)>],
      output_maps = [affine_map<(m, n, k) -> (m * 256 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  tsk.launch ins(%w : !tsk.buffer<f32>) outs(%r : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (16384)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i + 32768)>],
      output_maps = [affine_map<(i) -> (i)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  return
}
