// RUN: tessera-opt --tessera-emit-kernels="prefix=net isa=x86_64_v4" %s | FileCheck %s

// A loop's function copies the dimensions, with room for its symbols, and gives its launches contexts of their own. A run is a range of
// points; the number of the run is a symbol too, and the last block has what is left.
// CHECK-LABEL: llvm.func hidden @net_loop_0(
// CHECK-SAME: %[[CONTEXT:.*]]: !llvm.ptr, %[[BEGIN:.*]]: i64, %[[END:.*]]: i64)
// CHECK: llvm.alloca %c5
// CHECK: llvm.alloca %c4
// CHECK: llvm.alloca %c4
// CHECK: %[[RUNS:.*]] = arith.minsi
// CHECK: %[[NUMBER:.*]] = llvm.getelementptr {{.*}}[3]
// CHECK: llvm.store %[[BEGIN]], %[[NUMBER]]
// CHECK: arith.divui {{.*}}, %[[RUNS]]
// CHECK: scf.for %[[POINT:.*]] =
// CHECK: llvm.store %[[POINT]]
// CHECK: arith.minsi
// CHECK: llvm.mlir.addressof @net_kernel_0
// CHECK: scf.for
// CHECK: llvm.mlir.addressof @net_kernel_1
// CHECK-NOT: llvm.func hidden @net_loop_1(

// Two equal loops share the function; the plan gives each its buffers and splits its runs among threads.
// CHECK-LABEL: llvm.func hidden @net_generated_run_x86_64_v4(
// CHECK: llvm.mlir.addressof @net_loop_0
// CHECK: llvm.call @tsr_runtime_parallel
// CHECK: llvm.mlir.addressof @net_loop_0
module attributes {
    tsk.dimensions = [#tsk.dimension<"n", input, 0, -1, () -> ()>], tsk.workspace = affine_map<() -> (256)>,
    tsk.signature = {inputs = [{name = "x", type = tensor<?xf32, affine_map<()[s0] -> (s0)>>}], outputs = [{name = "y", type = tensor<?x2xf32, affine_map<()[s0] -> (s0, 2)>>},
      {name = "z", type = tensor<?x2xf32, affine_map<()[s0] -> (s0, 2)>>}]}} {
  func.func @main() {
    %x = tsk.argument 0 : !tsk.buffer<f32>
    %y = tsk.output 0 : !tsk.buffer<f32>
    %z = tsk.output 1 : !tsk.buffer<f32>
    %t = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (128)>} : !tsk.buffer<f32>
    %u = tsk.arena {offset = affine_map<() -> (128)>, bytes = affine_map<() -> (128)>} : !tsk.buffer<f32>
    tsk.loop attributes {extents = affine_map<()[s0] -> (s0 ceildiv 8)>, lengths = [affine_map<()[s0, s1] -> (8, s0 - s1 * 8)>], symbol = 1 : i64, runs = 4 : i64} {
      tsk.launch ins(%x : !tsk.buffer<f32>) outs(%t : !tsk.buffer<f32>) attributes {extents = affine_map<()[s0, s1, s2] -> (s2)>, schedule = #tsk.schedule<nest, vector_dim = -1, lanes = 1, tile = [1], order = [0], tasks = 0, packed = []>,
          input_maps = [affine_map<(d0)[s0, s1] -> (d0 + s1 * 8)>], output_maps = [affine_map<(d0)[s0, s1, s2, s3] -> (d0 + s3 * 8)>], iterators = [#tsk.iterator<parallel>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
      ^bb0(%v: f32):
        %w = arith.addf %v, %v : f32
        tsk.yield %w : f32
      }
      tsk.loop attributes {extents = affine_map<() -> (2)>, lengths = [], symbol = 4 : i64, runs = 0 : i64} {
      tsk.launch ins(%t : !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = affine_map<()[s0, s1, s2] -> (s2)>, schedule = #tsk.schedule<nest, vector_dim = -1, lanes = 1, tile = [1], order = [0], tasks = 0, packed = []>,
          input_maps = [affine_map<(d0)[s0, s1, s2, s3] -> (d0 + s3 * 8)>], output_maps = [affine_map<(d0)[s0, s1, s2, s3, s4] -> ((d0 + s1 * 8) * 2 + s4)>], iterators = [#tsk.iterator<parallel>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
      ^bb0(%v: f32):
        %w = arith.addf %v, %v : f32
        tsk.yield %w : f32
      }
      }
    }
    tsk.loop attributes {extents = affine_map<()[s0] -> (s0 ceildiv 8)>, lengths = [affine_map<()[s0, s1] -> (8, s0 - s1 * 8)>], symbol = 1 : i64, runs = 4 : i64} {
      tsk.launch ins(%x : !tsk.buffer<f32>) outs(%u : !tsk.buffer<f32>) attributes {extents = affine_map<()[s0, s1, s2] -> (s2)>, schedule = #tsk.schedule<nest, vector_dim = -1, lanes = 1, tile = [1], order = [0], tasks = 0, packed = []>,
          input_maps = [affine_map<(d0)[s0, s1] -> (d0 + s1 * 8)>], output_maps = [affine_map<(d0)[s0, s1, s2, s3] -> (d0 + s3 * 8)>], iterators = [#tsk.iterator<parallel>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
      ^bb0(%v: f32):
        %w = arith.addf %v, %v : f32
        tsk.yield %w : f32
      }
      tsk.loop attributes {extents = affine_map<() -> (2)>, lengths = [], symbol = 4 : i64, runs = 0 : i64} {
      tsk.launch ins(%u : !tsk.buffer<f32>) outs(%z : !tsk.buffer<f32>) attributes {extents = affine_map<()[s0, s1, s2] -> (s2)>, schedule = #tsk.schedule<nest, vector_dim = -1, lanes = 1, tile = [1], order = [0], tasks = 0, packed = []>,
          input_maps = [affine_map<(d0)[s0, s1, s2, s3] -> (d0 + s3 * 8)>], output_maps = [affine_map<(d0)[s0, s1, s2, s3, s4] -> ((d0 + s1 * 8) * 2 + s4)>], iterators = [#tsk.iterator<parallel>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
      ^bb0(%v: f32):
        %w = arith.addf %v, %v : f32
        tsk.yield %w : f32
      }
      }
    }
    return
  }
}
