// RUN: tessera-opt %s | tessera-opt | FileCheck %s
// RUN: tessera-opt %s --tessera-lower-to-kernels | FileCheck %s --check-prefix=LOWER

// Padding never wins a maximum.
// CHECK-LABEL: @max_pool
// CHECK: tsr.max_pool
// LOWER-LABEL: @max_pool
// LOWER: pads = [0xFF800000 : f32]
// LOWER: tsk.reduce <max>
func.func @max_pool(%x: tensor<1x4x8xf32>) -> tensor<1x4x5xf32> {
  %0 = tsr.max_pool %x {kernel_shape = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 1>, pads = affine_map<() -> (1, 1)>} : (tensor<1x4x8xf32>) -> tensor<1x4x5xf32>
  return %0 : tensor<1x4x5xf32>
}

// With ceil_mode the last window reaches beyond the tensor.
// CHECK-LABEL: @ceil_mode
// LOWER-LABEL: @ceil_mode
// LOWER: pads = [0xFF800000 : f32]
func.func @ceil_mode(%x: tensor<1x4x7xf32>) -> tensor<1x4x4xf32> {
  %0 = tsr.max_pool %x {kernel_shape = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>, ceil_mode = 1 : i64} : (tensor<1x4x7xf32>) -> tensor<1x4x4xf32>
  return %0 : tensor<1x4x4xf32>
}

// Without padding every window has as many elements: no bounds are computed.
// CHECK-LABEL: @average_pool
// LOWER-LABEL: @average_pool
// LOWER: pads = [unit]
// LOWER-NOT: arith.maxsi
// LOWER: arith.divf
func.func @average_pool(%x: tensor<1x4x8xf32>) -> tensor<1x4x4xf32> {
  %0 = tsr.average_pool %x {kernel_shape = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>} : (tensor<1x4x8xf32>) -> tensor<1x4x4xf32>
  return %0 : tensor<1x4x4xf32>
}

// Otherwise the elements inside the tensor are counted.
// LOWER-LABEL: @padded_average_pool
// LOWER: arith.maxsi
// LOWER: arith.minsi
// LOWER: arith.divf
func.func @padded_average_pool(%x: tensor<1x4x8xf32>) -> tensor<1x4x5xf32> {
  %0 = tsr.average_pool %x {kernel_shape = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 1>, pads = affine_map<() -> (1, 1)>} : (tensor<1x4x8xf32>) -> tensor<1x4x5xf32>
  return %0 : tensor<1x4x5xf32>
}

// CHECK-LABEL: @norm_and_position
// LOWER-LABEL: @norm_and_position
// LOWER: math.absf
// LOWER: math.sqrt
// LOWER: tsk.reduce <arg_max> %{{.*}} : f32 -> i64
func.func @norm_and_position(%x: tensor<1x4x8xf32>) -> (tensor<1x4x4xf32>, tensor<1x4x4xi64>) {
  %0 = tsr.lp_pool %x {kernel_shape = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>} : (tensor<1x4x8xf32>) -> tensor<1x4x4xf32>
  %1 = tsr.max_pool_index %x {kernel_shape = array<i64: 2>, strides = array<i64: 2>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>} : (tensor<1x4x8xf32>) -> tensor<1x4x4xi64>
  return %0, %1 : tensor<1x4x4xf32>, tensor<1x4x4xi64>
}
