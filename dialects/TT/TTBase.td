//===- TTBase.td - types and op classes that the tt families share ---------===//
#ifndef TTC_DIALECTS_TT_TTBASE_TD
#define TTC_DIALECTS_TT_TTBASE_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/CommonTypeConstraints.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/Interfaces/AffineOpInterface.td"
include "dialects/Interfaces/AxisOpInterface.td"
include "dialects/Interfaces/EvaluateOpInterface.td"
include "dialects/TT/ActivationOpInterface.td"
include "dialects/TT/LayoutOpInterface.td"
include "dialects/TT/LowerToTileOpInterface.td"
include "dialects/TT/ComputeOpInterface.td"
include "dialects/TT/EpilogueOpInterface.td"
include "dialects/TT/ProductOpInterface.td"
include "dialects/TT/TTAttrs.td"
include "dialects/TT/TTDialect.td"

//===----------------------------------------------------------------------===//
// Types and attribute constraints
//===----------------------------------------------------------------------===//

def TT_Tensor : Type<
    And<[CPred<"::llvm::isa<::mlir::RankedTensorType>($_self)">,
         CPred<"::llvm::cast<::mlir::ShapedType>($_self).hasStaticShape()">,
         CPred<"::llvm::cast<::mlir::ShapedType>($_self).getElementType().isF32()">]>,
    "tensor of f32 with static shape", "::mlir::RankedTensorType">;

class TT_RankedTensor<int rank> : Type<
    And<[TT_Tensor.predicate,
         CPred<"::llvm::cast<::mlir::ShapedType>($_self).getRank() == " # rank>]>,
    "rank-" # rank # " tensor of f32 with static shape", "::mlir::RankedTensorType">;

class TT_PositiveArray<int n>
    : ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<n>, DenseArrayStrictlyPositive<DenseI64ArrayAttr>]>;
class TT_NonNegativeArray<int n>
    : ConfinedAttr<DenseI64ArrayAttr, [DenseArrayCount<n>, DenseArrayNonNegative<DenseI64ArrayAttr>]>;

def TT_Strides : DefaultValuedAttr<TT_PositiveArray<2>, "{1, 1}">;
def TT_Dilations : DefaultValuedAttr<TT_PositiveArray<2>, "{1, 1}">;
/// top, left, bottom, right
def TT_Pads : DefaultValuedAttr<TT_NonNegativeArray<4>, "{0, 0, 0, 0}">;
def TT_Groups : DefaultValuedAttr<ConfinedAttr<I64Attr, [IntPositive]>, "1">;
def TT_Format : DefaultValuedAttr<TT_DataFormat, "::ttc::tt::DataFormat::nchw">;
def TT_False : DefaultValuedAttr<BoolAttr, "false">;
def TT_OptActivation : OptionalAttr<TT_ActivationAttr>;
def TT_OptCompute : OptionalAttr<TT_ComputeAttr>;

//===----------------------------------------------------------------------===//
// Op classes
//===----------------------------------------------------------------------===//

/// Result types follow from operands and attributes up to the encoding: builders give the encoding
/// of the first operand (see inferredLike), passes may then set another. Unlike upstream's
/// InferTypeOpAdaptor, absent attributes have their defaults before the op's inference sees them.
def TT_InferType : TraitList<[
  DeclareOpInterfaceMethods<InferTypeOpInterface>,
  NativeOpTrait<"InferTypeOpAdaptor", [], [{
    static ::llvm::LogicalResult inferReturnTypes(
        ::mlir::MLIRContext *context, std::optional<::mlir::Location> location, Adaptor adaptor,
        ::llvm::SmallVectorImpl<::mlir::Type> &inferredReturnTypes);
    static bool isCompatibleReturnTypes(::mlir::TypeRange inferred, ::mlir::TypeRange actual) {
      return ::ttc::tt::haveSameShapes(inferred, actual);
    }
  }], [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *context, std::optional<::mlir::Location> location,
        ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes,
        ::mlir::OpaqueProperties properties, ::mlir::RegionRange regions,
        ::llvm::SmallVectorImpl<::mlir::Type> &inferredReturnTypes) {
      Properties complete = properties ? *properties.as<Properties *>() : Properties{};
      populateDefaultProperties(::mlir::OperationName(getOperationName(), context), complete);
      $cppClass::Adaptor adaptor(operands, attributes, &complete, regions);
      return $cppClass::inferReturnTypes(context, location, adaptor, inferredReturnTypes);
    }
  }]>
]>;

class TT_Op<string mnemonic, list<Trait> traits = []> : Op<TT_Dialect, mnemonic, traits>;

/// What every op that computes values implements; an op without a body does not link.
defvar TT_ComputeInterfaces = [DeclareOpInterfaceMethods<EvaluateOpInterface>];

/// What every op that runs on the device implements besides.
defvar TT_DeviceInterfaces = [DeclareOpInterfaceMethods<LayoutOpInterface>,
                              DeclareOpInterfaceMethods<LowerToTileOpInterface>];

// What an op answers to graph passes; the answers are in AxisOps.cpp, AffineOps.cpp, ComputeOps.cpp and
// EpilogueOps.cpp, or in the op's class.
defvar TT_Axis = DeclareOpInterfaceMethods<AxisOpInterface>;
defvar TT_Affine = DeclareOpInterfaceMethods<AffineOpInterface>;
defvar TT_Compute = DeclareOpInterfaceMethods<ComputeOpInterface>;
defvar TT_Epilogue = DeclareOpInterfaceMethods<EpilogueOpInterface>;
/// Beside the tile program: dialects/TT/Lowering/Conv.cpp.
defvar TT_Product = DeclareOpInterfaceMethods<ProductOpInterface>;

/// The op is host work or a mark for the host; see HostOp.h.
def TT_RunsOnHost : NativeOpTrait<"RunsOnHost"> {
  let cppNamespace = "::ttc::tt";
}

/// An op that computes values, results' types given by the op's type inference.
class TT_ComputeOp<string mnemonic, list<Trait> traits = []>
    : TT_Op<mnemonic, !listconcat([Pure, TT_InferType], TT_ComputeInterfaces, TT_DeviceInterfaces, traits)>;

#endif
