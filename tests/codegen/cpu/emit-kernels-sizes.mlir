// RUN: tessera-opt --tessera-emit-kernels="prefix=net isa=x86_64_v4" %s | FileCheck %s

// The workspace is the greatest of its bounds; where one of them could overflow
// it is negative, which the runtime reports as dimensions out of bounds.
// CHECK-LABEL: llvm.func hidden @net_generated_workspace_x86_64_v4(
// CHECK: %[[NONE:.*]] = arith.constant -1 : i64
// CHECK: %[[GREATEST:.*]] = arith.maxsi
// CHECK: arith.constant 4.611{{[0-9]*}}E+18 : f64
// CHECK: %[[BAD:.*]] = arith.cmpf uge, {{.*}} : f64
// CHECK: arith.select %[[BAD]], %[[NONE]], %[[GREATEST]]
// CHECK: arith.cmpf uge

// So are dimensions and extents that are computed from others.
// CHECK-LABEL: llvm.func hidden @net_generated_resolve(
// CHECK: arith.cmpf uge
// CHECK: arith.minsi
// CHECK: arith.cmpf uge
// CHECK-NOT: arith.cmpf uge
// CHECK: llvm.func hidden @net_generated_shapes(
module attributes {
    tsk.dimensions = [#tsk.dimension<"n", input, 0, -1, () -> ()>, #tsk.dimension<"m", min, 0, -1, ()[s0] -> (s0 * s0, 512)>],
    tsk.signature = {inputs = [{name = "x", type = tensor<?xf32, affine_map<()[s0] -> (s0)>>}], outputs = [{name = "y", type = tensor<?xf32, affine_map<()[s0] -> (s0 * 2)>>}]},
    tsk.workspace = affine_map<()[s0] -> ((s0 * s0) * 64, s0 * 6400)>} {
  func.func @main() {
    return
  }
}
