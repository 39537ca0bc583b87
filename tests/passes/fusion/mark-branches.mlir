// Work that only one side of a select needs is marked and stays out of kernels that always run.
// RUN: tessera-opt %s -tessera-mark-branches | FileCheck %s --check-prefix=MARK
// RUN: tessera-opt %s -tessera-mark-branches -tessera-fuse-map-into-consumer -tessera-fuse-epilogue | FileCheck %s

// MARK-LABEL: func.func @main
// MARK-NOT: tsk.branch
// MARK: math.absf
// MARK: tsk.branch = 0
// MARK: math.exp
// MARK: tsk.branch = 1
// MARK: tsk.gather
// MARK: tsk.kernel
// MARK-NOT: tsk.branch
// MARK: arith.select

// Neither the sum nor the gather joins the kernel that selects.
// CHECK-LABEL: func.func @main
// CHECK: tsk.branch = 0
// CHECK: tsk.reduce <add>
// CHECK-NEXT: tsk.yield
// CHECK: tsk.branch = 1
// CHECK: tsk.gather
// CHECK: arith.select
#map = affine_map<(i) -> (i)>
#all = affine_map<(i) -> ()>
func.func @main(%c: tensor<i1>, %x: tensor<4xf32>, %places: tensor<4xi64>) -> tensor<4xf32> {
  %m = tsk.kernel %x {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>], input_maps = [#map], result_maps = [#map],
      pads = [unit], feedback = array<i64: -1>} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%e: f32):
    %r = math.absf %e : f32
    tsk.yield %r : f32
  }
  %s = tsk.kernel %m {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<reduction>], input_maps = [#map], result_maps = [#all],
      pads = [unit], feedback = array<i64: -1>} : (tensor<4xf32>) -> tensor<f32> {
  ^bb0(%e: f32):
    %t = math.exp %e : f32
    %r = tsk.reduce <add> %t : f32 -> f32
    tsk.yield %r : f32
  }
  %g = tsk.kernel %places, %m {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>], input_maps = [#map, affine_map<(i) -> (0)>],
      result_maps = [#map], pads = [unit, unit], feedback = array<i64: -1, -1>} : (tensor<4xi64>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%p: i64, %t: tensor<4xf32>):
    %r = tsk.gather %t[%p] {limits = affine_map<() -> (4)>, map = affine_map<(i, p) -> (p)>} : tensor<4xf32> -> f32
    tsk.yield %r : f32
  }
  %y = tsk.kernel %c, %s, %g {extents = affine_map<() -> (4)>, iterators = [#tsk.iterator<parallel>], input_maps = [#all, #all, #map],
      result_maps = [#map], pads = [unit, unit, unit], feedback = array<i64: -1, -1, -1>}
      : (tensor<i1>, tensor<f32>, tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%k: i1, %p: f32, %q: f32):
    %r = arith.select %k, %p, %q : f32
    tsk.yield %r : f32
  }
  return %y : tensor<4xf32>
}
