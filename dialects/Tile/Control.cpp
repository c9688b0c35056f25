//===- Control.cpp - verifiers of core coordinates and arguments -----------===//
#include "dialects/Tile/Tile.h"

using namespace mlir;
using namespace ttc::tile;

LogicalResult ArgOp::verify() {
  auto program = (*this)->getParentOfType<ProgramOp>();
  int64_t count = program ? int64_t(program.getNumArgs().value_or(0)) : 0;
  if (int64_t(getIndex()) >= count) // (C1)
    return emitOpError() << "expected an index below the program's " << count
                         << " arguments, but got " << getIndex();
  return success();
}
