//===- Compute.cpp - verifiers of math and pack ----------------------------===//
#include "dialects/Tile/Tile.h"

using namespace mlir;
using namespace ttc::tile;

/// (C1) of the ops on Dst: where known, first + the product of `counts` fits the half of Dst that
/// math or pack owns. An unknown first counts as 0 and an unknown count as 1.
static LogicalResult verifyDst(Operation *op, Value first, std::initializer_list<Value> counts) {
  auto program = op->getParentOfType<ProgramOp>();
  if (!program)
    return success();
  int64_t begin = getConstant(first).value_or(0), count = 1;
  for (Value c : counts)
    count *= getConstant(c).value_or(1);
  int64_t capacity = program.getDstCapacity();
  if (begin < 0 || count < 1 || begin + count > capacity)
    return op->emitOpError() << "expected Dst tiles in 0.." << capacity
                             << (program.getFp32Dest() ? " (fp32_dest)" : "") << ", but got "
                             << begin << ".." << begin + count;
  return success();
}

/// Sticks have no block formats.
static LogicalResult verifySticks(Operation *op, Value cb) {
  auto decl = cb.getDefiningOp<CbOp>();
  if (!decl || elementBytes(decl.getFormat()))
    return success();
  InFlightDiagnostic error = op->emitOpError()
                             << "expected row-major sticks in bf16 or fp32, but got "
                             << stringifyFormat(decl.getFormat());
  error.attachNote(decl.getLoc()) << "of this circular buffer";
  return error;
}

static LogicalResult verifyAtMost(Operation *op, StringRef field, Value value, int64_t limit) {
  std::optional<int64_t> constant = getConstant(value);
  if (constant && (*constant < 1 || *constant > limit))
    return op->emitOpError() << "expected " << field << " between 1 and " << limit << ", but got "
                             << *constant;
  return success();
}

LogicalResult MatmulBlockOp::verify() { return verifyDst(*this, getDst(), {getRows(), getCols()}); }
LogicalResult CopyTilesOp::verify() { return verifyDst(*this, getDst(), {getCount()}); }

LogicalResult EltwiseOp::verify() {
  if (getAccumulate() && getKind() != EltwiseKind::Mul) // (C2)
    return emitOpError() << "expected accumulate with mul only, but got "
                         << stringifyEltwiseKind(getKind());
  return verifyDst(*this, getDst(), {getCount()});
}

LogicalResult EltwiseDstOp::verify() { return verifyDst(*this, getDst(), {getCount()}); }
LogicalResult SfpuOp::verify() { return verifyDst(*this, getDst(), {getCount()}); }

LogicalResult SfpuBinaryOp::verify() {
  for (Value first : {getA(), getB(), getOut()})
    if (failed(verifyDst(*this, first, {getCount()})))
      return failure();
  return success();
}

LogicalResult ReduceOp::verify() { return verifyDst(*this, getDst(), {}); }

LogicalResult PoolRowsOp::verify() {
  if (failed(verifySticks(*this, getCb())) ||
      failed(verifyAtMost(*this, "nrows", getNrows(), 32))) // (C2)
    return failure();
  return verifyDst(*this, getDst(), {getTiles()});
}

LogicalResult TransposeTileOp::verify() { return verifyDst(*this, getDst(), {}); }
LogicalResult TilizeOp::verify() { return verifySticks(*this, getIn()); }
LogicalResult TilizeWindowOp::verify() { return verifySticks(*this, getIn()); }
LogicalResult TilizeWindowOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto window = symbols.lookupNearestSymbolFrom<WindowOp>(*this, getWindowAttr());
  if (!window)
    return emitOpError() << "expected " << getWindowAttr() << " to name a 'tile.window'";
  if (window.getDilationW() != 1 || window.getInDilationH() != 1 || window.getInDilationW() != 1 ||
      window.getInRepeatH() != 1 || window.getInRepeatW() != 1) { // (C2)
    InFlightDiagnostic diagnostic = emitOpError()
                                    << "expected a window of width dilation 1 over an input that is "
                                       "neither dilated nor repeated";
    diagnostic.attachNote(window.getLoc()) << "the window";
    return diagnostic;
  }
  if (std::optional<int64_t> line = getConstant(getLine())) // (C3)
    if (*line < 0 || *line >= int64_t(window.getKernelH()))
      return emitOpError() << "expected a kernel row in 0.." << window.getKernelH() << ", but got "
                           << *line;
  return success();
}

LogicalResult UntilizeOp::verify() { return verifySticks(*this, getOut()); }
LogicalResult PackTilesOp::verify() { return verifyDst(*this, getDst(), {getCount()}); }

LogicalResult PackRowsOp::verify() {
  if (failed(verifySticks(*this, getCb()))) // (C2)
    return failure();
  if (std::optional<int64_t> rows = getConstant(getRows())) // (C3)
    if (failed(verifyAtMost(*this, "nrows", getNrows(), 32 * *rows)))
      return failure();
  return verifyDst(*this, getDst(), {getRows(), getCols()});
}
