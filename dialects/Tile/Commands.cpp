//===- Commands.cpp - verifiers of the command stream ----------------------===//
#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;
using namespace ttc::tile;

LogicalResult CommandsOp::verifyRegions() {
  for (Operation &op : getBody().getOps())
    if (!llvm::isa<LaunchOp, FreeOp, InputOp, OutputOp, YoloHeadOp>(op)) // (C2)
      return op.emitOpError("is no command");
  for (auto other : (*this)->getParentOp()->getRegion(0).getOps<CommandsOp>())
    if (other != *this && other->isBeforeInBlock(*this)) { // (C1)
      InFlightDiagnostic error = emitOpError("expected one command stream in a module");
      error.attachNote(other.getLoc()) << "the other is here";
      return error;
    }
  return success();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!symbols.lookupNearestSymbolFrom<ProgramOp>(*this, getProgramAttr())) // (C1)
    return emitOpError() << "expected " << getProgramAttr() << " to name a 'tile.program'";
  return success();
}

LogicalResult FreeOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto buffer = symbols.lookupNearestSymbolFrom<BufferOp>(*this, getBufferAttr());
  if (!buffer || buffer.isConstant()) // (C1)
    return emitOpError() << "expected " << getBufferAttr()
                         << " to name a 'tile.buffer' that is no constant";
  return success();
}

/// Constraints of inputs and outputs.
template <typename OpT> static LogicalResult verifyTensor(OpT op, SymbolTableCollection &symbols) {
  auto buffer = symbols.lookupNearestSymbolFrom<BufferOp>(op, op.getBufferAttr());
  if (!buffer) // (C1)
    return op.emitOpError() << "expected " << op.getBufferAttr() << " to name a 'tile.buffer'";
  ArrayRef<int64_t> shape = op.getShape(), permutation = op.getPermutation();
  if (shape.empty() || !isPermutationVector(permutation) ||
      permutation.size() != shape.size()) // (C2)
    return op.emitOpError() << "expected a permutation of " << shape.size() << " dimensions";
  int64_t cols = shape[permutation.back()], rows = 1;
  for (int64_t d : permutation.drop_back())
    rows *= shape[d];
  if (rows == int64_t(buffer.getRows()) && cols == int64_t(buffer.getCols()))
    return success();
  InFlightDiagnostic error = op.emitOpError()
                             << "expected a buffer of " << rows << "x" << cols // (C3)
                             << ", but got " << buffer.getRows() << "x" << buffer.getCols();
  error.attachNote(buffer.getLoc()) << "the buffer is declared here";
  return error;
}

LogicalResult InputOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyTensor(*this, symbols);
}
LogicalResult OutputOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyTensor(*this, symbols);
}

LogicalResult YoloHeadOp::verify() {
  uint64_t outputs = 0;
  for (Operation *op = (*this)->getPrevNode(); op; op = op->getPrevNode())
    outputs += llvm::isa<OutputOp>(op);
  if (getOutput() >= outputs) // (C1)
    return emitOpError() << "expected an output below " << outputs << ", but got " << getOutput();
  if (getAnchors().empty() || getAnchors().size() % 2) // (C2)
    return emitOpError() << "expected pairs of anchors, but got " << getAnchors().size()
                         << " numbers";
  return success();
}
