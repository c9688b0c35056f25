//===- AffineOpInterface.td - scale and shift that go into constants -------===//
//
// Asked by fold-batch-norm and by fuse-patterns.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_INTERFACES_AFFINEOPINTERFACE_TD
#define TTC_DIALECTS_INTERFACES_AFFINEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def AffineOpInterface : OpInterface<"AffineOpInterface"> {
  let cppNamespace = "::ttc";
  let description = [{
    An op that is linear in constant weights: a scale and a shift per channel of its
    result, or of its input, can be multiplied into them. Computed in double, stored
    in float. Asked by fold-batch-norm and fuse-patterns.

    `reason` receives why not when a method fails; the op is unchanged then.
  }];
  let methods = [
    InterfaceMethod<"The axis of the result that has one channel per scale and shift.",
      "int64_t", "getOutputChannelAxis">,
    InterfaceMethod<"The axis of the first operand that foldInputAffine counts channels along.",
      "int64_t", "getInputChannelAxis">,
    InterfaceMethod<[{
        Makes the op compute op(x) * scale[c] + shift[c] for each channel c of the result by giving
        it other weights and another bias. Fails unless weights and bias are constants and nothing
        happens after the bias (activation, residual).
      }],
      "::llvm::LogicalResult", "foldOutputAffine",
      (ins "::mlir::RewriterBase &":$rewriter, "::llvm::ArrayRef<double>":$scale,
           "::llvm::ArrayRef<double>":$shift, "::std::string &":$reason)>,
    InterfaceMethod<[{
        Makes the op compute op(x * scale[c] + shift[c]) for each channel c of the first operand.
        Fails unless weights and bias are constants, and when a shift meets zero padding, which would
        have to be padding with the shift.
      }],
      "::llvm::LogicalResult", "foldInputAffine",
      (ins "::mlir::RewriterBase &":$rewriter, "::llvm::ArrayRef<double>":$scale,
           "::llvm::ArrayRef<double>":$shift, "::std::string &":$reason)>
  ];
}

#endif
