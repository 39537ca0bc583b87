// RUN: tessera-opt %s -split-input-file -verify-diagnostics -tessera-check-plan

#n = affine_map<() -> (16)>
#at = affine_map<(d0) -> (d0)>

module attributes {tsk.workspace = affine_map<() -> (128)>} {
  func.func @main() {
    %a = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (64)>} : !tsk.buffer<f32>
    // expected-error@+1 {{expected no overlap with the range at 0, which is in use at the same time}}
    %b = tsk.arena {offset = affine_map<() -> (32)>, bytes = affine_map<() -> (64)>} : !tsk.buffer<f32>
    tsk.launch ins(%a : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>) attributes {extents = #n, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    return
  }
}

// -----

#n = affine_map<() -> (16)>
#at = affine_map<(d0) -> (d0)>

module attributes {tsk.workspace = affine_map<() -> (64)>} {
  func.func @main() {
    %x = tsk.argument 0 : !tsk.buffer<f32>
    // expected-error@+1 {{expected an end within the workspace of 64 bytes, got 128}}
    %b = tsk.arena {offset = affine_map<() -> (64)>, bytes = affine_map<() -> (64)>} : !tsk.buffer<f32>
    tsk.launch ins(%x : !tsk.buffer<f32>) outs(%b : !tsk.buffer<f32>) attributes {extents = #n, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    return
  }
}

// -----

module attributes {tsk.workspace = affine_map<() -> (0)>} {
  func.func @main() {
    // expected-error@+1 {{expected only buffers, launches, loops and calls after planning}}
    %c = arith.constant 0.0 : f32
    return
  }
}

// -----

// expected-error@+1 {{expected the attribute tsk.workspace, got none}}
module {
  func.func @main() {
    return
  }
}

// -----

// expected-error@+1 {{expected a function @main without arguments and results}}
module {
  func.func @main(%x: tensor<2xf32>) {
    return
  }
}

// -----

#n = affine_map<() -> (16)>

module attributes {tsk.workspace = affine_map<() -> (0)>} {
  func.func @main() {
    %x = tsk.argument 0 : !tsk.buffer<f32>
    %y = tsk.output 0 : !tsk.buffer<f32>
    // expected-error@+1 {{expected maps to give one element offset, got 2}}
    tsk.launch ins(%x : !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = #n, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(d0) -> (d0, d0)>], output_maps = [affine_map<(d0) -> (d0)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    return
  }
}

// -----

#rows = affine_map<()[s0, s1] -> (s0 + s1)>
#at = affine_map<(d0) -> (d0)>

// Nobody has compared the output's memory with its size yet.
module attributes {tsk.workspace = affine_map<() -> (64)>, tsk.dimensions = [#tsk.dimension<"m", computed, 0, -1, () -> (4)>, #tsk.dimension<"n", computed, 0, -1, () -> (4)>],
    tsk.signature = {inputs = [], outputs = [{name = "y", type = tensor<?xf32, #rows>}]}} {
  func.func @main() {
    %x = tsk.argument 0 : !tsk.buffer<f32>
    %c = tsk.argument 1 : !tsk.buffer<i1>
    %s = tsk.arena {offset = affine_map<() -> (0)>, bytes = affine_map<() -> (32)>} : !tsk.buffer<i64>
    %y = tsk.output 0 : !tsk.buffer<f32>
    tsk.call "non_zero" ins(%c : !tsk.buffer<i1>) outs(%s : !tsk.buffer<i64>) {elements = array<i64>, extents = array<i64: 0, 0, 1>, input_offsets = [affine_map<() -> (0)>],
      input_types = [tensor<4xi1>], output_offsets = [affine_map<() -> (0)>], output_types = [tensor<1x?xi64, affine_map<()[s0] -> (1, s0)>>], parameters = {}, positions = array<i64: 0>}
    // expected-error@+1 {{expected sizes that calls before it have computed, got one from a later call}}
    tsk.launch ins(%x : !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) attributes {extents = affine_map<()[s0] -> (s0)>, iterators = [#tsk.iterator<parallel>], input_maps = [#at], output_maps = [#at], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
    ^bb0(%v: f32):
      tsk.yield %v : f32
    }
    tsk.call "non_zero" ins(%c : !tsk.buffer<i1>) outs(%s : !tsk.buffer<i64>) {elements = array<i64>, extents = array<i64: 1, 0, 1>, input_offsets = [affine_map<() -> (0)>],
      input_types = [tensor<4xi1>], output_offsets = [affine_map<() -> (0)>], output_types = [tensor<1x?xi64, affine_map<()[s0, s1] -> (1, s1)>>], parameters = {}, positions = array<i64: 0>}
    return
  }
}
