// RUN: tessera-opt --tessera-lower-to-llvm --split-input-file --verify-diagnostics %s | FileCheck %s

// Loops, vectors and pointers; attributes of arguments are kept.
// CHECK-LABEL: llvm.func @loop
// CHECK-SAME: !llvm.ptr {llvm.noalias}
func.func @loop(%p: !llvm.ptr {llvm.noalias}, %n: i64) {
  %zero = arith.constant 0 : i64
  %step = arith.constant 8 : i64
  %start = arith.constant dense<0.0> : vector<8xf32>
  // CHECK: llvm.br ^[[HEAD:.*]](%{{.*}} : i64, vector<8xf32>)
  %sum = scf.for %i = %zero to %n step %step iter_args(%s = %start) -> vector<8xf32> : i64 {
    %a = llvm.getelementptr %p[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %x = llvm.load %a {alignment = 4 : i64} : !llvm.ptr -> vector<8xf32>
    // CHECK: llvm.intr.fma
    %t = vector.fma %x, %x, %s : vector<8xf32>
    scf.yield %t : vector<8xf32>
  }
  // The order of a sum over lanes is a tree.
  // CHECK: llvm.intr.vector.reduce.fadd{{.*}}#llvm.fastmath<reassoc>
  %r = vector.reduction <add>, %sum : vector<8xf32> into f32
  llvm.store %r, %p : f32, !llvm.ptr
  return
}

// -----

// Extremes keep NaN, and leave open which zero is greater.
// CHECK-LABEL: llvm.func @extreme
func.func @extreme(%a: vector<8xf32>, %b: vector<8xf32>) -> vector<8xf32> {
  // CHECK: llvm.intr.maximum({{.*}}) {fastmathFlags = #llvm.fastmath<nsz>}
  %r = arith.maximumf %a, %b : vector<8xf32>
  return %r : vector<8xf32>
}

// -----

// Rounding to bfloat16 needs no function of a support library.
// CHECK-LABEL: llvm.func @narrow
func.func @narrow(%a: vector<8xf32>) -> vector<8xbf16> {
  // CHECK-NOT: llvm.fptrunc
  // CHECK: llvm.lshr
  %r = arith.truncf %a : vector<8xf32> to vector<8xbf16>
  return %r : vector<8xbf16>
}

// -----

// Arithmetic on 16-bit floats is done in f32.
// CHECK-LABEL: llvm.func @half
func.func @half(%a: vector<8xf16>, %b: vector<8xf16>) -> vector<8xf16> {
  // CHECK-COUNT-2: llvm.fpext {{.*}} : vector<8xf16> to vector<8xf32>
  // CHECK: llvm.fadd {{.*}} : vector<8xf32>
  // CHECK: llvm.fptrunc {{.*}} : vector<8xf32> to vector<8xf16>
  %r = arith.addf %a, %b : vector<8xf16>
  return %r : vector<8xf16>
}

// -----

// A double is rounded to f16 once: f32 in between is rounded to odd.
// CHECK-LABEL: llvm.func @double
func.func @double(%a: f64) -> f16 {
  // CHECK: llvm.fptrunc %{{.*}} : f64 to f32
  // CHECK: llvm.or
  // CHECK: llvm.fptrunc %{{.*}} : f32 to f16
  %r = arith.truncf %a : f64 to f16
  return %r : f16
}

// -----

// Division towards minus infinity is exact for negative numbers.
// CHECK-LABEL: llvm.func @floor
func.func @floor(%a: i64, %b: i64) -> i64 {
  // CHECK: llvm.sdiv
  // CHECK: llvm.select
  %r = arith.floordivsi %a, %b : i64
  return %r : i64
}

// -----

func.func @unknown(%a: f32) -> f32 {
  // expected-error@+1 {{failed to legalize operation 'math.erf'}}
  %r = math.erf %a : f32
  return %r : f32
}
