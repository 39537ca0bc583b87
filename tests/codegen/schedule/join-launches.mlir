// RUN: tessera-opt --tessera-join-launches --split-input-file %s | FileCheck %s -enable-var-scope

#rows = affine_map<(d0, d1) -> (d0 * 32 + d1)>
#columns = affine_map<(d0, d1) -> (d1 * 64 + d0)>
#extents = affine_map<() -> (64, 32)>
#parallel = #tsk.iterator<parallel>
#row = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32], order = [0, 1], tasks = 1, packed = []>
#four_rows = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 32], order = [0, 1], tasks = 1, packed = []>

// Rows that a thread reads are those it stored; four tasks make one of the
// other launch.
// CHECK-LABEL: func.func @main
// CHECK: tsk.launch
// CHECK-NOT: tsk.joins
// CHECK-SAME: tsk.tasks_of_unit = 4 : i64
// CHECK: tsk.launch
// CHECK-SAME: tsk.joins, tsk.tasks_of_unit = 1 : i64
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8192)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>) attributes {extents = #extents, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%t : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {extents = #extents, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #four_rows} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  return
}

// -----

#rows = affine_map<(d0, d1) -> (d0 * 32 + d1)>
#columns = affine_map<(d0, d1) -> (d1 * 64 + d0)>
#extents = affine_map<() -> (64, 32)>
#parallel = #tsk.iterator<parallel>
#row = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32], order = [0, 1], tasks = 1, packed = []>

// Columns of what others store, and rows below one's own, have to be waited for.
// CHECK-LABEL: func.func @main
// CHECK-NOT: tsk.joins
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8192)>} : !tsk.buffer<f32>
  %u = tsk.arena {offset = affine_map<() -> (8192)>, bytes = affine_map<() -> (8192)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>) attributes {extents = #extents, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%t : !tsk.buffer<f32>) outs(%u : !tsk.buffer<f32>) attributes {extents = #extents, iterators = [#parallel, #parallel],
      input_maps = [#columns], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%u : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (63, 32)>, iterators = [#parallel, #parallel],
      input_maps = [affine_map<(d0, d1) -> (d0 * 32 + d1 + 32)>], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  return
}

// -----

#parallel = #tsk.iterator<parallel>
#row = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32], order = [0, 1], tasks = 1, packed = []>

// A tensor of 14 rows of 30 numbers in a border: its inside, the rows above and
// below, and what lies between its rows are stored by three launches.
// CHECK-LABEL: func.func @main
// CHECK: tsk.launch ins(%{{.*}})
// CHECK-SAME: tsk.tasks_of_unit = 0 : i64
// CHECK: tsk.launch ins()
// CHECK-SAME: tsk.joins, tsk.tasks_of_unit = 0 : i64
// CHECK: tsk.launch ins()
// CHECK-SAME: tsk.joins, tsk.tasks_of_unit = 0 : i64
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (1988)>} : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (14, 30)>, iterators = [#parallel, #parallel],
      input_maps = [affine_map<(d0, d1) -> (d0 * 30 + d1)>], output_maps = [affine_map<(d0, d1) -> (d0 * 31 + d1 + 32)>], pads = [unit], guards = [unit],
      feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins() outs(%t : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 32)>, iterators = [#parallel, #parallel],
      input_maps = [], output_maps = [affine_map<(d0, d1) -> (d0 * 465 + d1)>], pads = [], guards = [], feedback = array<i64>, schedule = #row} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins() outs(%t : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (13, 1)>, iterators = [#parallel, #parallel],
      input_maps = [], output_maps = [affine_map<(d0, d1) -> (d0 * 31 + d1 + 62)>], pads = [], guards = [], feedback = array<i64>, schedule = #row} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  return
}

// -----

#rows = affine_map<(d0, d1) -> (d0 * 32 + d1)>
#extents = affine_map<() -> (64, 32)>
#parallel = #tsk.iterator<parallel>
#row = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32], order = [0, 1], tasks = 1, packed = []>

// The second launch stores where the first one's input lay, half a range
// earlier: other threads may still read there.
// CHECK-LABEL: func.func @main
// CHECK-NOT: tsk.joins
func.func @main() {
  %t = tsk.arena {offset = affine_map<() -> (4096)>, bytes = affine_map<() -> (8192)>} : !tsk.buffer<f32>
  %u = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8192)>} : !tsk.buffer<f32>
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%t : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {extents = #extents, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%u : !tsk.buffer<f32>) attributes {extents = #extents, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  return
}

// -----

#rows = affine_map<(d0, d1) -> (d0 * 32 + d1)>
#extents = affine_map<() -> (64, 32)>
#parallel = #tsk.iterator<parallel>
#row = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32], order = [0, 1], tasks = 1, packed = []>
#halides = #tsk.schedule<halide, vector_dim = 1, lanes = 16, tile = [1, 32], order = [0, 1], tasks = 1, packed = []>

// Launches of their own: one that may be left out, one that can end the run,
// one of a free size, and one in code of others.
// CHECK-LABEL: func.func @main
// CHECK-NOT: tsk.joins
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %c = tsk.argument 1 : !tsk.buffer<i1>
  %i = tsk.argument 2 : !tsk.buffer<i64>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %p = tsk.output 1 : !tsk.buffer<f32>
  %q = tsk.output 2 : !tsk.buffer<f32>
  %r = tsk.output 3 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) when(%c : !tsk.buffer<i1>) attributes {extents = #extents, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row,
      condition_offsets = [affine_map<() -> (0)>], condition_values = array<i1: true>} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%a, %i : !tsk.buffer<f32>, !tsk.buffer<i64>) outs(%p : !tsk.buffer<f32>) attributes {extents = #extents, iterators = [#parallel, #parallel],
      input_maps = [affine_map<(d0, d1) -> (0)>, affine_map<(d0, d1) -> (d0)>], output_maps = [#rows], pads = [unit, unit], guards = [unit, unit],
      feedback = array<i64: -1, -1>, schedule = #row} computes {
  ^bb0(%x: !tsk.buffer<f32>, %j: i64):
    %v = tsk.gather %x[%j] {map = affine_map<(d0, d1, d2) -> (d2 * 32 + d1)>, limits = affine_map<() -> (64)>} : !tsk.buffer<f32> -> f32
    tsk.yield %v : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%q : !tsk.buffer<f32>) attributes {extents = affine_map<()[s0] -> (s0, 32)>, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%r : !tsk.buffer<f32>) attributes {extents = #extents, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #halides} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  return
}

// -----

#parallel = #tsk.iterator<parallel>
#reduction = #tsk.iterator<reduction>
#product = affine_map<() -> (8, 64, 512)>
#rows = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 64, 1], order = [0, 1, 2], tasks = 1, packed = []>

// Products of the same input store to places of their own. They are joined
// although two tasks each are few: nothing makes them share units.
// CHECK-LABEL: func.func @main
// CHECK: tsk.launch
// CHECK-SAME: tsk.tasks_of_unit = 0 : i64
// CHECK: tsk.launch
// CHECK-SAME: tsk.joins, tsk.tasks_of_unit = 0 : i64
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %v = tsk.weight dense<1.0> : tensor<512x64xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %w = tsk.weight dense<2.0> : tensor<512x64xf32> {offset = 131072 : i64} : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (4096)>} : !tsk.buffer<f32>
  tsk.launch ins(%a, %v : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>) attributes {extents = #product, iterators = [#parallel, #parallel, #reduction],
      input_maps = [affine_map<(m, n, k) -> (m * 512 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>], output_maps = [affine_map<(m, n, k) -> (m * 128 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>, schedule = #rows} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>) attributes {extents = #product, iterators = [#parallel, #parallel, #reduction],
      input_maps = [affine_map<(m, n, k) -> (m * 512 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>], output_maps = [affine_map<(m, n, k) -> (m * 128 + n + 64)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>, schedule = #rows} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}
