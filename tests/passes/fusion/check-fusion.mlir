// RUN: tessera-opt %s -split-input-file -verify-diagnostics --pass-pipeline='builtin.module(func.func(tessera-check-fusion))'

func.func @foreign(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected only kernels, library calls, reshapes, concatenations and constants after fusion}}
  %r = math.exp %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

func.func @division(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{expected result 0 to be written at linear coordinates}}
  %r = tsk.kernel %x {
      extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>],
      input_maps = [affine_map<(d0) -> (d0)>],
      result_maps = [affine_map<(d0) -> (d0 mod 4)>],
      pads = [unit], feedback = array<i64: -1>
    } : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a0: f32):
    %z = arith.constant 0.0 : f32
    %r = arith.maximumf %a0, %z : f32
    tsk.yield %r : f32
  }
  return %r : tensor<4xf32>
}
