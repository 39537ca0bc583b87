// RUN: tessera-opt --tessera-emit-kernels="prefix=net isa=x86_64_amx" %s | FileCheck %s

// Tiles are configured once a call. A pass splits weights of four steps and
// multiplies blocks of 32 rows by 32 columns; each step loads four left and
// three right pairs of tiles for 24 products. What follows the sum reads it
// from the stack.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: llvm.alloca
// CHECK: llvm.call_intrinsic "llvm.x86.ldtilecfg"
// CHECK-NOT: ldtilecfg
// CHECK: scf.for
// CHECK: scf.for {{.*}} = %c0{{.*}} to %c8{{.*}} step %c4
// CHECK-COUNT-3: llvm.store {{.*}} : vector<16xi32>, !llvm.ptr
// CHECK: scf.if
// CHECK-COUNT-4: llvm.x86.tilezero
// CHECK-COUNT-4: llvm.x86.tileloadd64
// CHECK: scf.for
// CHECK-COUNT-4: llvm.x86.tileloadd64
// CHECK-COUNT-4: llvm.x86.tdpbf16ps
// CHECK-COUNT-10: llvm.x86.tileloadd64
// CHECK-COUNT-4: llvm.x86.tdpbf16ps
// CHECK-NOT: llvm.x86.tdpbf16ps
// CHECK-COUNT-4: llvm.x86.tilestored64
// CHECK: llvm.load {{.*}} -> vector<16xf32>
// CHECK: arith.maximumf
// CHECK: llvm.call_intrinsic "llvm.x86.tilerelease"
module {
  func.func @main() {
    %a = tsk.argument 0 : !tsk.buffer<f32>
    %h = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (163840)>} : !tsk.buffer<i16>
    %w = tsk.weight dense<1.0> : tensor<256x64xf32> {offset = 0 : i64} : !tsk.buffer<f32>
    %o = tsk.output 0 : !tsk.buffer<f32>
    tsk.launch ins(%a, %w, %h, %h, %h : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<i16>, !tsk.buffer<i16>, !tsk.buffer<i16>) outs(%o : !tsk.buffer<f32>)
      attributes {schedule = #tsk.schedule<bf16x6, vector_dim = 1, lanes = 16, tile = [64, 32, 1], order = [1, 0, 2], tasks = 2, packed = [1]>, extents = affine_map<() -> (96, 64, 256)>,
        iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
        input_maps = [affine_map<(m, n, k) -> (m * 256 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>, affine_map<(m, n, k) -> (m * 256 + k)>,
          affine_map<(m, n, k) -> (m * 256 + k + 24576)>, affine_map<(m, n, k) -> (m * 256 + k + 49152)>],
        output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>], pads = [unit, unit, unit, unit, unit],
        guards = [unit, unit, unit, unit, unit], feedback = array<i64: -1, -1, -1, -1, -1>} computes {
    ^bb0(%x: f32, %y: f32, %p0: i16, %p1: i16, %p2: i16):
      %p = arith.mulf %x, %y : f32
      %s = tsk.reduce <add> %p : f32 -> f32
      %zero = arith.constant 0.0 : f32
      %r = arith.maximumf %s, %zero : f32
      tsk.yield %r : f32
    }
    return
  }
}
