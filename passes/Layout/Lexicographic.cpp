//===- Lexicographic.cpp - a peer's way to choose layouts --------------------===//
#include "passes/Layout/Lexicographic.h"

#include "passes/Layout/Boundary.h"
#include "passes/Layout/LayoutGraph.h"
#include "passes/Layout/Orders.h"

#include <set>

namespace ttc {
using mlir::LogicalResult;
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;
using tt::LayoutAttr;
using tt::TileOrder;

namespace {

constexpr size_t beamWidth = 8, reshardsOfKind = 4, maxCandidates = 64;

RankedTensorType typeOf(Value v) { return llvm::cast<RankedTensorType>(v.getType()); }

/// Larger is better, first field first.
using Score = std::tuple<bool, bool, int64_t, bool, int64_t, int64_t>;

struct OperandChoice {
  LayoutAttr layout;  ///< as the op reads it
  int producer = -1;  ///< entry of the producer's beam that has it; -1: after a reshard
};

struct BeamEntry {
  llvm::SmallVector<LayoutAttr, 1> results;
  std::vector<OperandChoice> operands; ///< of all operands; null layouts for constants
  Score score;
};

class Beam {
public:
  Beam(mlir::func::FuncOp func, const DeviceSpec &spec, LayoutOverrides &overrides,
       LexicographicStats &stats)
      : func(func), spec(spec), overrides(overrides), stats(stats),
        grid{spec.grid_x, spec.grid_y} {}
  LogicalResult run();

private:
  struct Node {
    Operation *op;
    bool view = false;
    std::vector<BeamEntry> beam;
    int chosen = 0;
  };
  LogicalResult propagate(tt::LowerToTileOpInterface op);
  std::vector<OperandChoice> operandChoices(mlir::OpOperand &use) const;
  std::vector<LayoutRecipe> shardedHints(RankedTensorType type) const;
  std::optional<BeamEntry> entry(Operation *op, const LayoutRecipe &recipe,
                                 const std::vector<OperandChoice> &operands) const;
  bool valid(tt::LowerToTileOpInterface op, const BeamEntry &e);
  void consolidate();
  void write();
  LayoutAttr layoutOf(const Node &node, const BeamEntry &e, Value v) const {
    return node.view ? e.results[0]
                     : e.results[llvm::cast<mlir::OpResult>(v).getResultNumber()];
  }

  mlir::func::FuncOp func;
  const DeviceSpec &spec;
  LayoutOverrides &overrides;
  LexicographicStats &stats;
  Grid grid;
  OrderMap orders;
  std::vector<Node> nodes;
  llvm::DenseMap<Operation *, size_t> nodeOf;
};

/// L1 shardings, more cores first.
std::vector<LayoutRecipe> Beam::shardedHints(RankedTensorType type) const {
  std::vector<LayoutRecipe> hints;
  for (const LayoutRecipe &r : layoutRecipes(type, grid))
    if (r.sharding != tt::Sharding::interleaved)
      hints.push_back(r);
  std::stable_sort(hints.begin(), hints.end(), [](const LayoutRecipe &a, const LayoutRecipe &b) {
    return a.rowParts * a.colParts > b.rowParts * b.colParts;
  });
  if (hints.size() > maxCandidates)
    hints.resize(maxCandidates);
  return hints;
}

/// The producer's beam, then reshards: interleaved L1, and up to four of each sharding, so that one
/// kind does not crowd out the others.
std::vector<OperandChoice> Beam::operandChoices(mlir::OpOperand &use) const {
  Value value = use.get();
  const Node &node = nodes[nodeOf.lookup(value.getDefiningOp())];
  RankedTensorType type = typeOf(value);
  tt::OrderSet readable = readableOrders(use, orders);
  std::vector<OperandChoice> choices;
  auto add = [&](LayoutAttr layout, int producer) {
    if (!readable.contains(layout.getOrder())) {
      layout = inOtherOrder(type, layout);
      producer = -1;
    }
    if (llvm::none_of(choices, [&](const OperandChoice &c) { return c.layout == layout; }))
      choices.push_back({layout, producer});
  };
  for (auto [i, e] : llvm::enumerate(node.beam))
    add(layoutOf(node, e, value), int(i));
  TileOrder order = layoutOf(node, node.beam.front(), value).getOrder();
  auto reshard = [&](const LayoutRecipe &r) {
    if (std::optional<LayoutAttr> layout = makeLayout(type, r, order, grid))
      if (l1BytesOf(type, *layout, spec) <= spec.l1Bytes())
        add(*layout, -1);
  };
  reshard({tt::MemorySpace::l1, tt::Sharding::interleaved, 1, 1});
  std::map<tt::Sharding, size_t> ofKind;
  for (const LayoutRecipe &r : shardedHints(type))
    if (ofKind[r.sharding]++ < reshardsOfKind)
      reshard(r);
  if (choices.size() > maxCandidates)
    choices.resize(maxCandidates);
  return choices;
}

std::optional<BeamEntry> Beam::entry(Operation *op, const LayoutRecipe &recipe,
                                     const std::vector<OperandChoice> &operands) const {
  BeamEntry e;
  int64_t l1 = 0, dram = 0;
  for (Value result : op->getResults()) {
    auto layout = makeLayout(typeOf(result), recipe, orders.lookup(result), grid);
    if (!layout)
      return std::nullopt;
    l1 += l1BytesOf(typeOf(result), *layout, spec);
    e.results.push_back(*layout);
  }
  bool reshards = false;
  for (auto [value, choice] : llvm::zip(op->getOperands(), operands)) {
    if (!choice.layout)
      continue;
    reshards |= choice.producer < 0;
    if (choice.layout.isInDram())
      dram += choice.layout.totalBytes(typeOf(value));
    l1 += l1BytesOf(typeOf(value), choice.layout, spec);
  }
  if (l1 > spec.l1Bytes())
    return std::nullopt;
  LayoutAttr first = e.results.front();
  int64_t cores = first.isSharded() ? first.numShards(typeOf(op->getResult(0))) : grid.cores();
  e.operands = operands;
  e.score = {first.isInL1(), first.isSharded(), -dram, !reshards, cores, -l1};
  return e;
}

bool Beam::valid(tt::LowerToTileOpInterface op, const BeamEntry &e) {
  ++stats.validated;
  std::vector<LayoutAttr> operands;
  for (const OperandChoice &c : e.operands)
    operands.push_back(c.layout);
  Expected<Price> price = priceOp(op, spec, operands, e.results);
  return price && price->l1Bytes - std::get<5>(e.score) <= spec.l1Bytes();
}

LogicalResult Beam::propagate(tt::LowerToTileOpInterface op) {
  const LayoutOverride *fixed = overrides.find(op);
  std::vector<std::vector<OperandChoice>> choices;
  for (mlir::OpOperand &use : op->getOpOperands()) {
    if (use.get().getDefiningOp<tt::ConstantOp>())
      choices.push_back({{}});
    else
      choices.push_back(operandChoices(use));
  }
  // All combinations; a dozen operands of a concatenation vary together instead.
  std::vector<std::vector<OperandChoice>> combinations = {{}};
  bool product = op->getNumOperands() <= 4;
  if (product) {
    for (const std::vector<OperandChoice> &c : choices) {
      std::vector<std::vector<OperandChoice>> longer;
      for (const std::vector<OperandChoice> &begun : combinations)
        for (const OperandChoice &next : c) {
          longer.push_back(begun);
          longer.back().push_back(next);
        }
      combinations = std::move(longer);
    }
  } else {
    combinations.clear();
    for (size_t k = 0; k < maxCandidates; ++k) {
      std::vector<OperandChoice> together;
      for (const std::vector<OperandChoice> &c : choices)
        together.push_back(c[std::min(k, c.size() - 1)]);
      combinations.push_back(together);
    }
  }
  // Null hint: the result as the first operand lies, over as many cores as its sharding allows.
  std::vector<BeamEntry> entries;
  auto collect = [&](auto recipesFor) {
    for (const std::vector<OperandChoice> &operands : combinations)
      for (const LayoutRecipe &recipe : recipesFor(operands))
        if (std::optional<BeamEntry> e = entry(op, recipe, operands))
          if (!fixed || llvm::all_of(e->results, [&](LayoutAttr l) { return fixed->allows(l); }))
            entries.push_back(std::move(*e));
  };
  RankedTensorType type = typeOf(op->getResult(0));
  std::vector<LayoutRecipe> hints = shardedHints(type);
  LayoutRecipe dram{tt::MemorySpace::dram, tt::Sharding::interleaved, 1, 1};
  LayoutRecipe l1{tt::MemorySpace::l1, tt::Sharding::interleaved, 1, 1};
  collect([&](const std::vector<OperandChoice> &operands) {
    LayoutAttr first;
    for (const OperandChoice &c : operands)
      if (c.layout && !first)
        first = c.layout;
    LayoutRecipe natural = first && first.isInL1() ? l1 : dram;
    if (first && first.isSharded())
      for (const LayoutRecipe &h : llvm::reverse(hints))
        if (h.sharding == first.getSharding())
          natural = h; // the last one seen has the most cores
    return std::vector<LayoutRecipe>{natural};
  });
  auto best = [&] {
    std::stable_sort(entries.begin(), entries.end(),
                     [](const BeamEntry &a, const BeamEntry &b) { return a.score > b.score; });
    std::vector<BeamEntry> beam;
    for (BeamEntry &e : entries) {
      if (beam.size() == beamWidth)
        break;
      bool seen = llvm::any_of(beam, [&](const BeamEntry &k) { return k.results == e.results; });
      if (!seen && valid(op, e))
        beam.push_back(e);
    }
    return beam;
  };
  std::vector<BeamEntry> beam = best();
  // Sharded hints only where the op did not come out sharded by itself.
  if (beam.empty() || !std::get<1>(beam.front().score)) {
    collect([&](const std::vector<OperandChoice> &) { return hints; });
    beam = best();
  }
  if (beam.empty()) {
    collect([&](const std::vector<OperandChoice> &) {
      return std::vector<LayoutRecipe>{l1, dram};
    });
    beam = best();
  }
  // Elementwise programs over sticks want all tensors cut alike: every operand becomes the result.
  if (beam.empty()) {
    std::vector<LayoutRecipe> all = hints;
    all.insert(all.end(), {l1, dram});
    for (const LayoutRecipe &recipe : all) {
      std::vector<OperandChoice> alike;
      for (auto [value, c] : llvm::zip(op->getOperands(), choices)) {
        OperandChoice choice;
        if (c.front().layout)
          if (auto layout = makeLayout(typeOf(value), recipe, orders.lookup(op->getResult(0)), grid))
            choice.layout = *layout;
        alike.push_back(choice);
      }
      if (std::optional<BeamEntry> e = entry(op, recipe, alike); e && valid(op, *e)) {
        beam.push_back(*e);
        break;
      }
    }
  }
  if (beam.empty())
    return op->emitError("no legal layout under policy lexicographic");
  nodeOf[op] = nodes.size();
  nodes.push_back({op, false, std::move(beam), 0});
  return mlir::success();
}

/// From results to arguments: the entry that the most readers came from.
void Beam::consolidate() {
  for (size_t n = nodes.size(); n-- > 0;) {
    Node &node = nodes[n];
    std::vector<int> votes(node.beam.size(), 0);
    for (Value result : node.op->getResults())
      for (mlir::OpOperand &use : result.getUses()) {
        auto reader = nodeOf.find(use.getOwner());
        if (reader == nodeOf.end())
          continue;
        const Node &r = nodes[reader->second];
        int wanted = r.view ? r.chosen
                            : r.beam[size_t(r.chosen)].operands[use.getOperandNumber()].producer;
        if (wanted >= 0)
          ++votes[size_t(wanted)];
      }
    node.chosen = int(std::max_element(votes.begin(), votes.end()) - votes.begin());
  }
}

void Beam::write() {
  llvm::DenseMap<std::pair<Value, mlir::Attribute>, Value> converted;
  for (Node &node : nodes) {
    const BeamEntry &e = node.beam[size_t(node.chosen)];
    for (Value result : node.op->getResults())
      result.setType(RankedTensorType::get(typeOf(result).getShape(),
                                           typeOf(result).getElementType(),
                                           layoutOf(node, e, result)));
    if (node.view)
      continue;
    for (auto [use, choice] : llvm::zip(node.op->getOpOperands(), e.operands)) {
      if (!choice.layout || choice.layout == tt::getLayout(use.get().getType()))
        continue;
      Value &made = converted[{use.get(), choice.layout}];
      if (!made) {
        RankedTensorType type = typeOf(use.get());
        made = mlir::OpBuilder(node.op).create<tt::ReshardOp>(
            node.op->getLoc(),
            RankedTensorType::get(type.getShape(), type.getElementType(), choice.layout),
            use.get());
        ++stats.reshards;
      }
      use.set(made);
    }
  }
}

LogicalResult Beam::run() {
  placeBoundary(func);
  orders = chooseOrders(func, llvm::DenseMap<Value, TileOrder>());
  for (Operation &op : func.getBody().front()) {
    if (llvm::isa<tt::ConstantOp, tt::FromDeviceOp, mlir::func::ReturnOp>(op))
      continue;
    if (auto input = llvm::dyn_cast<tt::ToDeviceOp>(op)) {
      // Inputs of the graph are pinned to DRAM.
      LayoutRecipe dram{tt::MemorySpace::dram, tt::Sharding::interleaved, 1, 1};
      BeamEntry e;
      e.results.push_back(*makeLayout(typeOf(input.getResult()), dram,
                                      orders.lookup(input.getResult()), grid));
      nodeOf[&op] = nodes.size();
      nodes.push_back({&op, false, {e}, 0});
      continue;
    }
    Operation *source = op.getNumOperands() ? op.getOperand(0).getDefiningOp() : nullptr;
    if (source && !nodeOf.count(source) && !llvm::isa<tt::ConstantOp>(source))
      continue; // host values behind from_device
    auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(op);
    auto lowered = llvm::dyn_cast<tt::LowerToTileOpInterface>(op);
    if (!layoutOp || !lowered)
      return op.emitError("expected an op with a tile program");
    if (layoutOp.isView()) {
      const Node &from = nodes[nodeOf.lookup(source)];
      Node node{&op, true, {}, 0};
      for (const BeamEntry &e : from.beam) {
        BeamEntry viewed = e;
        viewed.results = {layoutOf(from, e, op.getOperand(0))};
        node.beam.push_back(viewed);
      }
      nodeOf[&op] = nodes.size();
      nodes.push_back(std::move(node));
      continue;
    }
    if (mlir::failed(propagate(lowered)))
      return mlir::failure();
  }
  consolidate();
  write();
  return mlir::success();
}

} // namespace

LogicalResult chooseLexicographic(mlir::func::FuncOp func, const DeviceSpec &spec,
                                  LayoutOverrides &overrides, LexicographicStats &stats) {
  return Beam(func, spec, overrides, stats).run();
}

} // namespace ttc
