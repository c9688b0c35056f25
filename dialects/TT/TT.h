//===- TT.h - the tt dialect -------------------------------------*- C++ -*-===//
//
// Everything about tt: dialect, attributes, interfaces, ops, and how to build
// ops whose types may not fit.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TT_TT_H
#define TTC_DIALECTS_TT_TT_H

#include "dialects/Interfaces/AffineOpInterface.h"
#include "dialects/Interfaces/AxisOpInterface.h"
#include "dialects/Interfaces/EvaluateOpInterface.h"
#include "dialects/TT/AxisOps.h"
#include "dialects/TT/HostOp.h"
#include "dialects/TT/TTAttrs.h"
#include "ttc/Reference/Elementwise.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/TT/OrderSet.h"
#include "ttc/TilePrograms/TilePrograms.h"

#include "dialects/TT/ActivationOpInterface.h.inc"
#include "dialects/TT/LayoutOpInterface.h.inc"
#include "dialects/TT/LowerToTileOpInterface.h.inc"
#include "dialects/TT/ComputeOpInterface.h.inc"
#include "dialects/TT/EpilogueOpInterface.h.inc"
#include "dialects/TT/ProductOpInterface.h.inc"

namespace ttc::tt {

/// Where the dims of an image batch are.
struct ImageDims {
  unsigned batch = 0, channel, height, width;
  explicit ImageDims(DataFormat format)
      : channel(format == DataFormat::nchw ? 1 : 3), height(format == DataFormat::nchw ? 2 : 1),
        width(format == DataFormat::nchw ? 3 : 2) {}
};

/// Whether two lists of tensor types agree in shape and element type; encodings may differ.
bool haveSameShapes(mlir::TypeRange a, mlir::TypeRange b);

/// The type inference of binary ops; emits an error naming `opName` when shapes do not broadcast.
llvm::LogicalResult inferBroadcast(std::optional<mlir::Location> loc, llvm::StringRef opName,
                                   mlir::Value lhs, mlir::Value rhs,
                                   llvm::SmallVectorImpl<mlir::Type> &types);

/// Bodies of EvaluateOpInterface for the ops of one function of one or two variables.
llvm::LogicalResult evaluateActivation(ActivationAttr activation,
                                       llvm::ArrayRef<HostTensor> operands,
                                       llvm::MutableArrayRef<HostTensor> results);
llvm::LogicalResult evaluateBinary(reference::BinaryKind kind, ActivationAttr activation,
                                   llvm::ArrayRef<HostTensor> operands,
                                   llvm::MutableArrayRef<HostTensor> results);

} // namespace ttc::tt

#define GET_OP_CLASSES
#include "dialects/TT/Activation.h.inc"
#define GET_OP_CLASSES
#include "dialects/TT/Conv.h.inc"
#define GET_OP_CLASSES
#include "dialects/TT/Detection.h.inc"
#define GET_OP_CLASSES
#include "dialects/TT/Elementwise.h.inc"
#define GET_OP_CLASSES
#include "dialects/TT/Layout.h.inc"
#define GET_OP_CLASSES
#include "dialects/TT/Matmul.h.inc"
#define GET_OP_CLASSES
#include "dialects/TT/Norm.h.inc"
#define GET_OP_CLASSES
#include "dialects/TT/Pool.h.inc"
#define GET_OP_CLASSES
#include "dialects/TT/Reduce.h.inc"
#define GET_OP_CLASSES
#include "dialects/TT/Shape.h.inc"

namespace ttc::tt {

namespace detail {
/// Calls the generated `build` with explicit result types, adding null attributes at the end until
/// the arguments fit.
template <typename OpTy, typename... Args>
void buildWithNulls(mlir::OpBuilder &builder, mlir::OperationState &state, mlir::TypeRange types,
                    Args... args) {
  if constexpr (requires { OpTy::build(builder, state, types, args...); }) {
    OpTy::build(builder, state, types, args...);
  } else {
    static_assert(sizeof...(Args) < 16, "no build method of this op takes these arguments");
    buildWithNulls<OpTy>(builder, state, types, args..., nullptr);
  }
}
} // namespace detail

/// Like `builder.create<OpTy>(loc, args...)` with inferred result types, but input that does not
/// fit gives a diagnostic at `loc` and failure where `create` ends the process. Trailing optional
/// attributes may be left out. For importers.
template <typename OpTy, typename... Args>
mlir::FailureOr<OpTy> createChecked(mlir::OpBuilder &builder, mlir::Location loc, Args... args) {
  mlir::OperationState state(loc, OpTy::getOperationName());
  mlir::Type placeholder = builder.getNoneType();
  detail::buildWithNulls<OpTy>(builder, state, mlir::TypeRange(placeholder), args...);
  llvm::SmallVector<mlir::Type> types;
  if (mlir::failed(OpTy::inferReturnTypes(
          builder.getContext(), loc, state.operands,
          state.attributes.getDictionary(builder.getContext()), state.getRawProperties(),
          state.regions, types)))
    return mlir::failure();
  state.types.assign(types.begin(), types.end());
  return llvm::cast<OpTy>(builder.create(state));
}

} // namespace ttc::tt

#endif
