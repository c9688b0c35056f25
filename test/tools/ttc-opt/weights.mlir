// Large constants leave the text for a weight file beside it, and come back from there.
// RUN: rm -rf %t && mkdir -p %t/sub
// RUN: ttc-opt %s -o %t/a.mlir
// RUN: FileCheck %s --input-file=%t/a.mlir --check-prefix=TEXT
// RUN: ttc-opt %t/a.mlir | FileCheck %s --check-prefix=STDOUT
// A pass that leaves the constants alone names the same file; none is written.
// RUN: ttc-opt %t/a.mlir --cse -o %t/sub/b.mlir
// RUN: FileCheck %s --input-file=%t/sub/b.mlir --check-prefix=REUSE
// RUN: not ls %t/sub/b.mlir.weights
// One that changes them writes a new one, the same as if it ran in one go, under a key made from the content.
// RUN: ttc-opt %t/sub/b.mlir --tt-fuse-patterns -o %t/c.mlir
// RUN: ttc-opt %s --tt-fuse-patterns -o %t/d.mlir --weights-file %t/d.weights
// RUN: cmp %t/c.mlir.weights %t/d.weights
// RUN: FileCheck %s --input-file=%t/c.mlir --check-prefix=FOLDED
// RUN: FileCheck %s --input-file=%t/d.mlir --check-prefix=FOLDED

// TEXT: module attributes {{{.*}}tt.weights = "a.mlir.weights"}
// TEXT: dense_resource<w> : tensor<65x1x1x1xf32>{{.*}}loc(#[[W:.*]])
// TEXT: #[[W]] = loc("conv_0")
// TEXT-NOT: dialect_resources

// STDOUT: tt.weights = "{{.*}}a.mlir.weights"
// STDOUT-NOT: dialect_resources

// REUSE: tt.weights = "../a.mlir.weights"

// FOLDED: tt.weights = "{{c.mlir|d}}.weights"
// FOLDED: dense_resource<conv_0.weight_[[HASH:[0-9a-f]+]]>

func.func @main(%x: tensor<1x1x4x4xf32>) -> tensor<1x65x4x4xf32> {
  %w = tt.constant dense_resource<w> : tensor<65x1x1x1xf32> loc("conv_0")
  %two = tt.constant dense<2.0> : tensor<f32>
  %0 = tt.conv2d %x, %w : (tensor<1x1x4x4xf32>, tensor<65x1x1x1xf32>) -> tensor<1x65x4x4xf32> loc("conv_0")
  %1 = tt.mul %0, %two : (tensor<1x65x4x4xf32>, tensor<f32>) -> tensor<1x65x4x4xf32>
  return %1 : tensor<1x65x4x4xf32>
}

{-#
  dialect_resources: {
    builtin: {
      w: "0x04000000000000000000803F0000004000004040000080400000A0400000C0400000E0400000004100001041000020410000304100004041000050410000604100007041000080410000884100009041000098410000A0410000A8410000B0410000B8410000C0410000C8410000D0410000D8410000E0410000E8410000F0410000F84100000042000004420000084200000C4200001042000014420000184200001C4200002042000024420000284200002C4200003042000034420000384200003C4200004042000044420000484200004C4200005042000054420000584200005C4200006042000064420000684200006C4200007042000074420000784200007C4200008042"
    }
  }
#-}
