// RUN: ttc-opt %s --tt-choose-layouts=policy=all-dram-interleaved --tt-plan-memory --verify-diagnostics

// Set by hand where it may not be: nothing says when another core's part has come to DRAM.
func.func @main(%x: tensor<1x32x32x64xf32>) -> tensor<1x32x32x64xf32> {
  %u = tt.constant dense<0.5> : tensor<64x64x3x3xf32>
  // expected-error@+1 {{an operand is written to other cores or DRAM in the same launch}}
  %1 = tt.conv2d %x, %u pads [1, 1, 1, 1] data_format nhwc : (tensor<1x32x32x64xf32>, tensor<64x64x3x3xf32>) -> tensor<1x32x32x64xf32>
  %2 = tt.conv2d %1, %u pads [1, 1, 1, 1] data_format nhwc {tt.fused} : (tensor<1x32x32x64xf32>, tensor<64x64x3x3xf32>) -> tensor<1x32x32x64xf32>
  return %2 : tensor<1x32x32x64xf32>
}
