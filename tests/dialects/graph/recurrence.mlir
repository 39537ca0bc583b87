// RUN: tessera-opt %s | tessera-opt | FileCheck %s
// RUN: tessera-opt %s --tessera-lower-to-kernels | FileCheck %s --check-prefix=LOWER

// What inference takes for granted of free extents (@free_inputs) is left for the call to check.
// LOWER: affine_map<()[s0, s1, s2] -> (3, s2)>

// The input's part of all gates is one contraction; the steps are one kernel
// with both states fed back and a reduction for each gate.
// CHECK-LABEL: @lstm
// LOWER-LABEL: @lstm
// LOWER: tsk.kernel
// LOWER-SAME: -> tensor<7x2x16xf32>
// LOWER: tsk.kernel
// LOWER-SAME: iterators = [#tsk.iterator<sequential>, #tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>]
// LOWER-COUNT-4: tsk.reduce <add>
// LOWER: tsk.yield
func.func @lstm(%x: tensor<7x2x3xf32>, %w: tensor<16x3xf32>, %r: tensor<16x4xf32>, %b: tensor<32xf32>, %s: tensor<2x4xf32>) -> (tensor<7x2x4xf32>, tensor<2x4xf32>) {
  %y, %h, %c = tsr.lstm %x, %w, %r, %b, %s, %s : (tensor<7x2x3xf32>, tensor<16x3xf32>, tensor<16x4xf32>, tensor<32xf32>, tensor<2x4xf32>, tensor<2x4xf32>) -> (tensor<7x2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>)
  return %y, %c : tensor<7x2x4xf32>, tensor<2x4xf32>
}

// An entry that has ended keeps its state and gives zeros.
// CHECK-LABEL: @gru_with_lengths
// LOWER-LABEL: @gru_with_lengths
// LOWER: #tsk.iterator<sequential>
// LOWER-COUNT-3: tsk.reduce <add>
// LOWER: arith.cmpi slt
// LOWER-COUNT-2: arith.select
func.func @gru_with_lengths(%x: tensor<7x2x3xf32>, %w: tensor<12x3xf32>, %r: tensor<12x4xf32>, %b: tensor<24xf32>, %s: tensor<2x4xf32>, %n: tensor<2xi32>) -> tensor<7x2x4xf32> {
  %y, %h = tsr.gru %x, %w, %r, %b, %s, %n {linear_before_reset = 1 : i64} : (tensor<7x2x3xf32>, tensor<12x3xf32>, tensor<12x4xf32>, tensor<24xf32>, tensor<2x4xf32>, tensor<2xi32>) -> (tensor<7x2x4xf32>, tensor<2x4xf32>)
  return %y : tensor<7x2x4xf32>
}

// A reversed layer walks backwards and turns its output around.
// CHECK-LABEL: @rnn
// LOWER-LABEL: @rnn
// LOWER: #tsk.iterator<sequential>
// LOWER: math.tanh
// LOWER: tsk.kernel
func.func @rnn(%x: tensor<7x2x3xf32>, %w: tensor<4x3xf32>, %r: tensor<4x4xf32>, %b: tensor<8xf32>, %s: tensor<2x4xf32>) -> tensor<7x2x4xf32> {
  %y, %h = tsr.rnn %x, %w, %r, %b, %s {reverse = 1 : i64} : (tensor<7x2x3xf32>, tensor<4x3xf32>, tensor<4x4xf32>, tensor<8xf32>, tensor<2x4xf32>) -> (tensor<7x2x4xf32>, tensor<2x4xf32>)
  return %y : tensor<7x2x4xf32>
}

// The reset gate of all units is needed before the candidate's product: a step takes two phases, each with all products.
// CHECK-LABEL: @gru_reset_first
// LOWER-LABEL: @gru_reset_first
// LOWER: tsk.kernel
// LOWER: tsk.kernel
// LOWER-SAME: #tsk.iterator<sequential>
// LOWER-SAME: -> (tensor<14x2x4xf32>, tensor<14x2x4xf32>, tensor<14x2x4xf32>)
// LOWER-COUNT-3: tsk.reduce <add>
// LOWER-COUNT-3: arith.select
func.func @gru_reset_first(%x: tensor<7x2x3xf32>, %w: tensor<12x3xf32>, %r: tensor<12x4xf32>, %b: tensor<24xf32>, %s: tensor<2x4xf32>) -> tensor<7x2x4xf32> {
  %y, %h = tsr.gru %x, %w, %r, %b, %s : (tensor<7x2x3xf32>, tensor<12x3xf32>, tensor<12x4xf32>, tensor<24xf32>, tensor<2x4xf32>) -> (tensor<7x2x4xf32>, tensor<2x4xf32>)
  return %y : tensor<7x2x4xf32>
}

// Peephole weights follow the bias: the gates look at the cell.
// CHECK-LABEL: @lstm_peepholes
// LOWER-LABEL: @lstm_peepholes
// LOWER: #tsk.iterator<sequential>
// LOWER-COUNT-4: tsk.reduce <add>
func.func @lstm_peepholes(%x: tensor<7x2x3xf32>, %w: tensor<16x3xf32>, %r: tensor<16x4xf32>, %b: tensor<44xf32>, %s: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %y, %h, %c = tsr.lstm %x, %w, %r, %b, %s, %s : (tensor<7x2x3xf32>, tensor<16x3xf32>, tensor<16x4xf32>, tensor<44xf32>, tensor<2x4xf32>, tensor<2x4xf32>) -> (tensor<7x2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>)
  return %c : tensor<2x4xf32>
}

// The state is a matrix; both of a step's products sum over its rows.
// CHECK-LABEL: @linear_attention
// LOWER-LABEL: @linear_attention
// LOWER: iterators = [#tsk.iterator<sequential>, #tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>]
// LOWER: math.exp
// LOWER-COUNT-2: tsk.reduce <add>
func.func @linear_attention(%q: tensor<2x3x5x4xf32>, %v: tensor<2x3x5x6xf32>, %s: tensor<2x3x4x6xf32>, %g: tensor<2x3x5x1xf32>, %b: tensor<2x1x5x1xf32>) -> (tensor<2x3x5x6xf32>, tensor<2x3x4x6xf32>) {
  %y, %l = tsr.linear_attention %q, %q, %v, %s, %g, %b {gates = 1 : i64, corrects = 1 : i64, scale = 5.0e-1 : f32} : (tensor<2x3x5x4xf32>, tensor<2x3x5x4xf32>, tensor<2x3x5x6xf32>, tensor<2x3x4x6xf32>, tensor<2x3x5x1xf32>, tensor<2x1x5x1xf32>) -> (tensor<2x3x5x6xf32>, tensor<2x3x4x6xf32>)
  return %y, %l : tensor<2x3x5x6xf32>, tensor<2x3x4x6xf32>
}

// CHECK-LABEL: @free_inputs
func.func @free_inputs(%x: tensor<?x?x?xf32, affine_map<()[s0, s1, s2] -> (s0, s1, s2)>>, %w: tensor<4x3xf32>, %r: tensor<4x4xf32>, %b: tensor<8xf32>, %s: tensor<?x4xf32, affine_map<()[s0, s1] -> (s1, 4)>>) -> tensor<?x?x4xf32, affine_map<()[s0, s1] -> (s0, s1, 4)>> {
  %y, %h = tsr.rnn %x, %w, %r, %b, %s : (tensor<?x?x?xf32, affine_map<()[s0, s1, s2] -> (s0, s1, s2)>>, tensor<4x3xf32>, tensor<4x4xf32>, tensor<8xf32>, tensor<?x4xf32, affine_map<()[s0, s1] -> (s1, 4)>>) -> (tensor<?x?x4xf32, affine_map<()[s0, s1] -> (s0, s1, 4)>>, tensor<?x4xf32, affine_map<()[s0, s1] -> (s1, 4)>>)
  return %y : tensor<?x?x4xf32, affine_map<()[s0, s1] -> (s0, s1, 4)>>
}
