// RUN: tessera-opt %s -split-input-file -verify-diagnostics

func.func @positions(%x: tensor<3xi1>) {
  // expected-error@+1 {{expected one position for each of its 1 inputs, got 0}}
  tsr.library "f" %x {positions = array<i64>, parameters = {}, extents = array<i64>, elements = array<i64>} : (tensor<3xi1>) -> ()
  return
}

// -----

func.func @order(%x: tensor<3xi1>) {
  // expected-error@+1 {{expected increasing positions, got 1 after 1}}
  tsr.library "f" %x, %x {positions = array<i64: 1, 1>, parameters = {}, extents = array<i64>, elements = array<i64>} : (tensor<3xi1>, tensor<3xi1>) -> ()
  return
}

// -----

func.func @triples(%x: tensor<3xi1>) {
  // expected-error@+1 {{expected triples of symbol, result and index}}
  tsr.library "f" %x {positions = array<i64: 0>, parameters = {}, extents = array<i64: 1>, elements = array<i64>} : (tensor<3xi1>) -> ()
  return
}

// -----

func.func @result(%x: tensor<3xi1>) {
  // expected-error@+1 {{expected definitions by one of its 0 results, got 0}}
  tsr.library "f" %x {positions = array<i64: 0>, parameters = {}, extents = array<i64: 0, 0, 0>, elements = array<i64>} : (tensor<3xi1>) -> ()
  return
}

// -----

func.func @element(%x: tensor<3xi1>) {
  // expected-error@+1 {{expected an index below 2, got 2}}
  %r = tsr.library "f" %x {positions = array<i64: 0>, parameters = {}, extents = array<i64>, elements = array<i64: 0, 0, 2>} : (tensor<3xi1>) -> tensor<2xi64>
  return
}
