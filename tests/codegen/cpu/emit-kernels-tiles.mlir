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
