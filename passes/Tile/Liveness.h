//===- Liveness.h - which buffers are live at which launch ------------------===//
#ifndef TTC_PASSES_TILE_LIVENESS_H
#define TTC_PASSES_TILE_LIVENESS_H

#include "dialects/Tile/Tile.h"

#include "llvm/ADT/MapVector.h"

namespace ttc::tile {

/// The life of every buffer over the command stream: from its first use - an input, the first
/// launch of a program that names it - to its `tile.free`, or the end. Constants live throughout; a
/// buffer that no command touches never does.
class Liveness {
public:
  explicit Liveness(mlir::ModuleOp module);

  /// Launches in order; their positions are what the other methods take.
  llvm::ArrayRef<LaunchOp> launches() const { return order; }
  ProgramOp program(LaunchOp launch) const;
  /// Buffers that a program names, itself or through aliases of its circular buffers.
  llvm::ArrayRef<BufferOp> uses(ProgramOp program) const;
  bool isLive(BufferOp buffer, size_t launch) const;
  /// The free of a buffer if it stands before this launch.
  FreeOp freedBefore(BufferOp buffer, size_t launch) const;
  /// Buffers in order of declaration.
  llvm::ArrayRef<BufferOp> buffers() const { return all; }

private:
  struct Range {
    size_t first = SIZE_MAX; ///< launch it is live from
    size_t end = SIZE_MAX;   ///< launch it is no more live at
    FreeOp free;
  };
  mlir::ModuleOp module;
  llvm::SmallVector<LaunchOp> order;
  llvm::SmallVector<BufferOp> all;
  llvm::DenseMap<mlir::StringAttr, ProgramOp> programs;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<BufferOp, 4>> usesOf;
  llvm::DenseMap<mlir::Operation *, Range> ranges;
};

} // namespace ttc::tile

#endif
