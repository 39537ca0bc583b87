// RUN: tessera-opt --tessera-emit-kernels="prefix=net isa=x86_64_v4" %s | FileCheck %s

// Two launches are handed out by one call, which gets the tasks, contexts,
// numbers of tasks and tasks of a unit; a profiler sees them one by one. The
// third is handed out alone.
// CHECK: llvm.func hidden @net_generated_run_x86_64_v4(
// CHECK: %[[WORDS:.*]] = arith.constant 16 : i64
// CHECK-NEXT: %[[RECORDS:.*]] = llvm.alloca %[[WORDS]] x i64
// CHECK: llvm.cond_br
// CHECK: llvm.cond_br %{{.*}}, ^[[ALONE:bb[0-9]+]], ^[[TOGETHER:bb[0-9]+]]
// CHECK: ^[[TOGETHER]]: 
// CHECK: %[[TASK:.*]] = llvm.mlir.addressof @net_kernel_0
// CHECK: llvm.store %[[TASK]],
// CHECK-NEXT: %[[CONTEXT:.*]] = llvm.getelementptr %[[RECORDS]][64]
// CHECK: llvm.store %[[CONTEXT]],
// CHECK-NEXT: %[[COUNT:.*]] = arith.constant 64 : i64
// CHECK: llvm.store %[[COUNT]],
// CHECK-NEXT: %[[UNIT:.*]] = arith.constant 4 : i64
// CHECK: llvm.store %[[UNIT]],
// CHECK: llvm.mlir.addressof @net_kernel_1
// CHECK-NOT: @tsr_runtime_parallel(
// CHECK: %[[TWO:.*]] = arith.constant 2 : i64
// CHECK-NEXT: llvm.call @tsr_runtime_parallel_joined(%{{.*}}, %[[RECORDS]], %[[TWO]])
// CHECK-NEXT: llvm.br ^[[NEXT:bb[0-9]+]]
// CHECK: ^[[ALONE]]: 
// CHECK: llvm.call @tsr_runtime_parallel(
// CHECK: llvm.call @tsr_runtime_parallel(
// CHECK: llvm.br ^[[NEXT]]
// CHECK: ^[[NEXT]]:
// CHECK-NOT: @tsr_runtime_parallel_joined
// CHECK: llvm.call @tsr_runtime_parallel(
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8192)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %p = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (64, 32)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>], tsk.tasks_of_unit = 4 : i64,
      input_maps = [affine_map<(d0, d1) -> (d0 * 32 + d1)>], output_maps = [affine_map<(d0, d1) -> (d0 * 32 + d1)>], pads = [unit], guards = [unit], feedback = array<i64: -1>,
      schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32], order = [0, 1], tasks = 1, packed = []>} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%t : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (64, 32)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>], tsk.joins, tsk.tasks_of_unit = 1 : i64,
      input_maps = [affine_map<(d0, d1) -> (d0 * 32 + d1)>], output_maps = [affine_map<(d0, d1) -> (d0 * 32 + d1)>], pads = [unit], guards = [unit], feedback = array<i64: -1>,
      schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 32], order = [0, 1], tasks = 1, packed = []>} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%t : !tsk.buffer<f32>) outs(%p : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (32, 64)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>],
      input_maps = [affine_map<(d0, d1) -> (d1 * 32 + d0)>], output_maps = [affine_map<(d0, d1) -> (d0 * 64 + d1)>], pads = [unit], guards = [unit], feedback = array<i64: -1>,
      schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32], order = [0, 1], tasks = 1, packed = []>} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  return
}
