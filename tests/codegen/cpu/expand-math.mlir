// RUN: tessera-opt --tessera-expand-math --split-input-file --verify-diagnostics %s | FileCheck %s

// A vector is expanded at its own width, without calls.
// CHECK-LABEL: func.func @vector
func.func @vector(%x: vector<16xf32>) -> vector<16xf32> {
  // CHECK-NOT: math.exp
  // CHECK: math.fma {{.*}} : vector<16xf32>
  // CHECK-NOT: call
  %y = math.exp %x : vector<16xf32>
  return %y : vector<16xf32>
}

// -----

// A scalar goes through the same operations.
// CHECK-LABEL: func.func @scalar
func.func @scalar(%x: f32) -> f32 {
  // CHECK-NOT: math.tanh
  // CHECK: math.fma {{.*}} : f32
  %y = math.tanh %x : f32
  return %y : f32
}

// -----

// Narrow floats are computed in f32.
// CHECK-LABEL: func.func @narrow
// CHECK-SAME: %[[X:.*]]: vector<8xf16>
func.func @narrow(%x: vector<8xf16>) -> vector<8xf16> {
  // CHECK: arith.extf %[[X]] : vector<8xf16> to vector<8xf32>
  // CHECK: math.fma
  // CHECK: arith.truncf {{.*}} : vector<8xf32> to vector<8xf16>
  %y = math.erf %x : vector<8xf16>
  return %y : vector<8xf16>
}

// -----

// Doubles call libm, once for each lane.
// CHECK: func.func private @log(f64) -> f64
// CHECK-LABEL: func.func @double
func.func @double(%x: vector<2xf64>) -> vector<2xf64> {
  // CHECK-COUNT-2: call @log
  // CHECK: vector.from_elements
  %y = math.log %x : vector<2xf64>
  return %y : vector<2xf64>
}

// -----

// Arguments too large for the reduction take a branch to libm.
// CHECK: func.func private @sinf(f32) -> f32
// CHECK-LABEL: func.func @large
func.func @large(%x: vector<4xf32>) -> vector<4xf32> {
  // CHECK: %[[ANY:.*]] = vector.reduction <or>
  // CHECK: scf.if %[[ANY]]
  // CHECK-COUNT-4: call @sinf
  %y = math.sin %x : vector<4xf32>
  return %y : vector<4xf32>
}

// -----

// Functions with an instruction of their own are left alone.
// CHECK-LABEL: func.func @instruction
func.func @instruction(%x: vector<4xf32>) -> vector<4xf32> {
  // CHECK: math.sqrt
  // CHECK: math.floor
  %y = math.sqrt %x : vector<4xf32>
  %z = math.floor %y : vector<4xf32>
  return %z : vector<4xf32>
}

// -----

// A sigmoid is found by its parts; only the exponential of a positive number would overflow, so that of -|x| is taken.
// CHECK-LABEL: func.func @sigmoid
// CHECK: math.absf %arg0
// CHECK: arith.divf
// CHECK: arith.mulf
// CHECK-NEXT: math.fma
// CHECK-NEXT: return
// CHECK-NOT: arith.negf
func.func @sigmoid(%x: vector<16xf32>) -> vector<16xf32> {
  %one = arith.constant 1.0 : f32
  %ones = vector.broadcast %one : f32 to vector<16xf32>
  %n = arith.negf %x : vector<16xf32>
  %e = math.exp %n : vector<16xf32>
  %s = arith.addf %e, %ones : vector<16xf32>
  %y = arith.divf %ones, %s : vector<16xf32>
  return %y : vector<16xf32>
}
