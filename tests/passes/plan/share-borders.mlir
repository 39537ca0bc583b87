// RUN: tessera-opt --tessera-share-borders --split-input-file -mlir-print-local-scope %s | FileCheck %s

// The second tensor takes the memory of the first, whose border is there.
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = tsk.arena {bytes = affine_map<() -> (32)>
// CHECK: %[[C:.*]] = tsk.arena
// CHECK: tsk.launch ins(%0 : {{.*}} outs(%[[A]] 
// CHECK: tsk.launch ins() outs(%[[A]] 
// CHECK: tsk.launch ins(%[[A]] : {{.*}} outs(%[[C]] 
// CHECK: tsk.launch ins(%[[C]] : {{.*}} outs(%[[A]] 
// CHECK-NOT: ins()
// CHECK: tsk.launch ins(%[[A]] : 
func.func @main() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %b = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %c = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (6)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i + 1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins() outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [affine_map<(i) -> (i * 7)>], pads = [], guards = [], feedback = array<i64>} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%c : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins(%c : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (6)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i + 1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins() outs(%b : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [affine_map<(i) -> (i * 7)>], pads = [], guards = [], feedback = array<i64>} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins(%b : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  return
}

// -----

// The first tensor is still needed.
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = tsk.arena {bytes = affine_map<() -> (32)>
// CHECK: %[[B:.*]] = tsk.arena {bytes = affine_map<() -> (32)>
// CHECK: %[[C:.*]] = tsk.arena
// CHECK: tsk.launch ins(%0 : {{.*}} outs(%[[A]] 
// CHECK: tsk.launch ins() outs(%[[A]] 
// CHECK: tsk.launch ins() outs(%[[B]] 
func.func @main() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %b = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %c = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (6)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i + 1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins() outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [affine_map<(i) -> (i * 7)>], pads = [], guards = [], feedback = array<i64>} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (6)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i + 1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins() outs(%b : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [affine_map<(i) -> (i * 7)>], pads = [], guards = [], feedback = array<i64>} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%c : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins(%c : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins(%b : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  return
}

// -----

// Something else is stored where the border was.
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = tsk.arena {bytes = affine_map<() -> (32)>
// CHECK: %[[B:.*]] = tsk.arena {bytes = affine_map<() -> (32)>
// CHECK: %[[C:.*]] = tsk.arena
// CHECK: tsk.launch ins(%0 : {{.*}} outs(%[[A]] 
// CHECK: tsk.launch ins() outs(%[[A]] 
// CHECK: tsk.launch ins() outs(%[[B]] 
func.func @main() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %b = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %c = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (6)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i + 1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins() outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [affine_map<(i) -> (i * 7)>], pads = [], guards = [], feedback = array<i64>} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%c : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%c : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins(%c : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (6)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i + 1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins() outs(%b : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [affine_map<(i) -> (i * 7)>], pads = [], guards = [], feedback = array<i64>} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins(%b : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  return
}

// -----

// What is stored in the second tensor spoils the border.
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = tsk.arena {bytes = affine_map<() -> (32)>
// CHECK: %[[B:.*]] = tsk.arena {bytes = affine_map<() -> (32)>
// CHECK: %[[C:.*]] = tsk.arena
// CHECK: tsk.launch ins(%0 : {{.*}} outs(%[[A]] 
// CHECK: tsk.launch ins() outs(%[[A]] 
// CHECK: tsk.launch ins() outs(%[[B]] 
func.func @main() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %b = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %c = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (6)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i + 1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins() outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [affine_map<(i) -> (i * 7)>], pads = [], guards = [], feedback = array<i64>} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%c : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins(%c : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (7)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i + 1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins() outs(%b : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [affine_map<(i) -> (i * 7)>], pads = [], guards = [], feedback = array<i64>} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins(%b : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  return
}

// -----

// In between the memory is needed for something larger.
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = tsk.arena {bytes = affine_map<() -> (32)>
// CHECK: %[[B:.*]] = tsk.arena {bytes = affine_map<() -> (32)>
// CHECK: %[[C:.*]] = tsk.arena
// CHECK: tsk.launch ins(%0 : {{.*}} outs(%[[A]] 
// CHECK: tsk.launch ins() outs(%[[A]] 
// CHECK: tsk.launch ins() outs(%[[B]] 
func.func @main() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %b = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %c = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (4096)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (6)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i + 1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins() outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [affine_map<(i) -> (i * 7)>], pads = [], guards = [], feedback = array<i64>} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%c : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins(%c : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (6)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i + 1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins() outs(%b : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [affine_map<(i) -> (i * 7)>], pads = [], guards = [], feedback = array<i64>} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins(%b : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  return
}

// -----

// A border is filled once, though two tensors lie there in turn.
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = tsk.arena {bytes = affine_map<() -> (32)>
// CHECK: tsk.launch ins(%0 : 
// CHECK: tsk.launch ins() 
// CHECK: tsk.launch ins(%[[A]] : {{.*}} outs(%[[A]] 
// CHECK-NOT: ins()
// CHECK: tsk.launch ins(%[[A]] : 
func.func @main() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %b = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %c = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (6)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i + 1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins() outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [affine_map<(i) -> (i * 7)>], pads = [], guards = [], feedback = array<i64>} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (6)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i + 1)>], output_maps = [affine_map<(i) -> (i + 1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins() outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [affine_map<(i) -> (i * 7)>], pads = [], guards = [], feedback = array<i64>} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  return
}

// -----

// Tensors with other pads lie there in turn: each border is filled.
// CHECK-LABEL: func.func @main
// CHECK-COUNT-3: tsk.launch ins() 
func.func @main() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %b = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %c = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (6)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i + 1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins() outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [affine_map<(i) -> (i * 7)>], pads = [], guards = [], feedback = array<i64>} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (6)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i + 1)>], output_maps = [affine_map<(i) -> (i + 1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins() outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [affine_map<(i) -> (i * 7)>], pads = [], guards = [], feedback = array<i64>} computes {
    %z = arith.constant 1.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (6)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i + 1)>], output_maps = [affine_map<(i) -> (i + 1)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  tsk.launch ins() outs(%a : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2)>, iterators = [#tsk.iterator<parallel>], input_maps = [], output_maps = [affine_map<(i) -> (i * 7)>], pads = [], guards = [], feedback = array<i64>} computes {
    %z = arith.constant 0.0 : f32
    tsk.yield %z : f32
  }
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(i) -> (i)>], output_maps = [affine_map<(i) -> (i)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  return
}
