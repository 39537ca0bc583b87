// RUN: tessera-opt --tessera-block-factors --mlir-print-local-scope --split-input-file %s | FileCheck %s

// Blocks of 32 columns are computed and multiplied in turn, in the same memory; the constant lies in blocks, too.
// CHECK-LABEL: func.func @main
// CHECK: tsk.weight dense<2.000000e+00> : tensor<513x512xf32> {packed_extents = array<i64: 16, 513, 32>, packing = affine_map<(d0, d1, d2) -> (d1 * 512 + d0 * 32 + d2)>, vector_extent = 512 : i64}
// CHECK: %[[T:.*]] = tsk.arena {bytes = affine_map<() -> (65664)>
// CHECK: tsk.launch {{.*}} outs(%[[T]] : {{.*}}extents = affine_map<() -> (513, 32)>{{.*}} input_maps = [affine_map<(d0, d1) -> (d0 * 32 + d1)>]{{.*}} output_maps = [affine_map<(d0, d1) -> (d0 * 32 + d1)>]
// CHECK: tsk.launch ins(%{{.*}}, %[[T]] : {{.*}}extents = affine_map<() -> (8, 32, 513)>{{.*}} affine_map<(d0, d1, d2) -> (d1 + d2 * 32)>]{{.*}} output_maps = [affine_map<(d0, d1, d2) -> (d0 * 512 + d1)>]
// CHECK: tsk.launch {{.*}} outs(%[[T]] : {{.*}}extents = affine_map<() -> (513, 32)>{{.*}} input_maps = [affine_map<(d0, d1) -> (d0 * 32 + d1 + 16416)>]{{.*}} output_maps = [affine_map<(d0, d1) -> (d0 * 32 + d1)>]
// CHECK: tsk.launch ins(%{{.*}}, %[[T]] : {{.*}} affine_map<(d0, d1, d2) -> (d1 + d2 * 32)>]{{.*}} output_maps = [affine_map<(d0, d1, d2) -> (d0 * 512 + d1 + 32)>]
// CHECK-COUNT-28: tsk.launch
// CHECK-NOT: tsk.launch
func.func @main() {
  %w = tsk.weight dense<2.0> : tensor<513x512xf32> : !tsk.buffer<f32>
  %x = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (16416)>} : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (1050624)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%w : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (513, 512)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(k, n) -> (k * 512 + n)>], output_maps = [affine_map<(k, n) -> (k * 512 + n)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%a: f32):
    %b = arith.mulf %a, %a : f32
    tsk.yield %b : f32
  }
  tsk.launch ins(%x, %t : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 512, 513)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 513 + k)>, affine_map<(m, n, k) -> (k * 512 + n)>], output_maps = [affine_map<(m, n, k) -> (m * 512 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// In a core's cache the whole buffer stays.
// CHECK-LABEL: func.func @main
// CHECK-COUNT-2: tsk.launch
// CHECK-NOT: tsk.launch
func.func @main() {
  %w = tsk.weight dense<2.0> : tensor<500x512xf32> : !tsk.buffer<f32>
  %x = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (16000)>} : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (1024000)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%w : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (500, 512)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(k, n) -> (k * 512 + n)>], output_maps = [affine_map<(k, n) -> (k * 512 + n)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%a: f32):
    %b = arith.mulf %a, %a : f32
    tsk.yield %b : f32
  }
  tsk.launch ins(%x, %t : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 512, 500)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 500 + k)>, affine_map<(m, n, k) -> (k * 512 + n)>], output_maps = [affine_map<(m, n, k) -> (m * 512 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// What each block would read again does not stay in cache.
// CHECK-LABEL: func.func @main
// CHECK-COUNT-2: tsk.launch
// CHECK-NOT: tsk.launch
func.func @main() {
  %w = tsk.weight dense<2.0> : tensor<513x512xf32> : !tsk.buffer<f32>
  %x = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (2000000)>} : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (1050624)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%w : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (513, 512)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(k, n) -> (k * 512 + n)>], output_maps = [affine_map<(k, n) -> (k * 512 + n)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%a: f32):
    %b = arith.mulf %a, %a : f32
    tsk.yield %b : f32
  }
  tsk.launch ins(%x, %t : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 512, 513)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 513 + k)>, affine_map<(m, n, k) -> (k * 512 + n)>], output_maps = [affine_map<(m, n, k) -> (m * 512 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Something else reads the buffer.
// CHECK-LABEL: func.func @main
// CHECK-COUNT-3: tsk.launch
// CHECK-NOT: tsk.launch
func.func @main() {
  %w = tsk.weight dense<2.0> : tensor<513x512xf32> : !tsk.buffer<f32>
  %x = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (16416)>} : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (1050624)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %q = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%w : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (513, 512)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(k, n) -> (k * 512 + n)>], output_maps = [affine_map<(k, n) -> (k * 512 + n)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%a: f32):
    %b = arith.mulf %a, %a : f32
    tsk.yield %b : f32
  }
  tsk.launch ins(%x, %t : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 512, 513)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 513 + k)>, affine_map<(m, n, k) -> (k * 512 + n)>], output_maps = [affine_map<(m, n, k) -> (m * 512 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  tsk.launch ins(%t : !tsk.buffer<f32>) outs(%q : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (262656)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%a: f32):
    tsk.yield %a : f32
  }
  return
}

// -----

// Something else reads the constant as it was stored.
// CHECK-LABEL: func.func @main
// CHECK-COUNT-3: tsk.launch
// CHECK-NOT: tsk.launch
func.func @main() {
  %w = tsk.weight dense<2.0> : tensor<513x512xf32> : !tsk.buffer<f32>
  %x = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (16416)>} : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (1050624)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %q = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%w : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (513, 512)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(k, n) -> (k * 512 + n)>], output_maps = [affine_map<(k, n) -> (k * 512 + n)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%a: f32):
    %b = arith.mulf %a, %a : f32
    tsk.yield %b : f32
  }
  tsk.launch ins(%x, %t : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 512, 513)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 513 + k)>, affine_map<(m, n, k) -> (k * 512 + n)>], output_maps = [affine_map<(m, n, k) -> (m * 512 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  tsk.launch ins(%w : !tsk.buffer<f32>) outs(%q : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (262656)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%a: f32):
    tsk.yield %a : f32
  }
  return
}

// -----

// Of a free number of rows nobody knows whether they stay in cache: they are read twice, for halves of the columns.
// CHECK-LABEL: module attributes {tsk.dimensions
// CHECK: tsk.weight dense<2.000000e+00> : tensor<513x512xf32> {packed_extents = array<i64: 2, 513, 256>, packing = affine_map<(d0, d1, d2) -> (d1 * 512 + d0 * 256 + d2)>, vector_extent = 512 : i64}
// CHECK: %[[T:.*]] = tsk.arena {bytes = affine_map<() -> (525312)>
// CHECK: tsk.launch {{.*}} outs(%[[T]] : {{.*}}extents = affine_map<() -> (513, 256)>
// CHECK: tsk.launch ins(%{{.*}}, %[[T]] : {{.*}}extents = affine_map<()[s0] -> (s0, 256, 513)>{{.*}} affine_map<(d0, d1, d2) -> (d1 + d2 * 256)>]{{.*}} output_maps = [affine_map<(d0, d1, d2) -> (d0 * 512 + d1)>]
// CHECK-COUNT-2: tsk.launch
// CHECK-NOT: tsk.launch
module attributes {tsk.dimensions = [#tsk.dimension<"rows", input, 1, -1, () -> ()>]} {
  func.func @main() {
    %w = tsk.weight dense<2.0> : tensor<513x512xf32> : !tsk.buffer<f32>
    %x = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<()[s0] -> (s0 * 2052)>} : !tsk.buffer<f32>
    %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (1050624)>} : !tsk.buffer<f32>
    %o = tsk.output 0 : !tsk.buffer<f32>
    tsk.launch ins(%w : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>)
      attributes {extents = affine_map<() -> (513, 512)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
        input_maps = [affine_map<(k, n) -> (k * 512 + n)>], output_maps = [affine_map<(k, n) -> (k * 512 + n)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%a: f32):
      %b = arith.mulf %a, %a : f32
      tsk.yield %b : f32
    }
    tsk.launch ins(%x, %t : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
      attributes {extents = affine_map<()[s0] -> (s0, 512, 513)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
        input_maps = [affine_map<(m, n, k) -> (m * 513 + k)>, affine_map<(m, n, k) -> (k * 512 + n)>], output_maps = [affine_map<(m, n, k) -> (m * 512 + n)>],
        pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
    ^bb0(%a: f32, %b: f32):
      %p = arith.mulf %a, %b : f32
      %s = tsk.reduce <add> %p : f32 -> f32
      tsk.yield %s : f32
    }
    return
  }
}
