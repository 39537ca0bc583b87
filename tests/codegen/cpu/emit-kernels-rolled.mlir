// RUN: tessera-opt --tessera-emit-kernels="prefix=net isa=x86_64_v3" --split-input-file %s | FileCheck %s
// RUN: tessera-opt --tessera-emit-kernels="prefix=net isa=x86_64_v3" --tessera-lower-to-llvm --split-input-file %s | FileCheck %s --check-prefix=LLVM

// LLVM may not unroll a short loop over twelve sums: it would keep what neighbouring windows share in registers, and spill sums.
// CHECK: #llvm.loop_unroll<disable = true>
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: :12 = scf.for
// CHECK: } {loop_annotation = #{{.*}}}
// CHECK-NOT: loop_annotation
// LLVM-LABEL: llvm.func internal @net_kernel_0_body
// LLVM: llvm.br {{.*}} {loop_annotation = #{{.*}}}
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<3x8xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 8, tile = [12, 8, 1], order = [0, 1, 2], tasks = 1, packed = [1]>, extents = affine_map<() -> (12, 8, 3)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(x, n, k) -> (x + k)>, affine_map<(x, n, k) -> (k * 8 + n)>],
      output_maps = [affine_map<(x, n, k) -> (x * 8 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Four sums leave room for that.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: :4 = scf.for
// CHECK-NOT: loop_annotation
// LLVM-LABEL: llvm.func internal @net_kernel_0_body
// LLVM-NOT: loop_annotation
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<3x8xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 8, tile = [4, 8, 1], order = [0, 1, 2], tasks = 1, packed = [1]>, extents = affine_map<() -> (4, 8, 3)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(x, n, k) -> (x + k)>, affine_map<(x, n, k) -> (k * 8 + n)>],
      output_maps = [affine_map<(x, n, k) -> (x * 8 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}
