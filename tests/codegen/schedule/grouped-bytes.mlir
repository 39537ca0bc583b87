// RUN: tessera-opt --tessera-assign-schedules="target=x86-64-v4" --tessera-pack-weights %s | FileCheck %s
// RUN: tessera-opt --tessera-assign-schedules="target=x86-64-v4" --tessera-pack-weights --tessera-emit-kernels="prefix=net isa=x86_64_v4" %s | FileCheck %s --check-prefix=V4
// RUN: tessera-opt --tessera-assign-schedules="target=x86-64-v4" --tessera-pack-weights --tessera-emit-kernels="prefix=net isa=x86_64_v4_vnni byte-products" %s | FileCheck %s --check-prefix=VNNI
// RUN: tessera-opt --tessera-assign-schedules="target=x86-64-v3" --tessera-pack-weights --tessera-emit-kernels="prefix=net isa=x86_64_v3" %s | FileCheck %s --check-prefix=V3

// Products of bytes are summed in groups of four along the innermost reduction:
// the panels hold four rows of the constant side by side, and no product is
// rounded or saturated.
// CHECK: #[[PACKING:.*]] = affine_map<(d0, d1, d2) -> (d1 * 256 + d0 * {{[0-9]+}} + d2)>
// CHECK: tsk.weight {{.*}}packed_extents = array<i64: {{[0-9]+}}, 128, {{[0-9]+}}>, packing = #[[PACKING]]{{.*}}tsk.group_stride = 64 : i64
// CHECK: tile = [{{[0-9]+}}, {{[0-9]+}}, 4]
// V4: llvm.call_intrinsic "llvm.x86.avx512.pmaddw.d.512"({{.*}}) : (vector<32xi16>, vector<32xi16>) -> vector<16xi32>
// V4-NOT: arith.muli {{.*}} : vector<16xi32>
// Panels of bytes are fetched ahead: this one some kilobytes on, and a part of the next one.
// VNNI: "llvm.intr.prefetch"
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"({{.*}}) : (vector<16xi32>, vector<64xi8>, vector<64xi8>) -> vector<16xi32>
// VNNI-NOT: pmaddw
// V3: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"({{.*}}) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<ui8>
  %w = tsk.weight dense<1> : tensor<512x64xi8> : !tsk.buffer<i8>
  %o = tsk.output 0 : !tsk.buffer<i32>
  tsk.launch ins(%a, %w : !tsk.buffer<ui8>, !tsk.buffer<i8>) outs(%o : !tsk.buffer<i32>)
    attributes {extents = affine_map<() -> (128, 64, 512)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 512 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>],
      output_maps = [affine_map<(m, n, k) -> (m * 64 + n)>], pads = [unit, unit],
      guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: i8, %y: i8):
    %left = arith.extui %x : i8 to i32
    %right = arith.extsi %y : i8 to i32
    %p = arith.muli %left, %right : i32
    %s = tsk.reduce <add> %p : i32 -> i32
    tsk.yield %s : i32
  }
  return
}
