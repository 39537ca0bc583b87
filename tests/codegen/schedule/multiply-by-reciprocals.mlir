// RUN: tessera-opt --tessera-multiply-by-reciprocals --mlir-print-local-scope --split-input-file %s | FileCheck %s

// The product with the reciprocal, corrected by what is left where there is something left.
// CHECK-LABEL: func.func @by_a_constant
// CHECK: ^bb0(%[[X:.*]]: f32):
// CHECK-DAG: %[[R:.*]] = arith.constant 0.333333343 : f32
// CHECK-DAG: %[[S:.*]] = arith.constant 3.000000e+00 : f32
// CHECK: %[[E:.*]] = arith.mulf %[[X]], %[[R]] : f32
// CHECK: %[[N:.*]] = arith.negf %[[E]] : f32
// CHECK: %[[REST:.*]] = math.fma %[[N]], %[[S]], %[[X]] : f32
// CHECK: %[[BETTER:.*]] = math.fma %[[REST]], %[[R]], %[[E]] : f32
// CHECK: %[[OPEN:.*]] = arith.cmpf one, %[[REST]], %{{.*}} : f32
// CHECK: %[[Q:.*]] = arith.select %[[OPEN]], %[[BETTER]], %[[E]] : f32
// CHECK: tsk.yield %[[Q]] : f32
#map = affine_map<(d0) -> (d0)>
#one = affine_map<(d0) -> (0)>
func.func @by_a_constant() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {
      schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [64], order = [0], tasks = 1, packed = []>, extents = affine_map<() -> (256)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [#map], output_maps = [#map], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %s = arith.constant 3.0 : f32
    %q = arith.divf %x, %s : f32
    tsk.yield %q : f32
  }
  return
}

// -----

// A number that is an input gets a second one beside it; of a power of two the product is exact.
// CHECK-LABEL: func.func @by_inputs
// CHECK: tsk.weight dense<0.333333343> : tensor<1xf32>
// CHECK: tsk.weight dense<2.500000e-01> : tensor<1xf32>
// CHECK: ^bb0(%[[X:.*]]: f32, %{{.*}}: f32, %{{.*}}: f32, %[[THIRD:.*]]: f32, %[[QUARTER:.*]]: f32):
// CHECK: arith.mulf %[[X]], %[[THIRD]] : f32
// CHECK: %[[Q:.*]] = arith.select
// CHECK: %[[P:.*]] = arith.mulf %[[Q]], %[[QUARTER]] : f32
// CHECK: tsk.yield %[[P]] : f32
#map = affine_map<(d0) -> (d0)>
#one = affine_map<(d0) -> (0)>
func.func @by_inputs() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w0 = tsk.weight dense<3.0> : tensor<1xf32> : !tsk.buffer<f32>
  %w1 = tsk.weight dense<4.0> : tensor<1xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w0, %w1 : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {
      schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [64], order = [0], tasks = 1, packed = []>, extents = affine_map<() -> (256)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [#map, #one, #one], output_maps = [#map], pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
  ^bb0(%x: f32, %s: f32, %t: f32):
    %q = arith.divf %x, %s : f32
    %p = arith.divf %q, %t : f32
    tsk.yield %p : f32
  }
  return
}

// -----

// Divisions stay where a quotient could round to infinity, by what is no number known now, by one whose
// significand is all ones, and in Halide's code.
// CHECK-LABEL: func.func @stays
// CHECK-COUNT-3: arith.divf
// CHECK-LABEL: func.func @in_halide
// CHECK: arith.divf
#map = affine_map<(d0) -> (d0)>
#one = affine_map<(d0) -> (0)>
func.func @stays() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %b = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %b : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {
      schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [64], order = [0], tasks = 1, packed = []>, extents = affine_map<() -> (256)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [#map, #map], output_maps = [#map], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %small = arith.constant 0.3 : f32
    %ones = arith.constant 0x3FFFFFFF : f32
    %q = arith.divf %x, %small : f32
    %p = arith.divf %q, %y : f32
    %r = arith.divf %p, %ones : f32
    tsk.yield %r : f32
  }
  return
}
func.func @in_halide() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {
      schedule = #tsk.schedule<halide, vector_dim = 0, lanes = 16, tile = [16], order = [0], tasks = 0, packed = []>, extents = affine_map<() -> (256)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [#map], output_maps = [#map], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %s = arith.constant 3.0 : f32
    %q = arith.divf %x, %s : f32
    tsk.yield %q : f32
  }
  return
}

// -----

// Of a finite number that is rounded to an integer only the nearest one counts: nothing is compared.
// CHECK-LABEL: func.func @rounded
// CHECK: %[[BETTER:.*]] = math.fma
// CHECK-NEXT: %[[BETTER:.*]] = math.fma
// CHECK-NEXT: math.roundeven %[[BETTER]] : f32
// CHECK-NOT: arith.select
#map = affine_map<(d0) -> (d0)>
#one = affine_map<(d0) -> (0)>
func.func @rounded() {
  %a = tsk.argument 0 : !tsk.buffer<i32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<i32>) outs(%o : !tsk.buffer<f32>) attributes {
      schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [64], order = [0], tasks = 1, packed = []>, extents = affine_map<() -> (256)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [#map], output_maps = [#map], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: i32):
    %scale = arith.constant 0.3 : f32
    %f = arith.sitofp %x : i32 to f32
    %q = arith.divf %f, %scale : f32
    %r = math.roundeven %q : f32
    tsk.yield %r : f32
  }
  return
}

// -----

// Beside 1 the last bit of an error function's argument does not matter, so in GELU nothing is corrected.
// CHECK-LABEL: func.func @gelu
// CHECK: %[[E:.*]] = arith.mulf %{{.*}}, %{{.*}} : f32
// CHECK-NEXT: math.erf %[[E]]
// CHECK-LABEL: func.func @erf_alone
// CHECK: math.fma
// CHECK: math.erf
#map = affine_map<(d0) -> (d0)>
func.func @gelu() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {
      schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [64], order = [0], tasks = 1, packed = []>, extents = affine_map<() -> (256)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [#map], output_maps = [#map], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %root = arith.constant 1.41421354 : f32
    %one = arith.constant 1.0 : f32
    %half = arith.constant 0.5 : f32
    %q = arith.divf %x, %root : f32
    %e = math.erf %q : f32
    %s = arith.addf %e, %one : f32
    %h = arith.mulf %s, %half : f32
    %y = arith.mulf %x, %h : f32
    tsk.yield %y : f32
  }
  return
}
func.func @erf_alone() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {
      schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [64], order = [0], tasks = 1, packed = []>, extents = affine_map<() -> (256)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [#map], output_maps = [#map], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %root = arith.constant 1.41421354 : f32
    %q = arith.divf %x, %root : f32
    %e = math.erf %q : f32
    tsk.yield %e : f32
  }
  return
}
