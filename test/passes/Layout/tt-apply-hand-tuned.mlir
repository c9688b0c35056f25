// The file's convolutions are matched inside their module by shape: the pointwise one comes first there.
// RUN: ttc-opt %S/Inputs/hand-tuned.mlir --tt-apply-hand-tuned=file=%S/Inputs/hand-tuned.json \
// RUN:   | FileCheck %s
// RUN: ttc-opt %S/Inputs/hand-tuned.mlir --tt-lower-dtypes \
// RUN:   --tt-apply-hand-tuned=file=%S/Inputs/hand-tuned.json --tt-choose-layouts --tt-plan-memory | FileCheck %s --check-prefix=LAYOUT

// CHECK: %[[H:.*]] = tt.halo_sticks %{{.*}} part_rows 32 {tt.override = {memory = "l1", operands = [{sharding = "height"}], order = "row_major", shard_cols = {{[0-9]+}} : i64, shard_rows = {{[0-9]+}} : i64, sharding = "height"}}
// CHECK: tt.halo_conv2d %[[H]], {{.*}}act_block_h = 32 : i64, memory = "l1", order = "tile", shard_rows = 32 : i64, sharding = "height"
// CHECK: tt.mish {{.*}}like_operand
// CHECK-NOT: tt.halo
// CHECK: tt.conv2d {{.*}}operands = [{sharding = "block"}], order = "tile", sharding = "block"
// CHECK: tt.add {{.*}}like_operand
// CHECK: tt.concat {{.*}}operands = [{sharding = "interleaved"}], order = "tile", sharding = "interleaved"

// Nothing of the overrides is left, conversions are explicit, and a window has its sticks made before.
// LAYOUT-NOT: tt.override
// LAYOUT: tt.to_device {{.*}}row_major
// LAYOUT: %[[H:.*]] = tt.halo_sticks {{.*}}-> {{.*}}height, grid = 8x1, shard = {{[0-9]+}}x64, row_major
// LAYOUT: tt.halo_conv2d %[[H]], {{.*}}act_block_h = 32
// LAYOUT: tt.mish {{.*}}height{{.*}}-> {{.*}}height
// LAYOUT: tt.reshard {{.*}}height{{.*}}-> {{.*}}block
// LAYOUT: tt.conv2d {{.*}}-> {{.*}}block
// LAYOUT: tt.add {{.*}}-> {{.*}}block
// LAYOUT: tt.reshard {{.*}}block{{.*}}-> {{.*}}interleaved, tile
// LAYOUT: tt.reshard {{.*}}height{{.*}}-> {{.*}}interleaved, tile
// LAYOUT: tt.concat {{.*}}-> {{.*}}interleaved
// LAYOUT: tt.reshard {{.*}}interleaved{{.*}}-> {{.*}}block
// LAYOUT: tt.conv2d {{.*}}-> {{.*}}block
