// RUN: tessera-opt --tessera-assign-schedules="target=x86-64-v4" --tessera-pack-weights --split-input-file %s | FileCheck %s
// RUN: tessera-opt --tessera-assign-schedules="target=x86-64-v4" --tessera-pack-weights --tessera-emit-kernels="prefix=net isa=x86_64_v4_vnni byte-products" --split-input-file %s | FileCheck %s --check-prefix=VNNI

// A row of 7 bytes is two groups, the second filled up with zeros in the panels; what it reads behind the row lies
// in the workspace.
// CHECK-LABEL: func.func @in_the_workspace
// CHECK: tsk.weight {{.*}}packed_extents = array<i64: {{[0-9]+}}, 2, {{[0-9]+}}>{{.*}}tsk.group_stride = 64 : i64, tsk.grouped_extent = 7 : i64
// VNNI-LABEL: llvm.func internal @net_kernel_0_body
// VNNI: vpdpbusd
func.func @in_the_workspace() {
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (896)>} : !tsk.buffer<ui8>
  %w = tsk.weight dense<1> : tensor<7x64xi8> : !tsk.buffer<i8>
  %o = tsk.output 0 : !tsk.buffer<i32>
  tsk.launch ins(%a, %w : !tsk.buffer<ui8>, !tsk.buffer<i8>) outs(%o : !tsk.buffer<i32>)
    attributes {extents = affine_map<() -> (128, 64, 7)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 7 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>],
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

// -----

// Behind a model's input nothing can be read.
// CHECK-LABEL: func.func @of_the_caller
// CHECK-NOT: tsk.group_stride
// VNNI-LABEL: llvm.func internal @net_kernel_0_body
// VNNI-NOT: vpdpbusd
func.func @of_the_caller() {
  %a = tsk.argument 0 : !tsk.buffer<ui8>
  %w = tsk.weight dense<1> : tensor<7x64xi8> : !tsk.buffer<i8>
  %o = tsk.output 0 : !tsk.buffer<i32>
  tsk.launch ins(%a, %w : !tsk.buffer<ui8>, !tsk.buffer<i8>) outs(%o : !tsk.buffer<i32>)
    attributes {extents = affine_map<() -> (128, 64, 7)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(m, n, k) -> (m * 7 + k)>, affine_map<(m, n, k) -> (k * 64 + n)>],
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
