// RUN: ttc-opt %s --tt-fuse-epilogue --mlir-print-debuginfo | FileCheck %s
// RUN: ttc-opt %s --tt-fuse-epilogue="residual=false" | FileCheck %s --check-prefix=NORES
// RUN: ttc-opt %s --tt-fuse-epilogue="activation=false" | FileCheck %s --check-prefix=NOACT

// YOLOv4's residual block: activation first, then the addition. The name stays the convolution's.
// CHECK-LABEL: @act_then_add
// CHECK: %[[R:.*]] = tt.conv2d %arg0, %arg1 residual %arg0 activation <mish> {{.*}} loc(#[[$LOC:.*]])
// CHECK-NEXT: return %[[R]]
// NORES-LABEL: @act_then_add
// NORES: %[[C:.*]] = tt.conv2d %arg0, %arg1 activation <mish>
// NORES: tt.add %[[C]], %arg0
// NOACT-LABEL: @act_then_add
// NOACT: tt.conv2d
// NOACT: tt.mish
// NOACT: tt.add
func.func @act_then_add(%x: tensor<1x4x4x4xf32>, %w: tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32> {
  %0 = tt.conv2d %x, %w : (tensor<1x4x4x4xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32> loc("conv")
  %1 = tt.mish %0 : (tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32> loc("act")
  %2 = tt.add %1, %x : (tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32> loc("shortcut")
  return %2 : tensor<1x4x4x4xf32>
}

// ResNet's: the activation follows the addition. The shortcut's own convolution is computed before the
// one that adds it, wherever it stood.
// CHECK-LABEL: @add_then_act
// CHECK: %[[S:.*]] = tt.conv2d %arg0, %arg2
// CHECK: %[[M:.*]] = tt.conv2d %arg0, %arg1 residual %{{.*}} post_activation <relu>
// CHECK-NEXT: return
// NOACT-LABEL: @add_then_act
// NOACT: tt.conv2d {{.*}} residual
// NOACT: tt.relu
func.func @add_then_act(%x: tensor<1x4x4x4xf32>, %w: tensor<4x4x1x1xf32>, %s: tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32> {
  %1 = tt.conv2d %x, %s : (tensor<1x4x4x4xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32>
  %0 = tt.conv2d %x, %w : (tensor<1x4x4x4xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32>
  %2 = tt.add %0, %1 : (tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  %3 = tt.relu %2 : (tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  return %3 : tensor<1x4x4x4xf32>
}

// The residual comes after the producer: the producer moves down.
// CHECK-LABEL: @residual_later
// CHECK: %[[P:.*]] = tt.max_pool2d
// CHECK: tt.conv2d %arg0, %arg1 residual %[[P]]
func.func @residual_later(%x: tensor<1x4x4x4xf32>, %w: tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32> {
  %0 = tt.conv2d %x, %w : (tensor<1x4x4x4xf32>, tensor<4x4x1x1xf32>) -> tensor<1x4x4x4xf32>
  %1 = tt.max_pool2d %x kernel [1, 1] : (tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  %2 = tt.add %1, %0 : (tensor<1x4x4x4xf32>, tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32>
  return %2 : tensor<1x4x4x4xf32>
}

// CHECK-LABEL: @matmul
// CHECK: tt.matmul %arg0, %arg1 activation <leaky_relu, 1.000000e-01>
func.func @matmul(%x: tensor<4x4xf32>, %w: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = tt.matmul %x, %w : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = tt.leaky_relu %0 alpha 0.1 : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}

// An addition that no producer takes applies the activation itself.
// CHECK-LABEL: @add
// CHECK: tt.add %arg0, %arg1 activation <relu>
func.func @add(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = tt.add %x, %y : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = tt.relu %0 : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return %1 : tensor<4x4xf32>
}
// CHECK: #[[CONVLOC:.*]] = loc("conv")
// CHECK: #[[$LOC]] = loc(fused[#[[CONVLOC]], #{{.*}}, #{{.*}}])
