// RUN: tessera-opt --tessera-emit-kernels="prefix=net isa=x86_64_v4" --cse --split-input-file %s | FileCheck %s

// The lanes of a tile's rows are combined together: halves of four rows in two vectors, quarters of all in one, then within it. While the sums'
// rows are divided, those of the next tile are fetched, 4 x 64 numbers behind, a line of the cache each.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK: scf.for
// CHECK-NOT: prefetch
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]
// CHECK-NEXT: vector.shuffle %{{.*}}, %{{.*}} [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31]
// CHECK-NEXT: arith.addf
// CHECK-NEXT: vector.shuffle
// CHECK-NEXT: vector.shuffle
// CHECK-NEXT: arith.addf
// CHECK-NEXT: vector.shuffle %{{.*}}, %{{.*}} [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]
// CHECK-NEXT: vector.shuffle %{{.*}}, %{{.*}} [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31]
// CHECK-NEXT: arith.addf
// CHECK-NEXT: vector.shuffle %[[QUARTERS:.*]], %[[QUARTERS]] [2, 3, 0, 1,
// CHECK-NEXT: arith.addf
// CHECK-NEXT: vector.shuffle %[[EIGHTHS:.*]], %[[EIGHTHS]] [1, 0, 3, 2,
// CHECK-NEXT: arith.addf
// CHECK-NEXT: vector.extract %{{.*}}[0]
// CHECK-NEXT: vector.extract %{{.*}}[4]
// CHECK-NEXT: vector.extract %{{.*}}[8]
// CHECK-NEXT: vector.extract %{{.*}}[12]
// CHECK: scf.for
// CHECK: llvm.store
// CHECK: llvm.getelementptr {{.*}}[%c256_i64]
// CHECK-NEXT: "llvm.intr.prefetch"({{.*}}hint = 3
func.func @rows() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [4, 16], order = [0, 1], tasks = 1, packed = []>, extents = affine_map<() -> (64, 64)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>], input_maps = [affine_map<(r, c) -> (r * 64 + c)>],
      output_maps = [affine_map<(r, c) -> (r * 64 + c)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %s = tsk.reduce <add> %x : f32 -> f32
    %y = arith.divf %x, %s : f32
    tsk.yield %y : f32
  }
  return
}

// -----

// A greatest number that may be any where one is NaN takes one instruction; one row is combined alone, in ever shorter vectors.
// CHECK-LABEL: llvm.func internal @net_kernel_0_body
// CHECK-NOT: maximumf
// CHECK: %[[LARGER:.*]] = arith.cmpf ogt, %[[SO_FAR:.*]], %[[NEXT:.*]] : vector<16xf32>
// CHECK-NEXT: arith.select %[[LARGER]], %[[SO_FAR]], %[[NEXT]]
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [0, 1, 2, 3, 4, 5, 6, 7] : vector<16xf32>, vector<16xf32>
// CHECK: arith.cmpf ogt, {{.*}} : vector<8xf32>
// CHECK: llvm.func hidden @net_kernel_0(
func.func @softmax() {
  %a = tsk.argument 0 : !tsk.buffer<f32>
  %o = tsk.output 0 : !tsk.buffer<f32>
  tsk.launch ins(%a : !tsk.buffer<f32>) outs(%o : !tsk.buffer<f32>)
    attributes {schedule = #tsk.schedule<nest, vector_dim = 1, lanes = 16, tile = [1, 16], order = [0, 1], tasks = 1, packed = []>, extents = affine_map<() -> (64, 64)>,
      iterators = [#tsk.iterator<parallel>, #tsk.iterator<reduction>], input_maps = [affine_map<(r, c) -> (r * 64 + c)>],
      output_maps = [affine_map<(r, c) -> (r * 64 + c)>], pads = [unit], guards = [unit], feedback = array<i64: -1>} computes {
  ^bb0(%x: f32):
    %m = tsk.reduce <max> %x {tsk.may_drop_nan} : f32 -> f32
    %d = arith.subf %x, %m : f32
    %e = math.exp %d {tsk.not_positive} : f32
    %s = tsk.reduce <add> %e : f32 -> f32
    %y = arith.divf %e, %s : f32
    tsk.yield %y : f32
  }
  return
}
