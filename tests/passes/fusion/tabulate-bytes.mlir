// RUN: tessera-opt %s -split-input-file --mlir-print-local-scope --pass-pipeline='builtin.module(func.func(tessera-tabulate-bytes))' | FileCheck %s

// A dear function of one byte becomes a table, which the first byte it depends on selects from.
// CHECK-LABEL: @function_of_a_byte
// CHECK: %[[TABLE:.*]] = arith.constant dense<{{.*}}> : tensor<256xi32>
// CHECK: tsk.kernel %arg0, %[[TABLE]]
// CHECK: ^bb0(%[[X:.*]]: f32, %[[T:.*]]: tensor<256xi32>):
// CHECK: %[[Q:.*]] = arith.fptosi
// CHECK: %[[I:.*]] = arith.extui %{{.*}} : i8 to i64
// CHECK: %[[G:.*]] = tsk.gather %[[T]][%[[I]]] {clamp, limits = affine_map<() -> (256)>, map = affine_map<(d0, d1) -> (d1)>}
// CHECK-NOT: math.erf
// CHECK: %[[R:.*]] = arith.trunci %[[G]] : i32 to i8
// CHECK: tsk.yield %[[R]] : i8
func.func @function_of_a_byte(%x: tensor<64xf32>) -> tensor<64xui8> {
  %r = tsk.kernel %x {
      extents = affine_map<() -> (64)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(d0) -> (d0)>],
      result_maps = [affine_map<(d0) -> (d0)>], pads = [unit], feedback = array<i64: -1>
    } : (tensor<64xf32>) -> tensor<64xui8> {
  ^bb0(%a: f32):
    %scale = arith.constant 0.05 : f32
    %zero = arith.constant 128.0 : f32
    %i = arith.fptosi %a : f32 to i32
    %q = arith.trunci %i : i32 to i8
    %f = arith.uitofp %q : i8 to f32
    %d = arith.subf %f, %zero : f32
    %m = arith.mulf %d, %scale : f32
    %e = math.erf %m : f32
    %p = arith.mulf %m, %e : f32
    %y = math.tanh %p : f32
    %s = arith.divf %y, %scale : f32
    %n = math.roundeven %s : f32
    %z = arith.addf %n, %zero : f32
    %t = math.absf %z : f32
    %j = arith.fptosi %t : f32 to i32
    %b = arith.trunci %j : i32 to i8
    tsk.yield %b : i8
  }
  return %r : tensor<64xui8>
}

// -----

// The values are what the operations compute, bytes counted without sign: the
// square root of 255 is at the place of -1.
// CHECK-LABEL: @values
// CHECK: dense<"0x00000000{{.*}}E07F7F41"> : tensor<256xf32>
func.func @values(%x: tensor<64xi8>) -> tensor<64xf32> {
  %r = tsk.kernel %x {
      extents = affine_map<() -> (64)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(d0) -> (d0)>],
      result_maps = [affine_map<(d0) -> (d0)>], pads = [unit], feedback = array<i64: -1>
    } : (tensor<64xi8>) -> tensor<64xf32> {
  ^bb0(%q: i8):
    %f = arith.uitofp %q : i8 to f32
    %s = math.sqrt %f : f32
    %c = math.cbrt %s : f32
    %v = arith.mulf %c, %c : f32
    %u = arith.mulf %v, %c : f32
    %w = arith.subf %u, %u : f32
    %e = math.exp %w : f32
    %t = arith.mulf %e, %s : f32
    tsk.yield %t : f32
  }
  return %r : tensor<64xf32>
}

// -----

// What costs less than a table, or depends on two bytes, stays.
// CHECK-LABEL: @stays
// CHECK-NOT: tsk.gather
// CHECK: math.erf
func.func @stays(%x: tensor<64xui8>, %y: tensor<64xui8>) -> (tensor<64xf32>, tensor<64xf32>) {
  %r:2 = tsk.kernel %x, %y {
      extents = affine_map<() -> (64)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      result_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], pads = [unit, unit], feedback = array<i64: -1, -1>
    } : (tensor<64xui8>, tensor<64xui8>) -> (tensor<64xf32>, tensor<64xf32>) {
  ^bb0(%a: i8, %b: i8):
    %scale = arith.constant 0.05 : f32
    %f = arith.uitofp %a : i8 to f32
    %m = arith.mulf %f, %scale : f32
    %g = arith.uitofp %b : i8 to f32
    %s = arith.addf %m, %g : f32
    %e = math.erf %s : f32
    %h = math.exp %e : f32
    tsk.yield %m, %h : f32, f32
  }
  return %r#0, %r#1 : tensor<64xf32>, tensor<64xf32>
}
