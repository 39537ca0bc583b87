// RUN: tessera-opt --tessera-emit-kernels="prefix=net isa=x86_64_v4" %s | FileCheck %s

// Each of a hundred steps has eight tasks; a task finds its step and its units.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: scf.for %[[TASK:.*]] =
// CHECK-DAG: arith.remui %[[TASK]]
// CHECK-DAG: arith.divui %[[TASK]]
// CHECK: llvm.func hidden @net_generated_run_x86_64_v4(
// CHECK-DAG: %[[STEPS:.*]] = arith.constant 100 : i64
// CHECK-DAG: %[[EACH:.*]] = arith.constant 8 : i64
// CHECK: llvm.call @tsr_runtime_parallel_steps({{.*}}, %[[STEPS]], %[[EACH]])
// CHECK-NOT: @tsr_runtime_parallel(
func.func @recurrence() {
  %p = tsk.argument 0 : !tsk.buffer<f32>
  %h = tsk.argument 1 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<256x256xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%p, %h, %w : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32, 1], order = [0, 1, 2], tasks = 2, packed = [2]>, extents = affine_map<() -> (100, 256, 256)>,
      iterators = [#tsk.iterator<sequential>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(t, u, i) -> (t * 256 + u)>, affine_map<(t, u, i) -> (i)>, affine_map<(t, u, i) -> (u * 256 + i)>],
      output_maps = [affine_map<(t, u, i) -> (t * 256 + u)>], pads = [unit, unit, unit],
      guards = [unit, unit, unit], feedback = array<i64: -1, 0, -1>} computes {
  ^bb0(%x: f32, %s: f32, %r: f32):
    %m = arith.mulf %s, %r : f32
    %a = tsk.reduce <add> %m : f32 -> f32
    %y = arith.addf %x, %a : f32
    tsk.yield %y : f32
  }
  return
}
