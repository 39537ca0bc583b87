// RUN: tessera-opt %s -split-input-file -mlir-print-local-scope -tessera-block-chains | FileCheck %s

#p = #tsk.iterator<parallel>
#r = #tsk.iterator<reduction>

// All keys fit in a block: queries are transposed, exponentials stored, and the products divided by their sums. Three numbers of scratch
// memory take the place of 2 x 128 x 128 scores; one run of blocks has its own part of each.
// CHECK-LABEL: func.func @main()
// CHECK-DAG: %[[Q:.*]] = tsk.argument 0
// CHECK-DAG: %[[K:.*]] = tsk.argument 1
// CHECK: %[[S:.*]] = tsk.arena {bytes = affine_map<() -> (131072)>
// CHECK: %[[SUMS:.*]] = tsk.arena {bytes = affine_map<() -> (1024)>
// CHECK: %[[T:.*]] = tsk.arena
// CHECK: tsk.loop attributes {extents = affine_map<() -> (2, 2)>, lengths = [], runs = 4 : i64, symbol = 0 : i64} {
// CHECK-NEXT: tsk.launch ins(%[[Q]] : {{.*}} outs(%[[T]] :
// CHECK: tsk.launch ins(%[[T]], %[[K]] : {{.*}} outs(%[[S]] : {{.*}}extents = affine_map<() -> (128, 64, 64)>
// CHECK-SAME: output_maps = [affine_map<(d0, d1, d2)[s0, s1, s2] -> ({{.*}}s2 * 8192
// CHECK: tsk.launch ins(%[[S]] : {{.*}} outs(%[[S]], %[[SUMS]] :
// CHECK: %[[E:.*]] = math.exp
// CHECK: %[[SUM:.*]] = tsk.reduce <add> %[[E]]
// CHECK: tsk.yield %[[E]], %{{.*}}
// CHECK: tsk.launch ins(%[[S]], %{{.*}}, %[[SUMS]] :
// CHECK: arith.mulf {{.*}}, %arg2
// CHECK-NOT: tsk.launch
func.func @main() {
  %q = tsk.argument 0 : !tsk.buffer<f32>
  %k = tsk.argument 1 : !tsk.buffer<f32>
  %v = tsk.argument 2 : !tsk.buffer<f32>
  %y = tsk.output 0 : !tsk.buffer<f32>
  %s = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (131072)>} : !tsk.buffer<f32>
  %p = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (131072)>} : !tsk.buffer<f32>
  tsk.launch ins(%q, %k : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%s : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 128, 128, 64)>,
      input_maps = [affine_map<(h, q, k, d) -> (h * 8192 + q * 64 + d)>, affine_map<(h, q, k, d) -> (h * 8192 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, k, d) -> (h * 16384 + q * 128 + k)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%s : !tsk.buffer<f32>) outs(%p : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 128, 128)>,
      input_maps = [affine_map<(h, q, k) -> (h * 16384 + q * 128 + k)>], output_maps = [affine_map<(h, q, k) -> (h * 16384 + q * 128 + k)>],
      iterators = [#p, #p, #r], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %max = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %max : f32
    %e = math.exp %d : f32
    %sum = tsk.reduce <add> %e : f32 -> f32
    %r = arith.divf %e, %sum : f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%p, %v : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 128, 64, 128)>,
      input_maps = [affine_map<(h, q, d, k) -> (h * 16384 + q * 128 + k)>, affine_map<(h, q, d, k) -> (h * 8192 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, d, k) -> (h * 8192 + q * 64 + d)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  return
}

// -----

#p = #tsk.iterator<parallel>
#r = #tsk.iterator<reduction>

// Longer rows are cut in blocks of keys: an inner loop keeps the greatest score, the sum and the results so far.
// CHECK-LABEL: func.func @main()
// CHECK: tsk.loop attributes {extents = affine_map<() -> (2, 16)>, lengths = [], runs = {{[0-9]+}} : i64, symbol = 0 : i64} {
// CHECK: arith.constant 0xFF800000
// CHECK: tsk.loop attributes {extents = affine_map<() -> (4)>, lengths = [], runs = 0 : i64, symbol = 3 : i64} {
// CHECK: extents = affine_map<() -> (256, 64, 64)>
// CHECK-SAME: input_maps = [{{.*}}, affine_map<(d0, d1, d2)[s0, s1, s2, s3] -> (d0 * 64 + d2 + s0 * 65536 + s3 * 16384)>]
// CHECK: %[[MAX:.*]] = tsk.reduce <max>
// CHECK: %[[NOW:.*]] = arith.maximumf %{{.*}}, %[[MAX]]
// CHECK: %[[NONE:.*]] = arith.cmpf oeq, %[[NOW]]
// CHECK: arith.select %[[NONE]], %{{.*}}, %[[NOW]]
// CHECK: tsk.yield {{.*}} : f32, f32, f32, f32
// CHECK: extents = affine_map<() -> (64, 64, 256)>
// CHECK: extents = affine_map<() -> (64, 64)>
// CHECK: arith.divf
func.func @main() {
  %q = tsk.argument 0 : !tsk.buffer<f32>
  %k = tsk.argument 1 : !tsk.buffer<f32>
  %v = tsk.argument 2 : !tsk.buffer<f32>
  %y = tsk.output 0 : !tsk.buffer<f32>
  %s = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8388608)>} : !tsk.buffer<f32>
  %p = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8388608)>} : !tsk.buffer<f32>
  tsk.launch ins(%q, %k : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%s : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 1024, 1024, 64)>,
      input_maps = [affine_map<(h, q, k, d) -> (h * 65536 + q * 64 + d)>, affine_map<(h, q, k, d) -> (h * 65536 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, k, d) -> (h * 1048576 + q * 1024 + k)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%s : !tsk.buffer<f32>) outs(%p : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 1024, 1024)>,
      input_maps = [affine_map<(h, q, k) -> (h * 1048576 + q * 1024 + k)>], output_maps = [affine_map<(h, q, k) -> (h * 1048576 + q * 1024 + k)>],
      iterators = [#p, #p, #r], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %max = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %max : f32
    %e = math.exp %d : f32
    %sum = tsk.reduce <add> %e : f32 -> f32
    %r = arith.divf %e, %sum : f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%p, %v : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 1024, 64, 1024)>,
      input_maps = [affine_map<(h, q, d, k) -> (h * 1048576 + q * 1024 + k)>, affine_map<(h, q, d, k) -> (h * 65536 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, d, k) -> (h * 65536 + q * 64 + d)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  return
}

// -----

#p = #tsk.iterator<parallel>
#r = #tsk.iterator<reduction>

// Blocks do not divide these lengths: what is left of the last ones are symbols.
// CHECK-LABEL: func.func @main()
// CHECK: tsk.loop attributes {extents = affine_map<() -> (2, 16)>, lengths = [affine_map<()[s0, s1] -> (64, s1 * -64 + 1009)>], runs = {{[0-9]+}} : i64, symbol = 0 : i64} {
// CHECK: tsk.loop attributes {extents = affine_map<() -> (4)>, lengths = [affine_map<()[s0, s1, s2, s3, s4] -> (256, s4 * -256 + 1013)>], runs = 0 : i64, symbol = 4 : i64} {
// CHECK: extents = affine_map<()[s0, s1, s2, s3, s4, s5] -> (s5, s2, 64)>
func.func @main() {
  %q = tsk.argument 0 : !tsk.buffer<f32>
  %k = tsk.argument 1 : !tsk.buffer<f32>
  %v = tsk.argument 2 : !tsk.buffer<f32>
  %y = tsk.output 0 : !tsk.buffer<f32>
  %s = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8176936)>} : !tsk.buffer<f32>
  %p = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8176936)>} : !tsk.buffer<f32>
  tsk.launch ins(%q, %k : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%s : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 1009, 1013, 64)>,
      input_maps = [affine_map<(h, q, k, d) -> (h * 64576 + q * 64 + d)>, affine_map<(h, q, k, d) -> (h * 64832 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, k, d) -> (h * 1022117 + q * 1013 + k)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%s : !tsk.buffer<f32>) outs(%p : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 1009, 1013)>,
      input_maps = [affine_map<(h, q, k) -> (h * 1022117 + q * 1013 + k)>], output_maps = [affine_map<(h, q, k) -> (h * 1022117 + q * 1013 + k)>],
      iterators = [#p, #p, #r], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %max = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %max : f32
    %e = math.exp %d : f32
    %sum = tsk.reduce <add> %e : f32 -> f32
    %r = arith.divf %e, %sum : f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%p, %v : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 1009, 64, 1013)>,
      input_maps = [affine_map<(h, q, d, k) -> (h * 1022117 + q * 1013 + k)>, affine_map<(h, q, d, k) -> (h * 64832 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, d, k) -> (h * 64576 + q * 64 + d)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  return
}

// -----

#p = #tsk.iterator<parallel>
#r = #tsk.iterator<reduction>

// Rows that are no softmax are computed as they are, for a block of queries and all keys.
// CHECK-LABEL: func.func @main()
// CHECK: tsk.loop
// CHECK: math.absf
// CHECK: tsk.yield %{{.*}} : f32
// CHECK: tsk.launch ins(%{{.*}}, %{{.*}} :
// CHECK-NOT: tsk.loop
func.func @main() {
  %q = tsk.argument 0 : !tsk.buffer<f32>
  %k = tsk.argument 1 : !tsk.buffer<f32>
  %v = tsk.argument 2 : !tsk.buffer<f32>
  %y = tsk.output 0 : !tsk.buffer<f32>
  %s = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (131072)>} : !tsk.buffer<f32>
  %p = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (131072)>} : !tsk.buffer<f32>
  tsk.launch ins(%q, %k : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%s : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 128, 128, 64)>,
      input_maps = [affine_map<(h, q, k, d) -> (h * 8192 + q * 64 + d)>, affine_map<(h, q, k, d) -> (h * 8192 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, k, d) -> (h * 16384 + q * 128 + k)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%s : !tsk.buffer<f32>) outs(%p : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 128, 128)>,
      input_maps = [affine_map<(h, q, k) -> (h * 16384 + q * 128 + k)>], output_maps = [affine_map<(h, q, k) -> (h * 16384 + q * 128 + k)>],
      iterators = [#p, #p, #r], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %a = math.absf %x : f32
    %sum = tsk.reduce <add> %a : f32 -> f32
    %r = arith.divf %x, %sum : f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%p, %v : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 128, 64, 128)>,
      input_maps = [affine_map<(h, q, d, k) -> (h * 16384 + q * 128 + k)>, affine_map<(h, q, d, k) -> (h * 8192 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, d, k) -> (h * 8192 + q * 64 + d)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  return
}

// -----

#p = #tsk.iterator<parallel>
#r = #tsk.iterator<reduction>

// With all keys in one block these rows do not fit; they are no softmax, so there is nothing to do.
// CHECK-LABEL: func.func @main()
// CHECK-NOT: tsk.loop
func.func @main() {
  %q = tsk.argument 0 : !tsk.buffer<f32>
  %k = tsk.argument 1 : !tsk.buffer<f32>
  %v = tsk.argument 2 : !tsk.buffer<f32>
  %y = tsk.output 0 : !tsk.buffer<f32>
  %s = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8388608)>} : !tsk.buffer<f32>
  %p = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8388608)>} : !tsk.buffer<f32>
  tsk.launch ins(%q, %k : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%s : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 1024, 1024, 64)>,
      input_maps = [affine_map<(h, q, k, d) -> (h * 65536 + q * 64 + d)>, affine_map<(h, q, k, d) -> (h * 65536 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, k, d) -> (h * 1048576 + q * 1024 + k)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%s : !tsk.buffer<f32>) outs(%p : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 1024, 1024)>,
      input_maps = [affine_map<(h, q, k) -> (h * 1048576 + q * 1024 + k)>], output_maps = [affine_map<(h, q, k) -> (h * 1048576 + q * 1024 + k)>],
      iterators = [#p, #p, #r], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %a = math.absf %x : f32
    %sum = tsk.reduce <add> %a : f32 -> f32
    %r = arith.divf %x, %sum : f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%p, %v : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 1024, 64, 1024)>,
      input_maps = [affine_map<(h, q, d, k) -> (h * 1048576 + q * 1024 + k)>, affine_map<(h, q, d, k) -> (h * 65536 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, d, k) -> (h * 65536 + q * 64 + d)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  return
}

// -----

#p = #tsk.iterator<parallel>
#r = #tsk.iterator<reduction>

// A few queries read keys and values once anyway.
// CHECK-LABEL: func.func @main()
// CHECK-NOT: tsk.loop
func.func @main() {
  %q = tsk.argument 0 : !tsk.buffer<f32>
  %k = tsk.argument 1 : !tsk.buffer<f32>
  %v = tsk.argument 2 : !tsk.buffer<f32>
  %y = tsk.output 0 : !tsk.buffer<f32>
  %s = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (65536)>} : !tsk.buffer<f32>
  %p = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (65536)>} : !tsk.buffer<f32>
  tsk.launch ins(%q, %k : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%s : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 8, 1024, 64)>,
      input_maps = [affine_map<(h, q, k, d) -> (h * 512 + q * 64 + d)>, affine_map<(h, q, k, d) -> (h * 65536 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, k, d) -> (h * 8192 + q * 1024 + k)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%s : !tsk.buffer<f32>) outs(%p : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 8, 1024)>,
      input_maps = [affine_map<(h, q, k) -> (h * 8192 + q * 1024 + k)>], output_maps = [affine_map<(h, q, k) -> (h * 8192 + q * 1024 + k)>],
      iterators = [#p, #p, #r], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %max = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %max : f32
    %e = math.exp %d : f32
    %sum = tsk.reduce <add> %e : f32 -> f32
    %r = arith.divf %e, %sum : f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%p, %v : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 8, 64, 1024)>,
      input_maps = [affine_map<(h, q, d, k) -> (h * 8192 + q * 1024 + k)>, affine_map<(h, q, d, k) -> (h * 65536 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, d, k) -> (h * 512 + q * 64 + d)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  return
}

// -----

#p = #tsk.iterator<parallel>
#r = #tsk.iterator<reduction>

// Something else reads the scores.
// CHECK-LABEL: func.func @main()
// CHECK-NOT: tsk.loop
func.func @main() {
  %q = tsk.argument 0 : !tsk.buffer<f32>
  %k = tsk.argument 1 : !tsk.buffer<f32>
  %v = tsk.argument 2 : !tsk.buffer<f32>
  %y = tsk.output 0 : !tsk.buffer<f32>
  %z = tsk.output 1 : !tsk.buffer<f32>
  %s = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (131072)>} : !tsk.buffer<f32>
  %p = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (131072)>} : !tsk.buffer<f32>
  tsk.launch ins(%q, %k : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%s : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 128, 128, 64)>,
      input_maps = [affine_map<(h, q, k, d) -> (h * 8192 + q * 64 + d)>, affine_map<(h, q, k, d) -> (h * 8192 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, k, d) -> (h * 16384 + q * 128 + k)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%s : !tsk.buffer<f32>) outs(%p : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 128, 128)>,
      input_maps = [affine_map<(h, q, k) -> (h * 16384 + q * 128 + k)>], output_maps = [affine_map<(h, q, k) -> (h * 16384 + q * 128 + k)>],
      iterators = [#p, #p, #r], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %max = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %max : f32
    %e = math.exp %d : f32
    %sum = tsk.reduce <add> %e : f32 -> f32
    %r = arith.divf %e, %sum : f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%p, %v : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 128, 64, 128)>,
      input_maps = [affine_map<(h, q, d, k) -> (h * 16384 + q * 128 + k)>, affine_map<(h, q, d, k) -> (h * 8192 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, d, k) -> (h * 8192 + q * 64 + d)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%s : !tsk.buffer<f32>) outs(%z : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (32768)>,
      input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>], iterators = [#p], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  return
}

// -----

#p = #tsk.iterator<parallel>
#r = #tsk.iterator<reduction>

// The shares are an output of the model.
// CHECK-LABEL: func.func @main()
// CHECK-NOT: tsk.loop
func.func @main() {
  %q = tsk.argument 0 : !tsk.buffer<f32>
  %k = tsk.argument 1 : !tsk.buffer<f32>
  %v = tsk.argument 2 : !tsk.buffer<f32>
  %y = tsk.output 0 : !tsk.buffer<f32>
  %z = tsk.output 1 : !tsk.buffer<f32>
  %s = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (131072)>} : !tsk.buffer<f32>
  %p = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (131072)>} : !tsk.buffer<f32>
  tsk.launch ins(%q, %k : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%s : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 128, 128, 64)>,
      input_maps = [affine_map<(h, q, k, d) -> (h * 8192 + q * 64 + d)>, affine_map<(h, q, k, d) -> (h * 8192 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, k, d) -> (h * 16384 + q * 128 + k)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%s : !tsk.buffer<f32>) outs(%z : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 128, 128)>,
      input_maps = [affine_map<(h, q, k) -> (h * 16384 + q * 128 + k)>], output_maps = [affine_map<(h, q, k) -> (h * 16384 + q * 128 + k)>],
      iterators = [#p, #p, #r], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %max = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %max : f32
    %e = math.exp %d : f32
    %sum = tsk.reduce <add> %e : f32 -> f32
    %r = arith.divf %e, %sum : f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%z, %v : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (2, 128, 64, 128)>,
      input_maps = [affine_map<(h, q, d, k) -> (h * 16384 + q * 128 + k)>, affine_map<(h, q, d, k) -> (h * 8192 + k * 64 + d)>],
      output_maps = [affine_map<(h, q, d, k) -> (h * 8192 + q * 64 + d)>], iterators = [#p, #p, #p, #r], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %m = arith.mulf %a, %b : f32
    %r = tsk.reduce <add> %m : f32 -> f32
    tsk.yield %r : f32
  }
  return
}
