// RUN: tessera-opt --tessera-emit-kernels="prefix=net isa=x86_64_v4" --split-input-file %s | FileCheck %s

// The rest of a free dimension is one tile of exactly its size; panels of which
// each vector serves several rows are prefetched, those of a single row are not.
// A single row has several sums in flight, added up behind the loop.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: scf.if
// CHECK: llvm.intr.prefetch
// CHECK-COUNT-6: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
// CHECK: scf.index_switch
// CHECK: case 1 {
// CHECK: %[[SUMS:.*]]:8 = scf.for
// CHECK-NOT: llvm.intr.prefetch
// CHECK-COUNT-8: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
// CHECK-COUNT-6: arith.addf {{.*}} : vector<16xf32>
// CHECK: case 2 {
// CHECK: %[[SUMS:.*]]:8 = scf.for
// CHECK: llvm.intr.prefetch
// CHECK: default {
// CHECK-NEXT: }
// CHECK: llvm.func hidden @net_kernel_0(
module attributes {tsk.dimensions = [#tsk.dimension<"n", input, 0, -1, () -> ()>]} {
  func.func @main() {
    %a = tsk.argument 0 : !tsk.buffer<f32>
    %w = tsk.weight dense<1.0> : tensor<512x768xf32> {offset = 0 : i64} : !tsk.buffer<f32>
    %o = tsk.output 0 : !tsk.buffer<f32>
    tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
      attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [3, 32, 1], order = [1, 0, 2], tasks = 2, packed = [1]>, extents = affine_map<()[s0] -> (s0, 768, 512)>,
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
}

// -----

// The same below the loop of a task.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: scf.for
// CHECK: scf.for
// CHECK: scf.index_switch
// CHECK: case 2 {
// CHECK: default {
module attributes {tsk.dimensions = [#tsk.dimension<"n", input, 0, -1, () -> ()>]} {
  func.func @main() {
    %a = tsk.argument 0 : !tsk.buffer<f32>
    %w = tsk.weight dense<1.0> : tensor<512x768xf32> {offset = 0 : i64} : !tsk.buffer<f32>
    %o = tsk.output 0 : !tsk.buffer<f32>
    tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
      attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [3, 32, 1], order = [1, 0, 2], tasks = 1, packed = [1]>, extents = affine_map<()[s0] -> (s0, 768, 512)>,
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
}

// -----

// A long sum down a column, as global pooling of channels in memory has it, has
// four partial sums: each waits a quarter as often, and loses less to rounding.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: %[[SUMS:.*]]:4 = scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-COUNT-4: arith.addf {{.*}} : vector<16xf32>
// CHECK: scf.yield
// CHECK-COUNT-3: arith.addf {{.*}} : vector<16xf32>
// CHECK: llvm.store {{.*}} : vector<16xf32>
func.func @column() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [16, 1], order = [0, 1], tasks = 1, packed = []>, extents = affine_map<() -> (32, 12544)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(c, k) -> (k * 32 + c)>],
      output_maps = [affine_map<(c, k) -> (c)>], pads = [unit],
      guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %s = tsk.reduce <add> %x : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Exponentials take longer than the additions that wait for them.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: scf.for {{.*}} -> (vector<16xf32>) 
// CHECK-COUNT-1: math.exp
// CHECK-NOT: math.exp
// CHECK: llvm.func hidden @net_kernel_0(
func.func @exponentials() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [16, 1], order = [0, 1], tasks = 1, packed = []>, extents = affine_map<() -> (32, 12544)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(c, k) -> (k * 32 + c)>],
      output_maps = [affine_map<(c, k) -> (c)>], pads = [unit],
      guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %e = math.exp %x : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Where a point sums up four products, the rows at the end of a free dimension
// are computed one by one: code for each number of rows would be longer than
// what it saves.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK-NOT: scf.index_switch
// CHECK: llvm.func hidden @net_kernel_0(
module attributes {tsk.dimensions = [#tsk.dimension<"n", input, 0, -1, () -> ()>]} {
  func.func @main() {
    %a = tsk.argument 0 : !tsk.buffer<f32>
    %w = tsk.weight dense<1.0> : tensor<4x768xf32> {offset = 0 : i64} : !tsk.buffer<f32>
    %o = tsk.output 0 : !tsk.buffer<f32>
    tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
      attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [3, 32, 4], order = [1, 0, 2], tasks = 1, packed = [1]>, extents = affine_map<()[s0] -> (s0, 768, 4)>,
        iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
        input_maps = [affine_map<(m, n, k) -> (m * 4 + k)>, affine_map<(m, n, k) -> (k * 768 + n)>],
        output_maps = [affine_map<(m, n, k) -> (m * 768 + n)>], pads = [unit, unit],
        guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
    ^bb0(%x: f32, %y: f32):
      %p = arith.mulf %x, %y : f32
      %s = tsk.reduce <add> %p : f32 -> f32
      tsk.yield %s : f32
    }
    return
  }
}

// -----

// Values that are used twice, over and over, are looked at once each: there are
// 2^48 ways from the result to the input.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: math.exp
// CHECK: llvm.func hidden @net_kernel_0(
module {
  func.func @main() {
    %a = tsk.argument 0 : !tsk.buffer<f32>
    %o = tsk.output 0 : !tsk.buffer<f32>
    tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
      attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 8, tile = [1, 8], order = [0, 1], tasks = 0, packed = []>,
        extents = affine_map<() -> (4, 8)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
        input_maps = [affine_map<(m, k) -> (m * 8 + k)>], output_maps = [affine_map<(m, k) -> (m * 8 + k)>],
        pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%x: f32):
      %d0 = math.exp %x : f32
      %d1 = arith.addf %d0, %d0 : f32
      %d2 = arith.addf %d1, %d1 : f32
      %d3 = arith.addf %d2, %d2 : f32
      %d4 = arith.addf %d3, %d3 : f32
      %d5 = arith.addf %d4, %d4 : f32
      %d6 = arith.addf %d5, %d5 : f32
      %d7 = arith.addf %d6, %d6 : f32
      %d8 = arith.addf %d7, %d7 : f32
      %d9 = arith.addf %d8, %d8 : f32
      %d10 = arith.addf %d9, %d9 : f32
      %d11 = arith.addf %d10, %d10 : f32
      %d12 = arith.addf %d11, %d11 : f32
      %d13 = arith.addf %d12, %d12 : f32
      %d14 = arith.addf %d13, %d13 : f32
      %d15 = arith.addf %d14, %d14 : f32
      %d16 = arith.addf %d15, %d15 : f32
      %d17 = arith.addf %d16, %d16 : f32
      %d18 = arith.addf %d17, %d17 : f32
      %d19 = arith.addf %d18, %d18 : f32
      %d20 = arith.addf %d19, %d19 : f32
      %d21 = arith.addf %d20, %d20 : f32
      %d22 = arith.addf %d21, %d21 : f32
      %d23 = arith.addf %d22, %d22 : f32
      %d24 = arith.addf %d23, %d23 : f32
      %d25 = arith.addf %d24, %d24 : f32
      %d26 = arith.addf %d25, %d25 : f32
      %d27 = arith.addf %d26, %d26 : f32
      %d28 = arith.addf %d27, %d27 : f32
      %d29 = arith.addf %d28, %d28 : f32
      %d30 = arith.addf %d29, %d29 : f32
      %d31 = arith.addf %d30, %d30 : f32
      %d32 = arith.addf %d31, %d31 : f32
      %d33 = arith.addf %d32, %d32 : f32
      %d34 = arith.addf %d33, %d33 : f32
      %d35 = arith.addf %d34, %d34 : f32
      %d36 = arith.addf %d35, %d35 : f32
      %d37 = arith.addf %d36, %d36 : f32
      %d38 = arith.addf %d37, %d37 : f32
      %d39 = arith.addf %d38, %d38 : f32
      %d40 = arith.addf %d39, %d39 : f32
      %d41 = arith.addf %d40, %d40 : f32
      %d42 = arith.addf %d41, %d41 : f32
      %d43 = arith.addf %d42, %d42 : f32
      %d44 = arith.addf %d43, %d43 : f32
      %d45 = arith.addf %d44, %d44 : f32
      %d46 = arith.addf %d45, %d45 : f32
      %d47 = arith.addf %d46, %d46 : f32
      %d48 = arith.addf %d47, %d47 : f32
      %s = tsk.reduce <add> %d48 : f32 -> f32
      %q = arith.divf %d48, %s : f32
      tsk.yield %q : f32
    }
    return
  }
}
