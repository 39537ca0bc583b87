// RUN: tessera-opt --tessera-flush-denormals --split-input-file %s | FileCheck %s

// Only such a launch reads the product: its denormal results may be zeros.
// CHECK-LABEL: func.func @product_before
// CHECK: tsk.flushes_denormals = "results"
// CHECK: tsk.flushes_denormals = "all"
func.func @product_before() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %g = tsk.argument 1 : !tsk.buffer<f32>
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (2048)>} : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%x, %g : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(m, n) -> (m * 64 + n)>, affine_map<(m, n) -> (n)>], output_maps = [affine_map<(m, n) -> (m * 64 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%p: f32, %q: f32):
    %v = arith.mulf %p, %q : f32
    tsk.yield %v : f32
  }
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %t = arith.mulf %p, %q : f32
    %s = tsk.reduce <add> %t : f32 -> f32
    %v = arith.addf %s, %r : f32
    tsk.yield %v : f32
  }
  return
}

// -----

// Readers of what the memory held before do not count.
// CHECK-LABEL: func.func @read_before
// CHECK-NOT: tsk.flushes_denormals
// CHECK: arith.subf
// CHECK: tsk.flushes_denormals = "results"
// CHECK: tsk.flushes_denormals = "all"
func.func @read_before() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %g = tsk.argument 1 : !tsk.buffer<f32>
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (2048)>} : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %c = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%x, %g : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(m, n) -> (m * 64 + n)>, affine_map<(m, n) -> (n)>], output_maps = [affine_map<(m, n) -> (m * 64 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%p: f32, %q: f32):
    %v = arith.mulf %p, %q : f32
    tsk.yield %v : f32
  }
  tsk.launch ins(%a, %g : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%c : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(m, n) -> (m * 64 + n)>, affine_map<(m, n) -> (n)>], output_maps = [affine_map<(m, n) -> (m * 64 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%p: f32, %q: f32):
    %u = arith.subf %p, %q : f32
    %v = arith.mulf %u, %u : f32
    tsk.yield %v : f32
  }
  tsk.launch ins(%a, %g : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(m, n) -> (m * 64 + n)>, affine_map<(m, n) -> (n)>], output_maps = [affine_map<(m, n) -> (m * 64 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%p: f32, %q: f32):
    %v = arith.mulf %p, %q : f32
    tsk.yield %v : f32
  }
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %t = arith.mulf %p, %q : f32
    %s = tsk.reduce <add> %t : f32 -> f32
    %v = arith.addf %s, %r : f32
    tsk.yield %v : f32
  }
  return
}

// -----

// Another launch reads the product.
// CHECK-LABEL: func.func @other_reader
// CHECK-NOT: tsk.flushes_denormals = "results"
func.func @other_reader() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %g = tsk.argument 1 : !tsk.buffer<f32>
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (2048)>} : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %c = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%x, %g : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(m, n) -> (m * 64 + n)>, affine_map<(m, n) -> (n)>], output_maps = [affine_map<(m, n) -> (m * 64 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%p: f32, %q: f32):
    %v = arith.mulf %p, %q : f32
    tsk.yield %v : f32
  }
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %t = arith.mulf %p, %q : f32
    %s = tsk.reduce <add> %t : f32 -> f32
    %v = arith.addf %s, %r : f32
    tsk.yield %v : f32
  }
  tsk.launch ins(%a, %g : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%c : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(m, n) -> (m * 64 + n)>, affine_map<(m, n) -> (n)>], output_maps = [affine_map<(m, n) -> (m * 64 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%p: f32, %q: f32):
    %v = arith.mulf %p, %q : f32
    tsk.yield %v : f32
  }
  return
}

// -----

// A call reads the product.
// CHECK-LABEL: func.func @reading_call
// CHECK-NOT: tsk.flushes_denormals = "results"
func.func @reading_call() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %g = tsk.argument 1 : !tsk.buffer<f32>
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (2048)>} : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %c = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%x, %g : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(m, n) -> (m * 64 + n)>, affine_map<(m, n) -> (n)>], output_maps = [affine_map<(m, n) -> (m * 64 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%p: f32, %q: f32):
    %v = arith.mulf %p, %q : f32
    tsk.yield %v : f32
  }
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %t = arith.mulf %p, %q : f32
    %s = tsk.reduce <add> %t : f32 -> f32
    %v = arith.addf %s, %r : f32
    tsk.yield %v : f32
  }
  tsk.call "nonzero" ins(%a : !tsk.buffer<f32>) outs(%c : !tsk.buffer<f32>) {positions = array<i64: 0>, parameters = {}, extents = array<i64>, elements = array<i64>,
    input_types = [tensor<512xf32>], output_types = [tensor<512xf32>], input_offsets = [affine_map<() -> (0)>], output_offsets = [affine_map<() -> (0)>]}
  return
}

// -----

// The product is a result of the model, too.
// CHECK-LABEL: func.func @output
// CHECK-NOT: tsk.flushes_denormals = "results"
func.func @output() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %g = tsk.argument 1 : !tsk.buffer<f32>
  %a = tsk.output 1 : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %c = tsk.output 2 : !tsk.buffer<f32>
  tsk.launch ins(%x, %g : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(m, n) -> (m * 64 + n)>, affine_map<(m, n) -> (n)>], output_maps = [affine_map<(m, n) -> (m * 64 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%p: f32, %q: f32):
    %v = arith.mulf %p, %q : f32
    tsk.yield %v : f32
  }
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%c : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %t = arith.mulf %p, %q : f32
    %s = tsk.reduce <add> %t : f32 -> f32
    %v = arith.addf %s, %r : f32
    tsk.yield %v : f32
  }
  return
}

// -----

// A denormal product would reach the result through the second one.
// CHECK-LABEL: func.func @rounds_twice
// CHECK-NOT: tsk.flushes_denormals = "results"
func.func @rounds_twice() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %g = tsk.argument 1 : !tsk.buffer<f32>
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (2048)>} : !tsk.buffer<f32>
  %w = tsk.weight dense<0.5> : tensor<64x64xf32> : !tsk.buffer<f32>
  %b = tsk.weight dense<0.125> : tensor<64xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%x, %g : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(m, n) -> (m * 64 + n)>, affine_map<(m, n) -> (n)>], output_maps = [affine_map<(m, n) -> (m * 64 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%p: f32, %q: f32):
    %u = arith.mulf %p, %q : f32
    %v = arith.mulf %u, %q : f32
    tsk.yield %v : f32
  }
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 64)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 64 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (n)>], output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>],
      pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %t = arith.mulf %p, %q : f32
    %s = tsk.reduce <add> %t : f32 -> f32
    %v = arith.addf %s, %r : f32
    tsk.yield %v : f32
  }
  return
}
