// RUN: tessera-opt %s -split-input-file -verify-diagnostics -mlir-print-local-scope -tessera-place-tensors -tessera-plan-arena | FileCheck %s

#two = affine_map<()[s0] -> (2, s0)>

// The result is written to the output's memory.
// CHECK-LABEL: func.func @main()
// CHECK: %[[X:.*]] = tsk.argument 0
// CHECK: %[[Y:.*]] = tsk.output 0
// CHECK: tsk.call "non_zero" ins(%[[X]] : !tsk.buffer<i1>) outs(%[[Y]] : !tsk.buffer<i64>)
module attributes {tsk.dimensions = [#tsk.dimension<"m", computed, 0, -1, () -> (12)>]} {
  func.func @main(%x: tensor<3x4xi1>) -> tensor<2x?xi64, #two> {
    %r = tsk.library "non_zero" %x {positions = array<i64: 0>, parameters = {}, extents = array<i64: 0, 0, 1>, elements = array<i64>}
        : (tensor<3x4xi1>) -> tensor<2x?xi64, #two>
    return %r : tensor<2x?xi64, #two>
  }
}

// -----

#two = affine_map<()[s0] -> (2, s0)>

// An intermediate result has room for the greatest size: 2 x 12 x 8 bytes; so has scratch.
// CHECK-LABEL: func.func @main()
// CHECK-DAG: tsk.arena {bytes = affine_map<() -> (192)>
// CHECK-DAG: tsk.arena {bytes = affine_map<() -> (40)>
module attributes {tsk.dimensions = [#tsk.dimension<"m", computed, 0, -1, () -> (12)>]} {
  func.func @main(%x: tensor<3x4xi1>) -> tensor<1xi64> {
    %r = tsk.library "non_zero" %x {positions = array<i64: 0>, parameters = {}, extents = array<i64: 0, 0, 1>, elements = array<i64>}
        : (tensor<3x4xi1>) -> tensor<2x?xi64, #two>
    %s = tsk.library "other" %r {positions = array<i64: 0>, parameters = {}, extents = array<i64>, elements = array<i64>, scratch = affine_map<() -> (40)>}
        : (tensor<2x?xi64, #two>) -> tensor<1xi64>
    return %s : tensor<1xi64>
  }
}

// -----

#one = affine_map<()[s0] -> (s0)>

// Without a bound there is no room to give.
module attributes {tsk.dimensions = [#tsk.dimension<"m", computed, 0, -1, () -> ()>]} {
  func.func @main(%x: tensor<1xi64>) -> tensor<1xi64> {
    // expected-error@+1 {{an intermediate result has no size limit; give one with --dim m=LO..HI}}
    %r = tsk.library "range" %x {positions = array<i64: 0>, parameters = {}, extents = array<i64: 0, 0, 0>, elements = array<i64>}
        : (tensor<1xi64>) -> tensor<?xi64, #one>
    %s = tsk.library "other" %r {positions = array<i64: 0>, parameters = {}, extents = array<i64>, elements = array<i64>}
        : (tensor<?xi64, #one>) -> tensor<1xi64>
    return %s : tensor<1xi64>
  }
}
