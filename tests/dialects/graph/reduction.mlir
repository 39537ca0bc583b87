// RUN: tessera-opt %s | tessera-opt | FileCheck %s
// RUN: tessera-opt %s --tessera-lower-to-kernels | FileCheck %s --check-prefix=LOWER

#free = affine_map<()[s0] -> (2, s0)>

// A mean divides by the extent, which a free one computes.
// CHECK-LABEL: @mean
// CHECK: tsr.reduce %{{.*}} {axes = array<i64: 1>, kind = "mean"}
// LOWER-LABEL: @mean
// LOWER: tsk.reduce <add>
// LOWER: tsk.index
// LOWER: arith.sitofp
// LOWER: arith.divf
func.func @mean(%x: tensor<2x?xf32, #free>) -> tensor<2x1xf32> {
  %0 = tsr.reduce %x {kind = "mean", axes = array<i64: 1>} : (tensor<2x?xf32, #free>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}

// CHECK-LABEL: @kinds
// LOWER-LABEL: @kinds
// LOWER: tsk.reduce <mul>
// LOWER: tsk.reduce <min>
// LOWER: math.absf
// LOWER: math.sqrt
// LOWER: math.log
// LOWER: math.exp
func.func @kinds(%x: tensor<2x3xf32>) -> (tensor<3xf32>, tensor<2xf32>, tensor<f32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %0 = tsr.reduce %x {kind = "prod", axes = array<i64: 0>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<3xf32>
  %1 = tsr.reduce %x {kind = "min", axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  %2 = tsr.reduce %x {kind = "l1", axes = array<i64: 0, 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<f32>
  %3 = tsr.reduce %x {kind = "l2", axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  %4 = tsr.reduce %x {kind = "log_sum", axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  %5 = tsr.reduce %x {kind = "log_sum_exp", axes = array<i64: 1>, keepdims = 0 : i64} : (tensor<2x3xf32>) -> tensor<2xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<3xf32>, tensor<2xf32>, tensor<f32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// The unsigned order is the signed one with the top bit flipped.
// LOWER-LABEL: @unsigned_max
// LOWER: arith.xori
// LOWER: tsk.reduce <max> %{{.*}} : i8 -> i8
// LOWER: arith.xori
func.func @unsigned_max(%x: tensor<3xui8>) -> tensor<ui8> {
  %0 = tsr.reduce %x {kind = "max", axes = array<i64: 0>, keepdims = 0 : i64} : (tensor<3xui8>) -> tensor<ui8>
  return %0 : tensor<ui8>
}

// CHECK-LABEL: @positions
// LOWER-LABEL: @positions
// LOWER: tsk.reduce <arg_min_last>
// LOWER: tsk.reduce <arg_max>
// LOWER: arith.cmpi eq
func.func @positions(%x: tensor<2x3xf32>) -> (tensor<2xi64>, tensor<2x3xf32>) {
  %0 = tsr.arg_reduce %x {kind = "min", axis = 1 : i64, keepdims = 0 : i64, select_last_index = 1 : i64} : (tensor<2x3xf32>) -> tensor<2xi64>
  %1 = tsr.hardmax %x {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0, %1 : tensor<2xi64>, tensor<2x3xf32>
}

// Rows are one kernel: reduced values are used again for every element.
// CHECK-LABEL: @rows
// LOWER-LABEL: @rows
// LOWER: tsk.kernel
// LOWER: tsk.reduce <max>
// LOWER: math.exp
// LOWER: tsk.reduce <add>
// LOWER: tsk.kernel
// LOWER-COUNT-2: tsk.reduce <add>
// LOWER: math.sqrt
// LOWER-NOT: tsk.kernel
func.func @rows(%x: tensor<2x3xf32>, %s: tensor<3xf32>) -> tensor<2x3xf32> {
  %0 = tsr.softmax %x {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = tsr.normalize %0, %s, %s {axes = array<i64: 1>} : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// CHECK-LABEL: @log_softmax_and_batch_norm
// LOWER-LABEL: @log_softmax_and_batch_norm
// LOWER: math.log
// LOWER: math.sqrt
func.func @log_softmax_and_batch_norm(%x: tensor<2x3xf32>, %p: tensor<3xf32>) -> tensor<2x3xf32> {
  %0 = tsr.log_softmax %x {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = tsr.batch_norm %0, %p, %p, %p, %p : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// A scan feeds its sum back; an exclusive one also stores the sum before.
// CHECK-LABEL: @scan
// LOWER-LABEL: @scan
// LOWER: tsk.kernel
// LOWER-SAME: feedback = array<i64: -1, 0>
// LOWER-SAME: #tsk.iterator<sequential>
// LOWER-SAME: -> (tensor<3x2xf32>, tensor<3x2xf32>)
func.func @scan(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = tsr.scan %x {axis = 1 : i64, exclusive = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
