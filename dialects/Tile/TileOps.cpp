//===- TileOps.cpp - generated op definitions ------------------------------===//
#include "dialects/Tile/Extent.h"
#include "dialects/Tile/Tile.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using ttc::tile::parseExtent;
using ttc::tile::printExtent;

#define GET_OP_CLASSES
#include "dialects/Tile/TileOps.cpp.inc"
