// RUN: tessera-opt %s | tessera-opt | FileCheck %s
// RUN: tessera-opt %s --tessera-lower-to-kernels | FileCheck %s --check-prefix=LOWER

// LOWER-DAG: [[$BATCH:#map[0-9]*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// LOWER-DAG: [[$RIGHT:#map[0-9]*]] = affine_map<(d0, d1, d2, d3) -> (d2, d3)>
// LOWER-DAG: [[$CONV:#map[0-9]*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d4, d1 * 2 + d3 - 1)>
// LOWER-DAG: [[$DEPTH:#map[0-9]*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d1 + d3)>
// LOWER-DAG: [[$PHASE:#map[0-9]*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d2, d3 - d5)>
// LOWER-DAG: [[$TAP:#map[0-9]*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d2, d1, d5 * 2 + d4)>
// LOWER-DAG: [[$TWICE:#map[0-9]*]] = affine_map<(d0, d1) -> (d0, d1, d1)>

// Leading axes broadcast by leaving dimensions out; a transposed operand only
// swaps its map.
// CHECK-LABEL: @matmul
// CHECK: tsr.matmul %{{.*}}, %{{.*}} {transpose_b = 1 : i64} : (tensor<2x3x4xf32>, tensor<5x4xf32>) -> tensor<2x3x5xf32>
// LOWER-LABEL: @matmul
// LOWER: input_maps = {{\[}}[[$BATCH]], [[$RIGHT]]]
// LOWER: arith.mulf
// LOWER: tsk.reduce <add>
func.func @matmul(%a: tensor<2x3x4xf32>, %b: tensor<5x4xf32>) -> tensor<2x3x5xf32> {
  %0 = tsr.matmul %a, %b {transpose_b = 1 : i64} : (tensor<2x3x4xf32>, tensor<5x4xf32>) -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// Vectors lose their axis.
// CHECK-LABEL: @vectors
// CHECK: tsr.matmul %{{.*}} : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
func.func @vectors(%a: tensor<4xf32>) -> tensor<f32> {
  %0 = tsr.matmul %a, %a : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// A convolution reads padding as zero and adds its bias after the sum.
// CHECK-LABEL: @conv
// LOWER-LABEL: @conv
// LOWER: input_maps = {{\[}}[[$CONV]],
// LOWER-SAME: pads = [0.000000e+00 : f32, unit, unit]
// LOWER: tsk.reduce <add>
// LOWER-NEXT: arith.addf
func.func @conv(%x: tensor<1x4x9xf32>, %w: tensor<8x4x3xf32>, %b: tensor<8xf32>) -> tensor<1x8x5xf32> {
  %0 = tsr.conv %x, %w, %b {strides = array<i64: 2>, dilations = array<i64: 1>, pads = affine_map<() -> (1, 1)>} : (tensor<1x4x9xf32>, tensor<8x4x3xf32>, tensor<8xf32>) -> tensor<1x8x5xf32>
  return %0 : tensor<1x8x5xf32>
}

// One channel in each group: no dimension for input channels.
// LOWER-LABEL: @depthwise
// LOWER: input_maps = {{\[}}[[$DEPTH]],
// LOWER-SAME: pads = [unit, unit]
func.func @depthwise(%x: tensor<1x4x9xf32>, %w: tensor<4x1x3xf32>) -> tensor<1x4x7xf32> {
  %0 = tsr.conv %x, %w {strides = array<i64: 1>, dilations = array<i64: 1>, pads = affine_map<() -> (0, 0)>, group = 4 : i64} : (tensor<1x4x9xf32>, tensor<4x1x3xf32>) -> tensor<1x4x7xf32>
  return %0 : tensor<1x4x7xf32>
}

// A transposed convolution computes each phase of the stride densely.
// CHECK-LABEL: @conv_transpose
// LOWER-LABEL: @conv_transpose
// LOWER: input_maps = {{\[}}[[$PHASE]], [[$TAP]]]
// LOWER: tsk.reshape %{{.*}} : tensor<1x8x9x2xf32> to tensor<1x8x18xf32>
// LOWER: tsk.kernel
func.func @conv_transpose(%x: tensor<1x4x9xf32>, %w: tensor<4x8x3xf32>) -> tensor<1x8x17xf32> {
  %0 = tsr.conv_transpose %x, %w {strides = array<i64: 2>, dilations = array<i64: 1>, pads = affine_map<() -> (1, 1)>, output_padding = array<i64: 0>} : (tensor<1x4x9xf32>, tensor<4x8x3xf32>) -> tensor<1x8x17xf32>
  return %0 : tensor<1x8x17xf32>
}

// A letter that an operand repeats is its diagonal.
// CHECK-LABEL: @einsum
// LOWER-LABEL: @einsum
// LOWER: input_maps = {{\[}}[[$TWICE]]]
// LOWER: tsk.reduce <add>
func.func @einsum(%x: tensor<2x3x3xf32>) -> tensor<2xf32> {
  %0 = tsr.einsum %x {equation = "...ii->..."} : (tensor<2x3x3xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
