// RUN: tessera-opt --tessera-emit-kernels="prefix=net isa=x86_64_v4" --split-input-file --verify-diagnostics %s | FileCheck %s

// Accumulators of a tile are carried by the reduction loop, and the epilogue
// comes before the only store.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK-SAME: {llvm.noalias}
// CHECK: %[[SUMS:.*]]:8 = scf.for {{.*}} -> (vector<16xf32>, {{.*}}, vector<16xf32>)
// CHECK-COUNT-8: math.fma {{.*}} : vector<16xf32>
// CHECK-NOT: math.fma
// CHECK: arith.addf %[[SUMS]]#0
// CHECK: llvm.store {{.*}} : vector<16xf32>
// CHECK: llvm.func hidden @net_kernel_0(
// CHECK: llvm.func hidden @net_generated_run_x86_64_v4(
// CHECK: llvm.func hidden @net_generated_workspace_x86_64_v4(
// CHECK: llvm.func hidden @net_generated_resolve(
// CHECK: llvm.func hidden @net_generated_shapes(
func.func @contraction() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<512x768xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %c = tsk.weight dense<2.0> : tensor<768xf32> {offset = 1572864 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %c : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 32, 1], order = [0, 1, 2], tasks = 2, packed = []>, extents = affine_map<() -> (128, 768, 512)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 512 + k)>, affine_map<(m, n, k) -> (k * 768 + n)>, affine_map<(m, n, k) -> (n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 768 + n)>], pads = [unit, unit, unit],
      guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    %t = arith.addf %s, %z : f32
    tsk.yield %t : f32
  }
  return
}

// -----

// The tail of a row is masked, and the masked lanes do not take part in the
// reduction. The costly value is kept in the output between the passes.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: llvm.intr.masked.load
// CHECK: arith.maximumf
// CHECK: arith.select
// CHECK: vector.shuffle
// CHECK: math.exp
// CHECK: llvm.intr.masked.store
// CHECK: arith.divf
// CHECK-NOT: math.exp
// CHECK: llvm.func hidden @net_kernel_0(
func.func @row() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 64], order = [0, 1], tasks = 1, packed = []>, extents = affine_map<() -> (12, 40)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, k) -> (m * 40 + k)>],
      output_maps = [affine_map<(m, k) -> (m * 40 + k)>], pads = [unit],
      guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %m = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %m : f32
    %e = math.exp %d : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    %y = arith.divf %e, %s : f32
    tsk.yield %y : f32
  }
  return
}

// -----

// Equal launches share one function.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK-NOT: llvm.func internal
// CHECK: llvm.func hidden @net_generated_run_x86_64_v4(
// CHECK-COUNT-2: llvm.mlir.addressof @net_kernel_0
func.func @shared() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (256000)>} : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 64], order = [0, 1], tasks = 1, packed = []>, extents = affine_map<() -> (64, 1000)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(m, n) -> (m * 1000 + n)>],
      output_maps = [affine_map<(m, n) -> (m * 1000 + n)>], pads = [unit],
      guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %y = arith.addf %x, %x : f32
    tsk.yield %y : f32
  }
  tsk.launch ins(%t : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 64], order = [0, 1], tasks = 1, packed = []>, extents = affine_map<() -> (64, 1000)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(m, n) -> (m * 1000 + n)>],
      output_maps = [affine_map<(m, n) -> (m * 1000 + n)>], pads = [unit],
      guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %y = arith.addf %x, %x : f32
    tsk.yield %y : f32
  }
  return
}

// -----

// An output that shares an input's memory is stored after all reads of the point.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: llvm.load {{.*}} -> vector<16xf32>
// CHECK: arith.mulf
// CHECK: llvm.store
// CHECK-NOT: llvm.load {{.*}} -> vector<16xf32>
// CHECK: llvm.store
func.func @in_place() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %s = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (64)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %s : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%s, %o : !tsk.buffer<f32>, !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (16)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      output_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], pads = [unit, unit], guards = [unit, unit],
      feedback = array<i64: -1, -1>,
      schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [16], order = [0], tasks = 1, packed = []>} computes {
  ^bb0(%x: f32, %y: f32):
    %sum = arith.addf %x, %x : f32
    %product = arith.mulf %sum, %y : f32
    tsk.yield %sum, %product : f32, f32
  }
  return
}

// -----

// A computed index out of range is a status; of several errors the first stays.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: arith.cmpi uge
// CHECK: scf.if
// CHECK-NOT: llvm.store
// CHECK: llvm.cmpxchg {{.*}} monotonic monotonic
// CHECK: llvm.store
func.func @gather() {
  %a = tsk.argument 0 : !tsk.buffer<i64>
  %t = tsk.argument 1 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %t : !tsk.buffer<i64>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = -1, lanes = 1, tile = [1], order = [0], tasks = 1, packed = []>, extents = affine_map<() -> (40)>,
      iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(n) -> (n)>, affine_map<(n) -> (0)>],
      output_maps = [affine_map<(n) -> (n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%i: i64, %table: !tsk.buffer<f32>):
    %x = tsk.gather %table[%i] {limits = affine_map<() -> (10)>, map = affine_map<(n, i) -> (i)>} : !tsk.buffer<f32> -> f32
    tsk.yield %x : f32
  }
  return
}

// -----

func.func @unscheduled() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  // expected-error @+1 {{expected a schedule; run tessera-assign-schedules first}}
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (64, 1000)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(m, n) -> (m * 1000 + n)>],
      output_maps = [affine_map<(m, n) -> (m * 1000 + n)>], pads = [unit],
      guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %y = arith.addf %x, %x : f32
    tsk.yield %y : f32
  }
  return
}

// -----

// A buffer that is read twice and written has one pointer, which nothing else
// overlaps.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK-SAME: %[[A:.*]]: !llvm.ptr {llvm.noalias}, %[[B:[^ ]*]]: !llvm.ptr, %[[C:[^ ]*]]: !llvm.ptr,
// CHECK-NOT: %[[B]]
// CHECK-NOT: %[[C]]
// CHECK: llvm.func hidden @net_kernel_0(
module attributes {tsk.workspace = affine_map<() -> (128)>} {
func.func @twice() {
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (128)>} : !tsk.buffer<f32>
  tsk.launch ins(%a, %a : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [16], order = [0], tasks = 1, packed = []>, extents = affine_map<() -> (16)>,
      iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(m) -> (m)>, affine_map<(m) -> (m + 16)>],
      output_maps = [affine_map<(m) -> (m)>], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %t = arith.addf %x, %y : f32
    tsk.yield %t : f32
  }
  return
}
}
