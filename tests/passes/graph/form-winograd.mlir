// RUN: tessera-opt %s --mlir-print-local-scope --pass-pipeline='builtin.module(func.func(tessera-form-winograd))' -split-input-file | FileCheck %s
// RUN: tessera-opt %s --mlir-print-local-scope --pass-pipeline='builtin.module(func.func(tessera-form-winograd,tessera-fold-constants))' -split-input-file | FileCheck %s --check-prefix=FOLD
// RUN: tessera-opt %s --mlir-print-debuginfo --mlir-print-local-scope --pass-pipeline='builtin.module(func.func(tessera-form-winograd))' -split-input-file | FileCheck %s --check-prefix=NAME

// Tiles of 4x4: 36 positions. Weights are transformed in the run, vectors run
// along channels, and the last kernel adds the bias.
// FOLD-LABEL: @tiles_of_four
// FOLD: tsk.in_run
// NAME-LABEL: @tiles_of_four
// NAME-DAG: loc("c1 [winograd, weights]")
// NAME-DAG: loc("c1 [winograd, input]")
// NAME-DAG: loc("c1 [winograd, product]")
// NAME-DAG: loc("c1 [winograd 4x4, error at most {{[0-9.]+}}e-03 max|x| sum|w|]")
// CHECK-LABEL: @tiles_of_four
// CHECK-SAME: (%[[X:.*]]: tensor<1x64x56x56xf32>)
// CHECK-DAG: %[[W:.*]] = tsr.constant {value = {{.*}} : tensor<3x3x65x64xf32>}
// CHECK: %[[U:.*]]:36 = tsk.kernel %[[W]]
// CHECK-SAME: extents = affine_map<() -> (65, 64)>
// CHECK-SAME: tsk.in_run
// CHECK: %[[US:.*]] = tsk.concat %[[U]]#0
// CHECK-SAME: to tensor<36x65x64xf32>
// CHECK: %[[V:.*]]:36 = tsk.kernel %[[X]]
// CHECK-SAME: extents = affine_map<() -> (1, 14, 14, 64)>
// CHECK-SAME: affine_map<(d0, d1, d2, d3) -> (d0, d3, d1 * 4 - 1, d2 * 4 - 1)>
// CHECK: %[[VS:.*]] = tsk.concat %[[V]]#0
// CHECK-SAME: to tensor<36x1x14x14x64xf32>
// CHECK: %[[M:.*]] = tsk.kernel %[[VS]], %[[US]]
// CHECK-SAME: extents = affine_map<() -> (36, 1, 14, 14, 64, 64)>
// CHECK: tsk.reduce <add>
// CHECK: %[[Y:.*]] = tsk.kernel %[[M]],
// CHECK-SAME: affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d5, d1 * 4 + d2, d3 * 4 + d4)>
// CHECK: tsk.reduce <add>
// CHECK: arith.addf
// CHECK-NOT: tsr.conv
// CHECK: return %[[Y]] : tensor<1x64x56x56xf32>
func.func @tiles_of_four(%x: tensor<1x64x56x56xf32>) -> tensor<1x64x56x56xf32> {
  %w = tsr.constant {value = dense<0.5> : tensor<64x64x3x3xf32>} : () -> tensor<64x64x3x3xf32>
  %b = tsr.constant {value = dense<2.0> : tensor<64xf32>} : () -> tensor<64xf32>
  %r = tsr.conv %x, %w, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = affine_map<() -> (1, 1, 1, 1)>, group = 1 : i64} : (tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>, tensor<64xf32>) -> tensor<1x64x56x56xf32> loc("c1")
  return %r : tensor<1x64x56x56xf32>
}

// -----

// Tiles of 2x2 where 4 does not divide the result.
// CHECK-LABEL: @tiles_of_two
// CHECK: to tensor<16x65x64xf32>
// CHECK: to tensor<16x1x29x29x64xf32>
// CHECK-NOT: tsr.conv
func.func @tiles_of_two(%x: tensor<1x64x60x60xf32>) -> tensor<1x64x58x58xf32> {
  %w = tsr.constant {value = dense<0.5> : tensor<64x64x3x3xf32>} : () -> tensor<64x64x3x3xf32>
  %r = tsr.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = affine_map<() -> (0, 0, 0, 0)>, group = 1 : i64} : (tensor<1x64x60x60xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x58x58xf32>
  return %r : tensor<1x64x58x58xf32>
}

// -----

// The batch may be free.
// CHECK-LABEL: @free_batch
// CHECK: affine_map<()[s0] -> (s0, 14, 14, 64)>
// CHECK-NOT: tsr.conv
module attributes {tsk.dimensions = [#tsk.dimension<"n", input, 0, -1, () -> ()>]} {
func.func @free_batch(%x: tensor<?x64x56x56xf32, affine_map<()[s0] -> (s0, 64, 56, 56)>>) -> tensor<?x64x56x56xf32, affine_map<()[s0] -> (s0, 64, 56, 56)>> {
  %w = tsr.constant {value = dense<0.5> : tensor<64x64x3x3xf32>} : () -> tensor<64x64x3x3xf32>
  %r = tsr.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = affine_map<() -> (1, 1, 1, 1)>, group = 1 : i64} : (tensor<?x64x56x56xf32, affine_map<()[s0] -> (s0, 64, 56, 56)>>, tensor<64x64x3x3xf32>) -> tensor<?x64x56x56xf32, affine_map<()[s0] -> (s0, 64, 56, 56)>>
  return %r : tensor<?x64x56x56xf32, affine_map<()[s0] -> (s0, 64, 56, 56)>>
}
}

// -----

// Few channels, few pixels beside many weights, odd extents: the convolution
// itself is faster.
// CHECK-LABEL: @slower
// CHECK-COUNT-3: tsr.conv
func.func @slower(%x: tensor<1x3x56x56xf32>, %y: tensor<1x512x8x8xf32>, %z: tensor<1x64x53x53xf32>) -> (tensor<1x8x56x56xf32>, tensor<1x512x8x8xf32>, tensor<1x64x53x53xf32>) {
  %u = tsr.constant {value = dense<0.5> : tensor<8x3x3x3xf32>} : () -> tensor<8x3x3x3xf32>
  %v = tsr.constant {value = dense<0.5> : tensor<512x512x3x3xf32>} : () -> tensor<512x512x3x3xf32>
  %w = tsr.constant {value = dense<0.5> : tensor<64x64x3x3xf32>} : () -> tensor<64x64x3x3xf32>
  %r = tsr.conv %x, %u {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = affine_map<() -> (1, 1, 1, 1)>, group = 1 : i64} : (tensor<1x3x56x56xf32>, tensor<8x3x3x3xf32>) -> tensor<1x8x56x56xf32>
  %s = tsr.conv %y, %v {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = affine_map<() -> (1, 1, 1, 1)>, group = 1 : i64} : (tensor<1x512x8x8xf32>, tensor<512x512x3x3xf32>) -> tensor<1x512x8x8xf32>
  %t = tsr.conv %z, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = affine_map<() -> (1, 1, 1, 1)>, group = 1 : i64} : (tensor<1x64x53x53xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x53x53xf32>
  return %r, %s, %t : tensor<1x8x56x56xf32>, tensor<1x512x8x8xf32>, tensor<1x64x53x53xf32>
}

// -----

// Weights that two such convolutions share are moved once; those that something
// else reads too stay.
// CHECK-LABEL: @shared_weights
// CHECK: tensor<3x3x65x64xf32>} :
// CHECK-NOT: tensor<3x3x65x64xf32>} :
// CHECK: return
func.func @shared_weights(%x: tensor<1x64x56x56xf32>, %y: tensor<1x64x28x28xf32>) -> (tensor<1x64x56x56xf32>, tensor<1x64x28x28xf32>) {
  %w = tsr.constant {value = dense<0.5> : tensor<64x64x3x3xf32>} : () -> tensor<64x64x3x3xf32>
  %r = tsr.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = affine_map<() -> (1, 1, 1, 1)>, group = 1 : i64} : (tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x56x56xf32>
  %s = tsr.conv %y, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = affine_map<() -> (1, 1, 1, 1)>, group = 1 : i64} : (tensor<1x64x28x28xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x28x28xf32>
  return %r, %s : tensor<1x64x56x56xf32>, tensor<1x64x28x28xf32>
}

// -----

// CHECK-LABEL: @other_reader
// CHECK-COUNT-2: tsr.conv
func.func @other_reader(%x: tensor<1x64x56x56xf32>) -> (tensor<1x64x56x56xf32>, tensor<1x64x28x28xf32>) {
  %w = tsr.constant {value = dense<0.5> : tensor<64x64x3x3xf32>} : () -> tensor<64x64x3x3xf32>
  %r = tsr.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = affine_map<() -> (1, 1, 1, 1)>, group = 1 : i64} : (tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x56x56xf32>
  %s = tsr.conv %x, %w {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = affine_map<() -> (1, 1, 0, 0)>, group = 1 : i64} : (tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x28x28xf32>
  return %r, %s : tensor<1x64x56x56xf32>, tensor<1x64x28x28xf32>
}

// -----

// A stride, a dilation, groups and weights that are not constant.
// CHECK-LABEL: @other_convolutions
// CHECK-COUNT-4: tsr.conv
func.func @other_convolutions(%x: tensor<1x64x58x58xf32>, %v: tensor<64x64x3x3xf32>) -> (tensor<1x64x28x28xf32>, tensor<1x64x54x54xf32>, tensor<1x64x56x56xf32>, tensor<1x64x56x56xf32>) {
  %w = tsr.constant {value = dense<0.5> : tensor<64x64x3x3xf32>} : () -> tensor<64x64x3x3xf32>
  %g = tsr.constant {value = dense<0.5> : tensor<64x32x3x3xf32>} : () -> tensor<64x32x3x3xf32>
  %r = tsr.conv %x, %w {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, pads = affine_map<() -> (0, 0, 0, 0)>, group = 1 : i64} : (tensor<1x64x58x58xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x28x28xf32>
  %s = tsr.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 2, 2>, pads = affine_map<() -> (0, 0, 0, 0)>, group = 1 : i64} : (tensor<1x64x58x58xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x54x54xf32>
  %t = tsr.conv %x, %g {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = affine_map<() -> (0, 0, 0, 0)>, group = 2 : i64} : (tensor<1x64x58x58xf32>, tensor<64x32x3x3xf32>) -> tensor<1x64x56x56xf32>
  %u = tsr.conv %x, %v {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, pads = affine_map<() -> (0, 0, 0, 0)>, group = 1 : i64} : (tensor<1x64x58x58xf32>, tensor<64x64x3x3xf32>) -> tensor<1x64x56x56xf32>
  return %r, %s, %t, %u : tensor<1x64x28x28xf32>, tensor<1x64x54x54xf32>, tensor<1x64x56x56xf32>, tensor<1x64x56x56xf32>
}
