// RUN: tessera-opt %s -split-input-file -verify-diagnostics

func.func @concat_none() -> tensor<4xf32> {
  // expected-error@+2 {{expected at least one operand, got none}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.concat {axis = 0 : i64} : () -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @concat_rank(%a: tensor<4xf32>, %b: tensor<4x1xf32>) -> tensor<8xf32> {
  // expected-error@+2 {{expected operands of rank 1, got rank 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.concat %a, %b {axis = 0 : i64} : (tensor<4xf32>, tensor<4x1xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func @concat_axis(%a: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+2 {{expected an axis in [0, 1), got 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.concat %a {axis = 1 : i64} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @concat_extents(%a: tensor<2x4xf32>, %b: tensor<2x5xf32>) -> tensor<4x4xf32> {
  // expected-error@+2 {{expected equal extents outside axis 0, got [4, 4] and [2, 5]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.concat %a, %b {axis = 0 : i64} : (tensor<2x4xf32>, tensor<2x5xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// -----

func.func @extents_count() -> tensor<2xi64> {
  // expected-error@+2 {{expected values to have 2 values, got 1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.extents {values = affine_map<() -> (2)>, shape = array<i64: 2>, element = i64} : () -> tensor<2xi64>
  return %0 : tensor<2xi64>
}

// -----

func.func @extents_shape() -> tensor<2xi64> {
  // expected-error@+2 {{expected extents of 0 or more, got -1}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.extents {values = affine_map<() -> (2)>, shape = array<i64: -1>, element = i64} : () -> tensor<2xi64>
  return %0 : tensor<2xi64>
}

// -----

func.func @extents_element() -> tensor<1xf32> {
  // expected-error@+2 {{expected an integer element type, got 'f32'}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.extents {values = affine_map<() -> (2)>, shape = array<i64: 1>, element = f32} : () -> tensor<1xf32>
  return %0 : tensor<1xf32>
}

// -----

func.func @image_rank(%x: tensor<8x2x2xf32>) -> tensor<2x4x4xf32> {
  // expected-error@+2 {{expected an operand of rank 4, got rank 3}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.depth_to_space %x {blocksize = 2 : i64} : (tensor<8x2x2xf32>) -> tensor<2x4x4xf32>
  return %0 : tensor<2x4x4xf32>
}

// -----

func.func @block_size(%x: tensor<1x8x2x2xf32>) -> tensor<1x2x4x4xf32> {
  // expected-error@+2 {{expected a block size in [1, 65536], got 0}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.depth_to_space %x {blocksize = 0 : i64} : (tensor<1x8x2x2xf32>) -> tensor<1x2x4x4xf32>
  return %0 : tensor<1x2x4x4xf32>
}

// -----

func.func @block_mode(%x: tensor<1x8x2x2xf32>) -> tensor<1x2x4x4xf32> {
  // expected-error@+2 {{expected mode to be DCR or CRD, got CDR}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.depth_to_space %x {blocksize = 2 : i64, mode = "CDR"} : (tensor<1x8x2x2xf32>) -> tensor<1x2x4x4xf32>
  return %0 : tensor<1x2x4x4xf32>
}

// -----

func.func @block_channels(%x: tensor<1x7x2x2xf32>) -> tensor<1x2x4x4xf32> {
  // expected-error@+2 {{expected channels in blocks of 4, got [1, 7, 2, 2]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.depth_to_space %x {blocksize = 2 : i64} : (tensor<1x7x2x2xf32>) -> tensor<1x2x4x4xf32>
  return %0 : tensor<1x2x4x4xf32>
}

// -----

func.func @block_space(%x: tensor<1x2x3x4xf32>) -> tensor<1x8x2x2xf32> {
  // expected-error@+2 {{expected spatial extents in blocks of 2, got [1, 2, 3, 4]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.space_to_depth %x {blocksize = 2 : i64} : (tensor<1x2x3x4xf32>) -> tensor<1x8x2x2xf32>
  return %0 : tensor<1x8x2x2xf32>
}

// -----

func.func @pad_value(%x: tensor<3xf32>) -> tensor<5xf32> {
  // expected-error@+2 {{expected a pad value of type 'f32', got 'i32'}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.pad %x {pads = affine_map<() -> (1, 1)>, value = 1 : i32} : (tensor<3xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// -----

func.func @pad_negative(%x: tensor<3xf32>) -> tensor<5xf32> {
  // expected-error@+2 {{expected pads that leave elements on axis 0, got [-2, -2]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.pad %x {pads = affine_map<() -> (-2, -2)>} : (tensor<3xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// -----

func.func @pad_empty(%x: tensor<0xf32>) -> tensor<2xf32> {
  // expected-error@+2 {{expected elements to repeat on axis 0, got none}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.pad %x {pads = affine_map<() -> (1, 1)>, mode = "edge"} : (tensor<0xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

func.func @reshape_count(%x: tensor<6xf32>) -> tensor<4xf32> {
  // expected-error@+2 {{expected shapes of equally many elements, got [6] and [4]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.reshape %x {shape = affine_map<() -> (4)>} : (tensor<6xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @reshape_negative(%x: tensor<6xf32>) -> tensor<6xf32> {
  // expected-error@+2 {{expected extents of 0 or more, got [-1]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.reshape %x {shape = affine_map<() -> (-1)>} : (tensor<6xf32>) -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

func.func @slice_steps(%x: tensor<5xf32>) -> tensor<3xf32> {
  // expected-error@+2 {{expected steps to have 1 values, got 2}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.slice %x {starts = affine_map<() -> (0)>, sizes = affine_map<() -> (3)>, steps = array<i64: 1, 1>} : (tensor<5xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @slice_zero(%x: tensor<5xf32>) -> tensor<3xf32> {
  // expected-error@+2 {{expected a step other than 0 and a size of 0 or more on axis 0, got step 0 and size 3}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.slice %x {starts = affine_map<() -> (0)>, sizes = affine_map<() -> (3)>, steps = array<i64: 0>} : (tensor<5xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @slice_range(%x: tensor<5xf32>) -> tensor<3xf32> {
  // expected-error@+2 {{expected elements in [0, 5) on axis 0, got 3 to 5}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.slice %x {starts = affine_map<() -> (3)>, sizes = affine_map<() -> (3)>, steps = array<i64: 1>} : (tensor<5xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

func.func @transpose(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error@+2 {{expected a permutation of 2 axes, got [0, 0]}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.transpose %x {perm = array<i64: 0, 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @pack_type(%x: tensor<3xi8>) -> tensor<3xui8> {
  // expected-error@+2 {{expected elements of 2 or 4 bits, got 'i8'}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.pack %x : (tensor<3xi8>) -> tensor<3xui8>
  return %0 : tensor<3xui8>
}

// -----

func.func @unpack_type(%x: tensor<3xui8>) -> tensor<3xi8> {
  // expected-error@+2 {{expected a tensor type with elements of 2 or 4 bits, got 'tensor<3xi8>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.unpack %x {to = tensor<3xi8>} : (tensor<3xui8>) -> tensor<3xi8>
  return %0 : tensor<3xi8>
}

// -----

func.func @unpack_bytes(%x: tensor<3xui8>) -> tensor<7xi4> {
  // expected-error@+2 {{expected as many bytes as the elements of 'tensor<7xi4>' take, got 'tensor<3xui8>'}}
  // expected-error@+1 {{failed to infer returned types}}
  %0 = tsr.unpack %x {to = tensor<7xi4>} : (tensor<3xui8>) -> tensor<7xi4>
  return %0 : tensor<7xi4>
}
