//===- Blocking.cpp - how products are cut inside their cores ----------------===//
//
// Every combination of a few heights and widths is priced. Small output blocks let the
// packer's vector unit work on one while the next is multiplied; many rows tilized at
// once do so too, as tilizing stops both.
//
//===----------------------------------------------------------------------===//
#include "passes/Layout/Blocking.h"

#include "passes/Layout/MemoryPlan.h"
#include "passes/Layout/Pricing.h"

#include "mlir/IR/Threading.h"

#include <map>

namespace ttc {
namespace {
using mlir::Operation;

/// Tiles of each; 0: as the program has it.
using Blocking = std::array<int64_t, 3>;
constexpr int64_t heights[] = {0, 1, 2, 4}, widths[] = {0, 1, 2, 4}, actHeights[] = {0, 2, 4, 8, 16, 64};

void setBlocking(Operation *op, const Blocking &blocking) {
  mlir::Builder builder(op);
  for (auto [name, tiles] : llvm::zip(blockingAttrs, blocking))
    if (tiles)
      op->setAttr(name, builder.getI64IntegerAttr(tiles * 32));
    else
      op->removeAttr(name);
}

Blocking fastest(tt::LowerToTileOpInterface op, const DeviceSpec &spec, int64_t room) {
  Blocking best{};
  Expected<Price> own = priceOp(op, spec);
  if (!own)
    return best;
  room = std::max(own->l1Bytes, room);
  Cycles least = own->cycles;
  for (int64_t h : heights)
    for (int64_t w : widths)
      for (int64_t act : actHeights) {
        if (act && act <= h)
          continue;
        setBlocking(op, {h, w, act});
        Expected<Price> price = priceOp(op, spec);
        if (price && price->cycles < least && price->l1Bytes <= room) {
          least = price->cycles;
          best = {h, w, act};
        }
      }
  setBlocking(op, {});
  return best;
}

/// Ops of one class are blocked alike.
std::string classOf(Operation *op, int64_t room) {
  std::string key;
  llvm::raw_string_ostream os(key);
  os << op->getAttrDictionary() << room;
  for (mlir::Type t : op->getOperandTypes())
    os << t;
  os << op->getResult(0).getType();
  return key;
}
} // namespace

int64_t chooseBlocking(mlir::func::FuncOp func, const DeviceSpec &spec, int64_t l1Budget) {
  llvm::DenseMap<Operation *, int64_t> live = liveL1Bytes(func, spec);
  struct Class {
    tt::LowerToTileOpInterface first;
    int64_t room = 0;
    std::vector<Operation *> ops;
    Blocking blocking{};
  };
  std::map<std::string, Class> classes;
  for (Operation &op : func.getBody().front()) {
    auto lowered = llvm::dyn_cast<tt::LowerToTileOpInterface>(op);
    if (!lowered || !llvm::isa<tt::ProductOpInterface>(op) || !tt::getLayout(op.getResult(0).getType()) ||
        llvm::any_of(blockingAttrs, [&](llvm::StringRef name) { return op.hasAttr(name); }))
      continue;
    int64_t room = std::max<int64_t>(0, l1Budget - live.lookup(&op));
    Class &c = classes[classOf(&op, room)];
    c.first = lowered;
    c.room = room;
    c.ops.push_back(&op);
  }
  // Each tries attributes out on an op of its own.
  mlir::parallelForEach(func.getContext(), classes,
                        [&](auto &entry) { entry.second.blocking = fastest(entry.second.first, spec, entry.second.room); });
  int64_t chosen = 0;
  for (auto &[key, c] : classes)
    for (Operation *op : c.ops) {
      setBlocking(op, c.blocking);
      chosen += c.blocking != Blocking{};
    }
  return chosen;
}

} // namespace ttc
