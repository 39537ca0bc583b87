// RUN: tessera-opt --tessera-emit-kernels="prefix=net isa=x86_64_v4" --cse --split-input-file %s | FileCheck %s

// Each of the 16 tiles of rows fetches a sixteenth of the next panel (64 KB): its part lies pass * 4096 behind that panel's start, and a step of
// the sum moves by a sixteenth of a row of 128 bytes. What comes soon in this panel is fetched into the nearest cache as well.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: "llvm.intr.prefetch"({{.*}}hint = 3
// CHECK: arith.muli {{.*}}, %c8_i64
// CHECK: arith.muli {{.*}}, %c65536_i64
// CHECK: arith.muli {{.*}}, %c4096_i64
// CHECK: llvm.getelementptr {{.*}}[%c65536_i64]
// CHECK-NEXT: "llvm.intr.prefetch"({{.*}}hint = 2
// CHECK-NOT: hint = 2
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<512x768xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 32, 1], order = [1, 0, 2], tasks = 1, packed = [1]>, extents = affine_map<() -> (64, 768, 512)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 512 + k)>, affine_map<(m, n, k) -> (k * 768 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 768 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Where rows are the outer loop, panels are in cache: only this panel is fetched ahead.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: "llvm.intr.prefetch"({{.*}}hint = 3
// CHECK-NOT: hint = 2
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<512x768xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 32, 1], order = [0, 1, 2], tasks = 1, packed = [1]>, extents = affine_map<() -> (64, 768, 512)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 512 + k)>, affine_map<(m, n, k) -> (k * 768 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 768 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Where few panels pass over a tile's rows, the 4 x 96 elements of the next tile are fetched meanwhile, four for each step of the sum, of which
// the address has moved by one.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: arith.muli {{.*}}, %c3_i64
// CHECK: arith.addi {{.*}}, %c384_i64
// CHECK: "llvm.intr.prefetch"({{.*}}hint = 3
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<96x64xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 32, 1], order = [0, 1, 2], tasks = 1, packed = [1]>, extents = affine_map<() -> (64, 64, 96)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 96 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Rows of a free length are not fetched ahead.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK-NOT: hint = 2
// CHECK: "llvm.intr.prefetch"({{.*}}hint = 3
// CHECK: "llvm.intr.prefetch"({{.*}}hint = 3
// CHECK-NOT: prefetch
// CHECK: llvm.return
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<64xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 32, 1], order = [0, 1, 2], tasks = 1, packed = [1]>, extents = affine_map<()[s] -> (64, 64, s)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k)[s] -> (m * s + k)>, affine_map<(m, n, k)[s] -> (n)>],
      output_maps = [affine_map<(m, n, k)[s] -> (m * 64 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Each pass over a panel also fetches its part of what lies 100,032 bytes behind it, though the panel itself (16 KB) needs none of that.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: llvm.getelementptr {{.*}}[%c100032_i64]
// CHECK-NEXT: "llvm.intr.prefetch"({{.*}}hint = 2
// CHECK-NOT: hint = 2
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w = tsk.weight dense<1.0> : tensor<128x768xf32> {offset = 0 : i64} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 32, 1], order = [1, 0, 2], tasks = 1, packed = [1]>, tsk.fetch_ahead = 100032 : i64, extents = affine_map<() -> (64, 768, 128)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 128 + k)>, affine_map<(m, n, k) -> (k * 768 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 768 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %p = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %p : f32 -> f32
    tsk.yield %s : f32
  }
  return
}
