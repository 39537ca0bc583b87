// RUN: tessera-opt --tessera-flush-probabilities --split-input-file -mlir-print-local-scope %s | FileCheck %s

// Probabilities that only a sum of products reads.
// CHECK: math.exp %{{.*}} {tsk.may_flush, tsk.not_positive}
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %v = tsk.argument 1 : !tsk.buffer<f32>
  %p = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32768)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%p : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (64, 128)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(r, c) -> (r * 128 + c)>], output_maps = [affine_map<(r, c) -> (r * 128 + c)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %one = arith.constant 1.0 : f32
    %m = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %m : f32
    %e = math.exp %d {tsk.not_positive} : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    %i = arith.divf %one, %s : f32
    %r = arith.mulf %e, %i : f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%p, %v : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (64, 32, 128)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(r, n, c) -> (r * 128 + c)>, affine_map<(r, n, c) -> (c * 32 + n)>], output_maps = [affine_map<(r, n, c) -> (r * 32 + n)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %q = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %q : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// The logarithm of a probability needs all of it.
// CHECK: math.exp %{{.*}} {tsk.not_positive}
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %p = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32768)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%p : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (64, 128)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(r, c) -> (r * 128 + c)>], output_maps = [affine_map<(r, c) -> (r * 128 + c)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %m = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %m : f32
    %e = math.exp %d {tsk.not_positive} : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    %r = arith.divf %e, %s : f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%p : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (64, 128)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(r, c) -> (r * 128 + c)>], output_maps = [affine_map<(r, c) -> (r)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %l = math.log %x : f32
    %q = arith.mulf %x, %l : f32
    %s = tsk.reduce <add> %q : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Of the probabilities that the caller gets, none is flushed; in attention in one launch only sums are stored.
// CHECK: math.exp %{{.*}} {tsk.not_positive}
// CHECK: math.exp %{{.*}} {tsk.may_flush, tsk.not_positive}
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %v = tsk.argument 1 : !tsk.buffer<f32>
  %p = tsk.output 0 : !tsk.buffer<f32>
  %o = tsk.output 1 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%p : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (64, 128)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(r, c) -> (r * 128 + c)>], output_maps = [affine_map<(r, c) -> (r * 128 + c)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %m = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %m : f32
    %e = math.exp %d {tsk.not_positive} : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    %r = arith.divf %e, %s : f32
    tsk.yield %r : f32
  }
  tsk.launch ins(%a, %v : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (64, 128)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(r, c) -> (r * 128 + c)>, affine_map<(r, c) -> (c)>], output_maps = [affine_map<(r, c) -> (r)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %m = tsk.reduce <max> %x : f32 -> f32
    %d = arith.subf %x, %m : f32
    %e = math.exp %d {tsk.not_positive} : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    %q = arith.mulf %e, %y : f32
    %t = tsk.reduce <add> %q : f32 -> f32
    %r = arith.divf %t, %s : f32
    tsk.yield %r : f32
  }
  return
}
