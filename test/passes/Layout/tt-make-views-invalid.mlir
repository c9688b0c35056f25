// RUN: ttc-opt %s --split-input-file --tt-plan-memory --verify-diagnostics

// Set by hand where it may not be: the vector unit reads one tensor.
#part = #tt.layout<l1, height, grid = 8x4, shard = 32x64, row_major, bf16>
#whole = #tt.layout<l1, height, grid = 8x4, shard = 32x128, row_major, bf16>
func.func @main(%x: tensor<1x32x32x64xf32>) -> tensor<1x32x32x128xf32> {
  %1 = tt.to_device %x : (tensor<1x32x32x64xf32>) -> tensor<1x32x32x64xf32, #part>
  %2 = tt.relu %1 : (tensor<1x32x32x64xf32, #part>) -> tensor<1x32x32x64xf32, #part>
  %3 = tt.concat %1, %2 axis 3 {tt.view} : (tensor<1x32x32x64xf32, #part>, tensor<1x32x32x64xf32, #part>) -> tensor<1x32x32x128xf32, #whole>
  // expected-error@+1 {{a view of parts can be the input of pools and of products with constant weights only}}
  %4 = tt.relu %3 : (tensor<1x32x32x128xf32, #whole>) -> tensor<1x32x32x128xf32, #whole>
  %5 = tt.from_device %4 : (tensor<1x32x32x128xf32, #whole>) -> tensor<1x32x32x128xf32>
  return %5 : tensor<1x32x32x128xf32>
}

// -----

// Parts that are no whole tiles wide.
#part = #tt.layout<l1, height, grid = 8x4, shard = 32x48, row_major, bf16>
#whole = #tt.layout<l1, interleaved, row_major, bf16>
#result = #tt.layout<l1, height, grid = 8x4, shard = 32x64, tile, bf16>
func.func @main(%x: tensor<1x32x32x48xf32>, %y: tensor<1x32x32x48xf32>) -> tensor<1x32x32x64xf32> {
  %w = tt.constant dense<0.75> : tensor<64x96x1x1xf32>
  %1 = tt.to_device %x : (tensor<1x32x32x48xf32>) -> tensor<1x32x32x48xf32, #part>
  %2 = tt.to_device %y : (tensor<1x32x32x48xf32>) -> tensor<1x32x32x48xf32, #part>
  %3 = tt.concat %1, %2 axis 3 {tt.view} : (tensor<1x32x32x48xf32, #part>, tensor<1x32x32x48xf32, #part>) -> tensor<1x32x32x96xf32, #whole>
  // expected-error@+1 {{parts of a tensor that is a view have whole tiles of 32 columns, and its order and format}}
  %4 = tt.conv2d %3, %w data_format nhwc : (tensor<1x32x32x96xf32, #whole>, tensor<64x96x1x1xf32>) -> tensor<1x32x32x64xf32, #result>
  %5 = tt.from_device %4 : (tensor<1x32x32x64xf32, #result>) -> tensor<1x32x32x64xf32>
  return %5 : tensor<1x32x32x64xf32>
}

// -----

// A layout of the whole that is not what the parts are together.
#part = #tt.layout<l1, height, grid = 8x4, shard = 32x64, tile, bf16>
#whole = #tt.layout<l1, height, grid = 8x2, shard = 64x128, tile, bf16>
func.func @main(%x: tensor<1x32x32x64xf32>) -> tensor<1x32x32x64xf32> {
  %w = tt.constant dense<0.75> : tensor<64x128x1x1xf32>
  %1 = tt.to_device %x : (tensor<1x32x32x64xf32>) -> tensor<1x32x32x64xf32, #part>
  %2 = tt.relu %1 : (tensor<1x32x32x64xf32, #part>) -> tensor<1x32x32x64xf32, #part>
  %3 = tt.concat %1, %2 axis 3 {tt.view} : (tensor<1x32x32x64xf32, #part>, tensor<1x32x32x64xf32, #part>) -> tensor<1x32x32x128xf32, #whole>
  // expected-error@+1 {{the parts of a tensor that is a view lie otherwise than it is said to}}
  %4 = tt.conv2d %3, %w data_format nhwc : (tensor<1x32x32x128xf32, #whole>, tensor<64x128x1x1xf32>) -> tensor<1x32x32x64xf32, #part>
  %5 = tt.from_device %4 : (tensor<1x32x32x64xf32, #part>) -> tensor<1x32x32x64xf32>
  return %5 : tensor<1x32x32x64xf32>
}
