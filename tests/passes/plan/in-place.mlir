// RUN: tessera-opt %s -split-input-file -mlir-print-local-scope -tessera-in-place | FileCheck %s

#zero = affine_map<() -> (0)>
#bytes = affine_map<() -> (64)>
#n = affine_map<() -> (16)>
#at = affine_map<(d0) -> (d0)>

// %a ends in the sum, whose result takes its memory; the last launch reads %x,
// which is not the plan's to write.
// CHECK-LABEL: func.func @main()
// CHECK: %[[A:.*]] = tsk.arena
// CHECK-NOT: tsk.arena
// CHECK: tsk.launch ins(%{{.*}}) outs(%[[A]] :
// CHECK: tsk.launch ins(%[[A]], %{{.*}}) outs(%[[A]] :
// CHECK: tsk.launch ins(%[[A]] : {{.*}} outs(%{{.*}} :
func.func @main() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %y = tsk.output 0 : !tsk.buffer<f32>
  %a = tsk.arena {offset = #zero, bytes = #bytes} : !tsk.buffer<f32>
  %b = tsk.arena {offset = #zero, bytes = #bytes} : !tsk.buffer<f32>
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>) attributes {extents = #n, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins(%a, %x : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>) attributes {extents = #n, iterators = [#tsk.iterator<parallel>], input_maps = [#at, #at], output_maps = [#at], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%v: f32, %w: f32):
    %s = arith.addf %v, %w : f32
    tsk.yield %s : f32
  }
  tsk.launch ins(%b : !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = #n, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  return
}

// -----

#zero = affine_map<() -> (0)>
#bytes = affine_map<() -> (64)>
#n = affine_map<() -> (16)>
#at = affine_map<(d0) -> (d0)>

// Reading in another order than storing needs both memories, and so does
// reading the input a second time.
// CHECK-LABEL: func.func @main()
// CHECK: tsk.arena
// CHECK: tsk.arena
// CHECK: tsk.arena
func.func @main() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %y = tsk.output 0 : !tsk.buffer<f32>
  %a = tsk.arena {offset = #zero, bytes = #bytes} : !tsk.buffer<f32>
  %b = tsk.arena {offset = #zero, bytes = #bytes} : !tsk.buffer<f32>
  %c = tsk.arena {offset = #zero, bytes = #bytes} : !tsk.buffer<f32>
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>) attributes {extents = #n, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>) attributes {extents = #n, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(d0) -> (15 - d0)>], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins(%b, %b : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%c : !tsk.buffer<f32>) attributes {extents = #n, iterators = [#tsk.iterator<parallel>], input_maps = [#at, affine_map<(d0) -> (15 - d0)>], output_maps = [#at], pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%v: f32, %w: f32):
    %s = arith.addf %v, %w : f32
    tsk.yield %s : f32
  }
  tsk.launch ins(%c : !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = #n, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  return
}
