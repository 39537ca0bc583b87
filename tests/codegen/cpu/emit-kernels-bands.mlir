// RUN: tessera-opt --tessera-emit-kernels="prefix=net isa=x86_64_v4" %s | FileCheck %s

// Two launches that take turns are handed out by one call, which gets the
// tasks, contexts, the ends of their bands and edges, and the number of bands.
// CHECK: llvm.mlir.global internal constant @bands_1(dense<[4, 8, 12, 16]> : tensor<4xi64>)
// CHECK: llvm.mlir.global internal constant @bands_0(dense<[16, 32, 48, 64]> : tensor<4xi64>)
// CHECK: llvm.func hidden @net_generated_run_x86_64_v4(
// CHECK: %[[RECORDS:.*]] = llvm.alloca
// CHECK: llvm.cond_br
// CHECK: llvm.cond_br %{{.*}}, ^[[ALONE:bb[0-9]+]], ^[[TOGETHER:bb[0-9]+]]
// CHECK: ^[[TOGETHER]]: 
// CHECK: %[[TASK:.*]] = llvm.mlir.addressof @net_kernel_0
// CHECK: llvm.store %[[TASK]],
// CHECK: %[[ENDS:.*]] = llvm.mlir.addressof @bands_0
// CHECK: llvm.store %[[ENDS]],
// CHECK-NEXT: %[[EDGE:.*]] = arith.constant 1 : i64
// CHECK: llvm.store %[[EDGE]],
// CHECK: llvm.mlir.addressof @bands_1
// CHECK: %[[TWO:.*]] = arith.constant 2 : i64
// CHECK-NEXT: %[[BANDS:.*]] = arith.constant 4 : i64
// CHECK-NEXT: llvm.call @tsr_runtime_parallel_bands(%{{.*}}, %[[RECORDS]], %[[TWO]], %[[BANDS]])
// CHECK: ^[[ALONE]]: 
// CHECK: llvm.call @tsr_runtime_parallel(
// CHECK: llvm.call @tsr_runtime_parallel(
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (8192)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (64, 32)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>], tsk.band_edge = 1 : i64, tsk.band_ends = array<i64: 16, 32, 48, 64>,
      input_maps = [affine_map<(d0, d1) -> (d0 * 32 + d1)>], output_maps = [affine_map<(d0, d1) -> (d0 * 32 + d1)>], pads = [unit], guards = [unit], feedback = array<i64: -1>,
      schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 32], order = [0, 1], tasks = 1, packed = []>} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  tsk.launch ins(%t : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (64, 32)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>], tsk.joins, tsk.band_edge = 0 : i64, tsk.band_ends = array<i64: 4, 8, 12, 16>,
      input_maps = [affine_map<(d0, d1) -> (d0 * 32 + d1)>], output_maps = [affine_map<(d0, d1) -> (d0 * 32 + d1)>], pads = [unit], guards = [unit], feedback = array<i64: -1>,
      schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 32], order = [0, 1], tasks = 1, packed = []>} computes {
  ^bb0(%x: f32):
    tsk.yield %x : f32
  }
  return
}
