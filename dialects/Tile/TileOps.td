//===- TileOps.td - all op families ---------------------------------------===//
include "dialects/Tile/Commands.td"
include "dialects/Tile/Compute.td"
include "dialects/Tile/Control.td"
include "dialects/Tile/CircularBuffer.td"
include "dialects/Tile/DataMovement.td"
include "dialects/Tile/Module.td"
