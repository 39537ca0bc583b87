// RUN: tessera-opt --tessera-split-reductions --split-input-file -mlir-print-local-scope %s | FileCheck %s

// The mean of points whose channels lie innermost: sums of eight parts, then
// the sum of those and what follows it.
// CHECK-LABEL: func.func @main
// CHECK: %[[T:.*]] = tsk.arena {bytes = affine_map<() -> (2304)>
// CHECK: tsk.launch ins(%0 :{{.*}} outs(%[[T]] :{{.*}}{extents = affine_map<() -> (8, 72, 98)>
// CHECK-SAME: input_maps = [affine_map<(d0, d1, d2) -> (d0 * 7056 + d1 + d2 * 72)>]
// CHECK-SAME: output_maps = [affine_map<(d0, d1, d2) -> (d0 * 72 + d1)>]
// CHECK-NOT: arith.divf
// CHECK: tsk.launch ins(%[[T]] :{{.*}}{extents = affine_map<() -> (72, 8)>
// CHECK-SAME: input_maps = [affine_map<(d0, d1) -> (d0 + d1 * 72)>]
// CHECK: tsk.reduce <add>
// CHECK: arith.divf
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (72, 784)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(c, p) -> (p * 72 + c)>], output_maps = [affine_map<(c, p) -> (c)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %n = arith.constant 7.840000e+02 : f32
    %s = tsk.reduce <add> %x : f32 -> f32
    %m = arith.divf %s, %n : f32
    tsk.yield %m : f32
  }
  return
}

// -----

// What is reduced stays where it is computed: squares; the result
// has other inputs. Seven rows give seven parts.
// CHECK-LABEL: func.func @main
// CHECK: tsk.launch {{.*}} outs(%[[T:[0-9]+]] : !tsk.buffer<f32>) attributes {extents = affine_map<() -> (7, 960, 7)>
// CHECK: arith.mulf
// CHECK: tsk.reduce <max>
// CHECK: tsk.launch ins(%[[T]], %{{.*}} : !tsk.buffer<f32>, !tsk.buffer<f32>)
// CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %[[Y:.*]]: f32):
// CHECK-NEXT: %[[M:.*]] = tsk.reduce <max> %[[X]]
// CHECK-NEXT: arith.addf %[[M]], %[[Y]]
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %b = tsk.argument 1 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %b : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (960, 49)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(c, p) -> (p * 960 + c)>, affine_map<(c, p) -> (c)>], output_maps = [affine_map<(c, p) -> (c)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %q = arith.mulf %x, %x : f32
    %s = tsk.reduce <max> %q : f32 -> f32
    %m = arith.addf %s, %y : f32
    tsk.yield %m : f32
  }
  return
}

// -----

// Two images: four parts of each.
// CHECK-LABEL: func.func @main
// CHECK: extents = affine_map<() -> (4, 2, 64, 196)>
// CHECK: extents = affine_map<() -> (2, 64, 4)>
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (2, 64, 784)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(n, c, p) -> (n * 50176 + p * 64 + c)>], output_maps = [affine_map<(n, c, p) -> (n * 64 + c)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %s = tsk.reduce <add> %x : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Threads that share eight images read what they wrote as it is.
// CHECK-LABEL: func.func @main
// CHECK-COUNT-1: tsk.launch
// CHECK-NOT: tsk.launch
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (8, 64, 784)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(n, c, p) -> (n * 50176 + p * 64 + c)>], output_maps = [affine_map<(n, c, p) -> (n * 64 + c)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %s = tsk.reduce <add> %x : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Rows that are reduced along themselves.
// CHECK-LABEL: func.func @main
// CHECK-COUNT-1: tsk.launch
// CHECK-NOT: tsk.launch
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (72, 784)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(c, p) -> (c * 784 + p)>], output_maps = [affine_map<(c, p) -> (c)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %n = arith.constant 7.840000e+02 : f32
    %s = tsk.reduce <add> %x : f32 -> f32
    %m = arith.divf %s, %n : f32
    tsk.yield %m : f32
  }
  return
}

// -----

// Too little to do.
// CHECK-LABEL: func.func @main
// CHECK-COUNT-1: tsk.launch
// CHECK-NOT: tsk.launch
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (40, 400)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(c, p) -> (p * 40 + c)>], output_maps = [affine_map<(c, p) -> (c)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %s = tsk.reduce <add> %x : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// No part has the length of another.
// CHECK-LABEL: func.func @main
// CHECK-COUNT-1: tsk.launch
// CHECK-NOT: tsk.launch
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (72, 787)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(c, p) -> (p * 72 + c)>], output_maps = [affine_map<(c, p) -> (c)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %s = tsk.reduce <add> %x : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Positions count from the first point.
// CHECK-LABEL: func.func @main
// CHECK-COUNT-1: tsk.launch
// CHECK-NOT: tsk.launch
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<i64>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<i64>)
    attributes {extents = affine_map<() -> (72, 784)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(c, p) -> (p * 72 + c)>], output_maps = [affine_map<(c, p) -> (c)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %s = tsk.reduce <arg_max> %x : f32 -> i64
    tsk.yield %s : i64
  }
  return
}

// -----

// Contractions have schedules for that.
// CHECK-LABEL: func.func @main
// CHECK-COUNT-1: tsk.launch
// CHECK-NOT: tsk.launch
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %b = tsk.argument 1 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a, %b : !tsk.buffer<f32>, !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (72, 784)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(c, p) -> (p)>, affine_map<(c, p) -> (p * 72 + c)>], output_maps = [affine_map<(c, p) -> (c)>],
      pads = [unit, unit], guards = [unit, unit], feedback = array<i64: -1, -1>} computes {
  ^bb0(%x: f32, %y: f32):
    %q = arith.mulf %x, %y : f32
    %s = tsk.reduce <add> %q : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// Half the bits, twice in the sums: parts are what the sum adds. Those that a run may leave out are left out together.
// CHECK-LABEL: func.func @main
// CHECK: %[[T:.*]] = tsk.arena {bytes = affine_map<() -> (2304)>{{.*}} : <f32>
// CHECK: tsk.launch {{.*}} outs(%[[T]] : {{.*}} when(%[[C:.*]] : !tsk.buffer<i1>)
// CHECK: arith.extf
// CHECK: tsk.launch ins(%[[T]] : {{.*}} when(%[[C]] : !tsk.buffer<i1>)
// CHECK-NEXT: ^bb0(%{{.*}}: f32):
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f16>
  %c = tsk.argument 1 : !tsk.buffer<i1>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f16>) outs(%o : !tsk.buffer<f32>) when(%c : !tsk.buffer<i1>)
    attributes {condition_offsets = [affine_map<() -> (0)>], condition_values = array<i1: true>, extents = affine_map<() -> (72, 784)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(c, p) -> (p * 72 + c)>], output_maps = [affine_map<(c, p) -> (c)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f16):
    %e = arith.extf %x : f16 to f32
    %s = tsk.reduce <add> %e : f32 -> f32
    tsk.yield %s : f32
  }
  return
}

// -----

// No images.
// CHECK-LABEL: func.func @main
// CHECK-COUNT-1: tsk.launch
// CHECK-NOT: tsk.launch
func.func @main() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {extents = affine_map<() -> (0, 72, 784)>, iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>, #tsk.iterator<reduction>],
      input_maps = [affine_map<(n, c, p) -> (n * 56448 + p * 72 + c)>], output_maps = [affine_map<(n, c, p) -> (n * 72 + c)>],
      pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %s = tsk.reduce <add> %x : f32 -> f32
    tsk.yield %s : f32
  }
  return
}
