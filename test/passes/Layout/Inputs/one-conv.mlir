func.func @main(%arg0: tensor<1x8x8x128xf32>) -> tensor<1x8x8x128xf32> {
  %w = tt.constant dense<0.5> : tensor<128x128x1x1xf32>
  %1 = tt.conv2d %arg0, %w data_format nhwc : (tensor<1x8x8x128xf32>, tensor<128x128x1x1xf32>) -> tensor<1x8x8x128xf32> loc("conv_a")
  return %1 : tensor<1x8x8x128xf32>
}
