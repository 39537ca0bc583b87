// RUN: tessera-opt --tessera-emit-kernels="prefix=net isa=x86_64_v4" %s | FileCheck %s

// A launch that may take denormal numbers for zeros sets both flags (0x8040) and restores the control word; one that may not,
// otherwise the same, has a function of its own, and so has one whose results alone may be flushed (0x8000).
// CHECK-LABEL: llvm.func hidden @net_kernel_0(
// CHECK: %[[WORDS:.*]] = llvm.alloca
// CHECK: llvm.call_intrinsic "llvm.x86.sse.stmxcsr"(%[[WORDS]])
// CHECK: %[[BEFORE:.*]] = llvm.load %[[WORDS]]
// CHECK: %[[FLAGS:.*]] = llvm.mlir.constant(32832 : i32)
// CHECK: %[[OWN:.*]] = llvm.getelementptr %[[WORDS]][1]
// CHECK: %[[AFTER:.*]] = llvm.or %[[BEFORE]], %[[FLAGS]]
// CHECK: llvm.store %[[AFTER]], %[[OWN]]
// CHECK: llvm.call_intrinsic "llvm.x86.sse.ldmxcsr"(%[[OWN]])
// CHECK: llvm.call @net_kernel_0_body
// CHECK: llvm.call_intrinsic "llvm.x86.sse.ldmxcsr"(%[[WORDS]])
// CHECK: llvm.return
// CHECK-LABEL: llvm.func hidden @net_kernel_1(
// CHECK-NOT: mxcsr
// CHECK: llvm.call @net_kernel_1_body
// CHECK-NOT: mxcsr
// CHECK-LABEL: llvm.func hidden @net_kernel_2(
// CHECK: llvm.mlir.constant(32768 : i32)
// CHECK: llvm.call_intrinsic "llvm.x86.sse.ldmxcsr"
// CHECK: llvm.call @net_kernel_2_body
// CHECK: llvm.call_intrinsic "llvm.x86.sse.ldmxcsr"
// CHECK: llvm.func hidden @net_generated_run_x86_64_v4(
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<512x768xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %b = tsk.weight dense<2.0> : tensor<768xf32> {offset = 1572864 : i64} : !tsk.buffer<f32>
  %c = tsk.weight dense<0.0> : tensor<768xf32> {offset = 1575936 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {tsk.flushes_denormals = "all", schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 32, 1], order = [0, 1, 2], tasks = 2, packed = []>, extents = affine_map<() -> (128, 768, 512)>,
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
  tsk.launch ins(%a, %w, %b : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {tsk.flushes_denormals = "results", schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 32, 1], order = [0, 1, 2], tasks = 2, packed = []>, extents = affine_map<() -> (128, 768, 512)>,
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
