//===- Pricing.cpp - an op's price under given layouts ----------------------===//
#include "passes/Layout/Pricing.h"

#include "dialects/TT/Lowering/Lowering.h"

namespace ttc {
using mlir::RankedTensorType;

programs::Target programTarget(const DeviceSpec &spec) {
  programs::Target target;
  target.gridX = int(spec.grid_x);
  target.gridY = int(spec.grid_y);
  target.dramAlignment = spec.dram_alignment;
  target.vectorWhilePacking = spec.sfpu_pack_thread;
  target.l1Budget = spec.l1Bytes() * 5 / 8;
  return target;
}

static BufferRef bufferFor(PriceBuilder &builder, mlir::Value value, tt::LayoutAttr layout) {
  if (!layout)
    return {};
  return builder.buffer(tt::describe(llvm::cast<RankedTensorType>(value.getType()), layout));
}

Expected<Price> priceOp(tt::LowerToTileOpInterface op, const DeviceSpec &spec,
                        llvm::ArrayRef<tt::LayoutAttr> operands,
                        llvm::ArrayRef<tt::LayoutAttr> results) {
  PriceBuilder builder(spec);
  llvm::SmallVector<BufferRef> in, out;
  for (auto [value, layout] : llvm::zip(op->getOperands(), operands))
    in.push_back(bufferFor(builder, value, layout));
  for (auto [value, layout] : llvm::zip(op->getResults(), results))
    out.push_back(bufferFor(builder, value, layout));
  if (Expected<void> built = op.lowerToTile(builder, programTarget(spec), in, out); !built)
    return built.error();
  return builder.price();
}

Expected<Price> priceOp(tt::LowerToTileOpInterface op, const DeviceSpec &spec) {
  llvm::SmallVector<tt::LayoutAttr> in, out;
  for (mlir::Value v : op->getOperands())
    in.push_back(tt::getLayout(v.getType()));
  for (mlir::Value v : op->getResults())
    out.push_back(tt::getLayout(v.getType()));
  return priceOp(op, spec, in, out);
}

Expected<Price> priceReshard(RankedTensorType type, const DeviceSpec &spec, tt::LayoutAttr from,
                             tt::LayoutAttr to) {
  PriceBuilder builder(spec);
  BufferRef in = builder.buffer(tt::describe(type, from));
  BufferRef out = builder.buffer(tt::describe(type, to));
  if (Expected<void> built = tt::lowerReshard(builder, programTarget(spec), in, out); !built)
    return built.error();
  return builder.price();
}

} // namespace ttc
