// RUN: tessera-opt %s --tessera-form-integer-products --tessera-fold-constants | FileCheck %s

// CHECK: #[[$NONE:.*]] = affine_map<() -> (0, 0)>

// A matrix product of a dequantised tensor and a dequantised constant: the
// weights stay bytes, the zero point meets their sums, scales come last.
// CHECK-LABEL: @matmul
// CHECK-SAME: %[[Q:.*]]: tensor<3x4xui8>
// CHECK: %[[W:.*]] = tsr.constant {{.*}}dense<[{{\[}}1, 2], [3, 4], [5, 6], [7, 8]]> : tensor<4x2xi8>
// CHECK: %[[P:.*]] = tsr.matmul %[[Q]], %[[W]] : (tensor<3x4xui8>, tensor<4x2xi8>) -> tensor<3x2xi32>
// CHECK: %[[SUMS:.*]] = tsr.constant {{.*}}dense<[160, 200]> : tensor<2xi32>
// CHECK: %[[C:.*]] = tsr.sub %[[P]], %[[SUMS]]
// CHECK: %[[SCALE:.*]] = tsr.constant {{.*}}dense<[2.000000e+00, 4.000000e+00]> : tensor<2xf32>
// CHECK: %[[F:.*]] = tsr.cast %[[C]] {to = f32}
// CHECK: tsr.mul %[[F]], %[[SCALE]]
func.func @matmul(%q: tensor<3x4xui8>) -> tensor<3x2xf32> {
  %z = tsr.constant {value = dense<10.0> : tensor<f32>} : () -> tensor<f32>
  %s = tsr.constant {value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %p = tsr.constant {value = dense<[[1, 2], [3, 4], [5, 6], [7, 8]]> : tensor<4x2xi8>} : () -> tensor<4x2xi8>
  %t = tsr.constant {value = dense<[1.0, 2.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = tsr.cast %q {to = f32} : (tensor<3x4xui8>) -> tensor<3x4xf32>
  %1 = tsr.sub %0, %z : (tensor<3x4xf32>, tensor<f32>) -> tensor<3x4xf32>
  %2 = tsr.mul %1, %s : (tensor<3x4xf32>, tensor<f32>) -> tensor<3x4xf32>
  %3 = tsr.cast %p {to = f32} : (tensor<4x2xi8>) -> tensor<4x2xf32>
  %4 = tsr.mul %3, %t : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  %5 = tsr.matmul %2, %4 : (tensor<3x4xf32>, tensor<4x2xf32>) -> tensor<3x2xf32>
  return %5 : tensor<3x2xf32>
}

// A convolution's pads are zeros, which the zero point stands for.
// CHECK-LABEL: @conv
// CHECK-SAME: %[[Q:.*]]: tensor<1x1x4xui8>
// CHECK: %[[X:.*]] = tsr.pad %[[Q]] {{.*}}value = 7 : i8
// CHECK: tsr.conv %[[X]]
// CHECK-SAME: pads = #[[$NONE]]
// CHECK-SAME: -> tensor<1x2x4xi32>
func.func @conv(%q: tensor<1x1x4xui8>) -> tensor<1x2x4xf32> {
  %z = tsr.constant {value = dense<7> : tensor<ui8>} : () -> tensor<ui8>
  %s = tsr.constant {value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %p = tsr.constant {value = dense<[[[1, 2, 3]], [[4, 5, 6]]]> : tensor<2x1x3xi8>} : () -> tensor<2x1x3xi8>
  %t = tsr.constant {value = dense<[[[1.0]], [[2.0]]]> : tensor<2x1x1xf32>} : () -> tensor<2x1x1xf32>
  %c = tsr.cast %z {to = f32} : (tensor<ui8>) -> tensor<f32>
  %0 = tsr.cast %q {to = f32} : (tensor<1x1x4xui8>) -> tensor<1x1x4xf32>
  %1 = tsr.sub %0, %c : (tensor<1x1x4xf32>, tensor<f32>) -> tensor<1x1x4xf32>
  %2 = tsr.mul %1, %s : (tensor<1x1x4xf32>, tensor<f32>) -> tensor<1x1x4xf32>
  %3 = tsr.cast %p {to = f32} : (tensor<2x1x3xi8>) -> tensor<2x1x3xf32>
  %4 = tsr.mul %3, %t : (tensor<2x1x3xf32>, tensor<2x1x1xf32>) -> tensor<2x1x3xf32>
  %5 = tsr.conv %2, %4 {strides = array<i64: 1>, dilations = array<i64: 1>, pads = affine_map<() -> (1, 1)>} : (tensor<1x1x4xf32>, tensor<2x1x3xf32>) -> tensor<1x2x4xf32>
  return %5 : tensor<1x2x4xf32>
}

// Two computed operands stay floats.
// CHECK-LABEL: @computed
// CHECK: tsr.matmul {{.*}} -> tensor<4x4xf32>
func.func @computed(%q: tensor<4x4xui8>) -> tensor<4x4xf32> {
  %s = tsr.constant {value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %0 = tsr.cast %q {to = f32} : (tensor<4x4xui8>) -> tensor<4x4xf32>
  %1 = tsr.mul %0, %s : (tensor<4x4xf32>, tensor<f32>) -> tensor<4x4xf32>
  %2 = tsr.matmul %1, %1 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}
