// RUN: tessera-opt --tessera-round-to-integers --mlir-print-local-scope --split-input-file %s | FileCheck %s

// Clamped first, then rounded by the conversion; the zero point is added as an integer.
// CHECK-LABEL: func.func @quantise
// CHECK: ^bb0(%[[X:.*]]: f32):
// CHECK: %[[LOW:.*]] = arith.constant -1.200000e+02 : f32
// CHECK: arith.cmpf olt, %[[X]], %[[LOW]] : f32
// CHECK: %[[RAISED:.*]] = arith.select %{{.*}}, %[[LOW]], %[[X]] : f32
// CHECK: %[[HIGH:.*]] = arith.constant 1.350000e+02 : f32
// CHECK: arith.cmpf ogt, %[[RAISED]], %[[HIGH]] : f32
// CHECK: %[[CLAMPED:.*]] = arith.select %{{.*}}, %[[HIGH]], %[[RAISED]] : f32
// CHECK: %[[N:.*]] = llvm.intr.lrint(%[[CLAMPED]]) : (f32) -> i32
// CHECK: %[[Z:.*]] = arith.constant 120 : i32
// CHECK: %[[I:.*]] = arith.addi %[[N]], %[[Z]] : i32
// CHECK: %[[Q:.*]] = arith.trunci %[[I]] : i32 to i8
// CHECK-NEXT: tsk.yield %[[Q]] : i8
#map = affine_map<(d0) -> (d0)>
#one = affine_map<(d0) -> (0)>
func.func @quantise() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<ui8>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<ui8>) attributes {
      schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [64], order = [0], tasks = 1, packed = []>, extents = affine_map<() -> (256)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [#map], output_maps = [#map], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %zero = arith.constant 120.0 : f32
    %low = arith.constant 0.0 : f32
    %high = arith.constant 255.0 : f32
    %r = math.roundeven %x : f32
    %s = arith.addf %r, %zero : f32
    %under = arith.cmpf olt, %s, %low : f32
    %raised = arith.select %under, %low, %s : f32
    %over = arith.cmpf ogt, %raised, %high : f32
    %clamped = arith.select %over, %high, %raised : f32
    %i = arith.fptosi %clamped : f32 to i32
    %q = arith.trunci %i : i32 to i8
    tsk.yield %q : i8
  }
  return
}

// -----

// A byte that only becomes a float again is none in between; its zero point goes with the difference.
// CHECK-LABEL: func.func @there_and_back
// CHECK: ^bb0(%[[X:.*]]: f32, %[[ZERO:.*]]: f32):
// CHECK: arith.subf %{{.*}}, %[[ZERO]] : f32
// CHECK: arith.subf %{{.*}}, %[[ZERO]] : f32
// CHECK: %[[R:.*]] = math.roundeven
// CHECK-NEXT: tsk.yield %[[R]] : f32
// CHECK-NOT: llvm.intr.lrint
#map = affine_map<(d0) -> (d0)>
#one = affine_map<(d0) -> (0)>
func.func @there_and_back() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %w0 = tsk.weight dense<7.0> : tensor<1xf32> : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %w0 : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {
      schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [64], order = [0], tasks = 1, packed = []>, extents = affine_map<() -> (256)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [#map, #one], output_maps = [#map], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %zero: f32):
    %low = arith.constant 0.0 : f32
    %high = arith.constant 255.0 : f32
    %r = math.roundeven %x : f32
    %s = arith.addf %r, %zero : f32
    %under = arith.cmpf olt, %s, %low : f32
    %raised = arith.select %under, %low, %s : f32
    %over = arith.cmpf ogt, %raised, %high : f32
    %clamped = arith.select %over, %high, %raised : f32
    %i = arith.fptosi %clamped : f32 to i32
    %q = arith.trunci %i : i32 to i8
    %f = arith.uitofp %q : i8 to f32
    %d = arith.subf %f, %zero : f32
    tsk.yield %d : f32
  }
  return
}

// -----

// A zero point that is no integer cannot be moved, nor a bound that the byte does not hold.
// CHECK-LABEL: func.func @stays
// CHECK: math.roundeven
// CHECK: arith.fptosi
// CHECK-LABEL: func.func @wraps
// CHECK: arith.uitofp
#map = affine_map<(d0) -> (d0)>
#one = affine_map<(d0) -> (0)>
func.func @stays() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<ui8>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<ui8>) attributes {
      schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [64], order = [0], tasks = 1, packed = []>, extents = affine_map<() -> (256)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [#map], output_maps = [#map], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %zero = arith.constant 0.5 : f32
    %low = arith.constant 0.0 : f32
    %high = arith.constant 255.0 : f32
    %r = math.roundeven %x : f32
    %s = arith.addf %r, %zero : f32
    %under = arith.cmpf olt, %s, %low : f32
    %raised = arith.select %under, %low, %s : f32
    %over = arith.cmpf ogt, %raised, %high : f32
    %clamped = arith.select %over, %high, %raised : f32
    %i = arith.fptosi %clamped : f32 to i32
    %q = arith.trunci %i : i32 to i8
    tsk.yield %q : i8
  }
  return
}
func.func @wraps() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>) attributes {
      schedule = #tsk.schedule<nest, vector_dim = 0, lanes = 16, tile = [64], order = [0], tasks = 1, packed = []>, extents = affine_map<() -> (256)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [#map], output_maps = [#map], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %zero = arith.constant 0.0 : f32
    %low = arith.constant -5.0 : f32
    %high = arith.constant 255.0 : f32
    %r = math.roundeven %x : f32
    %s = arith.addf %r, %zero : f32
    %under = arith.cmpf olt, %s, %low : f32
    %raised = arith.select %under, %low, %s : f32
    %over = arith.cmpf ogt, %raised, %high : f32
    %clamped = arith.select %over, %high, %raised : f32
    %i = arith.fptosi %clamped : f32 to i32
    %q = arith.trunci %i : i32 to i8
    %f = arith.uitofp %q : i8 to f32
    tsk.yield %f : f32
  }
  return
}
