//===- Halo.cpp - verifier, meaning and program of tt.halo ------------------===//
#include "dialects/TT/Halo.h"

#include "dialects/TT/Evaluate/Evaluate.h"
#include "dialects/TT/Lowering/Lowering.h"

using namespace mlir;
using namespace ttc;
using namespace ttc::tt;

#define GET_OP_CLASSES
#include "dialects/TT/Halo.cpp.inc"

LogicalResult HaloOp::verify() {
  if (getInput().getType().getShape() != getType().getShape()) // C1
    return emitOpError("expected a result of shape [")
           << getInput().getType().getShape() << "], but got [" << getType().getShape() << "]";
  LayoutAttr from = getLayout(getInput().getType()), to = getLayout(getType());
  if (to && to.isTiled()) // C2
    return emitOpError("expected a row-major result, but got ") << getType();
  if (bool(from) != bool(to)) // C3
    return emitOpError("expected layouts on both types or on neither, but got ")
           << getInput().getType() << " and " << getType();
  return success();
}

LogicalResult HaloOp::evaluate(ArrayRef<HostTensor> operands, MutableArrayRef<HostTensor> results) {
  results[0] = share(operands[0]);
  return success();
}

OrderSet HaloOp::operandOrders(unsigned, TileOrder) { return OrderSet::any(); }
OrderSet HaloOp::resultOrders() { return OrderSet::onlyRowMajor(); }
bool HaloOp::isView() { return false; }

Expected<void> HaloOp::lowerToTile(ProgramBuilder &builder, const programs::Target &target,
                                   ArrayRef<BufferRef> operands, ArrayRef<BufferRef> results) {
  programs::ConvertProgram program;
  program.kind = "halo";
  program.input = operands[0];
  program.output = results[0];
  return programs::buildConvert(builder, target, program);
}
