//===- InstructionOpInterface.td - what every instruction op answers ------===//
#ifndef TTC_DIALECTS_TILE_INSTRUCTIONOPINTERFACE_TD
#define TTC_DIALECTS_TILE_INSTRUCTIONOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def InstructionOpInterface : OpInterface<"InstructionOpInterface"> {
  let cppNamespace = "::ttc::tile";
  let description = [{
    One op of this interface is one row of include/ttc/Program/Isa.def. Target/Program asks it to
    encode itself, the emitting builder asks for its fields to create it, verification asks the
    table which threads may execute it. The methods come from the op's base class in TableGen.

    Constraints on every instruction:
    - (I1) it lies in a `tile.kernel`;
    - (I2) the kernel's thread is one of those of its Isa.def row;
    - (I3) circular buffers and semaphores are results of `tile.cb` and `tile.semaphore`, which,
      as programs are isolated, are those of the same program;
    - (I4) buffer and window symbols name a `tile.buffer` and a `tile.window` of the module.
  }];
  let methods = [
    StaticInterfaceMethod<"The row of Isa.def this op is.",
      "::ttc::isa::Opcode", "getIsaOpcode">,
    StaticInterfaceMethod<"The row's fields in its order; operands and attributes have these names.",
      "::llvm::ArrayRef<::ttc::tile::FieldInfo>", "getFields">,
    InterfaceMethod<[{
        Appends the op's encoded form, as Kernel.code in Program.fbs has it. Fails, with a diagnostic,
        when a field does not fit.
      }],
      "::llvm::LogicalResult", "encode",
      (ins "::ttc::tile::EncodingContext &":$context, "::llvm::SmallVectorImpl<int32_t> &":$code),
      /*methodBody=*/[{ return ::ttc::tile::detail::encode($_op, context, code); }]>,
  ];
  let verify = [{ return ::ttc::tile::detail::verifyInstruction($_op); }];
}

#endif // TTC_DIALECTS_TILE_INSTRUCTIONOPINTERFACE_TD
