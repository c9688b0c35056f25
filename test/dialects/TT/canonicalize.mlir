// Folders and patterns of the tt ops, one function per rule.
// RUN: ttc-opt %s --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func @transpose_pair
// CHECK-SAME: %[[X:.*]]: tensor<1x8x4x2xf32>
// CHECK-NEXT: return %[[X]]
func.func @transpose_pair(%x: tensor<1x8x4x2xf32>) -> tensor<1x8x4x2xf32> {
  %0 = tt.transpose %x [0, 2, 3, 1] : (tensor<1x8x4x2xf32>) -> tensor<1x4x2x8xf32>
  %1 = tt.transpose %0 [0, 3, 1, 2] : (tensor<1x4x2x8xf32>) -> tensor<1x8x4x2xf32>
  return %1 : tensor<1x8x4x2xf32>
}

// CHECK-LABEL: func @transpose_merge
// CHECK-NEXT: tt.transpose %{{.*}} [2, 1, 0] : (tensor<2x3x4xf32>) -> tensor<4x3x2xf32>
func.func @transpose_merge(%x: tensor<2x3x4xf32>) -> tensor<4x3x2xf32> {
  %0 = tt.transpose %x [1, 2, 0] : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  %1 = tt.transpose %0 [1, 0, 2] : (tensor<3x4x2xf32>) -> tensor<4x3x2xf32>
  return %1 : tensor<4x3x2xf32>
}

// A change of encoding is not an identity.
// CHECK-LABEL: func @transpose_encoding
// CHECK-NEXT: tt.transpose
func.func @transpose_encoding(%x: tensor<2x3xf32>) -> tensor<2x3xf32, #tt.storage<bf16>> {
  %0 = tt.transpose %x [0, 1] : (tensor<2x3xf32>) -> tensor<2x3xf32, #tt.storage<bf16>>
  return %0 : tensor<2x3xf32, #tt.storage<bf16>>
}

// The value is rounded to bf16 between the two.
// CHECK-LABEL: func @transpose_rounds
// CHECK-COUNT-2: tt.transpose
func.func @transpose_rounds(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = tt.transpose %x [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32, #tt.storage<bf16>>
  %1 = tt.transpose %0 [1, 0] : (tensor<3x2xf32, #tt.storage<bf16>>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// CHECK-LABEL: func @transpose_constant
// CHECK-NEXT: tt.constant dense<{{\[\[}}1.000000e+00, 4.000000e+00], [2.000000e+00, 5.000000e+00], [3.000000e+00, 6.000000e+00]]> : tensor<3x2xf32>
func.func @transpose_constant() -> tensor<3x2xf32> {
  %c = tt.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %0 = tt.transpose %c [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// The folded constant keeps the result's encoding, outside of the value.
// CHECK-LABEL: func @transpose_splat
// CHECK-NEXT: tt.constant dense<2.000000e+00> : tensor<3x2xf32> -> tensor<3x2xf32, #tt.storage<bf16>>
func.func @transpose_splat() -> tensor<3x2xf32, #tt.storage<bf16>> {
  %c = tt.constant dense<2.0> : tensor<2x3xf32> -> tensor<2x3xf32, #tt.storage<bf16>>
  %0 = tt.transpose %c [1, 0] : (tensor<2x3xf32, #tt.storage<bf16>>) -> tensor<3x2xf32, #tt.storage<bf16>>
  return %0 : tensor<3x2xf32, #tt.storage<bf16>>
}

// CHECK-LABEL: func @reshape
// CHECK-NEXT: %[[R:.*]] = tt.reshape %{{.*}} : (tensor<2x6xf32>) -> tensor<12xf32>
// CHECK-NEXT: return %[[R]]
func.func @reshape(%x: tensor<2x6xf32>) -> tensor<12xf32> {
  %0 = tt.reshape %x : (tensor<2x6xf32>) -> tensor<3x4xf32>
  %1 = tt.reshape %0 : (tensor<3x4xf32>) -> tensor<12xf32>
  %2 = tt.reshape %1 : (tensor<12xf32>) -> tensor<12xf32>
  return %2 : tensor<12xf32>
}

// CHECK-LABEL: func @reshape_constant
// CHECK-NEXT: tt.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
func.func @reshape_constant() -> tensor<2xf32> {
  %c = tt.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %0 = tt.reshape %c : (tensor<2x1xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func @slice_identity
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @slice_identity(%x: tensor<2x6xf32>) -> tensor<2x6xf32> {
  %0 = tt.slice %x [0, 0] to [2, 6] step [1, 1] : (tensor<2x6xf32>) -> tensor<2x6xf32>
  return %0 : tensor<2x6xf32>
}

// Elements 1 + 2 * {1, 4} = 3, 9 of 10.
// CHECK-LABEL: func @slice_merge
// CHECK-NEXT: tt.slice %{{.*}} [3] to [10] step [6] : (tensor<10xf32>) -> tensor<2xf32>
func.func @slice_merge(%x: tensor<10xf32>) -> tensor<2xf32> {
  %0 = tt.slice %x [1] to [10] step [2] : (tensor<10xf32>) -> tensor<5xf32>
  %1 = tt.slice %0 [1] to [5] step [3] : (tensor<5xf32>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}

// CHECK-LABEL: func @slice_constant
// CHECK-NEXT: tt.constant dense<[2.000000e+00, 4.000000e+00]>
func.func @slice_constant() -> tensor<2xf32> {
  %c = tt.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %0 = tt.slice %c [1] to [4] step [2] : (tensor<4xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func @slice_of_concat
// CHECK-SAME: %[[X:.*]]: tensor<2x3xf32>, %[[Y:.*]]: tensor<2x4xf32>
// CHECK-NEXT: %[[S:.*]] = tt.slice %[[Y]] [0, 1] to [2, 4] step [1, 1] : (tensor<2x4xf32>) -> tensor<2x3xf32>
// CHECK-NEXT: return %[[X]], %[[S]]
func.func @slice_of_concat(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %0 = tt.concat %x, %y axis 1 : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
  %1 = tt.slice %0 [0, 0] to [2, 3] step [1, 1] : (tensor<2x7xf32>) -> tensor<2x3xf32>
  %2 = tt.slice %0 [0, 4] to [2, 7] step [1, 1] : (tensor<2x7xf32>) -> tensor<2x3xf32>
  return %1, %2 : tensor<2x3xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: func @slice_across_concat
// CHECK-NEXT: tt.concat
// CHECK-NEXT: tt.slice
func.func @slice_across_concat(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> tensor<2x3xf32> {
  %0 = tt.concat %x, %y axis 1 : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
  %1 = tt.slice %0 [0, 1] to [2, 4] step [1, 1] : (tensor<2x7xf32>) -> tensor<2x3xf32>
  return %1 : tensor<2x3xf32>
}

// CHECK-LABEL: func @concat_flatten
// CHECK-SAME: %[[X:.*]]: tensor<2x3xf32>, %[[Y:.*]]: tensor<2x4xf32>
// CHECK-NEXT: tt.concat %[[X]], %[[Y]], %[[X]] axis 1
// CHECK-NEXT: return
func.func @concat_flatten(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> tensor<2x10xf32> {
  %0 = tt.concat %x, %y axis 1 : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
  %1 = tt.concat %0, %x axis 1 : (tensor<2x7xf32>, tensor<2x3xf32>) -> tensor<2x10xf32>
  return %1 : tensor<2x10xf32>
}

// Flattening a concat that is used elsewhere too would copy more, not less.
// CHECK-LABEL: func @concat_shared
// CHECK-COUNT-2: tt.concat
func.func @concat_shared(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> (tensor<2x7xf32>, tensor<2x10xf32>) {
  %0 = tt.concat %x, %y axis 1 : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32>
  %1 = tt.concat %0, %x axis 1 : (tensor<2x7xf32>, tensor<2x3xf32>) -> tensor<2x10xf32>
  return %0, %1 : tensor<2x7xf32>, tensor<2x10xf32>
}

// CHECK-LABEL: func @concat_rounds
// CHECK-COUNT-2: tt.concat
func.func @concat_rounds(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) -> tensor<2x10xf32> {
  %0 = tt.concat %x, %y axis 1 : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<2x7xf32, #tt.storage<bfp8_b>>
  %1 = tt.concat %0, %x axis 1 : (tensor<2x7xf32, #tt.storage<bfp8_b>>, tensor<2x3xf32>) -> tensor<2x10xf32>
  return %1 : tensor<2x10xf32>
}

// CHECK-LABEL: func @concat_trivial
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @concat_trivial(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = tt.concat %x axis 1 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func @concat_of_split
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @concat_of_split(%x: tensor<2x6xf32>) -> tensor<2x6xf32> {
  %0:2 = tt.split %x axis 1 sizes [2, 4] : (tensor<2x6xf32>) -> (tensor<2x2xf32>, tensor<2x4xf32>)
  %1 = tt.concat %0#0, %0#1 axis 1 : (tensor<2x2xf32>, tensor<2x4xf32>) -> tensor<2x6xf32>
  return %1 : tensor<2x6xf32>
}

// CHECK-LABEL: func @concat_constant
// CHECK-NEXT: tt.constant dense<{{\[\[}}1.000000e+00, 5.000000e+00, 5.000000e+00], [2.000000e+00, 5.000000e+00, 5.000000e+00]]> : tensor<2x3xf32>
func.func @concat_constant() -> tensor<2x3xf32> {
  %a = tt.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %b = tt.constant dense<5.0> : tensor<2x2xf32>
  %0 = tt.concat %a, %b axis 1 : (tensor<2x1xf32>, tensor<2x2xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// CHECK-LABEL: func @split_trivial
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @split_trivial(%x: tensor<2x6xf32>) -> tensor<2x6xf32> {
  %0 = tt.split %x axis 1 sizes [6] : (tensor<2x6xf32>) -> (tensor<2x6xf32>)
  return %0 : tensor<2x6xf32>
}

// CHECK-LABEL: func @pad
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: %[[C:.*]] = tt.constant dense<[7.000000e+00, 1.000000e+00, 2.000000e+00, 7.000000e+00, 7.000000e+00]> : tensor<5xf32>
// CHECK-NEXT: return %[[X]], %[[C]]
func.func @pad(%x: tensor<2x6xf32>) -> (tensor<2x6xf32>, tensor<5xf32>) {
  %c = tt.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %0 = tt.pad %x low [0, 0] high [0, 0] value 1.0 : (tensor<2x6xf32>) -> tensor<2x6xf32>
  %1 = tt.pad %c low [1] high [2] value 7.0 : (tensor<2xf32>) -> tensor<5xf32>
  return %0, %1 : tensor<2x6xf32>, tensor<5xf32>
}

// CHECK-LABEL: func @upsample_by_one
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @upsample_by_one(%x: tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32> {
  %0 = tt.upsample bilinear %x scales [1, 1] align_corners true : (tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
  return %0 : tensor<1x8x4x4xf32>
}

// -----

!dram = tensor<64x64xf32, #tt.layout<dram, interleaved, tile, bf16>>
!l1 = tensor<64x64xf32, #tt.layout<l1, height, grid = 2x1, shard = 32x64, tile, bf16>>
!small = tensor<64x64xf32, #tt.layout<l1, height, grid = 2x1, shard = 32x64, tile, bfp8_b>>

// CHECK-LABEL: func @reshard_merge
// CHECK-SAME: %[[X:.*]]: tensor
// CHECK-NEXT: return %[[X]]
func.func @reshard_merge(%x: !dram) -> !dram {
  %0 = tt.reshard %x : (!dram) -> !l1
  %1 = tt.reshard %0 : (!l1) -> !dram
  return %1 : !dram
}

// Through bfp8 and back is not the identity.
// CHECK-LABEL: func @reshard_rounds
// CHECK-COUNT-2: tt.reshard
func.func @reshard_rounds(%x: !dram) -> !dram {
  %0 = tt.reshard %x : (!dram) -> !small
  %1 = tt.reshard %0 : (!small) -> !dram
  return %1 : !dram
}
