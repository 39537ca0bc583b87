// RUN: tessera-opt %s | tessera-opt | FileCheck %s
// RUN: tessera-opt %s --tessera-lower-to-kernels | FileCheck %s --check-prefix=LOWER

#free = affine_map<()[s0] -> (s0, 4)>

// Operands broadcast as in numpy; an extent of 1 is read at 0.
// CHECK-LABEL: @broadcast
// CHECK: tsr.add %{{.*}}, %{{.*}} : (tensor<3x1xf32>, tensor<4xf32>) -> tensor<3x4xf32>
// LOWER-LABEL: @broadcast
// LOWER: tsk.kernel
// LOWER-SAME: extents = [[EXTENTS:#map[0-9]*]]
// LOWER-SAME: iterators = [#tsk.iterator<parallel>, #tsk.iterator<parallel>]
// LOWER: arith.addf
func.func @broadcast(%a: tensor<3x1xf32>, %b: tensor<4xf32>) -> tensor<3x4xf32> {
  %0 = tsr.add %a, %b : (tensor<3x1xf32>, tensor<4xf32>) -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// A free extent that meets another one is assumed to equal it.
// CHECK-LABEL: @free_extents
// CHECK: tsr.mul %{{.*}}, %{{.*}} : (tensor<?x4xf32, #{{.*}}>, tensor<1xf32>) -> tensor<?x4xf32, #{{.*}}>
// LOWER-LABEL: @free_extents
// LOWER: arith.mulf
func.func @free_extents(%a: tensor<?x4xf32, #free>, %b: tensor<1xf32>) -> tensor<?x4xf32, #free> {
  %0 = tsr.mul %a, %b : (tensor<?x4xf32, #free>, tensor<1xf32>) -> tensor<?x4xf32, #free>
  return %0 : tensor<?x4xf32, #free>
}

// Attributes have ONNX's defaults.
// CHECK-LABEL: @attributes
// CHECK: tsr.elu %{{.*}} : (tensor<4xf32>) -> tensor<4xf32>
// CHECK: tsr.leaky_relu %{{.*}} {alpha = 5.000000e-01 : f32}
// LOWER-LABEL: @attributes
// LOWER: math.exp
// LOWER: arith.constant 5.000000e-01 : f32
func.func @attributes(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tsr.elu %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = tsr.leaky_relu %0 {alpha = 0.5 : f32} : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// Signless integers are signed, ui types are not.
// CHECK-LABEL: @signedness
// CHECK: tsr.less %{{.*}} : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi1>
// CHECK: tsr.less %{{.*}} : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xi1>
// LOWER-LABEL: @signedness
// LOWER: arith.cmpi slt
// LOWER: arith.cmpi ult
func.func @signedness(%a: tensor<4xi32>, %b: tensor<4xui8>) -> (tensor<4xi1>, tensor<4xi1>) {
  %0 = tsr.less %a, %a : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi1>
  %1 = tsr.less %b, %b : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xi1>
  return %0, %1 : tensor<4xi1>, tensor<4xi1>
}

// A division of integers has a divisor that cannot trap.
// LOWER-LABEL: @integer_division
// LOWER: arith.cmpi eq
// LOWER: [[SAFE:%.*]] = arith.select
// LOWER: arith.divsi %{{.*}}, [[SAFE]]
func.func @integer_division(%a: tensor<4xi64>, %b: tensor<4xi64>) -> tensor<4xi64> {
  %0 = tsr.div %a, %b : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi64>
  return %0 : tensor<4xi64>
}

// The greater of a value and a constant needs no test for NaN of the constant.
// LOWER-LABEL: @bounds
// LOWER-NOT: arith.maximumf
// LOWER: arith.cmpf olt
// LOWER: arith.maximumf
func.func @bounds(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %c = tsr.constant {value = dense<0.5> : tensor<f32>} : () -> tensor<f32>
  %0 = tsr.max %x, %c : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = tsr.max %0, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// Conversions follow C; a bool is whether the value is not zero.
// CHECK-LABEL: @conversions
// CHECK: tsr.cast %{{.*}} {to = i1}
// LOWER-LABEL: @conversions
// LOWER: arith.cmpf oeq
// LOWER: arith.uitofp
// LOWER: arith.fptosi %{{.*}} : f32 to i32
// LOWER: arith.trunci %{{.*}} : i32 to i8
func.func @conversions(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xui8>) {
  %0 = tsr.cast %x {to = i1} : (tensor<4xf32>) -> tensor<4xi1>
  %1 = tsr.cast %0 {to = f32} : (tensor<4xi1>) -> tensor<4xf32>
  %2 = tsr.cast %x {to = ui8} : (tensor<4xf32>) -> tensor<4xui8>
  return %1, %2 : tensor<4xf32>, tensor<4xui8>
}

// The power has the type of the base, whatever that of the exponent.
// LOWER-LABEL: @power
// LOWER: arith.sitofp %{{.*}} : i64 to f32
// LOWER: math.powf
func.func @power(%x: tensor<4xf32>, %y: tensor<4xi64>) -> tensor<4xf32> {
  %0 = tsr.pow %x, %y : (tensor<4xf32>, tensor<4xi64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: @selection
// CHECK: tsr.where
// LOWER-LABEL: @selection
// LOWER: arith.select
func.func @selection(%c: tensor<2x1xi1>, %x: tensor<3xi64>, %y: tensor<i64>) -> tensor<2x3xi64> {
  %0 = tsr.where %c, %x, %y : (tensor<2x1xi1>, tensor<3xi64>, tensor<i64>) -> tensor<2x3xi64>
  return %0 : tensor<2x3xi64>
}

// Small floats saturate before they are rounded; powers of two are exponents.
// CHECK-LABEL: @small_floats
// LOWER-LABEL: @small_floats
// LOWER: arith.constant 4.480000e+02
// LOWER: arith.truncf %{{.*}} : f32 to f8E4M3FN
// LOWER: arith.constant 8388607
// LOWER: arith.bitcast %{{.*}} : i8 to f8E8M0FNU
// LOWER-NOT: arith.select
// LOWER: arith.truncf %{{.*}} : f32 to f8E5M2
func.func @small_floats(%x: tensor<4xf32>) -> (tensor<4xf8E4M3FN>, tensor<4xf8E8M0FNU>, tensor<4xf8E5M2>) {
  %0 = tsr.cast %x {to = f8E4M3FN} : (tensor<4xf32>) -> tensor<4xf8E4M3FN>
  %1 = tsr.cast %x {to = f8E8M0FNU, round_mode = "nearest"} : (tensor<4xf32>) -> tensor<4xf8E8M0FNU>
  %2 = tsr.cast %x {to = f8E5M2, saturate = 0 : i64} : (tensor<4xf32>) -> tensor<4xf8E5M2>
  return %0, %1, %2 : tensor<4xf8E4M3FN>, tensor<4xf8E8M0FNU>, tensor<4xf8E5M2>
}

// Floats of 16 bits are computed in f32 and rounded once; moving them is not
// computing.
// CHECK-LABEL: @half
// LOWER-LABEL: @half
// LOWER: arith.extf %{{.*}} : f16 to f32
// LOWER-NOT: : f16
// LOWER: arith.truncf %{{.*}} : f32 to f16
// LOWER-NOT: arith.extf
// LOWER: tsk.yield
// LOWER: arith.bitcast %{{.*}} : f16 to i16
func.func @half(%x: tensor<4xf16>) -> (tensor<4xi16>, tensor<4xf16>) {
  %0 = tsr.gelu %x : (tensor<4xf16>) -> tensor<4xf16>
  %1 = tsr.expand %x {shape = affine_map<() -> (4)>} : (tensor<4xf16>) -> tensor<4xf16>
  %2 = tsr.bit_cast %x {to = i16} : (tensor<4xf16>) -> tensor<4xi16>
  return %2, %0 : tensor<4xi16>, tensor<4xf16>
}
