// RUN: tessera-opt %s --pass-pipeline='builtin.module(func.func(tessera-simplify))' | FileCheck %s

// CHECK-DAG: [[$LAST:#map[0-9]*]] = affine_map<() -> (4, 0)>

// Two transposes that undo each other are nothing.
// CHECK-LABEL: @transposes
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>)
// CHECK-NEXT: return %[[X]]
func.func @transposes(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = tsr.transpose %x {perm = array<i64: 1, 0>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %1 = tsr.transpose %0 {perm = array<i64: 1, 0>} : (tensor<3x2xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// Moving an axis of extent 1 moves nothing.
// CHECK-LABEL: @unit_axis
// CHECK-NOT: tsr.transpose
// CHECK: tsr.reshape
func.func @unit_axis(%x: tensor<2x1x3xf32>) -> tensor<1x2x3xf32> {
  %0 = tsr.transpose %x {perm = array<i64: 1, 0, 2>} : (tensor<2x1x3xf32>) -> tensor<1x2x3xf32>
  return %0 : tensor<1x2x3xf32>
}

// CHECK-LABEL: @reshapes
// CHECK-SAME: (%[[X:.*]]: tensor<2x6xf32>)
// CHECK-NEXT: return %[[X]]
func.func @reshapes(%x: tensor<2x6xf32>) -> tensor<2x6xf32> {
  %0 = tsr.reshape %x {shape = affine_map<() -> (3, 4)>} : (tensor<2x6xf32>) -> tensor<3x4xf32>
  %1 = tsr.reshape %0 {shape = affine_map<() -> (2, 6)>} : (tensor<3x4xf32>) -> tensor<2x6xf32>
  return %1 : tensor<2x6xf32>
}

// A slice of everything is nothing.
// CHECK-LABEL: @slice
// CHECK-NEXT: return
func.func @slice(%x: tensor<5xf32>) -> tensor<5xf32> {
  %0 = tsr.slice %x {starts = affine_map<() -> (0)>, sizes = affine_map<() -> (5)>, steps = array<i64: 1>} : (tensor<5xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// CHECK-LABEL: @powers
// CHECK-NOT: tsr.pow
// CHECK: %[[SQUARE:.*]] = tsr.mul %[[X:.*]], %[[X]]
// CHECK: tsr.mul %[[SQUARE]], %[[X]]
func.func @powers(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = tsr.constant {value = dense<3.0> : tensor<f32>} : () -> tensor<f32>
  %0 = tsr.pow %x, %c : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// A reciprocal that is exact replaces the division; another one does not.
// CHECK-LABEL: @division
// CHECK: tsr.constant {value = dense<1.250000e-01>
// CHECK: tsr.mul
// CHECK: tsr.div
func.func @division(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = tsr.constant {value = dense<8.0> : tensor<f32>} : () -> tensor<f32>
  %d = tsr.constant {value = dense<3.0> : tensor<f32>} : () -> tensor<f32>
  %0 = tsr.div %x, %c : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = tsr.div %0, %d : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// One known position is a slice.
// CHECK-LABEL: @gather
// CHECK-NOT: tsr.gather
// CHECK: tsr.slice %{{.*}} {sizes = #{{.*}}, starts = [[$LAST]], steps = array<i64: 1, 1>} : (tensor<5x7xf32>) -> tensor<1x7xf32>
// CHECK: tsr.reshape
func.func @gather(%x: tensor<5x7xf32>) -> tensor<7xf32> {
  %c = tsr.constant {value = dense<-1> : tensor<i64>} : () -> tensor<i64>
  %0 = tsr.gather %x, %c {axis = 0 : i64} : (tensor<5x7xf32>, tensor<i64>) -> tensor<7xf32>
  return %0 : tensor<7xf32>
}

// Only the rows in use become floats; a table that is used elsewhere is computed once.
// CHECK-LABEL: @table_of_bytes
// CHECK-SAME: (%[[X:.*]]: tensor<1000x64xui8>, %[[ROWS:.*]]: tensor<2x3xi64>, %[[SCALE:.*]]: tensor<f32>)
// CHECK: %[[BYTES:.*]] = tsr.gather %[[X]], %[[ROWS]] {{.*}} -> tensor<2x3x64xui8>
// CHECK: %[[FLOATS:.*]] = tsr.cast %[[BYTES]] {to = f32} : (tensor<2x3x64xui8>) -> tensor<2x3x64xf32>
// CHECK: tsr.mul %[[FLOATS]], %[[SCALE]] : (tensor<2x3x64xf32>, tensor<f32>) -> tensor<2x3x64xf32>
func.func @table_of_bytes(%x: tensor<1000x64xui8>, %rows: tensor<2x3xi64>, %scale: tensor<f32>) -> tensor<2x3x64xf32> {
  %0 = tsr.cast %x {to = f32} : (tensor<1000x64xui8>) -> tensor<1000x64xf32>
  %1 = tsr.mul %0, %scale : (tensor<1000x64xf32>, tensor<f32>) -> tensor<1000x64xf32>
  %2 = tsr.gather %1, %rows {axis = 0 : i64} : (tensor<1000x64xf32>, tensor<2x3xi64>) -> tensor<2x3x64xf32>
  return %2 : tensor<2x3x64xf32>
}

// CHECK-LABEL: @table_of_columns
// CHECK: tsr.mul {{.*}} : (tensor<1000x64xf32>, tensor<64xf32>)
func.func @table_of_columns(%x: tensor<1000x64xf32>, %rows: tensor<2x3xi64>, %scale: tensor<64xf32>) -> tensor<2x3x64xf32> {
  %0 = tsr.mul %x, %scale : (tensor<1000x64xf32>, tensor<64xf32>) -> tensor<1000x64xf32>
  %1 = tsr.gather %0, %rows {axis = 0 : i64} : (tensor<1000x64xf32>, tensor<2x3xi64>) -> tensor<2x3x64xf32>
  return %1 : tensor<2x3x64xf32>
}
