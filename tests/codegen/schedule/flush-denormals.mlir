// RUN: tessera-opt --tessera-flush-denormals --split-input-file %s | FileCheck %s

// What is lost is far below the constant that is added.
// CHECK-LABEL: func.func @bias
// CHECK: tsk.flushes_denormals = "all"
func.func @bias() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %z : f32
    tsk.yield %t : f32
  }
  return
}

// -----

// So it is where a tensor is added too, and below zero all is zero.
// CHECK-LABEL: func.func @residual_and_bounds
// CHECK: tsk.flushes_denormals = "all"
func.func @residual_and_bounds() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %r = tsk.argument 1 : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %b, %r : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>, affine_map<(m, n, k) -> (m * 64 + n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit, unit], guards = [unit, unit, unit, unit], feedback = array<i64: -1, -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32, %q: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %z : f32
    %u = arith.addf %t, %q : f32
    %c = arith.constant 0.0 : f32
    %l = arith.cmpf olt, %u, %c : f32
    %v = arith.select %l, %c, %u : f32
    tsk.yield %v : f32
  }
  return
}

// -----

// Nothing is added: the sum itself may be denormal.
// CHECK-LABEL: func.func @no_constant
// CHECK-NOT: tsk.flushes_denormals
func.func @no_constant() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// What is added may be denormal.
// CHECK-LABEL: func.func @added_tensor
// CHECK-NOT: tsk.flushes_denormals
func.func @added_tensor() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %r = tsk.argument 1 : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %b, %r : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>, affine_map<(m, n, k) -> (m * 64 + n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit, unit], guards = [unit, unit, unit, unit], feedback = array<i64: -1, -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32, %q: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %q : f32
    tsk.yield %t : f32
  }
  return
}

// -----

// Nothing is added for one of the results.
// CHECK-LABEL: func.func @zero_in_constant
// CHECK-NOT: tsk.flushes_denormals
func.func @zero_in_constant() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<"0x0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F0000803F00000000"> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %z : f32
    tsk.yield %t : f32
  }
  return
}

// -----

// Too close to the denormal numbers.
// CHECK-LABEL: func.func @small_constant
// CHECK-NOT: tsk.flushes_denormals
func.func @small_constant() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<1.0e-26> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %z : f32
    tsk.yield %t : f32
  }
  return
}

// -----

// Just far enough.
// CHECK-LABEL: func.func @small_enough
// CHECK: tsk.flushes_denormals = "all"
func.func @small_enough() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<1.0e-22> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %z : f32
    tsk.yield %t : f32
  }
  return
}

// -----

// A large factor makes a denormal weight matter.
// CHECK-LABEL: func.func @denormal_weight
// CHECK-NOT: tsk.flushes_denormals
func.func @denormal_weight() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0e-39> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %z : f32
    tsk.yield %t : f32
  }
  return
}

// -----

// A product afterwards makes the error small and the result smaller.
// CHECK-LABEL: func.func @product_afterwards
// CHECK-NOT: tsk.flushes_denormals
func.func @product_afterwards() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %r = tsk.argument 1 : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %b, %r : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>, affine_map<(m, n, k) -> (m * 64 + n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit, unit], guards = [unit, unit, unit, unit], feedback = array<i64: -1, -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32, %q: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %z : f32
    %u = arith.mulf %t, %q : f32
    tsk.yield %u : f32
  }
  return
}

// -----

// Behind a bound, which may take the place of the sum, a term may be all there is.
// CHECK-LABEL: func.func @term_behind_a_bound
// CHECK-NOT: tsk.flushes_denormals
func.func @term_behind_a_bound() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %r = tsk.argument 1 : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %b, %r : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>, affine_map<(m, n, k) -> (m * 64 + n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit, unit], guards = [unit, unit, unit, unit], feedback = array<i64: -1, -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32, %q: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %z : f32
    %c = arith.constant 0.0 : f32
    %u = arith.maximumf %t, %c : f32
    %v = arith.addf %u, %q : f32
    tsk.yield %v : f32
  }
  return
}

// -----

// A bound that is denormal itself would be lost.
// CHECK-LABEL: func.func @denormal_bound
// CHECK-NOT: tsk.flushes_denormals
func.func @denormal_bound() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %z : f32
    %c = arith.constant 1.0e-39 : f32
    %u = arith.maximumf %t, %c : f32
    tsk.yield %u : f32
  }
  return
}

// -----

// Infinity times a denormal number is infinite, times zero it is none.
// CHECK-LABEL: func.func @infinite_weight
// CHECK-NOT: tsk.flushes_denormals
func.func @infinite_weight() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<0x7F800000> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %z : f32
    tsk.yield %t : f32
  }
  return
}

// -----

// Something else needs the sum.
// CHECK-LABEL: func.func @sum_used_twice
// CHECK-NOT: tsk.flushes_denormals
func.func @sum_used_twice() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %z : f32
    %u = arith.addf %t, %s : f32
    tsk.yield %u : f32
  }
  return
}

// -----

// The greater one may be the tensor alone.
// CHECK-LABEL: func.func @greater_tensor
// CHECK-NOT: tsk.flushes_denormals
func.func @greater_tensor() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %r = tsk.argument 1 : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %b, %r : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>, affine_map<(m, n, k) -> (m * 64 + n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit, unit], guards = [unit, unit, unit, unit], feedback = array<i64: -1, -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32, %q: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %z : f32
    %u = arith.maximumf %t, %q : f32
    tsk.yield %u : f32
  }
  return
}
