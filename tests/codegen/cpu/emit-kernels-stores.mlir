// RUN: tessera-opt --tessera-emit-kernels="prefix=net isa=x86_64_v4" --split-input-file %s | FileCheck %s

// What a row sums is stored in the pass that sums it, in the memory of what it is computed from: no pass computes it again.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: arith.maximumf
// CHECK: scf.for
// CHECK: math.exp
// CHECK: llvm.store
// CHECK-NOT: math.exp
// CHECK: arith.divf
// CHECK-NOT: math.exp
// CHECK: llvm.func hidden @net_kernel_0
module {
  func.func @main() {
    %s = tsk.argument 0 : !tsk.buffer<f32>
    %t = tsk.output 0 : !tsk.buffer<f32>
    tsk.launch ins(%s : !tsk.buffer<f32>) outs(%s, %t : !tsk.buffer<f32>, !tsk.buffer<f32>)
      attributes {schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [16, 1], order = [0, 1], tasks = 1, packed = []>, extents = affine_map<() -> (64, 100)>,
        iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>], input_maps = [affine_map<(q, k) -> (k * 64 + q)>],
        output_maps = [affine_map<(q, k) -> (k * 64 + q)>, affine_map<(q, k) -> (q)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%x: f32):
      %one = arith.constant 1.0 : f32
      %max = tsk.reduce <max> %x : f32 -> f32
      %d = arith.subf %x, %max : f32
      %e = math.exp %d : f32
      %sum = tsk.reduce <add> %e : f32 -> f32
      %r = arith.divf %one, %sum : f32
      tsk.yield %e, %r : f32, f32
    }
    return
  }
}

// -----

// Another sum needs the row as it was in the pass after: it is computed again where it is stored.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: math.exp
// CHECK: math.exp
// CHECK: llvm.func hidden @net_kernel_0
module {
  func.func @main() {
    %s = tsk.argument 0 : !tsk.buffer<f32>
    %t = tsk.output 0 : !tsk.buffer<f32>
    tsk.launch ins(%s : !tsk.buffer<f32>) outs(%s, %t : !tsk.buffer<f32>, !tsk.buffer<f32>)
      attributes {schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [16, 1], order = [0, 1], tasks = 1, packed = []>, extents = affine_map<() -> (64, 100)>,
        iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>], input_maps = [affine_map<(q, k) -> (k * 64 + q)>],
        output_maps = [affine_map<(q, k) -> (k * 64 + q)>, affine_map<(q, k) -> (q)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%x: f32):
      %max = tsk.reduce <max> %x : f32 -> f32
      %d = arith.subf %x, %max : f32
      %e = math.exp %d : f32
      %sum = tsk.reduce <add> %e : f32 -> f32
      %p = arith.mulf %x, %sum : f32
      %other = tsk.reduce <add> %p : f32 -> f32
      tsk.yield %e, %other : f32, f32
    }
    return
  }
}

// -----

// Rows of 24 end in half a vector. Where a residual lies in the memory of the result, a load behind such a store would wait for it, although it
// reads nothing that is stored: both rows are read first.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK-COUNT-2: llvm.intr.masked.load
// CHECK-NOT: llvm.load
// CHECK: llvm.store
// CHECK: llvm.intr.masked.store
// CHECK-NOT: llvm.load {{.*}} vector
// CHECK: llvm.intr.masked.store
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<16x24xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %r = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (6144)>} : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %r : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%r : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [2, 32, 1], order = [0, 1, 2], tasks = 1, packed = [1]>, extents = affine_map<() -> (64, 24, 16)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 16 + k)>, affine_map<(m, n, k) -> (k * 24 + n)>, affine_map<(m, n, k) -> (m * 24 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 24 + n)>], pads = [unit, unit, unit],
      guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %o = arith.addf %s, %z : f32
    tsk.yield %o : f32
  }
  return
}
