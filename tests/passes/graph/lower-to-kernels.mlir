// RUN: tessera-opt %s --tessera-lower-to-kernels -split-input-file | FileCheck %s

// Constants become constants of the builtin kind; nothing of tsr is left.
// CHECK-LABEL: @main
// CHECK: arith.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-NOT: tsr.
// CHECK: tsk.kernel
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = tsr.constant {value = dense<1.0> : tensor<4xf32>} : () -> tensor<4xf32>
  %0 = tsr.sub %x, %c : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

#a = affine_map<()[s0] -> (s0, 4)>
#b = affine_map<()[s0, s1] -> (s1, 4)>

// What the model assumes of free extents is written down.
// CHECK-DAG: [[$EQUAL:#map[0-9]*]] = affine_map<()[s0, s1] -> (s1, s0)>
// CHECK: module attributes {tsk.constraints = {{\[}}[[$EQUAL]]{{\]}}}
func.func @main(%x: tensor<?x4xf32, #a>, %y: tensor<?x4xf32, #b>) -> tensor<?x4xf32, #a> {
  %0 = tsr.add %x, %y : (tensor<?x4xf32, #a>, tensor<?x4xf32, #b>) -> tensor<?x4xf32, #a>
  return %0 : tensor<?x4xf32, #a>
}
