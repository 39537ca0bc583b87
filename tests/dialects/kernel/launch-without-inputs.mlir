// RUN: tessera-opt %s | FileCheck %s
// RUN: tessera-opt %s | tessera-opt | FileCheck %s

// A launch that reads nothing, such as one that fills or counts, is printed as it is read.
// CHECK-LABEL: func.func @fill
// CHECK: tsk.launch ins() outs(%{{.*}} : !tsk.buffer<f32>) attributes
func.func @fill() {
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins() outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (16)>, iterators = [#tsk.iterator<parallel>], input_maps = [],
      output_maps = [affine_map<(d0) -> (d0)>], pads = [], guards = [], feedback = array<i64>} computes {
    %c = arith.constant 1.0 : f32
    tsk.yield %c : f32
  }
  return
}
