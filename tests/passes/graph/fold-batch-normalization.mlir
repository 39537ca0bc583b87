// RUN: tessera-opt %s --pass-pipeline='builtin.module(func.func(tessera-fold-batch-normalization))' | FileCheck %s

// Factor 4 / sqrt(3 + 1) and offset 1 - 2 * factor go into the weights.
// CHECK-LABEL: @behind_convolution
// CHECK-DAG: %[[W:.*]] = tsr.constant {value = dense<6.000000e+00> : tensor<2x1x1xf32>}
// CHECK-DAG: %[[B:.*]] = tsr.constant {value = dense<-3.000000e+00> : tensor<2xf32>}
// CHECK: tsr.conv %{{.*}}, %[[W]], %[[B]]
// CHECK-NOT: tsr.batch_norm
func.func @behind_convolution(%x: tensor<1x1x5xf32>) -> tensor<1x2x5xf32> {
  %w = tsr.constant {value = dense<3.0> : tensor<2x1x1xf32>} : () -> tensor<2x1x1xf32>
  %s = tsr.constant {value = dense<4.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %b = tsr.constant {value = dense<1.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %m = tsr.constant {value = dense<2.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %v = tsr.constant {value = dense<3.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = tsr.conv %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>} : (tensor<1x1x5xf32>, tensor<2x1x1xf32>) -> tensor<1x2x5xf32>
  %1 = tsr.batch_norm %0, %s, %b, %m, %v {epsilon = 1.0 : f32} : (tensor<1x2x5xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x5xf32>
  return %1 : tensor<1x2x5xf32>
}

// Elsewhere a normalisation by constants is a product and a sum.
// CHECK-LABEL: @alone
// CHECK-DAG: tsr.constant {value = dense<2.000000e+00> : tensor<2x1xf32>}
// CHECK-DAG: tsr.constant {value = dense<-3.000000e+00> : tensor<2x1xf32>}
// CHECK: tsr.mul
// CHECK: tsr.add
func.func @alone(%x: tensor<1x2x5xf32>) -> tensor<1x2x5xf32> {
  %s = tsr.constant {value = dense<4.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %b = tsr.constant {value = dense<1.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %m = tsr.constant {value = dense<2.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %v = tsr.constant {value = dense<3.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = tsr.batch_norm %x, %s, %b, %m, %v {epsilon = 1.0 : f32} : (tensor<1x2x5xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x5xf32>
  return %0 : tensor<1x2x5xf32>
}

// Products and sums with a value for each channel fold too; a value for each
// position does not.
// CHECK-LABEL: @channelwise
// CHECK-DAG: tsr.constant {value = dense<6.000000e+00> : tensor<2x1x1xf32>}
// CHECK: tsr.conv
// CHECK-NOT: tsr.mul
// CHECK: tsr.add
func.func @channelwise(%x: tensor<1x1x5xf32>) -> tensor<1x2x5xf32> {
  %w = tsr.constant {value = dense<3.0> : tensor<2x1x1xf32>} : () -> tensor<2x1x1xf32>
  %c = tsr.constant {value = dense<2.0> : tensor<2x1xf32>} : () -> tensor<2x1xf32>
  %p = tsr.constant {value = dense<2.0> : tensor<5xf32>} : () -> tensor<5xf32>
  %0 = tsr.conv %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>} : (tensor<1x1x5xf32>, tensor<2x1x1xf32>) -> tensor<1x2x5xf32>
  %1 = tsr.mul %0, %c : (tensor<1x2x5xf32>, tensor<2x1xf32>) -> tensor<1x2x5xf32>
  %2 = tsr.add %1, %p : (tensor<1x2x5xf32>, tensor<5xf32>) -> tensor<1x2x5xf32>
  return %2 : tensor<1x2x5xf32>
}
