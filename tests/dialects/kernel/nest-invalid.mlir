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
