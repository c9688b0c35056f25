//===- Passes.td - passes over whole-tensor graphs -------------------------===//
#ifndef TTC_PASSES_TT_PASSES_TD
#define TTC_PASSES_TT_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// Clean-up
//===----------------------------------------------------------------------===//

def FoldConstants : Pass<"tt-fold-constants", "::mlir::func::FuncOp"> {
  let summary = "compute ops whose operands are all constants";
  let description = [{
    Replaces every op without side effects whose operands are constants by the constants that
    `EvaluateOpInterface` gives, in one walk from definitions to uses. Ops left without users
    are erased. Input: any tt graph on the host or with storage types, without layouts.

    An op that would grow its constants beyond `max-growth` times the bytes of its operands
    (an upsample, a broadcast) is left alone when its result is large.

    ```mlir
    %0 = tt.constant dense<1.0> : tensor<4xf32>
    %1 = tt.exp %0 : tensor<4xf32>
    // becomes
    %0 = tt.constant dense<2.71828175> : tensor<4xf32>
    ```
  }];
  let options = [
    Option<"maxGrowth", "max-growth", "int64_t", "4",
           "leave ops whose large result has more than this many times the bytes of their operands">
  ];
  let statistics = [
    Statistic<"numFolded", "num-folded", "ops computed at compile time">,
    Statistic<"numKept", "num-kept", "ops kept because their result is too large">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

//===----------------------------------------------------------------------===//
// Batch normalisation and per-channel affine ops
//===----------------------------------------------------------------------===//

def DecomposeBatchNorm : Pass<"tt-decompose-batch-norm", "::mlir::func::FuncOp"> {
  let summary = "write every batch normalisation as a multiplication and an addition";
  let description = [{
    For the ones that fold-batch-norm had to keep, so that nothing behind this pass needs to know
    batch normalisation. The per-channel constants are computed in double. A normalisation whose
    statistics are not constants is an error.

    ```mlir
    %1 = tt.batch_norm %0, %scale, %bias, %mean, %variance ...
    // becomes
    %s = tt.constant ... : tensor<1x8x1x1xf32>   // scale / sqrt(variance + epsilon)
    %t = tt.constant ... : tensor<1x8x1x1xf32>   // bias - mean * s
    %1 = tt.mul %0, %s ...
    %2 = tt.add %1, %t ...
    ```
  }];
  let statistics = [Statistic<"numDecomposed", "num-decomposed", "batch normalisations rewritten">];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

def FoldBatchNorm : Pass<"tt-fold-batch-norm", "::mlir::func::FuncOp"> {
  let summary = "fold batch normalisation into the weights of a neighbour";
  let description = [{
    A batch normalisation with constant statistics multiplies each channel by
    s = scale / sqrt(variance + epsilon) and adds bias - mean * s. That goes into the weights and
    the bias of the op before it, if that is an `AffineOpInterface` op with this one use; else
    into those of the op behind it, if that is its only use (a convolution with padding cannot
    take a shift: zeros are padded, not shifted zeros). Computed in double. A remark says for each
    normalisation where it went, or why it was kept.

    ```mlir
    %0 = tt.conv2d %x, %w ...
    %1 = tt.batch_norm %0, %scale, %bias, %mean, %variance ...
    // becomes
    %0 = tt.conv2d %x, %w2, %b2 ...
    ```
  }];
  let statistics = [
    Statistic<"numIntoProducer", "num-into-producer", "folded into the op before">,
    Statistic<"numIntoConsumer", "num-into-consumer", "folded into the op behind">,
    Statistic<"numKept", "num-kept", "batch normalisations kept">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

//===----------------------------------------------------------------------===//
// Fusion
//===----------------------------------------------------------------------===//

def CascadePools : Pass<"tt-cascade-pools", "::mlir::func::FuncOp"> {
  let summary = "let large max pools continue smaller ones of the same input";
  let description = [{
    The maximum over a window of k is the maximum over a window of k - j + 1 of the maxima over
    windows of j, so pools of one tensor (spatial pyramid pooling) need not each read it whole. Every
    max pool takes the result of the pool with the largest window that it can continue: stride 1,
    no dilation, no `ceil_mode`, pads no larger than its own. Values do not change by a bit.

    ```mlir
    %0 = tt.max_pool2d %x kernel [5, 5] pads [2, 2, 2, 2] ...
    %1 = tt.max_pool2d %x kernel [9, 9] pads [4, 4, 4, 4] ...
    // becomes
    %0 = tt.max_pool2d %x kernel [5, 5] pads [2, 2, 2, 2] ...
    %1 = tt.max_pool2d %0 kernel [5, 5] pads [2, 2, 2, 2] ...
    ```
  }];
  let statistics = [Statistic<"numCascaded", "num-cascaded", "pools that read a smaller one">];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

def FuseEpilogue : Pass<"tt-fuse-epilogue", "::mlir::func::FuncOp"> {
  let summary = "let producers apply activations and residual additions";
  let description = [{
    The steps after a convolution, matmul or elementwise op ride on it, so that its result leaves
    the core once: an activation with `ActivationOpInterface`; the addition of a tensor of the same
    shape; an activation after that. A producer is an `EpilogueOpInterface` op whose result has
    this one use, and it decides whether it has a place for the step. For an addition the later of
    the two producers takes the other operand and moves down to the addition, which it may because
    the addition is its only user.

    Bias additions of constants are fuse-patterns' work.

    ```mlir
    %0 = tt.conv2d %x, %w ...
    %1 = tt.mish %0 ...
    %2 = tt.add %1, %x ...
    // becomes
    %0 = tt.conv2d %x, %w residual(%x) {activation = #tt.activation<mish>} ...
    ```
  }];
  let options = [
    Option<"activation", "activation", "bool", "true", "fuse activations">,
    Option<"residual", "residual", "bool", "true", "fuse residual additions">
  ];
  let statistics = [
    Statistic<"numActivations", "num-activations", "activations fused">,
    Statistic<"numResiduals", "num-residuals", "residual additions fused">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

def FusePatterns : Pass<"tt-fuse-patterns", "::mlir::func::FuncOp"> {
  let summary = "recognise activations and constants spelled out in several ops";
  let description = [{
    - x * tanh(softplus(x)) is mish, x * sigmoid(x) is silu, x * hardsigmoid(x) with slope 1/6 and
      offset 1/2 is hardswish, also as x * clip(x + 3, 0, 6) / 6;
    - padding by zeros before a convolution or an average pool that counts padding, or by -inf
      before a max pool, goes into the op's own padding;
    - adding a constant per channel after an `AffineOpInterface` op goes into its bias, multiplying
      by one into its weights, if this is the only use.

    ```mlir
    %0 = tt.softplus %x ...
    %1 = tt.tanh %0 ...
    %2 = tt.mul %x, %1 ...
    // becomes
    %2 = tt.mish %x ...
    ```
  }];
  let statistics = [
    Statistic<"numActivations", "num-activations", "activations recognised">,
    Statistic<"numPads", "num-pads", "pads that went into an op">,
    Statistic<"numAffine", "num-affine", "constants that went into weights or bias">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

//===----------------------------------------------------------------------===//
// Representation
//===----------------------------------------------------------------------===//

defvar storageValues = [{::llvm::cl::values(
  clEnumValN(::ttc::tt::StorageType::f32, "f32", "32-bit float"),
  clEnumValN(::ttc::tt::StorageType::bf16, "bf16", "bfloat16"),
  clEnumValN(::ttc::tt::StorageType::bfp8_b, "bfp8_b", "8 bits, exponent shared by 16"),
  clEnumValN(::ttc::tt::StorageType::bfp4_b, "bfp4_b", "4 bits, exponent shared by 16"))}];
defvar fidelityValues = [{::llvm::cl::values(
  clEnumValN(::ttc::tt::Fidelity::lofi, "lofi", "1 pass"),
  clEnumValN(::ttc::tt::Fidelity::hifi2, "hifi2", "2 passes"),
  clEnumValN(::ttc::tt::Fidelity::hifi3, "hifi3", "3 passes"),
  clEnumValN(::ttc::tt::Fidelity::hifi4, "hifi4", "4 passes"))}];

def ChannelsLast : Pass<"tt-channels-last", "::mlir::func::FuncOp"> {
  let summary = "bring images into the order N, H, W, C";
  let description = [{
    The device sees a tensor as rows of its last dim, and convolution is a matmul along channels.
    One walk from definitions to uses keeps for each value the order of axes that it is available
    in. An `AxisOpInterface` op with a wish gets its operands in that order; one without takes the
    order that an operand has. Explicit transposes only change what order a value is known in, so
    they vanish unless a later op needs another one. Where an op fixes its axes (reshape, matmul,
    the function's results) a transpose brings the original order back, one per value.

    Guaranteed after it: no op with a wish works in another order, and each transpose left has an
    argument, a result or an op that fixes its axes at one end.

    ```mlir
    %0 = tt.conv2d %x, %w ... : (tensor<1x3x8x8xf32>, ...) -> tensor<1x4x8x8xf32>
    // becomes
    %t = tt.transpose %x {permutation = [0, 2, 3, 1]} ...
    %0 = tt.conv2d %t, %w {data_format = nhwc} : (tensor<1x8x8x3xf32>, ...) -> tensor<1x8x8x4xf32>
    %1 = tt.transpose %0 {permutation = [0, 3, 1, 2]} ...
    ```
  }];
  let statistics = [
    Statistic<"numPermuted", "num-permuted", "ops rewritten">,
    Statistic<"numTransposes", "num-transposes", "transposes left">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

def LowerDtypes : Pass<"tt-lower-dtypes", "::mlir::func::FuncOp"> {
  let summary = "choose number formats and fidelity, one policy for all";
  let description = [{
    Gives every activation tensor the storage `activation`, every constant that an op with
    `ComputeOpInterface` names as its weights the storage `weights`, other constants `bias`, and
    every such op the attribute `compute`. The function's arguments and results stay host tensors of
    f32: `tt.to_device` and `tt.from_device` stand at the boundary.

    The tensors' values and element type are not touched; a storage is what the device keeps.

    ```mlir
    func.func @main(%x: tensor<1x8x8x32xf32>) -> tensor<1x8x8x32xf32> {
      %0 = tt.relu %x ...
    // becomes
      %d = tt.to_device %x : tensor<1x8x8x32xf32> -> tensor<1x8x8x32xf32, #tt.storage<bf16>>
      %0 = tt.relu %d {compute = #tt.compute<hifi2>} ... tensor<1x8x8x32xf32, #tt.storage<bf16>>
      %1 = tt.from_device %0 ...
    ```
  }];
  let options = [
    Option<"activation", "activation", "::ttc::tt::StorageType", "::ttc::tt::StorageType::bf16",
           "storage of activations", storageValues>,
    Option<"weights", "weights", "::ttc::tt::StorageType", "::ttc::tt::StorageType::bfp8_b",
           "storage of constant weights", storageValues>,
    Option<"bias", "bias", "::ttc::tt::StorageType", "::ttc::tt::StorageType::bf16",
           "storage of other constants", storageValues>,
    Option<"fidelity", "fidelity", "::ttc::tt::Fidelity", "::ttc::tt::Fidelity::hifi2",
           "passes of the matrix engine", fidelityValues>,
    Option<"fp32Dest", "fp32-dest", "bool", "false", "accumulate in 32-bit floats">
  ];
  let statistics = [
    Statistic<"numActivations", "num-activations", "activation tensors given a storage">,
    Statistic<"numWeights", "num-weights", "weight constants given a storage">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

#endif
