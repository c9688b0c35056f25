// Constraints of the elementwise functions.
// RUN: ttc-opt %s --split-input-file --verify-diagnostics

func.func @clip_c1(%x: tensor<2x3xf32>) {
  // expected-error@+1 {{expected min <= max, but got 1.000000e+00 and 0.000000e+00}}
  %0 = tt.clip %x min 1.0 max 0.0 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @shape(%x: tensor<2x3xf32>) {
  // expected-error@+2 {{failed to infer returned types}}
  // expected-error@+1 {{inferred type(s) 'tensor<2x3xf32>' are incompatible with return type(s) of operation 'tensor<3x2xf32>'}}
  %0 = tt.mish %x : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return
}

// -----

// expected-error@+1 {{expected ','}}
func.func private @parameters() attributes {test.a = #tt.activation<clip, 1.0>}
