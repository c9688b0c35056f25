// RUN: not ttc-opt %s --tt-minimize-reshards=device=n151 2>&1 | FileCheck %s

// CHECK: n151
func.func @main(%arg0: tensor<64x64xf32>) -> tensor<64x64xf32> {
  return %arg0 : tensor<64x64xf32>
}
