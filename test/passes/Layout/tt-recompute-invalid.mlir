// RUN: not ttc-opt %s --tt-recompute=overrides=nosuch.json 2>&1 | FileCheck %s --check-prefix=FILE
// RUN: not ttc-opt %s --tt-recompute=device=nosuch 2>&1 | FileCheck %s

// FILE: error: {{.*}}nosuch.json
// CHECK: error: {{.*}}nosuch
func.func @main(%x: tensor<1x32x32x32xf32, #tt.storage<bf16>>) -> tensor<1x32x32x32xf32, #tt.storage<bf16>> {
  %a = tt.relu %x : (tensor<1x32x32x32xf32, #tt.storage<bf16>>) -> tensor<1x32x32x32xf32, #tt.storage<bf16>>
  return %a : tensor<1x32x32x32xf32, #tt.storage<bf16>>
}
