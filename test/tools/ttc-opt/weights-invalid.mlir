// A text whose weight file is missing, damaged, or another one.
// RUN: rm -rf %t && mkdir -p %t
// RUN: ttc-opt %S/weights.mlir -o %t/a.mlir

// RUN: cp %t/a.mlir %t/b.mlir && cp %t/a.mlir.weights %t/good
// RUN: mv %t/a.mlir.weights %t/gone && not ttc-opt %t/b.mlir 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: error: {{.*}}a.mlir.weights: cannot open

// RUN: head -c 100 %t/good > %t/a.mlir.weights && not ttc-opt %t/b.mlir 2>&1 | FileCheck %s --check-prefix=SHORT
// SHORT: error: {{.*}}a.mlir.weights: offset 32: expected {{[0-9]+}} bytes, but the file has 100

// RUN: cp %t/b.mlir %t/a.mlir.weights && not ttc-opt %t/b.mlir 2>&1 | FileCheck %s --check-prefix=FOREIGN
// FOREIGN: error: {{.*}}a.mlir.weights: offset 0: expected a weight file

// RUN: sed 's/dense_resource<w>/dense_resource<v>/' %t/b.mlir > %t/v.mlir && cp %t/good %t/a.mlir.weights
// RUN: not ttc-opt %t/v.mlir 2>&1 | FileCheck %s --check-prefix=NAME
// NAME: error: loc("conv_0"): no bytes for resource 'v': {{.*}}a.mlir.weights holds 1 constants, and none of that name

// RUN: sed 's/65x/66x/g' %t/b.mlir > %t/s.mlir && not ttc-opt %t/s.mlir 2>&1 | FileCheck %s --check-prefix=SIZE
// SIZE: error: {{.*}}a.mlir.weights: 'w' has 260 bytes, but type 'tensor<66x1x1x1xf32>' needs 264

// RUN: sed 's/tt.weights = "[^"]*"//' %t/b.mlir > %t/n.mlir && not ttc-opt %t/n.mlir 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: {{.*}}no bytes for resource 'w': expected them in the text or the module attribute 'tt.weights' to name a weight file
