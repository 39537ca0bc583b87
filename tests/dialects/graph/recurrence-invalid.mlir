// RUN: tessera-opt %s -split-input-file -verify-diagnostics

func.func @rank(%x: tensor<2x3xf32>, %w: tensor<4x3xf32>, %r: tensor<4x4xf32>, %b: tensor<8xf32>, %s: tensor<2x4xf32>) {
  // expected-error@+2 {{expected x of rank 3 and static r of rank 2, got [2, 3] and [4, 4]}}
  // expected-error@+1 {{failed to infer returned types}}
  %y, %h = tsr.rnn %x, %w, %r, %b, %s : (tensor<2x3xf32>, tensor<4x3xf32>, tensor<4x4xf32>, tensor<8xf32>, tensor<2x4xf32>) -> (tensor<7x2x4xf32>, tensor<2x4xf32>)
  return
}

// -----

func.func @shape(%x: tensor<7x2x3xf32>, %w: tensor<5x3xf32>, %r: tensor<4x4xf32>, %b: tensor<8xf32>, %s: tensor<2x4xf32>) {
  // expected-error@+2 {{expected w of shape [4, 3], got [5, 3]}}
  // expected-error@+1 {{failed to infer returned types}}
  %y, %h = tsr.rnn %x, %w, %r, %b, %s : (tensor<7x2x3xf32>, tensor<5x3xf32>, tensor<4x4xf32>, tensor<8xf32>, tensor<2x4xf32>) -> (tensor<7x2x4xf32>, tensor<2x4xf32>)
  return
}

// -----

func.func @count(%x: tensor<7x2x3xf32>, %w: tensor<4x3xf32>, %r: tensor<4x4xf32>, %b: tensor<8xf32>, %s: tensor<2x4xf32>) {
  // expected-error@+2 {{expected 1 activations with an alpha and a beta each, got 2 with 0 and 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %y, %h = tsr.rnn %x, %w, %r, %b, %s {activations = ["Tanh", "Tanh"]} : (tensor<7x2x3xf32>, tensor<4x3xf32>, tensor<4x4xf32>, tensor<8xf32>, tensor<2x4xf32>) -> (tensor<7x2x4xf32>, tensor<2x4xf32>)
  return
}

// -----

func.func @activation(%x: tensor<7x2x3xf32>, %w: tensor<4x3xf32>, %r: tensor<4x4xf32>, %b: tensor<8xf32>, %s: tensor<2x4xf32>) {
  // expected-error@+2 {{expected activations Sigmoid, Tanh, Relu, HardSigmoid, Softsign, Softplus, Affine, LeakyRelu, ThresholdedRelu, ScaledTanh or Elu, got Sharpen}}
  // expected-error@+1 {{failed to infer returned types}}
  %y, %h = tsr.rnn %x, %w, %r, %b, %s {activations = ["Sharpen"], alphas = array<f32: 1.0>, betas = array<f32: 0.0>} : (tensor<7x2x3xf32>, tensor<4x3xf32>, tensor<4x4xf32>, tensor<8xf32>, tensor<2x4xf32>) -> (tensor<7x2x4xf32>, tensor<2x4xf32>)
  return
}

// -----

func.func @linear_attention(%q: tensor<2x3x5x4xf32>, %s: tensor<2x3x4x4xf32>) {
  // expected-error@+2 {{expected q and v of rank 4 and 1 rates, got [2, 3, 5, 4], [2, 3, 5, 4] and 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %y, %l = tsr.linear_attention %q, %q, %q, %s {gates = 1 : i64} : (tensor<2x3x5x4xf32>, tensor<2x3x5x4xf32>, tensor<2x3x5x4xf32>, tensor<2x3x4x4xf32>) -> (tensor<2x3x5x4xf32>, tensor<2x3x4x4xf32>)
  return
}
