// RUN: tessera-opt %s | tessera-opt | FileCheck %s
// RUN: tessera-opt %s --tessera-lower-to-kernels | FileCheck %s --check-prefix=LOWER

// LOWER-DAG: [[$REPEAT:#map[0-9]*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2 floordiv 2, d3 floordiv 2)>

#free = affine_map<()[s0] -> (s0)>

// Negative indices count from the end; the limit is the extent.
// CHECK-LABEL: @gather
// LOWER-LABEL: @gather
// LOWER: arith.cmpi slt
// LOWER: arith.select
// LOWER: tsk.gather {{.*}} : tensor<5x7xf32> -> f32
func.func @gather(%x: tensor<5x7xf32>, %i: tensor<2x3xi64>) -> tensor<2x3x7xf32> {
  %0 = tsr.gather %x, %i {axis = 0 : i64} : (tensor<5x7xf32>, tensor<2x3xi64>) -> tensor<2x3x7xf32>
  return %0 : tensor<2x3x7xf32>
}

// CHECK-LABEL: @gather_elements
// LOWER-LABEL: @gather_elements
// LOWER: arith.extsi %{{.*}} : i32 to i64
// LOWER: tsk.gather
func.func @gather_elements(%x: tensor<2x5xf32>, %i: tensor<2x3xi32>) -> tensor<2x3xf32> {
  %0 = tsr.gather_elements %x, %i {axis = 1 : i64} : (tensor<2x5xf32>, tensor<2x3xi32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: @gather_nd
// LOWER-LABEL: @gather_nd
// LOWER: tsk.gather %{{.*}}[%{{.*}}, %{{.*}}]
func.func @gather_nd(%x: tensor<2x5x7xf32>, %i: tensor<3x2xi64>) -> tensor<3x7xf32> {
  %0 = tsr.gather_nd %x, %i : (tensor<2x5x7xf32>, tensor<3x2xi64>) -> tensor<3x7xf32>
  return %0 : tensor<3x7xf32>
}

// CHECK-LABEL: @positions
// LOWER-LABEL: @positions
// LOWER: arith.cmpi eq
// LOWER: arith.cmpi eq
// LOWER: arith.cmpi sge
func.func @positions(%i: tensor<3xi64>, %v: tensor<2xf32>) -> (tensor<3x5xf32>, tensor<3x3xf32>) {
  %0 = tsr.one_hot %i, %v {axis = 1 : i64, depth = affine_map<() -> (5)>} : (tensor<3xi64>, tensor<2xf32>) -> tensor<3x5xf32>
  %1 = tsr.eye {shape = affine_map<() -> (3, 3)>, element = f32} : () -> tensor<3x3xf32>
  %2 = tsr.trilu %1 {k = affine_map<() -> (0)>} : (tensor<3x3xf32>) -> tensor<3x3xf32>
  return %0, %2 : tensor<3x5xf32>, tensor<3x3xf32>
}

// CHECK-LABEL: @range
// LOWER-LABEL: @range
// LOWER: tsk.index
// LOWER: arith.muli
func.func @range(%a: tensor<i64>) -> tensor<?xi64, #free> {
  %0 = tsr.range %a, %a {extent = affine_map<()[s0] -> (s0)>} : (tensor<i64>, tensor<i64>) -> tensor<?xi64, #free>
  return %0 : tensor<?xi64, #free>
}

// CHECK-LABEL: @reverse
// LOWER-LABEL: @reverse
// LOWER: tsk.gather
func.func @reverse(%x: tensor<4x2xf32>, %n: tensor<2xi64>) -> tensor<4x2xf32> {
  %0 = tsr.reverse_sequence %x, %n : (tensor<4x2xf32>, tensor<2xi64>) -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}

// Unsigned bytes are not negative; the result's type may be another one.
// CHECK-LABEL: @resize_bytes
// LOWER-LABEL: @resize_bytes
// LOWER: arith.uitofp
// LOWER-NOT: arith.fptosi {{.*}} i32
// LOWER: return
func.func @resize_bytes(%x: tensor<1x1x2x2xui8>) -> tensor<1x1x4x4xf32> {
  %0 = tsr.resize %x {shape = affine_map<() -> (1, 1, 4, 4)>, mode = "linear", to = f32} : (tensor<1x1x2x2xui8>) -> tensor<1x1x4x4xf32>
  return %0 : tensor<1x1x4x4xf32>
}

// The nearest element is one gather, or a read when every element is repeated
// a whole number of times; a linear resize of two axes is four gathers.
// CHECK-LABEL: @resize
// LOWER-LABEL: @resize
// LOWER: input_maps = {{\[}}[[$REPEAT]]{{\]}}
// LOWER-NOT: tsk.gather
// LOWER: tsk.kernel
// LOWER: tsk.gather
// LOWER: tsk.kernel
// LOWER-COUNT-4: tsk.gather
// LOWER-NOT: tsk.gather
func.func @resize(%x: tensor<1x1x2x2xf32>) -> (tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1x1x4x4xf32>) {
  %0 = tsr.resize %x {shape = affine_map<() -> (1, 1, 4, 4)>, coordinate_transformation_mode = "asymmetric", nearest_mode = "floor"} : (tensor<1x1x2x2xf32>) -> tensor<1x1x4x4xf32>
  %1 = tsr.resize %x {shape = affine_map<() -> (1, 1, 3, 3)>} : (tensor<1x1x2x2xf32>) -> tensor<1x1x3x3xf32>
  %2 = tsr.resize %x {shape = affine_map<() -> (1, 1, 4, 4)>, mode = "linear"} : (tensor<1x1x2x2xf32>) -> tensor<1x1x4x4xf32>
  return %0, %1, %2 : tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>, tensor<1x1x4x4xf32>
}
