// One module: a window, a pointwise convolution, a residual addition and a concatenation.
func.func @main(%arg0: tensor<1x16x16x64xf32>) -> tensor<1x16x16x64xf32> {
  %w3 = tt.constant dense<0.01> : tensor<64x64x3x3xf32>
  %w1 = tt.constant dense<0.5> : tensor<64x64x1x1xf32>
  %w2 = tt.constant dense<0.5> : tensor<64x128x1x1xf32>
  %a = tt.conv2d %arg0, %w3 pads [1, 1, 1, 1] data_format nhwc : (tensor<1x16x16x64xf32>, tensor<64x64x3x3xf32>) -> tensor<1x16x16x64xf32> loc("conv_a")
  %m = tt.mish %a : (tensor<1x16x16x64xf32>) -> tensor<1x16x16x64xf32> loc("conv_a")
  %b = tt.conv2d %m, %w1 data_format nhwc : (tensor<1x16x16x64xf32>, tensor<64x64x1x1xf32>) -> tensor<1x16x16x64xf32> loc("conv_b")
  %r = tt.add %b, %m : (tensor<1x16x16x64xf32>, tensor<1x16x16x64xf32>) -> tensor<1x16x16x64xf32> loc("shortcut_c")
  %c = tt.concat %r, %m axis 3 : (tensor<1x16x16x64xf32>, tensor<1x16x16x64xf32>) -> tensor<1x16x16x128xf32> loc("route_d")
  %d = tt.conv2d %c, %w2 data_format nhwc : (tensor<1x16x16x128xf32>, tensor<64x128x1x1xf32>) -> tensor<1x16x16x64xf32> loc("conv_e")
  return %d : tensor<1x16x16x64xf32>
}
