// RUN: tessera-opt --tessera-band-launches="cache-bytes=4096" --split-input-file %s | FileCheck %s -enable-var-scope

// 64 rows of 32 numbers, 8 KB, and windows of three of them.
#rows = affine_map<(d0, d1) -> (d0 * 32 + d1)>
#window = affine_map<(d0, d1, d2) -> (d0 * 32 + d2 * 32 + d1)>
#result = affine_map<(d0, d1, d2) -> (d0 * 32 + d1)>
#parallel = #tsk.iterator<parallel>
#reduction = #tsk.iterator<reduction>
#row = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32], order = [0, 1], tasks = 1, packed = []>
#two_rows = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [2, 32, 1], order = [0, 1, 2], tasks = 1, packed = []>

// CHECK-LABEL: func.func @main
// CHECK: tsk.launch
// CHECK-NOT: tsk.banded
// CHECK-SAME: tsk.bands = 30 : i64
// CHECK: tsk.launch
// CHECK-SAME: tsk.banded, tsk.bands = 30 : i64, tsk.same_time
// CHECK: tsk.launch
// CHECK-NOT: tsk.band
// CHECK: return
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8192)>} : !tsk.buffer<f32>
  %u = tsk.arena {offset = affine_map<() -> (8192)>, bytes = affine_map<() -> (7936)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (64, 32)>, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%t : !tsk.buffer<f32>) outs(%u : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (62, 32, 3)>, iterators = [#parallel, #parallel, #reduction],
      input_maps = [#window], output_maps = [#result], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #two_rows} computes {
  ^bb0(%x: f32):
    %s = tsk.reduce <add> %x : f32 -> f32
    tsk.yield %s : f32
  }
  // Columns of all rows are needed at once.
  tsk.launch ins(%u : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (32, 62)>, iterators = [#parallel, #parallel],
      input_maps = [affine_map<(d0, d1) -> (d1 * 32 + d0)>], output_maps = [affine_map<(d0, d1) -> (d0 * 62 + d1)>], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  return
}

// -----

#rows = affine_map<(d0, d1) -> (d0 * 32 + d1)>
#parallel = #tsk.iterator<parallel>
#row = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32], order = [0, 1], tasks = 1, packed = []>

// What stays in the cache anyway is left alone: 32 rows, 4 KB.
// CHECK-LABEL: func.func @main
// CHECK-NOT: tsk.band
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (4096)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (32, 32)>, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%t : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (32, 32)>, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  return
}

// -----

#rows = affine_map<(d0, d1) -> (d0 * 32 + d1)>
#parallel = #tsk.iterator<parallel>
#row = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32], order = [0, 1], tasks = 1, packed = []>

// Apart, the ranges would need half as much memory again. But each row of %v
// takes the place of a row of %t that has been read.
// CHECK-LABEL: func.func @main
// CHECK: tsk.launch
// CHECK: tsk.bands = 8 : i64
// CHECK: tsk.banded, tsk.bands = 8 : i64
// CHECK-NOT: tsk.same_time
// CHECK: return
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8192)>} : !tsk.buffer<f32>
  %u = tsk.arena {offset = affine_map<() -> (8192)>, bytes = affine_map<() -> (8192)>} : !tsk.buffer<f32>
  %v = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8192)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (8, 256)>, iterators = [#parallel, #parallel],
      input_maps = [affine_map<(d0, d1) -> (d1 * 8 + d0)>], output_maps = [affine_map<(d0, d1) -> (d1 * 8 + d0)>], pads = [unit], guards = [unit], feedback = array<i64: -1>,
      schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [8, 32], order = [0, 1], tasks = 0, packed = []>} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%t : !tsk.buffer<f32>) outs(%u : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (64, 32)>, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%u : !tsk.buffer<f32>) outs(%v : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (64, 32)>, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%v : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (32, 62)>, iterators = [#parallel, #parallel],
      input_maps = [affine_map<(d0, d1) -> (d1 * 32 + d0)>], output_maps = [affine_map<(d0, d1) -> (d0 * 62 + d1)>], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  return
}

// -----

#rows = affine_map<(d0, d1) -> (d0 * 32 + d1)>
#parallel = #tsk.iterator<parallel>
#row = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32], order = [0, 1], tasks = 1, packed = []>

// Here it would take the place of one that is still to be read, 20 rows on.
// CHECK-LABEL: func.func @main
// CHECK-NOT: tsk.band
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8192)>} : !tsk.buffer<f32>
  %u = tsk.arena {offset = affine_map<() -> (10752)>, bytes = affine_map<() -> (8192)>} : !tsk.buffer<f32>
  %v = tsk.arena {offset = affine_map<() -> (2560)>, bytes = affine_map<() -> (8192)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (8, 256)>, iterators = [#parallel, #parallel],
      input_maps = [affine_map<(d0, d1) -> (d1 * 8 + d0)>], output_maps = [affine_map<(d0, d1) -> (d1 * 8 + d0)>], pads = [unit], guards = [unit], feedback = array<i64: -1>,
      schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [8, 32], order = [0, 1], tasks = 0, packed = []>} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%t : !tsk.buffer<f32>) outs(%u : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (64, 32)>, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%u : !tsk.buffer<f32>) outs(%v : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (64, 32)>, iterators = [#parallel, #parallel],
      input_maps = [#rows], output_maps = [#rows], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%v : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (32, 62)>, iterators = [#parallel, #parallel],
      input_maps = [affine_map<(d0, d1) -> (d1 * 32 + d0)>], output_maps = [affine_map<(d0, d1) -> (d0 * 62 + d1)>], pads = [unit], guards = [unit], feedback = array<i64: -1>, schedule = #row} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  return
}
