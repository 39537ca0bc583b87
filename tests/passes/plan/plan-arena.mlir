// RUN: tessera-opt %s -split-input-file -mlir-print-local-scope -tessera-plan-arena -tessera-check-plan | FileCheck %s

#one = affine_map<() -> (1)>
#at = affine_map<(d0) -> (d0)>
#zero = affine_map<() -> (0)>

// The third range takes the place of the first, which nobody reads any more.
// CHECK: module attributes {tsk.arena_lower_bound = affine_map<() -> (256)>, tsk.workspace = affine_map<() -> (256)>}
// CHECK: tsk.arena {bytes = affine_map<() -> (128)>, offset = affine_map<() -> (0)>}
// CHECK: tsk.arena {bytes = affine_map<() -> (100)>, offset = affine_map<() -> (128)>}
// CHECK: tsk.arena {bytes = affine_map<() -> (128)>, offset = affine_map<() -> (0)>}
module {
  func.func @main() {
    %x = tsk.argument 0 : !tsk.buffer<f32>
    %y = tsk.output 0 : !tsk.buffer<f32>
    %a = tsk.arena {offset = #zero, bytes = affine_map<() -> (128)>} : !tsk.buffer<f32>
    %b = tsk.arena {offset = #zero, bytes = affine_map<() -> (100)>} : !tsk.buffer<f32>
    %c = tsk.arena {offset = #zero, bytes = affine_map<() -> (128)>} : !tsk.buffer<f32>
    tsk.launch ins(%x : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    tsk.launch ins(%a : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    tsk.launch ins(%b : !tsk.buffer<f32>) outs(%c : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    tsk.launch ins(%c : !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    return
  }
}

// -----

#one = affine_map<() -> (1)>
#at = affine_map<(d0) -> (d0)>
#zero = affine_map<() -> (0)>

// With a free size the offset of what lies above is an expression, and the
// third range, never more than the first, takes its place.
// CHECK: module attributes {
// CHECK-SAME: tsk.arena_lower_bound = affine_map<()[s0] -> (s0 * 192 + 64)>
// CHECK-SAME: tsk.workspace = affine_map<()[s0] -> (s0 * 192 + 64)>
// CHECK: tsk.arena {bytes = affine_map<()[s0] -> (s0 * 128)>, offset = affine_map<() -> (0)>}
// CHECK: tsk.arena {bytes = affine_map<()[s0] -> (s0 * 64 + 4)>, offset = affine_map<()[s0] -> (s0 * 128)>}
// CHECK: tsk.arena {bytes = affine_map<()[s0] -> (s0 * 64)>, offset = affine_map<() -> (0)>}
module attributes {tsk.dimensions = [#tsk.dimension<"n", input, 0, -1, () -> ()>]} {
  func.func @main() {
    %x = tsk.argument 0 : !tsk.buffer<f32>
    %y = tsk.output 0 : !tsk.buffer<f32>
    %a = tsk.arena {offset = #zero, bytes = affine_map<()[s0] -> (s0 * 128)>} : !tsk.buffer<f32>
    %b = tsk.arena {offset = #zero, bytes = affine_map<()[s0] -> (s0 * 64 + 4)>} : !tsk.buffer<f32>
    %c = tsk.arena {offset = #zero, bytes = affine_map<()[s0] -> (s0 * 64)>} : !tsk.buffer<f32>
    tsk.launch ins(%x : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    tsk.launch ins(%a : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    tsk.launch ins(%b : !tsk.buffer<f32>) outs(%c : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    tsk.launch ins(%c : !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    return
  }
}

// -----

#one = affine_map<() -> (1)>
#at = affine_map<(d0) -> (d0)>
#zero = affine_map<() -> (0)>

// Which of two ranges ends higher depends on the size: the workspace is the
// greater of both ends, not their sum term by term.
// CHECK: module attributes {
// CHECK-SAME: tsk.arena_lower_bound = affine_map<()[s0] -> ((s0 * s0) * 64 + 64, s0 * 6400 + 64)>
// CHECK-SAME: tsk.workspace = affine_map<()[s0] -> ((s0 * s0) * 64 + 64, s0 * 6400 + 64)>
// CHECK: tsk.arena {bytes = affine_map<() -> (64)>, offset = affine_map<() -> (0)>}
// CHECK: tsk.arena {bytes = affine_map<()[s0] -> ((s0 * s0) * 64)>, offset = affine_map<() -> (64)>}
// CHECK: tsk.arena {bytes = affine_map<()[s0] -> (s0 * 6400)>, offset = affine_map<() -> (64)>}
module attributes {tsk.dimensions = [#tsk.dimension<"n", input, 0, -1, () -> ()>]} {
  func.func @main() {
    %x = tsk.argument 0 : !tsk.buffer<f32>
    %y = tsk.output 0 : !tsk.buffer<f32>
    %a = tsk.arena {offset = #zero, bytes = affine_map<() -> (64)>} : !tsk.buffer<f32>
    %b = tsk.arena {offset = #zero, bytes = affine_map<()[s0] -> ((s0 * s0) * 64)>} : !tsk.buffer<f32>
    %c = tsk.arena {offset = #zero, bytes = affine_map<()[s0] -> (s0 * 6400)>} : !tsk.buffer<f32>
    tsk.launch ins(%x : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    tsk.launch ins(%a : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    tsk.launch ins(%a : !tsk.buffer<f32>) outs(%c : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    return
  }
}

// -----

#one = affine_map<() -> (1)>
#at = affine_map<(d0) -> (d0)>
#zero = affine_map<() -> (0)>

// Behind bytes there is room for what a last group of them reads.
// CHECK: module attributes {tsk.arena_lower_bound = affine_map<() -> (128)>, tsk.workspace = affine_map<() -> (128)>}
// CHECK: tsk.arena {bytes = affine_map<() -> (64)>, offset = affine_map<() -> (0)>} : <ui8>
module {
  func.func @main() {
    %x = tsk.argument 0 : !tsk.buffer<ui8>
    %y = tsk.output 0 : !tsk.buffer<ui8>
    %a = tsk.arena {offset = #zero, bytes = affine_map<() -> (64)>} : !tsk.buffer<ui8>
    tsk.launch ins(%x : !tsk.buffer<ui8>) outs(%a : !tsk.buffer<ui8>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: i8):
      tsk.yield %v : i8
    }
    tsk.launch ins(%a : !tsk.buffer<ui8>) outs(%y : !tsk.buffer<ui8>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: i8):
      tsk.yield %v : i8
    }
    return
  }
}

// -----

#one = affine_map<() -> (1)>
#at = affine_map<(d0) -> (d0)>
#zero = affine_map<() -> (0)>

// Launches at the same time use all their ranges at once. What is
// needed at least is counted as if they ran one by one.
// CHECK: module attributes {tsk.arena_lower_bound = affine_map<() -> (128)>, tsk.workspace = affine_map<() -> (192)>}
module {
  func.func @main() {
    %x = tsk.argument 0 : !tsk.buffer<f32>
    %y = tsk.output 0 : !tsk.buffer<f32>
    %a = tsk.arena {offset = #zero, bytes = affine_map<() -> (64)>} : !tsk.buffer<f32>
    %b = tsk.arena {offset = #zero, bytes = affine_map<() -> (64)>} : !tsk.buffer<f32>
    %c = tsk.arena {offset = #zero, bytes = affine_map<() -> (64)>} : !tsk.buffer<f32>
    tsk.launch ins(%x : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    tsk.launch ins(%a : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    tsk.launch ins(%b : !tsk.buffer<f32>) outs(%c : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>, tsk.same_time} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    tsk.launch ins(%c : !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    return
  }
}

// -----

#one = affine_map<() -> (1)>
#at = affine_map<(d0) -> (d0)>
#zero = affine_map<() -> (0)>

// Every order by one key leaves 640 bytes more than are needed at once;
// exchanging ranges of the best one finds how they fit.
// CHECK: module attributes {tsk.arena_lower_bound = affine_map<() -> (10240)>, tsk.workspace = affine_map<() -> (10240)>}
module {
  func.func @main() {
    %y = tsk.output 0 : !tsk.buffer<f32>
    %a = tsk.arena {offset = #zero, bytes = affine_map<() -> (1344)>} : !tsk.buffer<f32>
    %b = tsk.arena {offset = #zero, bytes = affine_map<() -> (1152)>} : !tsk.buffer<f32>
    %c = tsk.arena {offset = #zero, bytes = affine_map<() -> (2048)>} : !tsk.buffer<f32>
    %d = tsk.arena {offset = #zero, bytes = affine_map<() -> (256)>} : !tsk.buffer<f32>
    %e = tsk.arena {offset = #zero, bytes = affine_map<() -> (2496)>} : !tsk.buffer<f32>
    %f = tsk.arena {offset = #zero, bytes = affine_map<() -> (1344)>} : !tsk.buffer<f32>
    %g = tsk.arena {offset = #zero, bytes = affine_map<() -> (1856)>} : !tsk.buffer<f32>
    %h = tsk.arena {offset = #zero, bytes = affine_map<() -> (1088)>} : !tsk.buffer<f32>
    %i = tsk.arena {offset = #zero, bytes = affine_map<() -> (1664)>} : !tsk.buffer<f32>
    %j = tsk.arena {offset = #zero, bytes = affine_map<() -> (1792)>} : !tsk.buffer<f32>
    %k = tsk.arena {offset = #zero, bytes = affine_map<() -> (1856)>} : !tsk.buffer<f32>
    %l = tsk.arena {offset = #zero, bytes = affine_map<() -> (2240)>} : !tsk.buffer<f32>
    %m = tsk.arena {offset = #zero, bytes = affine_map<() -> (2112)>} : !tsk.buffer<f32>
    %n = tsk.arena {offset = #zero, bytes = affine_map<() -> (1856)>} : !tsk.buffer<f32>
    tsk.launch ins() outs(%a, %b, %c, %d : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [#at, #at, #at, #at], pads = [], guards = [], feedback = array<i64>} computes {
      %zero = arith.constant 0.0 : f32
      tsk.yield %zero, %zero, %zero, %zero : f32, f32, f32, f32
    }
    tsk.launch ins(%d : !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v0: f32):
      %zero = arith.constant 0.0 : f32
      tsk.yield %zero : f32
    }
    tsk.launch ins() outs(%e, %f : !tsk.buffer<f32>, !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [#at, #at], pads = [], guards = [], feedback = array<i64>} computes {
      %zero = arith.constant 0.0 : f32
      tsk.yield %zero, %zero : f32, f32
    }
    tsk.launch ins(%b, %c, %e : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%g : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at, #at, #at], output_maps = [#at], pads = [unit, unit, unit], guards = [unit, unit, unit], feedback = array<i64: -1, -1, -1>} computes {
    ^bb0(%v0: f32, %v1: f32, %v2: f32):
      %zero = arith.constant 0.0 : f32
      tsk.yield %zero : f32
    }
    tsk.launch ins(%g : !tsk.buffer<f32>) outs(%h, %i, %j : !tsk.buffer<f32>, !tsk.buffer<f32>, !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at, #at, #at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v0: f32):
      %zero = arith.constant 0.0 : f32
      tsk.yield %zero, %zero, %zero : f32, f32, f32
    }
    tsk.launch ins(%a, %h : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%k : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at, #at], output_maps = [#at], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
    ^bb0(%v0: f32, %v1: f32):
      %zero = arith.constant 0.0 : f32
      tsk.yield %zero : f32
    }
    tsk.launch ins(%i : !tsk.buffer<f32>) outs(%l : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v0: f32):
      %zero = arith.constant 0.0 : f32
      tsk.yield %zero : f32
    }
    tsk.launch ins(%f : !tsk.buffer<f32>) outs(%m : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v0: f32):
      %zero = arith.constant 0.0 : f32
      tsk.yield %zero : f32
    }
    tsk.launch ins(%l : !tsk.buffer<f32>) outs(%n : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v0: f32):
      %zero = arith.constant 0.0 : f32
      tsk.yield %zero : f32
    }
    tsk.launch ins(%j, %n : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at, #at], output_maps = [#at], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
    ^bb0(%v0: f32, %v1: f32):
      %zero = arith.constant 0.0 : f32
      tsk.yield %zero : f32
    }
    tsk.launch ins(%k, %m : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = #one, iterators = [#tsk.iterator<parallel>], input_maps = [#at, #at], output_maps = [#at], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
    ^bb0(%v0: f32, %v1: f32):
      %zero = arith.constant 0.0 : f32
      tsk.yield %zero : f32
    }
    return
  }
}
