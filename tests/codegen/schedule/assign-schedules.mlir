// RUN: tessera-opt --tessera-assign-schedules="target=x86-64-v4" --split-input-file %s | FileCheck %s --check-prefixes=CHECK,WIDE
// RUN: tessera-opt --tessera-assign-schedules="target=x86-64-v3" --split-input-file %s | FileCheck %s --check-prefixes=CHECK,NARROW
// RUN: tessera-opt --tessera-assign-schedules="plain=true" --split-input-file %s | FileCheck %s --check-prefix=PLAIN
// RUN: not tessera-opt --tessera-assign-schedules="target=z80" --split-input-file %s 2>&1 | FileCheck %s --check-prefix=TARGET

// TARGET: error: expected the name of a target, got 'z80'

// A contraction fills the registers of the target and packs its constant operand.
// CHECK-LABEL: func.func @contraction
// WIDE: schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [{{1[0-4]|[6-9]}}, {{32|48|64}}, 1], {{.*}} packed = [1]>
// NARROW: schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 8, tile = [{{[456]}}, {{16|24}}, 1], {{.*}} packed = [1]>
// PLAIN: schedule = #tsk.schedule<nest, vector_dim = -1, lanes = 1, tile = [1, 1, 1], {{.*}} packed = []>
func.func @contraction() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<512x768xf32> : !tsk.buffer<f32>
  %c = tsk.weight dense<2.0> : tensor<768xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %c : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (128, 768, 512)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 512 + k)>, affine_map<(m, n, k) -> (k * 768 + n)>, affine_map<(m, n, k) -> (n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 768 + n)>], pads = [unit, unit, unit],
      guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %z : f32
    tsk.yield %t : f32
  }
  return
}

// -----

// Sums of 64 bits fill as many registers as sums of 32 bits do: a vector has half as many lanes.
// CHECK-LABEL: func.func @wide_sums
// WIDE: schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 8, tile = [{{1[0-4]|[6-9]}}, {{16|24|32}}, 1], {{.*}} packed = [1]>
// NARROW: schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 4, tile = [{{[456]}}, {{8|12}}, 1], {{.*}} packed = [1]>
func.func @wide_sums() {
  %a = tsk.argument 0 : !tsk.buffer<f64>
  %w = tsk.weight dense<1.0> : tensor<64x64xf64> : !tsk.buffer<f64>
  %o = tsk.output 0 : !tsk.buffer<f64>
  tsk.launch ins(%a, %w : !tsk.buffer<f64>, !tsk.buffer<f64>) outs(%o : !tsk.buffer<f64>)
    attributes {extents = affine_map<() -> (64, 64, 64)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f64, %y: f64):
    %p = arith.mulf %x, %y : f64
    %s = tsk.reduce <add> %p : f64 -> f64
    tsk.yield %s : f64
  }
  return
}

// -----

// A row that is reduced and stored again is read in vectors along itself,
// several rows at once: a number that divides all of them.
// CHECK-LABEL: func.func @row
// WIDE: vector_dim = 1, lanes = 16, tile = [6, 32]
// NARROW: vector_dim = 1, lanes = 8, tile = [6, 16]
func.func @row() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (12, 40)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, k) -> (m * 40 + k)>],
      output_maps = [affine_map<(m, k) -> (m * 40 + k)>], pads = [unit],
      guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %m = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %m : f32
    %e = math.exp %d : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    %y = arith.divf %e, %s : f32
    tsk.yield %y : f32
  }
  return
}

// -----

// A window over channels unrolls its short reductions.
// CHECK-LABEL: func.func @window
// CHECK: vector_dim = 2
// CHECK-SAME: tile = [{{.*}}, 3, 3], {{.*}} packed = [1]
func.func @window() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<96x3x3xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (14, 14, 96, 3, 3)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(h, w, c, i, j) -> (h * 1536 + i * 1536 + w * 96 + j * 96 + c)>, affine_map<(h, w, c, i, j) -> (c * 9 + i * 3 + j)>],
      output_maps = [affine_map<(h, w, c, i, j) -> (h * 1344 + w * 96 + c)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// A short row that becomes one number fills one vector, of which some lanes stay idle.
// CHECK-LABEL: func.func @short_row
// WIDE: vector_dim = 1, lanes = 16, tile = [{{[0-9]+}}, 16]
func.func @short_row() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (35, 14)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, k) -> (m * 14 + k)>],
      output_maps = [affine_map<(m, k) -> (m)>], pads = [unit],
      guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %s = tsk.reduce <add> %x : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// A long body fills the processor with one vector.
// CHECK-LABEL: func.func @long_body
// WIDE: vector_dim = 0, lanes = 16, tile = [16]
// NARROW: vector_dim = 0, lanes = 8, tile = [8]
func.func @long_body() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (4096)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(d) -> (d)>], output_maps = [affine_map<(d) -> (d)>], pads = [unit],
      guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%e0: f32):
    %e1 = math.exp %e0 : f32
    %e2 = math.exp %e1 : f32
    %e3 = math.exp %e2 : f32
    %e4 = math.exp %e3 : f32
    %e5 = math.exp %e4 : f32
    %e6 = math.exp %e5 : f32
    tsk.yield %e6 : f32
  }
  return
}

// -----

// Rows two apart read what their neighbours read at another step of the window
// (dimension 2), which therefore stays a loop; where they do not meet
// (dimension 2 of the next), its steps follow each other in code.
// CHECK-LABEL: func.func @window_meets
// WIDE: vector_dim = 0, lanes = 16, tile = [32, 14, 1, 1]
func.func @window_meets() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.argument 1 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (32, 28, 3, 8)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(c, x, k, i) -> (x * 2 + k + i * 60)>, affine_map<(c, x, k, i) -> (i * 96 + k * 32 + c)>],
      output_maps = [affine_map<(c, x, k, i) -> (x * 32 + c)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// CHECK-LABEL: func.func @window_does_not_meet
// WIDE: vector_dim = 0, lanes = 16, tile = [32, 14, 3, 1]
func.func @window_does_not_meet() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.argument 1 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (32, 28, 3, 8)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(c, x, k, i) -> (x * 3 + k + i * 90)>, affine_map<(c, x, k, i) -> (i * 96 + k * 32 + c)>],
      output_maps = [affine_map<(c, x, k, i) -> (x * 32 + c)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Threads share the steps of a recurrence where a step takes longer than handing it out.
// CHECK-LABEL: func.func @long_steps
// CHECK: schedule = #tsk.schedule<nest, vector_dim = 1, {{.*}}, order = [0, 1, 2], tasks = 2,
func.func @long_steps() {
  %p = tsk.argument 0 : !tsk.buffer<f32>
  %h = tsk.argument 1 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<256x256xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%p, %h, %w : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (100, 256, 256)>,
      iterators = [#tsk.iterator<sequential>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(t, u, i) -> (t * 256 + u)>, affine_map<(t, u, i) -> (i)>, affine_map<(t, u, i) -> (u * 256 + i)>],
      output_maps = [affine_map<(t, u, i) -> (t * 256 + u)>], pads = [unit, unit, unit],
      guards = [unit, unit, unit], feedback = array<i64: -1, 0, -1>} computes {
  ^bb0(%x: f32, %s: f32, %r: f32):
    %m = arith.mulf %s, %r : f32
    %a = tsk.reduce <add> %m : f32 -> f32
    %y = arith.addf %x, %a : f32
    tsk.yield %y : f32
  }
  return
}

// -----

// CHECK-LABEL: func.func @short_steps
// CHECK: schedule = #tsk.schedule<nest, vector_dim = 1, {{.*}}, order = [0, 1, 2], tasks = 0,
func.func @short_steps() {
  %p = tsk.argument 0 : !tsk.buffer<f32>
  %h = tsk.argument 1 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<96x96xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%p, %h, %w : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (100, 96, 96)>,
      iterators = [#tsk.iterator<sequential>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(t, u, i) -> (t * 96 + u)>, affine_map<(t, u, i) -> (i)>, affine_map<(t, u, i) -> (u * 96 + i)>],
      output_maps = [affine_map<(t, u, i) -> (t * 96 + u)>], pads = [unit, unit, unit],
      guards = [unit, unit, unit], feedback = array<i64: -1, 0, -1>} computes {
  ^bb0(%x: f32, %s: f32, %r: f32):
    %m = arith.mulf %s, %r : f32
    %a = tsk.reduce <add> %m : f32 -> f32
    %y = arith.addf %x, %a : f32
    tsk.yield %y : f32
  }
  return
}

// -----

// Channels first: lanes are stored apart once for 512 sums, and panels of the constant are worth more.
// CHECK-LABEL: func.func @channels_first
// WIDE: schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, {{.*}} packed = [1]
// NARROW: schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 8, {{.*}} packed = [1]
func.func @channels_first() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x512xf32> : !tsk.buffer<f32>
  %y = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%x, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (64, 256, 512)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(n, p, k) -> (k * 256 + p)>, affine_map<(n, p, k) -> (n * 512 + k)>], output_maps = [affine_map<(n, p, k) -> (n * 256 + p)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %q = arith.mulf %a, %b : f32
    %s = tsk.reduce <add> %q : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Rows of two operands that no panels can hold meet in tiles that are near a square: each row's vectors serve several of the other's.
// CHECK-LABEL: func.func @rows
// WIDE: schedule = #tsk.schedule<nest, vector_dim = 2, lanes = 16, tile = [4, 6, 16], {{.*}} packed = []>
// NARROW: schedule = #tsk.schedule<nest, vector_dim = 2, lanes = 8, tile = [4, 3, 8], {{.*}} packed = []>
func.func @rows() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.argument 1 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (256, 256, 512)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 512 + k)>, affine_map<(m, n, k) -> (n * 512 + k)>],
      output_maps = [affine_map<(m, n, k) -> (m * 256 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}
