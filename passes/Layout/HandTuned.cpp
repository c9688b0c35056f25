//===- HandTuned.cpp - a hand-tuned configuration becomes overrides ----------===//
//
// Matches the file's convolutions to the graph's, then says op by op what
// tt-choose-layouts may still choose, and puts tt.halo before each window.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/Halo.h"
#include "passes/Layout/HandTunedFile.h"
#include "passes/Layout/Passes.h"
#include "ttc/TilePrograms/Unfused.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <deque>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace ttc {
#define GEN_PASS_DEF_TTAPPLYHANDTUNED
#include "passes/Layout/Passes.h.inc"

namespace {
using Kind = HandTunedGlue::Kind;
using mlir::LogicalResult;
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;
using tt::LayoutAttr;

RankedTensorType typeOf(Value v) { return llvm::cast<RankedTensorType>(v.getType()); }

/// What identifies a convolution in the file.
struct Signature {
  std::vector<int64_t> input, stride, padding;

  static Signature of(tt::Conv2dOp op) {
    llvm::ArrayRef<int64_t> shape = typeOf(op.getInput()).getShape();
    return {shape.vec(), llvm::ArrayRef<int64_t>(op.getStrides()).vec(),
            llvm::ArrayRef<int64_t>(op.getPads()).vec()};
  }
  bool matches(const HandTunedConv &c) const {
    std::vector<int64_t> pads = {c.padding[0], c.padding[1], c.padding[0], c.padding[1]};
    return input == c.input && stride == c.stride && padding == pads;
  }
};

std::string describe(const HandTunedConv &c) {
  return fmt::format("input [{}], stride [{}], padding [{}]", fmt::join(c.input, ", "),
                     fmt::join(c.stride, ", "), fmt::join(c.padding, ", "));
}

/// The rows of a core's part when as many cores as possible get equal parts of whole tiles, as the
/// configurations' runtime cuts heights; none if that would leave most of 64 cores without work.
std::optional<int64_t> equalShardRows(RankedTensorType type) {
  constexpr int64_t tile = 32, cores = 64;
  int64_t tiles = (LayoutAttr::getRowsCols(type).rows + tile - 1) / tile;
  for (int64_t parts = std::min(tiles, cores); parts * 4 >= std::min(tiles, cores); --parts)
    if (tiles % parts == 0)
      return tiles / parts * tile;
  return std::nullopt;
}

/// The rows of a part of a convolution's result, as the configurations' runtime cuts it: heights into
/// equal parts, blocks over at most eight rows of cores, widths not at all.
int64_t partRows(RankedTensorType type, tt::Sharding sharding) {
  constexpr int64_t tile = 32, cores = 64, rowsOfCores = 8;
  int64_t rows = LayoutAttr::getRowsCols(type).rows, tiles = (rows + tile - 1) / tile;
  if (sharding == tt::Sharding::width)
    return rows;
  if (sharding == tt::Sharding::height)
    return equalShardRows(type).value_or((tiles + cores - 1) / cores * tile);
  int64_t parts = std::min(tiles, rowsOfCores);
  while (tiles % parts)
    --parts;
  if (parts == 1)
    parts = std::min(tiles, rowsOfCores);
  return (tiles + parts - 1) / parts * tile;
}

/// Can the convolution read haloed sticks? What is fused into it has no place there.
bool readsHalo(tt::Conv2dOp op) {
  return op.getGroups() == 1 && !op.getResidual() && !op.getActivation() &&
         op.getDataFormat() == tt::DataFormat::nhwc;
}

bool slides(tt::Conv2dOp op) {
  llvm::ArrayRef<int64_t> kernel = typeOf(op.getWeight()).getShape().drop_front(2);
  auto differs = [](llvm::ArrayRef<int64_t> values, int64_t v) {
    return llvm::any_of(values, [&](int64_t x) { return x != v; });
  };
  return differs(kernel, 1) || differs(op.getStrides(), 1) || differs(op.getPads(), 0);
}

class Applier {
public:
  Applier(mlir::func::FuncOp func, const HandTunedFile &file) : func(func), file(file) {}
  LogicalResult run();
  unsigned convs = 0, halos = 0;

private:
  LogicalResult match();
  void setConv(tt::Conv2dOp op, const HandTunedConv &entry);
  void setGlue(Operation *op);
  void setConcat(tt::ConcatOp op);
  tt::HaloOp addHalo(mlir::OpOperand &operand, LayoutOverride o);
  /// Puts tt.halo_sticks before the convolution, which becomes tt.halo_conv2d.
  Operation *haloConv(tt::Conv2dOp op, const HandTunedConv &entry);
  /// The module of the convolutions that read the op's result, or of those that made its operand.
  std::string moduleOf(Operation *op) const;
  /// The last entry of a kind that holds for a module.
  const HandTunedGlue *glueFor(Kind kind, const std::string &module) const;
  void set(Operation *op, const LayoutOverride &o) {
    op->setDiscardableAttr(overrideAttrName, toAttr(func.getContext(), o));
  }

  mlir::func::FuncOp func;
  const HandTunedFile &file;
  llvm::DenseMap<Operation *, const HandTunedConv *> entries;
};

LogicalResult Applier::match() {
  llvm::SmallVector<tt::Conv2dOp> ops;
  func.walk([&](tt::Conv2dOp op) { ops.push_back(op); });
  if (ops.size() != file.convs.size())
    return mlir::emitError(func.getLoc())
           << file.path << ": convs: expected " << ops.size()
           << " convolutions, as the network has, but got " << file.convs.size();
  // Modules are runs of the list; the convolutions of one may be constructed in another order than
  // they run in, so inside a module the first unused entry that fits is taken.
  for (size_t begin = 0, end; begin < ops.size(); begin = end) {
    for (end = begin; end < ops.size() && file.convs[end].module == file.convs[begin].module;)
      ++end;
    std::vector<bool> used(end - begin, false);
    for (size_t i = begin; i < end; ++i) {
      Signature wanted = Signature::of(ops[i]);
      const HandTunedConv *found = nullptr, *unused = nullptr;
      for (size_t j = begin; j < end && !found; ++j) {
        if (used[j - begin])
          continue;
        if (!unused)
          unused = &file.convs[j];
        if (wanted.matches(file.convs[j])) {
          found = &file.convs[j];
          used[j - begin] = true;
        }
      }
      if (!found)
        return mlir::emitError(ops[i].getLoc())
               << file.path << ": " << unused->place << " (" << unused->name
               << "): expected input [" << wanted.input << "], stride [" << wanted.stride
               << "], pads [" << wanted.padding << "] in module \"" << unused->module
               << "\", but got " << describe(*unused);
      entries[ops[i]] = found;
    }
  }
  return mlir::success();
}

tt::HaloOp Applier::addHalo(mlir::OpOperand &operand, LayoutOverride o) {
  mlir::OpBuilder builder(operand.getOwner());
  // Stored as the op's own result is: an argument of the function has no storage yet.
  auto type = RankedTensorType::get(typeOf(operand.get()).getShape(), builder.getF32Type(),
                                    typeOf(operand.getOwner()->getResult(0)).getEncoding());
  auto halo = builder.create<tt::HaloOp>(operand.getOwner()->getLoc(), type, operand.get());
  operand.set(halo.getResult());
  o.memory = tt::MemorySpace::l1;
  o.order = tt::TileOrder::row_major;
  set(halo, o);
  ++halos;
  return halo;
}

Operation *Applier::haloConv(tt::Conv2dOp op, const HandTunedConv &entry) {
  mlir::OpBuilder builder(op);
  RankedTensorType in = typeOf(op.getInput()), out = typeOf(op.getResult());
  llvm::ArrayRef<int64_t> shape = in.getShape(), kernel = typeOf(op.getWeight()).getShape().drop_front(2);
  llvm::ArrayRef<int64_t> pads = op.getPads();
  WindowDesc w;
  w.n = shape[0];
  w.inH = shape[1];
  w.inW = shape[2];
  w.outH = out.getDimSize(1);
  w.outW = out.getDimSize(2);
  w.kernelH = kernel[0];
  w.kernelW = kernel[1];
  w.strideH = op.getStrides()[0];
  w.strideW = op.getStrides()[1];
  w.padTop = pads[0];
  w.padLeft = pads[1];
  w.dilationH = op.getDilations()[0];
  w.dilationW = op.getDilations()[1];
  int64_t rows = partRows(out, entry.sharding), sticks = programs::haloSticks(w, rows);
  int64_t parts = (w.n * w.outH * w.outW + rows - 1) / rows;
  // Stored as the convolution's result is: an argument of the function has no storage yet.
  auto type = RankedTensorType::get({parts * sticks, shape[3]}, builder.getF32Type(), out.getEncoding());
  auto made = builder.create<tt::HaloSticksOp>(op.getLoc(), type, op.getInput(), kernel,
                                               op.getStrides(), pads, op.getDilations(),
                                               uint64_t(rows));
  LayoutOverride halo;
  halo.memory = tt::MemorySpace::l1;
  halo.order = tt::TileOrder::row_major;
  halo.sharding = entry.sharding;
  halo.shardRows = sticks;
  if (entry.sharding == tt::Sharding::height)
    halo.shardCols = (shape[3] + 7) / 8 * 8;
  halo.operandSteps = {{entry.sharding, std::nullopt}};
  set(made, halo);
  ++halos;
  auto conv = builder.create<tt::HaloConv2dOp>(
      op.getLoc(), out, made.getResult(), op.getWeight(), op.getBias(),
      llvm::ArrayRef<int64_t>({shape[0], shape[1], shape[2]}), op.getStrides(), pads,
      op.getDilations(), uint64_t(rows), op.getComputeAttr());
  op.getResult().replaceAllUsesWith(conv.getResult());
  entries.erase(op);
  op.erase();
  return conv;
}

void Applier::setConv(tt::Conv2dOp op, const HandTunedConv &entry) {
  LayoutOverride o;
  o.memory = tt::MemorySpace::l1;
  o.sharding = entry.sharding;
  o.order = tt::TileOrder::tile;
  o.actBlockRows = entry.actBlockRows;
  if (entry.sharding == tt::Sharding::height)
    o.shardRows = equalShardRows(typeOf(op.getResult()));
  ++convs;
  if (slides(op) && readsHalo(op)) {
    if (entry.sharding != tt::Sharding::width)
      o.shardRows = partRows(typeOf(op.getResult()), entry.sharding);
    Operation *made = haloConv(op, entry);
    entries[made] = &entry;
    return set(made, o);
  }
  if (slides(op)) {
    LayoutOverride halo;
    halo.likeOperand = true;
    halo.operandSteps = {{entry.sharding, std::nullopt}};
    addHalo(op.getInputMutable(), halo);
  } else {
    o.operandSteps = {{entry.sharding, std::nullopt}};
  }
  set(op, o);
}

std::string Applier::moduleOf(Operation *op) const {
  for (bool forward : {true, false}) {
    std::deque<Operation *> queue = {op};
    llvm::DenseSet<Operation *> seen;
    while (!queue.empty()) {
      Operation *next = queue.front();
      queue.pop_front();
      if (auto it = entries.find(next); it != entries.end())
        return it->second->module;
      auto visit = [&](Operation *other) {
        if (other && seen.insert(other).second)
          queue.push_back(other);
      };
      if (forward)
        for (Operation *user : next->getUsers())
          visit(user);
      else
        for (Value operand : next->getOperands())
          visit(operand.getDefiningOp());
    }
  }
  return "";
}

const HandTunedGlue *Applier::glueFor(Kind kind, const std::string &module) const {
  const HandTunedGlue *found = nullptr;
  for (const HandTunedGlue &g : file.glue)
    if (g.kind == kind && (g.modules.empty() || llvm::is_contained(g.modules, module)))
      found = &g;
  return found;
}

void Applier::setConcat(tt::ConcatOp op) {
  Kind kind = Kind::concat;
  for (Value operand : op->getOperands()) {
    if (operand.getDefiningOp<tt::MaxPool2dOp>())
      kind = Kind::pool;
    else if (operand.getDefiningOp<tt::UpsampleOp>())
      kind = Kind::upsample;
  }
  std::string module = moduleOf(op);
  const HandTunedGlue *glue = glueFor(kind, module);
  if (!glue)
    return;
  LayoutOverride o;
  o.memory = tt::MemorySpace::l1;
  o.sharding = glue->concatSharding;
  o.operandSteps = glue->concatSteps;
  o.order = tt::TileOrder::tile;
  for (const LayoutStep &step : glue->concatSteps)
    o.order = step.order.value_or(*o.order);
  auto at = llvm::find(glue->modules, module);
  if (!glue->shardRows.empty() && at != glue->modules.end())
    o.shardRows = glue->shardRows[size_t(at - glue->modules.begin())];
  set(op, o);
}

void Applier::setGlue(Operation *op) {
  if (auto concat = llvm::dyn_cast<tt::ConcatOp>(op))
    return setConcat(concat);
  if (llvm::isa<tt::MaxPool2dOp, tt::AvgPool2dOp>(op)) {
    addHalo(op->getOpOperand(0), {});
    LayoutOverride o;
    o.memory = tt::MemorySpace::l1;
    return set(op, o);
  }
  if (llvm::isa<tt::UpsampleOp>(op)) {
    const HandTunedGlue *glue = glueFor(Kind::upsample, moduleOf(op));
    if (!glue)
      return;
    LayoutOverride o;
    o.memory = tt::MemorySpace::l1;
    o.operandSteps = glue->upsampleSteps;
    for (const LayoutStep &step : glue->upsampleSteps)
      if (step.sharding)
        o.sharding = step.sharding;
    return set(op, o);
  }
  bool residual = llvm::isa<tt::AddOp>(op) && glueFor(Kind::residual, moduleOf(op));
  if (!residual && !llvm::isa<tt::ActivationOpInterface>(op))
    return;
  Value first = op->getOperand(0);
  if (first.getDefiningOp<tt::ConstantOp>() ||
      typeOf(first).getShape() != typeOf(op->getResult(0)).getShape())
    return;
  LayoutOverride o;
  o.likeOperand = true;
  o.order = tt::TileOrder::tile;
  set(op, o);
}

LogicalResult Applier::run() {
  if (mlir::failed(match()))
    return mlir::failure();
  for (Operation &op : llvm::make_early_inc_range(func.getBody().front())) {
    if (auto conv = llvm::dyn_cast<tt::Conv2dOp>(op))
      setConv(conv, *entries[conv]);
    else
      setGlue(&op);
  }
  return mlir::success();
}

struct ApplyHandTuned : impl::TTApplyHandTunedBase<ApplyHandTuned> {
  using TTApplyHandTunedBase::TTApplyHandTunedBase;

  void runOnOperation() override {
    Expected<HandTunedFile> read = HandTunedFile::read(file);
    if (!read) {
      mlir::emitError(getOperation().getLoc()) << read.error().message;
      return signalPassFailure();
    }
    Applier applier(getOperation(), *read);
    if (mlir::failed(applier.run()))
      return signalPassFailure();
    numConvs += applier.convs;
    numHalos += applier.halos;
  }
};

} // namespace
} // namespace ttc
