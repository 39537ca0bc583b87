// RUN: tessera-opt %s | tessera-opt | FileCheck %s
// RUN: tessera-opt %s --tessera-lower-to-kernels | FileCheck %s --check-prefix=LOWER

#two = affine_map<()[s0] -> (2, s0)>

module attributes {tsk.dimensions = [#tsk.dimension<"m", computed, 0, -1, () -> (12)>]} {

// A call is lowered to a call.
// CHECK-LABEL: @call
// CHECK: tsr.library "non_zero" %{{.*}} {elements = array<i64>, extents = array<i64: 0, 0, 1>
// LOWER-LABEL: @call
// LOWER: tsk.library "non_zero" %{{.*}} {elements = array<i64>, extents = array<i64: 0, 0, 1>
// LOWER-NOT: tsr.
func.func @call(%x: tensor<3x4xi1>) -> tensor<2x?xi64, #two> {
  %r = tsr.library "non_zero" %x {positions = array<i64: 0>, parameters = {}, extents = array<i64: 0, 0, 1>, elements = array<i64>}
      : (tensor<3x4xi1>) -> tensor<2x?xi64, #two>
  return %r : tensor<2x?xi64, #two>
}

}
