// RUN: tessera-opt --tessera-bound-exponentials --split-input-file %s | FileCheck %s

// What is stored is NaN where the sum is, so NaN among the numbers reaches it whatever the greatest is.
// CHECK: tsk.reduce <max> %{{.*}} {tsk.may_drop_nan}
// CHECK: math.exp %{{.*}} {tsk.not_positive}
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (64, 128)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(r, c) -> (r * 128 + c)>], output_maps = [affine_map<(r, c) -> (r * 128 + c)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %one = arith.constant 1.0 : f32
    %m = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %m : f32
    %e = math.exp %d : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    %i = arith.divf %one, %s : f32
    %r = arith.mulf %e, %i : f32
    tsk.yield %r : f32
  }
  return
}

// -----

// Over blocks: the greatest so far, 0 where it is minus infinity. It and the exponentials are stored, so NaN counts.
// CHECK-NOT: may_drop_nan
// CHECK: arith.select
// CHECK: math.exp %{{.*}} {tsk.not_positive}
// CHECK: math.exp %{{.*}} {tsk.not_positive}
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %b = tsk.argument 1 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %n = tsk.output 1 : !tsk.buffer<f32>
  %t = tsk.output 2 : !tsk.buffer<f32>
  tsk.launch ins(%a, %b : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o, %n, %t : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (64, 128)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(r, c) -> (r * 128 + c)>, affine_map<(r, c) -> (r)>],
      output_maps = [affine_map<(r, c) -> (r * 128 + c)>, affine_map<(r, c) -> (r)>, affine_map<(r, c) -> (r)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %before: f32):
    %none = arith.constant 0xFF800000 : f32
    %zero = arith.constant 0.0 : f32
    %m = tsk.reduce <max> %x : f32 -> f32
    %now = arith.maximumf %before, %m : f32
    %isNone = arith.cmpf oeq, %now, %none : f32
    %shift = arith.select %isNone, %zero, %now : f32
    %d = arith.subf %x, %shift : f32
    %e = math.exp %d : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    %f = arith.subf %before, %shift : f32
    %decay = math.exp %f : f32
    tsk.yield %e, %now, %decay : f32, f32, f32
  }
  return
}

// -----

// The exponentials are stored themselves: NaN among the numbers makes each of them NaN. One of another number may be large.
// CHECK-NOT: may_drop_nan
// CHECK: math.exp %{{.*}} {tsk.not_positive}
// CHECK-NOT: not_positive
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  %p = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o, %p : !tsk.buffer<f32>, !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (64, 128)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(r, c) -> (r * 128 + c)>], output_maps = [affine_map<(r, c) -> (r * 128 + c)>, affine_map<(r, c) -> (r)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %two = arith.constant 2.0 : f32
    %m = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %m : f32
    %e = math.exp %d : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    %y = arith.mulf %x, %two : f32
    %g = arith.subf %y, %m : f32
    %h = math.exp %g : f32
    %t = tsk.reduce <add> %h : f32 -> f32
    %u = arith.addf %s, %t : f32
    tsk.yield %e, %u : f32, f32
  }
  return
}

// -----

// A choice by the sum hides its NaN.
// CHECK-NOT: may_drop_nan
// CHECK: tsk.yield
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %b = tsk.argument 1 : !tsk.buffer<f32>
  %o0 = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %b : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o0 : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (64, 128)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(r, c) -> (r * 128 + c)>, affine_map<(r, c) -> (r * 128 + c)>], output_maps = [affine_map<(r, c) -> (r * 128 + c)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %zero = arith.constant 0.0 : f32
    %m = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %m : f32
    %e = math.exp %d : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    %q = arith.divf %e, %s : f32
    %c = arith.cmpf ogt, %s, %zero : f32
    %r = arith.select %c, %q, %e : f32
    tsk.yield %r : f32
  }
  return
}

// -----

// Another sum need not be NaN, though it depends on the exponentials.
// CHECK-NOT: may_drop_nan
// CHECK: tsk.yield
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %b = tsk.argument 1 : !tsk.buffer<f32>
  %o0 = tsk.output 0 : !tsk.buffer<f32>
  %o1 = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%a, %b : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o0, %o1 : !tsk.buffer<f32>, !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (64, 128)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(r, c) -> (r * 128 + c)>, affine_map<(r, c) -> (r * 128 + c)>], output_maps = [affine_map<(r, c) -> (r * 128 + c)>, affine_map<(r, c) -> (r * 128 + c)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %zero = arith.constant 0.0 : f32
    %m = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %m : f32
    %e = math.exp %d : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    %c = arith.cmpf ogt, %y, %zero : f32
    %f = arith.select %c, %e, %zero : f32
    %t = tsk.reduce <add> %f : f32 -> f32
    %q = arith.divf %e, %t : f32
    %l = math.log %s : f32
    tsk.yield %q, %l : f32, f32
  }
  return
}

// -----

// The logarithm of a softmax, and its product with it: NaN reaches both.
// CHECK: tsk.reduce <max> %{{.*}} {tsk.may_drop_nan}
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %b = tsk.argument 1 : !tsk.buffer<f32>
  %o0 = tsk.output 0 : !tsk.buffer<f32>
  %o1 = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%a, %b : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o0, %o1 : !tsk.buffer<f32>, !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (64, 128)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(r, c) -> (r * 128 + c)>, affine_map<(r, c) -> (r * 128 + c)>], output_maps = [affine_map<(r, c) -> (r * 128 + c)>, affine_map<(r, c) -> (r * 128 + c)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %zero = arith.constant 0.0 : f32
    %m = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %m : f32
    %e = math.exp %d : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    %l = math.log %s : f32
    %v = arith.subf %d, %l : f32
    %q = arith.divf %e, %s : f32
    %w = arith.mulf %q, %v : f32
    tsk.yield %v, %w : f32, f32
  }
  return
}
