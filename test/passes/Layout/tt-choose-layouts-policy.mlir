// RUN: ttc-opt %s --tt-choose-layouts="policy=all-dram-interleaved" | FileCheck %s --check-prefix=DRAM
// RUN: ttc-opt %s --tt-choose-layouts="policy=all-height" | FileCheck %s --check-prefix=HEIGHT

// DRAM-LABEL: func.func @main
// DRAM-NOT: l1
// DRAM: return
// HEIGHT-LABEL: func.func @main
// HEIGHT-NOT: block
// HEIGHT: return
func.func @main(%arg0: tensor<1x8x8x256xf32>) -> tensor<1x8x8x256xf32> {
  %w = tt.constant dense<0.5> : tensor<256x256x1x1xf32>
  %1 = tt.conv2d %arg0, %w data_format nhwc : (tensor<1x8x8x256xf32>, tensor<256x256x1x1xf32>) -> tensor<1x8x8x256xf32, #tt.storage<bf16>>
  %2 = tt.relu %1 : (tensor<1x8x8x256xf32, #tt.storage<bf16>>) -> tensor<1x8x8x256xf32, #tt.storage<bf16>>
  %3 = tt.neg %2 : (tensor<1x8x8x256xf32, #tt.storage<bf16>>) -> tensor<1x8x8x256xf32>
  return %3 : tensor<1x8x8x256xf32>
}
