// RUN: tessera-opt %s -split-input-file -mlir-print-local-scope -tessera-assign-layouts | FileCheck %s

#conv = affine_map<() -> (1, 32, 14, 14, 32, 3, 3)>
#kinds = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>, #tsk.iterator<reduction>, #tsk.iterator<reduction>]

// The first convolution stores its channels side by side, its weights being
// panels of them, and the map follows. So does the last one: copying its result
// to row-major order costs less than storing lanes apart.
// CHECK: tsk.kernel %arg0, %{{.*}} {{{.*}}layouts = [array<i64: 0, 2, 3, 1>]
// CHECK: tsk.kernel %{{.*}} {{{.*}}layouts = [array<i64: 0, 2, 3, 1>]
// CHECK: tsk.kernel %{{.*}} {{{.*}}layouts = [array<i64: 0, 2, 3, 1>]
func.func @main(%x: tensor<1x32x16x16xf32>) -> tensor<1x32x14x14xf32> {
  %w = arith.constant dense<1.0> : tensor<32x32x3x3xf32>
  %y = tsk.kernel %x, %w {extents = #conv, iterators = #kinds,
      input_maps = [affine_map<(n, o, h, w, i, r, s) -> (n, i, h + r, w + s)>, affine_map<(n, o, h, w, i, r, s) -> (o, i, r, s)>],
      result_maps = [affine_map<(n, o, h, w, i, r, s) -> (n, o, h, w)>], pads = [unit, unit], feedback = array<i64: -1, -1>}
      : (tensor<1x32x16x16xf32>, tensor<32x32x3x3xf32>) -> tensor<1x32x14x14xf32> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  %z = tsk.kernel %y {extents = affine_map<() -> (1, 32, 14, 14)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>], result_maps = [affine_map<(n, c, h, w) -> (n, c, h, w)>], pads = [unit], feedback = array<i64: -1>}
      : (tensor<1x32x14x14xf32>) -> tensor<1x32x14x14xf32> {
  ^bb0(%a: f32):
    %b = math.absf %a : f32
    tsk.yield %b : f32
  }
  %u = tsk.kernel %z, %w {extents = #conv, iterators = #kinds,
      input_maps = [affine_map<(n, o, h, w, i, r, s) -> (n, i, h + r - 1, w + s - 1)>, affine_map<(n, o, h, w, i, r, s) -> (o, i, r, s)>],
      result_maps = [affine_map<(n, o, h, w, i, r, s) -> (n, o, h, w)>], pads = [0.0 : f32, unit], feedback = array<i64: -1, -1>}
      : (tensor<1x32x14x14xf32>, tensor<32x32x3x3xf32>) -> tensor<1x32x14x14xf32> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return %u : tensor<1x32x14x14xf32>
}

// -----

// Row-major order is right for a product of rows, and is not written down.
// CHECK-LABEL: func.func @main(%arg0: tensor<8x64xf32>)
// CHECK-NOT: layouts
func.func @main(%x: tensor<8x64xf32>) -> tensor<8x32xf32> {
  %w = arith.constant dense<1.0> : tensor<64x32xf32>
  %y = tsk.kernel %x, %w {extents = affine_map<() -> (8, 32, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>], result_maps = [affine_map<(m, n, k) -> (m, n)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>} : (tensor<8x64xf32>, tensor<64x32xf32>) -> tensor<8x32xf32> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return %y : tensor<8x32xf32>
}

// -----

#mnk = affine_map<() -> (128, 64, 64)>
#kinds = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>]

// The product %q x transpose(%k) reads one operand across memory; its producer
// keeps the order of its weights, and a copy turns the operand.
// CHECK-LABEL: func.func @main(%arg0: tensor<128x64xf32>)
// CHECK: %[[Q:.*]] = tsk.kernel %arg0, %{{.*}} {extents
// CHECK: %[[K:.*]] = tsk.kernel %arg0, %{{.*}} {extents
// CHECK: %[[T:.*]] = tsk.kernel %[[K]] {{{.*}}layouts = [array<i64: 1, 0>]
// CHECK: tsk.kernel %[[Q]], %[[T]] {extents = affine_map<() -> (128, 128, 64)>
func.func @main(%x: tensor<128x64xf32>) -> tensor<128x128xf32> {
  %w = arith.constant dense<1.0> : tensor<64x64xf32>
  %v = arith.constant dense<2.0> : tensor<64x64xf32>
  %q = tsk.kernel %x, %w {extents = #mnk, iterators = #kinds,
      input_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>], result_maps = [affine_map<(m, n, k) -> (m, n)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>} : (tensor<128x64xf32>, tensor<64x64xf32>) -> tensor<128x64xf32> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  %k = tsk.kernel %x, %v {extents = #mnk, iterators = #kinds,
      input_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>], result_maps = [affine_map<(m, n, k) -> (m, n)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>} : (tensor<128x64xf32>, tensor<64x64xf32>) -> tensor<128x64xf32> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  %y = tsk.kernel %q, %k {extents = affine_map<() -> (128, 128, 64)>, iterators = #kinds,
      input_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>], result_maps = [affine_map<(m, n, k) -> (m, n)>],
      pads = [unit, unit], feedback = array<i64: -1, -1>} : (tensor<128x64xf32>, tensor<128x64xf32>) -> tensor<128x128xf32> {
  ^bb0(%a: f32, %b: f32):
    %p = arith.mulf %a, %b : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return %y : tensor<128x128xf32>
}
