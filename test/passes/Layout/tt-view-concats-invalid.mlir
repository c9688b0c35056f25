// RUN: ttc-opt %s --split-input-file --tt-plan-memory --verify-diagnostics

// Set by hand where it may not be: a pool reads one tensor.
#part = #tt.layout<l1, height, grid = 8x4, shard = 32x64, row_major, bf16>
#whole = #tt.layout<l1, height, grid = 8x4, shard = 32x128, row_major, bf16>
#pooled = #tt.layout<l1, height, grid = 8x1, shard = 32x128, row_major, bf16>
func.func @main(%x: tensor<1x32x32x64xf32>) -> tensor<1x16x16x128xf32> {
  %1 = tt.to_device %x : (tensor<1x32x32x64xf32>) -> tensor<1x32x32x64xf32, #part>
  %2 = tt.relu %1 : (tensor<1x32x32x64xf32, #part>) -> tensor<1x32x32x64xf32, #part>
  %3 = tt.concat %1, %2 axis 3 {tt.view} : (tensor<1x32x32x64xf32, #part>, tensor<1x32x32x64xf32, #part>) -> tensor<1x32x32x128xf32, #whole>
  // expected-error@+1 {{a concat that is a view can be the input of products with constant weights only}}
  %4 = tt.max_pool2d %3 kernel [2, 2] strides [2, 2] data_format nhwc : (tensor<1x32x32x128xf32, #whole>) -> tensor<1x16x16x128xf32, #pooled>
  %5 = tt.from_device %4 : (tensor<1x16x16x128xf32, #pooled>) -> tensor<1x16x16x128xf32>
  return %5 : tensor<1x16x16x128xf32>
}

// -----

// Parts of different widths.
#narrow = #tt.layout<l1, height, grid = 8x4, shard = 32x32, tile, bf16>
#part = #tt.layout<l1, height, grid = 8x4, shard = 32x64, tile, bf16>
#whole = #tt.layout<l1, height, grid = 8x4, shard = 32x96, tile, bf16>
func.func @main(%x: tensor<1x32x32x32xf32>, %y: tensor<1x32x32x64xf32>) -> tensor<1x32x32x64xf32> {
  %w = tt.constant dense<0.75> : tensor<64x96x1x1xf32>
  %1 = tt.to_device %x : (tensor<1x32x32x32xf32>) -> tensor<1x32x32x32xf32, #narrow>
  %2 = tt.to_device %y : (tensor<1x32x32x64xf32>) -> tensor<1x32x32x64xf32, #part>
  %3 = tt.concat %1, %2 axis 3 {tt.view} : (tensor<1x32x32x32xf32, #narrow>, tensor<1x32x32x64xf32, #part>) -> tensor<1x32x32x96xf32, #whole>
  // expected-error@+1 {{parts of a concat are read where they lie if all have equally many columns, a multiple of 32}}
  %4 = tt.conv2d %3, %w data_format nhwc : (tensor<1x32x32x96xf32, #whole>, tensor<64x96x1x1xf32>) -> tensor<1x32x32x64xf32, #part>
  %5 = tt.from_device %4 : (tensor<1x32x32x64xf32, #part>) -> tensor<1x32x32x64xf32>
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
  // expected-error@+1 {{parts of a concat lie otherwise than it is said to}}
  %4 = tt.conv2d %3, %w data_format nhwc : (tensor<1x32x32x128xf32, #whole>, tensor<64x128x1x1xf32>) -> tensor<1x32x32x64xf32, #part>
  %5 = tt.from_device %4 : (tensor<1x32x32x64xf32, #part>) -> tensor<1x32x32x64xf32>
  return %5 : tensor<1x32x32x64xf32>
}
