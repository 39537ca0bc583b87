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
// CHECK: math.copysign %arg0
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

// -----

// 1 + tanh(x) is two sigmoids of 2 x, and takes one division and no choice between two polynomials.
// CHECK-LABEL: func.func @one_plus_tanh
// CHECK: %[[TWICE:.*]] = arith.addf %arg0, %arg0 : f32
// CHECK: math.copysign %[[TWICE]]
// CHECK: arith.divf
// CHECK-NOT: arith.divf
// CHECK: %[[SIGMOID:.*]] = math.fma
// CHECK-NEXT: %[[SUM:.*]] = arith.mulf %{{.*}}, %[[SIGMOID]]
// CHECK-NEXT: return %[[SUM]]
func.func @one_plus_tanh(%x: f32) -> f32 {
  %one = arith.constant 1.0 : f32
  %t = math.tanh %x : f32
  %y = arith.addf %t, %one : f32
  return %y : f32
}

// -----

// Beside 1 an error function needs seven lookups, not eight, and no care around 0. One that is read elsewhere, too, is expanded once.
// CHECK-LABEL: func.func @one_plus_erf
// CHECK-COUNT-7: llvm.x86.avx512.permvar.sf.512
// CHECK-NOT: permvar
// CHECK: math.copysign
// CHECK-NEXT: arith.constant dense<1.000000e+00>
// CHECK-NEXT: %[[SUM:.*]] = arith.addf
// CHECK-NEXT: return %[[SUM]]
// CHECK-LABEL: func.func @erf_and_sum
// CHECK-COUNT-8: llvm.x86.avx512.permvar.sf.512
// CHECK-NOT: permvar
func.func @one_plus_erf(%x: vector<16xf32>) -> vector<16xf32> {
  %one = arith.constant dense<1.0> : vector<16xf32>
  %e = math.erf %x : vector<16xf32>
  %y = arith.addf %one, %e : vector<16xf32>
  return %y : vector<16xf32>
}
func.func @erf_and_sum(%x: vector<16xf32>) -> (vector<16xf32>, vector<16xf32>) {
  %one = arith.constant dense<1.0> : vector<16xf32>
  %e = math.erf %x : vector<16xf32>
  %y = arith.addf %one, %e : vector<16xf32>
  return %e, %y : vector<16xf32>, vector<16xf32>
}
