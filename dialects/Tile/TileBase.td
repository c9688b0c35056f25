//===- TileBase.td - dialect, types, enums and the instruction base class -===//
//
// Everything the op families share. The class Tile_Instr is what ties an op to
// its row of include/ttc/Program/Isa.def: the op's arguments are the row's
// fields, and encoding, decoding names and emission are made from them.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TILE_TILEBASE_TD
#define TTC_DIALECTS_TILE_TILEBASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/CommonTypeConstraints.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/Tile/InstructionOpInterface.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let summary = "programs of a grid of cores, one op an instruction";
  let description = [{
    The device's own model. A `tile.program` runs on a rectangle of cores; each core executes a
    reader, a writer (data movement) and a compute kernel that meet only through circular buffers,
    semaphores and barriers. Instructions move or compute blocks of tiles. Loops, conditions and
    integer arithmetic inside kernels are `scf.for`, `scf.if` and `arith` on `index`.
  }];
  let cppNamespace = "::ttc::tile";
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
  let extraClassDeclaration = [{
    /// Module attribute: the DeviceAttr that resource checks are made against.
    static constexpr ::llvm::StringLiteral getDeviceAttrName() { return "tile.device"; }
  }];
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

class Tile_Type<string cppName, string keyword> : TypeDef<Tile_Dialect, cppName> {
  let mnemonic = keyword;
}

def Tile_CbType : Tile_Type<"Cb", "cb"> {
  let summary = "a circular buffer of the program, defined by `tile.cb`";
}
def Tile_SemaphoreType : Tile_Type<"Semaphore", "semaphore"> {
  let summary = "a semaphore of the program, defined by `tile.semaphore`";
}

//===----------------------------------------------------------------------===//
// Instruction fields. `fieldKind` is a case of C++ FieldKind; `fieldFormat` is
// the assembly of one field, with NAME for its name.
//===----------------------------------------------------------------------===//

class Tile_Field<string kind, string format = "`NAME` `(` $NAME `)`"> {
  string fieldKind = kind;
  string fieldFormat = format;
}

def Tile_Idx : TypeAlias<Index, "integer">, Tile_Field<"Index">;
def Tile_CbRef : TypeAlias<Tile_CbType, "circular buffer">, Tile_Field<"Cb">;
def Tile_SemRef : TypeAlias<Tile_SemaphoreType, "semaphore">, Tile_Field<"Semaphore">;
/// The destination register; the op's only result.
def Tile_Result : TypeAlias<Index, "integer">, Tile_Field<"Result", "">;

class Tile_SymbolField<string kind, string what>
    : Attr<CPred<"::llvm::isa<::mlir::FlatSymbolRefAttr>($_self)">, what>, Tile_Field<kind> {
  let storageType = "::mlir::FlatSymbolRefAttr";
  let returnType = "::llvm::StringRef";
  let valueType = NoneType;
  let constBuilderCall = "::mlir::SymbolRefAttr::get($_builder.getContext(), $0)";
  let convertFromStorage = "$_self.getValue()";
}
def Tile_BufferRef : Tile_SymbolField<"Buffer", "symbol of a tile.buffer">;
def Tile_WindowRef : Tile_SymbolField<"Window", "symbol of a tile.window">;

/// 0 or 1.
def Tile_Flag : Attr<UnitAttr.predicate, "flag">, Tile_Field<"Flag", "(`NAME` $NAME^)?"> {
  let storageType = UnitAttr.storageType;
  let constBuilderCall = UnitAttr.constBuilderCall;
  let convertFromStorage = UnitAttr.convertFromStorage;
  let returnType = UnitAttr.returnType;
  let defaultValue = UnitAttr.defaultValue;
  let valueType = UnitAttr.valueType;
  let baseAttr = UnitAttr;
  let isOptional = 1;
}
/// A number known when the kernel is written.
def Tile_Int : TypedAttrBase<I32, "IntegerAttr", I32Attr.predicate, "32-bit integer">,
               Tile_Field<"Int"> {
  let returnType = I32Attr.returnType;
  let convertFromStorage = I32Attr.convertFromStorage;
  let constBuilderCall = I32Attr.constBuilderCall;
}
/// A parameter of the vector unit, encoded as the bits of the f32.
def Tile_F32 : FloatAttrBase<F32, "32-bit float">, Tile_Field<"Float">;
def Tile_OptionalF32 : FloatAttrBase<F32, "32-bit float">,
                       Tile_Field<"Float", "(`NAME` `(` $NAME^ `)`)?"> {
  let defaultValue = "0.0f";
}

class Tile_EnumField<string name, string text, list<I32EnumAttrCase> cases, string format = "$NAME">
    : I32EnumAttr<name, text, cases>, Tile_Field<"Enum", format> {
  let cppNamespace = "::ttc::tile";
}

def Tile_EltwiseKind : Tile_EnumField<"EltwiseKind", "elementwise kind of the matrix unit", [
  I32EnumAttrCase<"Add", 0, "add">, I32EnumAttrCase<"Sub", 1, "sub">,
  I32EnumAttrCase<"Mul", 2, "mul">]>;

def Tile_Broadcast : Tile_EnumField<"Broadcast", "what of the second operand is repeated", [
  I32EnumAttrCase<"None", 0, "none">, I32EnumAttrCase<"Row", 1, "row">,
  I32EnumAttrCase<"Col", 2, "col">, I32EnumAttrCase<"Scalar", 3, "scalar">],
  "`NAME` `(` $NAME `)`">;

def Tile_SfpuBinaryKind : Tile_EnumField<"SfpuBinaryKind", "binary function of the vector unit", [
  I32EnumAttrCase<"Add", 0, "add">, I32EnumAttrCase<"Sub", 1, "sub">,
  I32EnumAttrCase<"Mul", 2, "mul">, I32EnumAttrCase<"Div", 3, "div">,
  I32EnumAttrCase<"Max", 4, "max">, I32EnumAttrCase<"Min", 5, "min">]>;

def Tile_ReduceKind : Tile_EnumField<"ReduceKind", "reduction", [
  I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Max", 1, "max">]>;

def Tile_ReduceDim : Tile_EnumField<"ReduceDim", "where a reduction's result lies in the tile", [
  I32EnumAttrCase<"Row", 0, "row">, I32EnumAttrCase<"Col", 1, "col">,
  I32EnumAttrCase<"Scalar", 2, "scalar">]>;

def Tile_SfpuFunction : Tile_EnumField<"SfpuFunction", "unary function of the vector unit", [
  I32EnumAttrCase<"Relu", 0, "relu">, I32EnumAttrCase<"LeakyRelu", 1, "leaky_relu">,
  I32EnumAttrCase<"Mish", 2, "mish">, I32EnumAttrCase<"Silu", 3, "silu">,
  I32EnumAttrCase<"Sigmoid", 4, "sigmoid">, I32EnumAttrCase<"Tanh", 5, "tanh">,
  I32EnumAttrCase<"HardSwish", 6, "hardswish">, I32EnumAttrCase<"HardSigmoid", 7, "hardsigmoid">,
  I32EnumAttrCase<"Clip", 8, "clip">, I32EnumAttrCase<"Exp", 9, "exp">,
  I32EnumAttrCase<"Reciprocal", 10, "reciprocal">, I32EnumAttrCase<"AddScalar", 11, "add_scalar">,
  I32EnumAttrCase<"MulScalar", 12, "mul_scalar">, I32EnumAttrCase<"Abs", 13, "abs">,
  I32EnumAttrCase<"Gelu", 14, "gelu">, I32EnumAttrCase<"Sqrt", 15, "sqrt">,
  I32EnumAttrCase<"Rsqrt", 16, "rsqrt">, I32EnumAttrCase<"Log", 17, "log">,
  I32EnumAttrCase<"Softplus", 18, "softplus">, I32EnumAttrCase<"Elu", 19, "elu">,
  I32EnumAttrCase<"Neg", 20, "neg">, I32EnumAttrCase<"MishBf16", 21, "mish_bf16">]>;

def Tile_PackFlags : Tile_EnumField<"PackFlags", "what the packer does on the way", [
  I32EnumAttrCase<"None", 0, "none">, I32EnumAttrCase<"Relu", 1, "relu">,
  I32EnumAttrCase<"L1Accumulate", 2, "l1_accumulate">,
  I32EnumAttrCase<"ReluL1Accumulate", 3, "relu_l1_accumulate">], "`NAME` `(` $NAME `)`">;

//===----------------------------------------------------------------------===//
// Enums of buffers and programs; values are those of Program.fbs.
//===----------------------------------------------------------------------===//

class Tile_Enum<string name, string text, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, text, cases> {
  let cppNamespace = "::ttc::tile";
}

def Tile_Memory : Tile_Enum<"Memory", "where a buffer lies", [
  I32EnumAttrCase<"Dram", 0, "dram">, I32EnumAttrCase<"L1", 1, "l1">]>;
def Tile_Sharding : Tile_Enum<"Sharding", "how a buffer is spread", [
  I32EnumAttrCase<"Interleaved", 0, "interleaved">, I32EnumAttrCase<"Height", 1, "height">,
  I32EnumAttrCase<"Width", 2, "width">, I32EnumAttrCase<"Block", 3, "block">]>;
def Tile_Order : Tile_Enum<"Order", "order of the elements inside a shard", [
  I32EnumAttrCase<"Tile", 0, "tile">, I32EnumAttrCase<"RowMajor", 1, "row_major">]>;
def Tile_Format : Tile_Enum<"Format", "device data format", [
  I32EnumAttrCase<"Fp32", 0, "fp32">, I32EnumAttrCase<"Bf16", 5, "bf16">,
  I32EnumAttrCase<"Bfp8B", 6, "bfp8_b">, I32EnumAttrCase<"Bfp4B", 7, "bfp4_b">]>;
def Tile_Fidelity : Tile_Enum<"Fidelity", "phases of the matrix engine", [
  I32EnumAttrCase<"LoFi", 1, "lofi">, I32EnumAttrCase<"HiFi2", 2, "hifi2">,
  I32EnumAttrCase<"HiFi3", 3, "hifi3">, I32EnumAttrCase<"HiFi4", 4, "hifi4">]>;
def Tile_ThreadKind : Tile_Enum<"ThreadKind", "thread of a core", [
  I32EnumAttrCase<"Reader", 0, "reader">, I32EnumAttrCase<"Writer", 1, "writer">,
  I32EnumAttrCase<"Compute", 2, "compute">]>;

//===----------------------------------------------------------------------===//
// Op base classes
//===----------------------------------------------------------------------===//

class Tile_Op<string mnemonic, list<Trait> traits = []> : Op<Tile_Dialect, mnemonic, traits>;

/// One instruction. `isa` is the row's name in Isa.def and `fields` are the row's fields, names and
/// order, each declared with a Tile_Field; a field `dst` that is a result comes as `out`.
/// Assembly is one `name(value)` per field, flags and defaulted numbers left out.
class Tile_InstrBase<string isa, string mnemonic, dag fields, dag out, list<Trait> traits>
    : Tile_Op<mnemonic, !listconcat([InstructionOpInterface], traits)> {
  let arguments = fields;
  let results = out;
  // Both lists in one, results first: that is where Isa.def has its destinations.
  defvar all = !con(!dag(ins, !foreach(i, !range(!size(out)), !getdagarg<Tile_Field>(out, i)),
                              !foreach(i, !range(!size(out)), !getdagname(out, i))),
                    fields);
  let assemblyFormat = !interleave(
      !foreach(i, !range(!size(all)),
        !subst("NAME", !getdagname(all, i), !getdagarg<Tile_Field>(all, i).fieldFormat)), " ")
      # " attr-dict";
  let extraClassDeclaration = [{
    static ::ttc::isa::Opcode getIsaOpcode() { return ::ttc::isa::Opcode::}] # isa # [{; }
    static ::llvm::ArrayRef<::ttc::tile::FieldInfo> getFields() {
      static constexpr ::ttc::tile::FieldInfo fields[] = {
        }] # !interleave(
          !foreach(i, !range(!size(all)),
            "{\"" # !getdagname(all, i) # "\", ::ttc::tile::FieldKind::"
            # !getdagarg<Tile_Field>(all, i).fieldKind # "}"), ", ")
        # !if(!eq(!size(all), 0), "{\"\", ::ttc::tile::FieldKind::Index}", "") # [{
      };
      return ::llvm::ArrayRef(fields).take_front(}] # !size(all) # [{);
    }
  }];
}

class Tile_Instr<string isa, string mnemonic, dag fields, list<Trait> traits = []>
    : Tile_InstrBase<isa, mnemonic, fields, (outs), traits>;

/// An instruction that only yields an integer.
class Tile_ValueInstr<string isa, string mnemonic, dag fields = (ins), list<Trait> traits = []>
    : Tile_InstrBase<isa, mnemonic, fields, (outs Tile_Result:$dst), !listconcat([Pure], traits)>;

#endif // TTC_DIALECTS_TILE_TILEBASE_TD
