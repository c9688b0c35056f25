// Constraints of the binary ops.
// RUN: ttc-opt %s --split-input-file --verify-diagnostics

func.func @c1(%a: tensor<1x8x4x4xf32>, %b: tensor<8xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{'tt.add' op expected operands that broadcast, but got 'tensor<1x8x4x4xf32>' and 'tensor<8xf32>'}}
  %0 = tt.add %a, %b : (tensor<1x8x4x4xf32>, tensor<8xf32>) -> tensor<1x8x4x4xf32>
  return
}

// -----

func.func @dynamic(%a: tensor<?x8xf32>) {
  // expected-error@+1 {{operand #0 must be tensor of f32 with static shape, but got 'tensor<?x8xf32>'}}
  %0 = tt.mul %a, %a : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return
}
