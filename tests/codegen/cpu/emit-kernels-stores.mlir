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
