// RUN: ttc-opt %s --tt-choose-layouts="policy=all-dram-interleaved" | FileCheck %s --check-prefix=DRAM
// RUN: ttc-opt %s --tt-choose-layouts="policy=all-height" | FileCheck %s --check-prefix=HEIGHT
// RUN: ttc-opt %s --tt-choose-layouts="policy=greedy" | FileCheck %s --check-prefix=GREEDY
// RUN: ttc-opt %s --tt-choose-layouts="policy=lexicographic" | FileCheck %s --check-prefix=LEXICOGRAPHIC
// RUN: ttc-opt %s --tt-choose-layouts | FileCheck %s --check-prefix=OPTIMAL
// RUN: ttc-opt %s --tt-choose-layouts="objective=dram-bytes" | FileCheck %s --check-prefix=BYTES
// RUN: ttc-opt %s --tt-choose-layouts="objective=l1" | FileCheck %s --check-prefix=L1
// RUN: not ttc-opt %s --tt-choose-layouts="policy=best" 2>&1 | FileCheck %s --check-prefix=POLICY
// RUN: not ttc-opt %s --tt-choose-layouts="objective=joy" 2>&1 | FileCheck %s --check-prefix=OBJECTIVE

// DRAM-LABEL: func.func @main
// DRAM-NOT: l1
// DRAM: return
// HEIGHT-LABEL: func.func @main
// HEIGHT-NOT: block
// HEIGHT: return

// Op by op: the input, whose layout costs nothing by itself, is not cut as the convolution reads it best.
// GREEDY-LABEL: func.func @main
// GREEDY: tt.to_device {{.*}} height

// The peer pins inputs to DRAM and pays a reshard to have a sharded operand.
// LEXICOGRAPHIC-LABEL: func.func @main
// LEXICOGRAPHIC: tt.to_device {{.*}} #tt.layout<dram, interleaved
// LEXICOGRAPHIC-NEXT: tt.constant
// LEXICOGRAPHIC-NEXT: tt.reshard {{.*}} -> tensor<1x8x8x256xf32, #tt.layout<l1

// The whole at once: the input is cut as the convolution reads it best, and nothing is resharded.
// OPTIMAL-LABEL: func.func @main
// OPTIMAL: tt.to_device {{.*}} -> tensor<1x8x8x256xf32, #tt.layout<l1, {{width|block}}
// OPTIMAL-NOT: tt.reshard
// OPTIMAL: tt.relu

// Only the weights come from DRAM; with the least L1 each core has the smallest part.
// BYTES-LABEL: func.func @main
// BYTES-NOT: dram
// BYTES: return
// L1-LABEL: func.func @main
// L1: tt.conv2d {{.*}} -> tensor<1x8x8x256xf32, #tt.layout<l1, block, grid = 8x2, shard = 32x32

// POLICY: unknown layout policy 'best': expected optimal, greedy, lexicographic, all-dram-interleaved or all-height
// OBJECTIVE: unknown objective 'joy': expected latency, l1 or dram-bytes
func.func @main(%arg0: tensor<1x8x8x256xf32>) -> tensor<1x8x8x256xf32> {
  %w = tt.constant dense<0.5> : tensor<256x256x1x1xf32>
  %1 = tt.conv2d %arg0, %w data_format nhwc : (tensor<1x8x8x256xf32>, tensor<256x256x1x1xf32>) -> tensor<1x8x8x256xf32, #tt.storage<bf16>>
  %2 = tt.relu %1 : (tensor<1x8x8x256xf32, #tt.storage<bf16>>) -> tensor<1x8x8x256xf32, #tt.storage<bf16>>
  %3 = tt.neg %2 : (tensor<1x8x8x256xf32, #tt.storage<bf16>>) -> tensor<1x8x8x256xf32>
  return %3 : tensor<1x8x8x256xf32>
}
