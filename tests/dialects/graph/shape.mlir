// RUN: tessera-opt %s | tessera-opt | FileCheck %s
// RUN: tessera-opt %s --tessera-lower-to-kernels | FileCheck %s --check-prefix=LOWER

// LOWER-DAG: [[$SWAP:#map[0-9]*]] = affine_map<(d0, d1) -> (d1, d0)>
// LOWER-DAG: [[$STEP:#map[0-9]*]] = affine_map<(d0) -> (d0 * -2 + 4)>
// LOWER-DAG: [[$REPEAT:#map[0-9]*]] = affine_map<(d0) -> (d0 mod 3)>
// LOWER-DAG: [[$SHIFT:#map[0-9]*]] = affine_map<(d0) -> (d0 - 1)>
// LOWER-DAG: [[$LAST:#map[0-9]*]] = affine_map<(d0, d1) -> (d1)>
// LOWER-DAG: [[$DCR:#map[0-9]*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, (d3 * 2 + d5) * 2 + d1, d2, d4)>
// LOWER-DAG: [[$BLOCKS:#map[0-9]*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d3, d4 * 2 + d1, d5 * 2 + d2)>

// Movement is an identity body under a map.
// CHECK-LABEL: @transpose
// CHECK: tsr.transpose %{{.*}} {perm = array<i64: 1, 0>}
// LOWER-LABEL: @transpose
// LOWER: tsk.kernel
// LOWER-SAME: input_maps = {{\[}}[[$SWAP]]]
// LOWER-NEXT: ^bb0(%[[X:.*]]: f32)
// LOWER-NEXT: tsk.yield %[[X]]
func.func @transpose(%x: tensor<2x3xf32>) -> tensor<3x2xf32> {
  %0 = tsr.transpose %x {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// CHECK-LABEL: @slice
// LOWER-LABEL: @slice
// LOWER: input_maps = {{\[}}[[$STEP]]]
func.func @slice(%x: tensor<5xf32>) -> tensor<3xf32> {
  %0 = tsr.slice %x {starts = affine_map<() -> (4)>, sizes = affine_map<() -> (3)>, steps = array<i64: -2>} : (tensor<5xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// CHECK-LABEL: @tile
// LOWER-LABEL: @tile
// LOWER: input_maps = {{\[}}[[$REPEAT]]]
func.func @tile(%x: tensor<3xf32>) -> tensor<6xf32> {
  %0 = tsr.tile %x {repeats = affine_map<() -> (2)>} : (tensor<3xf32>) -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// CHECK-LABEL: @expand
// LOWER-LABEL: @expand
// LOWER: input_maps = {{\[}}[[$LAST]]]
func.func @expand(%x: tensor<3xf32>) -> tensor<2x3xf32> {
  %0 = tsr.expand %x {shape = affine_map<() -> (2, 1)>} : (tensor<3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// A padded read needs no memory; edges and reflections read at a computed place.
// CHECK-LABEL: @pad
// LOWER-LABEL: @pad
// LOWER: input_maps = {{\[}}[[$SHIFT]]]
// LOWER-SAME: pads = [2.000000e+00 : f32]
// LOWER: arith.minsi
// LOWER: tsk.gather {{.*}} {clamp
func.func @pad(%x: tensor<3xf32>) -> (tensor<5xf32>, tensor<5xf32>) {
  %0 = tsr.pad %x {pads = affine_map<() -> (1, 1)>, value = 2.0 : f32} : (tensor<3xf32>) -> tensor<5xf32>
  %1 = tsr.pad %x {pads = affine_map<() -> (1, 1)>, mode = "reflect"} : (tensor<3xf32>) -> tensor<5xf32>
  return %0, %1 : tensor<5xf32>, tensor<5xf32>
}

// CHECK-LABEL: @reshape_and_concat
// LOWER-LABEL: @reshape_and_concat
// LOWER: tsk.reshape %{{.*}} : tensor<2x6xf32> to tensor<3x4xf32>
// LOWER: tsk.concat {{.*}} {axis = 0 : i64} : tensor<3x4xf32>, tensor<1x4xf32> to tensor<4x4xf32>
func.func @reshape_and_concat(%x: tensor<2x6xf32>, %y: tensor<1x4xf32>) -> tensor<4x4xf32> {
  %0 = tsr.reshape %x {shape = affine_map<() -> (3, 4)>} : (tensor<2x6xf32>) -> tensor<3x4xf32>
  %1 = tsr.concat %0, %y {axis = 0 : i64} : (tensor<3x4xf32>, tensor<1x4xf32>) -> tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}

// Sizes that are data: constants stay constants, symbols are computed.
// CHECK-LABEL: @extents
// LOWER-LABEL: @extents
// LOWER: arith.constant dense<[2, 3]> : tensor<2xi64>
// LOWER: tsk.index
func.func @extents() -> (tensor<2xi64>, tensor<2xi32>) {
  %0 = tsr.extents {values = affine_map<() -> (2, 3)>, shape = array<i64: 2>, element = i64} : () -> tensor<2xi64>
  %1 = tsr.extents {values = affine_map<()[s0] -> (s0, 3)>, shape = array<i64: 2>, element = i32} : () -> tensor<2xi32>
  return %0, %1 : tensor<2xi64>, tensor<2xi32>
}

// Blocks: channels split without division, then merged by a reshape.
// CHECK-LABEL: @blocks
// LOWER-LABEL: @blocks
// LOWER: input_maps = {{\[}}[[$DCR]]]
// LOWER: tsk.reshape %{{.*}} : tensor<1x2x2x2x3x2xf32> to tensor<1x2x4x6xf32>
// LOWER: input_maps = {{\[}}[[$BLOCKS]]]
func.func @blocks(%x: tensor<1x8x2x3xf32>) -> tensor<1x8x2x3xf32> {
  %0 = tsr.depth_to_space %x {blocksize = 2 : i64} : (tensor<1x8x2x3xf32>) -> tensor<1x2x4x6xf32>
  %1 = tsr.space_to_depth %0 {blocksize = 2 : i64} : (tensor<1x2x4x6xf32>) -> tensor<1x8x2x3xf32>
  return %1 : tensor<1x8x2x3xf32>
}

// Elements of a few bits share bytes at the interface and have one each inside.
// CHECK-LABEL: @packing
// CHECK: tsr.unpack %{{.*}} {to = tensor<3x3xi4>} : (tensor<5xui8>) -> tensor<3x3xi4>
// CHECK: tsr.pack %{{.*}} : (tensor<3x3xi4>) -> tensor<5xui8>
// LOWER-LABEL: @packing
// LOWER: arith.shrui
// LOWER: tsk.reshape %{{.*}} : tensor<9xi4> to tensor<3x3xi4>
// LOWER: tsk.reshape %{{.*}} : tensor<3x3xi4> to tensor<9xi4>
// LOWER: arith.shli
func.func @packing(%x: tensor<5xui8>) -> tensor<5xui8> {
  %0 = tsr.unpack %x {to = tensor<3x3xi4>} : (tensor<5xui8>) -> tensor<3x3xi4>
  %1 = tsr.pack %0 : (tensor<3x3xi4>) -> tensor<5xui8>
  return %1 : tensor<5xui8>
}
