// RUN: tessera-opt %s -split-input-file -verify-diagnostics

#n = affine_map<() -> (16)>
#at = affine_map<(d0) -> (d0)>

func.func @reduces_along_nothing(%x: tensor<16xf32>) -> tensor<16xf32> {
  // expected-error@+1 {{expected a reduction dimension for the reductions of its body}}
  %0 = tsk.kernel %x {extents = #n, iterators = [#tsk.iterator<parallel>], input_maps = [#at], result_maps = [#at], pads = [unit], feedback = array<i64: -1>} : (tensor<16xf32>) -> tensor<16xf32> {
  ^bb0(%v: f32):
    %sum = tsk.reduce <add> %v : f32 -> f32
    tsk.yield %sum : f32
  }
  return %0 : tensor<16xf32>
}

// -----

#n = affine_map<() -> (16)>
#at = affine_map<(d0) -> (d0)>

func.func @too_few_iterators(%x: tensor<16xf32>) -> tensor<16xf32> {
  // expected-error@+1 {{expected one iterator for each of its 0 dimensions, got 1}}
  %0 = tsk.kernel %x {extents = affine_map<() -> ()>, iterators = [#tsk.iterator<parallel>], input_maps = [#at], result_maps = [#at], pads = [unit], feedback = array<i64: -1>} : (tensor<16xf32>) -> tensor<16xf32> {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  return %0 : tensor<16xf32>
}

// -----

func.func @condition_without_offset() {
  %c = tsk.argument 0 : !tsk.buffer<i1>
  %x = tsk.argument 1 : !tsk.buffer<f32>
  %y = tsk.output 0 : !tsk.buffer<f32>
  // expected-error@+1 {{expected one offset and one value for each of its 1 conditions}}
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) when(%c : !tsk.buffer<i1>) attributes {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(d0) -> (d0)>], output_maps = [affine_map<(d0) -> (d0)>], pads = [unit], guards = [unit], feedback = array<i64: -1>, condition_values = array<i1: true>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  return
}

// -----

func.func @condition_on_floats() {
  %x = tsk.argument 0 : !tsk.buffer<f32>
  %y = tsk.output 0 : !tsk.buffer<f32>
  // expected-error@+1 {{expected conditions of i1, got '!tsk.buffer<f32>'}}
  tsk.launch ins(%x : !tsk.buffer<f32>) outs(%y : !tsk.buffer<f32>) when(%x : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>], input_maps = [affine_map<(d0) -> (d0)>], output_maps = [affine_map<(d0) -> (d0)>], pads = [unit], guards = [unit], feedback = array<i64: -1>, condition_offsets = [affine_map<() -> (0)>], condition_values = array<i1: true>} computes {
  ^bb0(%v: f32):
    tsk.yield %v : f32
  }
  return
}
