// RUN: tessera-opt %s -split-input-file -verify-diagnostics

func.func @shapes(%a: tensor<3xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+2 {{expected shapes that broadcast, got [3] and [4]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.add %a, %b : (tensor<3xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @elements(%a: tensor<4xf32>, %b: tensor<4xi32>) -> tensor<4xf32> {
  // expected-error@+2 {{expected operands of one element type, got 'f32' and 'i32'}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.add %a, %b : (tensor<4xf32>, tensor<4xi32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @domain(%a: tensor<4xi32>) -> tensor<4xi32> {
  // expected-error@+1 {{operand #0 must be ranked tensor of}}
  %0 = tsr.exp %a : (tensor<4xi32>) -> tensor<4xi32>
  return %0 : tensor<4xi32>
}

// -----

func.func @result(%a: tensor<4xf32>) -> tensor<5xf32> {
  // expected-error@+2 {{inferred type(s) 'tensor<4xf32>' are incompatible with return type(s) of operation 'tensor<5xf32>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.relu %a : (tensor<4xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}
