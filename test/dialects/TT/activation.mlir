// Round trip of the elementwise functions and of the activation attribute.
// RUN: ttc-opt %s | ttc-opt | FileCheck %s
// RUN: ttc-opt %s --mlir-print-op-generic | ttc-opt | FileCheck %s

// CHECK-LABEL: func @unary
// CHECK: tt.relu %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.mish %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.silu %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.sigmoid %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.tanh %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.hardswish %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.gelu %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.softplus %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.exp %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.sqrt %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.abs %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.neg %{{.*}} : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.leaky_relu %{{.*}} alpha 1.000000e-01 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.elu %{{.*}} alpha 1.000000e+00 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.hardsigmoid %{{.*}} alpha 2.000000e-01 beta 5.000000e-01 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.clip %{{.*}} min 0.000000e+00 max 6.000000e+00 : (tensor<2x3xf32>) -> tensor<2x3xf32>
// CHECK: tt.mish %{{.*}} compute <hifi4, fp32_dest = true> :
func.func @unary(%x: tensor<2x3xf32>) {
  %0 = tt.relu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = tt.mish %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = tt.silu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = tt.sigmoid %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %4 = tt.tanh %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %5 = tt.hardswish %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %6 = tt.gelu %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %7 = tt.softplus %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %8 = tt.exp %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %9 = tt.sqrt %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %10 = tt.abs %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %11 = tt.neg %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %12 = tt.leaky_relu %x alpha 1.000000e-01 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %13 = tt.elu %x alpha 1.000000e+00 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %14 = tt.hardsigmoid %x alpha 2.000000e-01 beta 5.000000e-01 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %15 = tt.clip %x min 0.000000e+00 max 6.000000e+00 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %16 = tt.mish %x compute <hifi4, fp32_dest = true> : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// CHECK-LABEL: func private @attributes
// CHECK-SAME: #tt.activation<relu>
// CHECK-SAME: #tt.activation<leaky_relu, 1.000000e-01>
// CHECK-SAME: #tt.activation<mish>
// CHECK-SAME: #tt.activation<silu>
// CHECK-SAME: #tt.activation<sigmoid>
// CHECK-SAME: #tt.activation<tanh>
// CHECK-SAME: #tt.activation<hardswish>
// CHECK-SAME: #tt.activation<hardsigmoid, 2.000000e-01, 5.000000e-01>
// CHECK-SAME: #tt.activation<clip, -1.000000e+00, 6.000000e+00>
// CHECK-SAME: #tt.activation<gelu>
// CHECK-SAME: #tt.activation<elu, 1.000000e+00>
// CHECK-SAME: #tt.activation<softplus>
// CHECK-SAME: #tt.activation<exp>
// CHECK-SAME: #tt.activation<sqrt>
// CHECK-SAME: #tt.activation<abs>
// CHECK-SAME: #tt.activation<neg>
func.func private @attributes() attributes {test.list = [
  #tt.activation<relu>,
  #tt.activation<leaky_relu, 1.000000e-01>,
  #tt.activation<mish>,
  #tt.activation<silu>,
  #tt.activation<sigmoid>,
  #tt.activation<tanh>,
  #tt.activation<hardswish>,
  #tt.activation<hardsigmoid, 2.000000e-01, 5.000000e-01>,
  #tt.activation<clip, -1.000000e+00, 6.000000e+00>,
  #tt.activation<gelu>,
  #tt.activation<elu, 1.000000e+00>,
  #tt.activation<softplus>,
  #tt.activation<exp>,
  #tt.activation<sqrt>,
  #tt.activation<abs>,
  #tt.activation<neg>]}
