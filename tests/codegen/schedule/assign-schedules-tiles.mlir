// RUN: tessera-opt --tessera-assign-schedules="target=x86-64-amx products=bf16x6" --split-input-file %s | FileCheck %s --check-prefixes=CHECK,SIX
// RUN: tessera-opt --tessera-assign-schedules="target=x86-64-amx products=bf16" --split-input-file %s | FileCheck %s --check-prefixes=CHECK,ONE
// RUN: tessera-opt --tessera-assign-schedules="target=x86-64-amx" --split-input-file %s | FileCheck %s --check-prefix=FMA
// RUN: tessera-opt --tessera-assign-schedules="target=x86-64-v4 products=bf16x6" --split-input-file %s | FileCheck %s --check-prefix=FMA
// RUN: not tessera-opt --tessera-assign-schedules="products=bf16x9" --split-input-file %s 2>&1 | FileCheck %s --check-prefix=PRODUCTS

// PRODUCTS: error: expected fma, bf16x6, bf16x3 or bf16, got 'bf16x9'

// A contraction: a task has all rows of a panel that have room on the stack.
// CHECK-LABEL: func.func @contraction
// SIX: schedule = #tsk.schedule<bf16x6, vector_dim = 1, lanes = 16, tile = [128, 32, 1], {{.*}} tasks = 2, packed = [1]>
// ONE: schedule = #tsk.schedule<bf16, vector_dim = 1, lanes = 16, tile = [128, 32, 1], {{.*}} tasks = 2, packed = [1]>
// FMA-LABEL: func.func @contraction
// FMA: schedule = #tsk.schedule<nest
func.func @contraction() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<512x768xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (128, 768, 512)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 512 + k)>, affine_map<(m, n, k) -> (k * 768 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 768 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Few rows, and few sums, stay with fused multiply-adds.
// CHECK-LABEL: func.func @small
// CHECK: schedule = #tsk.schedule<nest
// CHECK: schedule = #tsk.schedule<nest
func.func @small() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<512x768xf32> : !tsk.buffer<f32>
  %v = tsk.weight dense<1.0> : tensor<8x768xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %q = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 768, 512)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 512 + k)>, affine_map<(m, n, k) -> (k * 768 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 768 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  tsk.launch ins(%a, %v : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%q : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (128, 768, 8)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 8 + k)>, affine_map<(m, n, k) -> (k * 768 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 768 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// A convolution with a border: a task has whole rows of the image, those
// between two of which are computed in vain.
// CHECK-LABEL: func.func @window
// SIX: schedule = #tsk.schedule<bf16x6, vector_dim = 2, lanes = 16, tile = [14, 14, 32, 1, 1, 1], {{.*}} tasks = 3, packed = [1]>
// FMA-LABEL: func.func @window
// FMA: schedule = #tsk.schedule<nest
func.func @window() {
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (131072)>} : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<3x3x128x128xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (14, 14, 128, 3, 3, 128)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>, #tsk.iterator<reduction>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(y, x, n, r, s, k) -> (y * 2048 + x * 128 + r * 2048 + s * 128 + k)>, affine_map<(y, x, n, r, s, k) -> (r * 49152 + s * 16384 + k * 128 + n)>],
      output_maps = [affine_map<(y, x, n, r, s, k) -> (y * 1792 + x * 128 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}
