// RUN: tessera-opt --tessera-emit-kernels="prefix=net isa=x86_64_v4" --split-input-file %s | FileCheck %s
// RUN: tessera-opt --split-input-file %s | FileCheck %s --check-prefix=TEXT

// Blocks of rows are what tasks are: the last one is smaller and has code of its own. Within a block all panels pass.
// TEXT: packed = [1], blocks = [40, 0, 0]>
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: scf.for %[[TASK:.*]] = %arg5 to %arg6
// CHECK: %[[BLOCK:.*]] = arith.muli %[[TASK]], %c40
// CHECK: scf.if
// CHECK: scf.for {{.*}} = %c0{{.*}} to %c64{{.*}} step %c32
// CHECK: scf.for {{.*}} = %[[BLOCK]] to {{.*}} step %c4
// CHECK: scf.for {{.*}} = %c0{{.*}} to %c150{{.*}} step %c1{{.*}} iter_args
// CHECK: } else {
// CHECK: scf.for {{.*}} = %c80{{.*}} to %c100{{.*}} step %c4
module {
  func.func @main() {
    %a = tsk.argument 0 : !tsk.buffer<f32>
    %w = tsk.weight dense<1.0> : tensor<150x64xf32> {offset = 0 : i64} : !tsk.buffer<f32>
    %o = tsk.output 0 : !tsk.buffer<f32>
    tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
      attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 32, 1], order = [1, 0, 2], tasks = 1, packed = [1], blocks = [40, 0, 0]>, extents = affine_map<() -> (100, 64, 150)>,
        iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
        input_maps = [affine_map<(m, n, k) -> (m * 150 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>],
        output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>], pads = [unit, unit],
        guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
    ^bb0(%x: f32, %y: f32):
      %p = arith.mulf %x, %y : f32
      %s = tsk.reduce <add> %p : f32 -> f32
      %zero = arith.constant 0.0 : f32
      %r = arith.maximumf %s, %zero : f32
      tsk.yield %r : f32
    }
    return
  }
}

// -----

// Between blocks of the sum the running sums wait in the output: the first block starts from zero, and what follows the sum comes behind the last
// one, which is smaller here. Panels are not fetched ahead.
// TEXT: packed = [1], blocks = [0, 0, 64], prefetch = -1>
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: scf.for %[[SUM:.*]] = %c0{{.*}} to %c128{{.*}} step %c64
// CHECK: scf.for
// CHECK: %[[FIRST:.*]] = arith.cmpi eq, %[[SUM]], %c0
// CHECK: scf.if %[[FIRST]] -> (vector<16xf32>
// CHECK: } else {
// CHECK-COUNT-8: llvm.load {{.*}} -> vector<16xf32>
// CHECK: scf.for {{.*}} = %[[SUM]] to {{.*}} iter_args
// CHECK-NOT: llvm.intr.prefetch
// CHECK-NOT: arith.maximumf
// CHECK-COUNT-8: llvm.store {{.*}} : vector<16xf32>
// CHECK-COUNT-8: llvm.load {{.*}} -> vector<16xf32>
// CHECK: scf.for {{.*}} = %c128{{.*}} to %c150{{.*}} iter_args
// CHECK-COUNT-8: arith.maximumf
module {
  func.func @main() {
    %a = tsk.argument 0 : !tsk.buffer<f32>
    %w = tsk.weight dense<1.0> : tensor<150x64xf32> {offset = 0 : i64} : !tsk.buffer<f32>
    %o = tsk.output 0 : !tsk.buffer<f32>
    tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
      attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 32, 1], order = [1, 0, 2], tasks = 1, packed = [1], blocks = [0, 0, 64], prefetch = -1>, extents = affine_map<() -> (100, 64, 150)>,
        iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
        input_maps = [affine_map<(m, n, k) -> (m * 150 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>],
        output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>], pads = [unit, unit],
        guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
    ^bb0(%x: f32, %y: f32):
      %p = arith.mulf %x, %y : f32
      %s = tsk.reduce <add> %p : f32 -> f32
      %zero = arith.constant 0.0 : f32
      %r = arith.maximumf %s, %zero : f32
      tsk.yield %r : f32
    }
    return
  }
}

// -----

// Where the blocks divide the sum, run time knows the last one. Panels are fetched as far ahead as the schedule says: 4096 bytes.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: scf.for %[[SUM:.*]] = %c0{{.*}} to %c150{{.*}} step %c50
// CHECK: %[[AHEAD:.*]] = llvm.getelementptr %{{.*}}[%c1024
// CHECK: "llvm.intr.prefetch"(%[[AHEAD]])
// CHECK: %[[LAST:.*]] = arith.cmpi eq, {{.*}}, %c150
// CHECK: scf.if %[[LAST]] {
// CHECK-COUNT-8: arith.maximumf
// CHECK: } else {
// CHECK-COUNT-8: llvm.store {{.*}} : vector<16xf32>
module {
  func.func @main() {
    %a = tsk.argument 0 : !tsk.buffer<f32>
    %w = tsk.weight dense<1.0> : tensor<150x64xf32> {offset = 0 : i64} : !tsk.buffer<f32>
    %o = tsk.output 0 : !tsk.buffer<f32>
    tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
      attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 32, 1], order = [1, 0, 2], tasks = 1, packed = [1], blocks = [0, 0, 50], prefetch = 4096>, extents = affine_map<() -> (100, 64, 150)>,
        iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
        input_maps = [affine_map<(m, n, k) -> (m * 150 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>],
        output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>], pads = [unit, unit],
        guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
    ^bb0(%x: f32, %y: f32):
      %p = arith.mulf %x, %y : f32
      %s = tsk.reduce <add> %p : f32 -> f32
      %zero = arith.constant 0.0 : f32
      %r = arith.maximumf %s, %zero : f32
      tsk.yield %r : f32
    }
    return
  }
}
