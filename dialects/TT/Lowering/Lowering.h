//===- Lowering.h - from ops to tile programs: shared pieces ----------------===//
#ifndef TTC_DIALECTS_TT_LOWERING_LOWERING_H
#define TTC_DIALECTS_TT_LOWERING_LOWERING_H

#include "dialects/TT/TT.h"
#include "dialects/TT/Weights.h"
#include "ttc/TilePrograms/TilePrograms.h"

namespace ttc::tt {

/// The 2-D view of a tensor under a layout, as tile programs see it.
BufferDesc describe(mlir::RankedTensorType type, LayoutAttr layout);
BufferDesc describe(mlir::RankedTensorType layoutedType);

program::Format toFormat(StorageType storage);
program::Fidelity toFidelity(Fidelity fidelity);

/// On an op that moves data: its results are read where the operands lie; there is no program, and no buffer. A
/// discardable attribute; tt-make-views sets it.
inline constexpr llvm::StringLiteral viewAttr = "tt.view";

/// May `op` be a view for readers that take parts of several tensors (BufferPart)? A concat, slice or split of the
/// channels, a nearest upsampling.
bool mayBeView(mlir::Operation *op);

/// What a program takes for `value`: what `own` says for a tensor that has a buffer, parts of such for a view.
BufferRef bufferInParts(mlir::Value value, llvm::function_ref<BufferRef(mlir::Value)> own);

/// May the result take the operand's place, if both lie alike? The op's program reads each part of it, on whichever core,
/// before it writes the same part of the result: operands of elementwise ops, residuals.
bool mayOverwrite(mlir::OpOperand &operand);

/// The vector unit's function for an activation.
std::optional<programs::Activation> toActivation(ActivationAttr attr);

/// The buffer of operand `value`, none if it is null or a constant.
BufferRef bufferOf(mlir::Operation *op, mlir::Value value, llvm::ArrayRef<BufferRef> operands);

/// The numbers of a constant operand, or what is wrong.
Expected<FloatValues> constantOperand(mlir::Value value, llvm::StringRef role);

/// The target with the fidelity and Dst format of an op's `compute` attribute.
programs::Target withCompute(const programs::Target &target, ComputeAttr compute);

/// Extents of an NHWC activation.
struct Image {
  int64_t n, h, w, c;
  static Expected<Image> of(mlir::Value value, DataFormat format);
};

/// A window over an image; pads: top, left, bottom, right.
WindowDesc slidingWindow(const Image &in, const Image &out, llvm::ArrayRef<int64_t> kernel,
                         llvm::ArrayRef<int64_t> strides, llvm::ArrayRef<int64_t> pads,
                         llvm::ArrayRef<int64_t> dilations);

/// From one layout of a tensor to another: a move, or a conversion of order or format.
Expected<void> lowerReshard(ProgramBuilder &builder, const programs::Target &target,
                            const BufferRef &from, const BufferRef &to);

/// Storage that packed weights take: that of the constant's encoding, bfp8_b for none.
StorageType weightStorage(mlir::Value weight);

} // namespace ttc::tt

#endif
