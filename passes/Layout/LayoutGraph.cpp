//===- LayoutGraph.cpp - the layouts of a graph as a choice problem ----------===//
#include "passes/Layout/LayoutGraph.h"

#include "dialects/TT/Lowering/Lowering.h"
#include "mlir/IR/Threading.h"

#include <set>

namespace ttc {
using mlir::LogicalResult;
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;
using tt::LayoutAttr;
using tt::TileOrder;

namespace {
RankedTensorType typeOf(Value v) { return llvm::cast<RankedTensorType>(v.getType()); }
RankedTensorType withLayout(RankedTensorType type, LayoutAttr layout) {
  return RankedTensorType::get(type.getShape(), type.getElementType(), layout);
}
LayoutAttr::Extents matrixOf(Value v) { return LayoutAttr::getRowsCols(typeOf(v)); }

/// Choices that are kept of each sharding and order, and in all.
constexpr size_t keptOfKind = 3, keptInAll = 16;
/// A choice that costs more than this many times the cheapest is kept only as the best of its kind.
constexpr double worthKeeping = 1.5;
} // namespace

int64_t l1BytesOf(RankedTensorType type, LayoutAttr layout, const DeviceSpec &spec) {
  if (layout.isInDram())
    return 0;
  int64_t pages = layout.pagesPerShard(type);
  if (!layout.isSharded())
    pages = (pages + spec.cores() - 1) / spec.cores();
  constexpr int64_t alignment = 64;
  int64_t bytes = layout.pageBytes(type, spec.l1_alignment) * pages;
  return (bytes + alignment - 1) / alignment * alignment;
}

LayoutAttr inOtherOrder(RankedTensorType type, LayoutAttr layout) {
  TileOrder other = layout.isTiled() ? TileOrder::row_major : TileOrder::tile;
  tt::StorageType storage =
      other == TileOrder::row_major ? tt::StorageType::bf16 : layout.getStorage();
  int64_t cols = layout.isSharded() ? (layout.paddedShard(type).cols + 31) / 32 * 32 : 0;
  return LayoutAttr::get(layout.getContext(), layout.getMemory(), layout.getSharding(),
                         layout.getGridX(), layout.getGridY(), layout.getShardRows(), cols, other,
                         storage, layout.getColMajor());
}

std::string LayoutChoice::str() const {
  return recipe.str() + (order == TileOrder::tile ? " tile" : " row_major");
}

/// What ops of one class with operands of the same choices share.
struct LayoutGraph::Tables {
  std::shared_ptr<std::vector<LayoutChoice>> choices =
      std::make_shared<std::vector<LayoutChoice>>();
  std::shared_ptr<std::vector<RejectedChoice>> rejected =
      std::make_shared<std::vector<RejectedChoice>>();
  std::vector<std::shared_ptr<EdgeTable>> edges;
};

LayoutGraph::LayoutGraph(mlir::func::FuncOp func, const DeviceSpec &spec,
                         LayoutOverrides &overrides, LayoutGraphOptions options)
    : func(func), spec(spec), overrides(overrides), options(std::move(options)),
      grid{spec.grid_x, spec.grid_y} {}

Cost LayoutGraph::costOf(const Price &price) const {
  constexpr Cost tieBreak = 1 << 20; // more than the cycles of any program worth choosing
  switch (options.objective) {
  case Objective::latency:
  case Objective::l1: return price.cycles; // the capacity of L1 does the rest
  case Objective::dramBytes: return price.dramBytes * 64 + std::min(price.cycles / 64, tieBreak);
  }
  llvm_unreachable("unknown objective");
}

std::optional<std::pair<int, unsigned>> LayoutGraph::producer(Value value) const {
  while (Operation *def = value.getDefiningOp()) {
    if (auto it = nodeOf.find(def); it != nodeOf.end())
      return std::pair(it->second, llvm::cast<mlir::OpResult>(value).getResultNumber());
    auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(def);
    if (!layoutOp || !layoutOp.isView())
      return std::nullopt;
    value = def->getOperand(0);
  }
  return std::nullopt;
}

/// Orders that the op can write and some reader can read; all it can write if none.
std::vector<TileOrder> LayoutGraph::usefulOrders(Operation *op) const {
  auto writable = [](Operation *o) {
    auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(o);
    return layoutOp ? layoutOp.resultOrders() : tt::OrderSet::any();
  };
  constexpr TileOrder both[] = {TileOrder::tile, TileOrder::row_major};
  std::function<bool(Value, TileOrder)> readable = [&](Value value, TileOrder order) {
    for (mlir::OpOperand &use : value.getUses()) {
      auto reader = llvm::dyn_cast<tt::LayoutOpInterface>(use.getOwner());
      if (!reader || use.getOwner()->getNumResults() == 0)
        return true; // the host reads both
      if (reader.isView()) {
        if (readable(use.getOwner()->getResult(0), order))
          return true;
        continue;
      }
      for (TileOrder result : both)
        if (writable(use.getOwner()).contains(result) &&
            reader.operandOrders(use.getOperandNumber(), result).contains(order))
          return true;
    }
    return false;
  };
  std::vector<TileOrder> orders, possible;
  for (TileOrder order : both) {
    if (!writable(op).contains(order))
      continue;
    possible.push_back(order);
    if (llvm::any_of(op->getResults(), [&](Value v) { return readable(v, order); }))
      orders.push_back(order);
  }
  return orders.empty() ? possible : orders;
}

std::string LayoutGraph::classOf(Operation *op) const {
  std::string key;
  llvm::raw_string_ostream os(key);
  os << op->getName() << ' ' << op->getAttrDictionary() << " :";
  for (Value v : op->getOperands()) {
    os << ' ' << v.getType();
    if (auto constant = v.getDefiningOp<tt::ConstantOp>())
      os << (constant.getValue().isSplat() ? " splat" : " constant");
  }
  os << " ->";
  for (mlir::Type t : op->getResultTypes())
    os << ' ' << t;
  os << " in";
  for (TileOrder order : usefulOrders(op))
    os << ' ' << stringifyTileOrder(order);
  return key;
}

LogicalResult LayoutGraph::addInput(tt::ToDeviceOp op) {
  // The host writes any layout: what its readers pay decides.
  const LayoutOverride *fixed = overrides.find(op);
  RankedTensorType type = typeOf(op.getResult());
  auto choices = std::make_shared<std::vector<LayoutChoice>>();
  int64_t cols = LayoutAttr::getRowsCols(type).cols;
  std::map<std::pair<tt::Sharding, TileOrder>, size_t> ofKind;
  for (TileOrder order : usefulOrders(op))
    for (const LayoutRecipe &recipe : layoutRecipes(type, grid)) {
      std::optional<LayoutAttr> layout = makeLayout(type, recipe, order, grid);
      if (!layout || (options.allowed && !options.allowed(recipe)) ||
          (fixed && !fixed->allows(*layout)) || l1BytesOf(type, *layout, spec) > spec.l1Bytes())
        continue;
      size_t &n = ofKind[{recipe.sharding, order}];
      if (n++ >= 2 && !fixed && !options.keepAll)
        continue;
      if (!layout->isTiled() && layout->getSharding() == tt::Sharding::height)
        // The host writes sticks without padding to a tile's width: 16-byte units are enough.
        layout = LayoutAttr::get(op.getContext(), layout->getMemory(), layout->getSharding(),
                                 layout->getGridX(), layout->getGridY(), layout->getShardRows(),
                                 (cols + 7) / 8 * 8, layout->getOrder(), layout->getStorage(),
                                 false);
      choices->push_back({recipe, order, {*layout}, {}, {}});
    }
  if (choices->empty())
    return op.emitError("no layout for the input that the overrides allow");
  LayoutNode node;
  node.op = op;
  node.choices = choices;
  node.rejected = std::make_shared<std::vector<RejectedChoice>>();
  nodeOf[op] = int(graph.size());
  graph.push_back(std::move(node));
  return mlir::success();
}

std::shared_ptr<LayoutGraph::Tables> LayoutGraph::makeTables(tt::LowerToTileOpInterface op,
                                                             const LayoutNode &node,
                                                             const LayoutOverride *fixed) {
  auto tables = std::make_shared<Tables>();
  auto layoutOp = llvm::cast<tt::LayoutOpInterface>(op.getOperation());
  mlir::MLIRContext *context = op->getContext();
  auto reject = [&](const LayoutRecipe &recipe, TileOrder order, std::string reason) {
    tables->rejected->push_back({recipe, order, std::move(reason)});
  };

  // Candidates that can be laid out at all.
  std::vector<LayoutChoice> candidates;
  for (TileOrder order : usefulOrders(op))
    for (const LayoutRecipe &recipe : layoutRecipes(typeOf(op->getResult(0)), grid)) {
      if (options.allowed && !options.allowed(recipe))
        continue;
      LayoutChoice choice{recipe, order, {}, {}, {}};
      std::string reason;
      for (Value result : op->getResults()) {
        std::optional<LayoutAttr> layout = makeLayout(typeOf(result), recipe, order, grid);
        int64_t bytes = layout ? l1BytesOf(typeOf(result), *layout, spec) : 0;
        if (!layout)
          reason = "the tensor cannot be cut so over the grid";
        else if (fixed && !fixed->allows(*layout))
          reason = "the layer's override asks for something else";
        else if (bytes > spec.l1Bytes())
          reason = "needs " + std::to_string(bytes) + " bytes of L1 per core, limit is " +
                   std::to_string(spec.l1Bytes());
        choice.results.push_back(layout.value_or(LayoutAttr()));
      }
      if (reason.empty())
        candidates.push_back(std::move(choice));
      else
        reject(recipe, order, reason);
    }

  // Each is priced with the operands that are likely to suit it: cut as the result is, else the
  // producer's cheapest, else the result's own layout.
  auto readable = [&](const LayoutNode::Operand &operand, TileOrder result, TileOrder order) {
    return layoutOp.operandOrders(operand.index, result).contains(order);
  };
  auto probe = [&](const LayoutNode::Operand &operand, const LayoutChoice &c, int kind) {
    const std::vector<LayoutChoice> &from = *graph[size_t(operand.from)].choices;
    Value value = op->getOperand(operand.index);
    if (kind == 2 && matrixOf(value) == matrixOf(op->getResult(0)))
      return c.results[0];
    for (const LayoutChoice &x : from)
      if (kind == 0 && x.recipe == c.recipe && readable(operand, c.order, x.order))
        return x.results[operand.result];
    for (const LayoutChoice &x : from)
      if (readable(operand, c.order, x.order))
        return x.results[operand.result];
    return inOtherOrder(typeOf(value), from.front().results[operand.result]);
  };
  std::vector<std::string> failed(candidates.size());
  std::vector<char> works(candidates.size(), 0);
  std::vector<int64_t> tried(candidates.size(), 0);
  mlir::parallelFor(context, 0, candidates.size(), [&](size_t i) {
    LayoutChoice &c = candidates[i];
    std::vector<std::vector<LayoutAttr>> done;
    for (int kind = 0; kind < 3; ++kind) {
      if (kind == 2 && works[i])
        break;
      std::vector<LayoutAttr> operands(op->getNumOperands());
      for (const LayoutNode::Operand &operand : node.operands)
        operands[operand.index] = probe(operand, c, kind);
      if (llvm::is_contained(done, operands))
        continue;
      done.push_back(operands);
      Expected<Price> price = priceOp(op, spec, operands, c.results);
      ++tried[i];
      if (!price) {
        if (failed[i].empty())
          failed[i] = price.error().message;
        continue;
      }
      if (!works[i] || costOf(*price) < costOf(c.price)) {
        c.price = *price;
        c.reference = operands;
      }
      works[i] = 1;
    }
  });
  for (int64_t n : tried)
    pricedCount += n;

  // The cheapest of each kind stay, and those that are not far from the cheapest of all.
  std::vector<size_t> order;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (works[i])
      order.push_back(i);
    else
      reject(candidates[i].recipe, candidates[i].order, failed[i]);
  }
  auto cost = [&](size_t i) { return costOf(candidates[i].price); };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return cost(a) < cost(b); });
  using Kind = std::tuple<tt::MemorySpace, tt::Sharding, TileOrder>;
  std::map<Kind, size_t> ofKind;
  for (size_t i : order) {
    LayoutChoice &c = candidates[i];
    size_t &n = ofKind[{c.recipe.memory, c.recipe.sharding, c.order}];
    bool near = double(cost(i)) <= worthKeeping * double(cost(order.front()));
    bool room = tables->choices->size() < keptInAll;
    if (n == 0 || (n < keptOfKind && near && room) || options.keepAll) {
      ++n;
      tables->choices->push_back(std::move(c));
      continue;
    }
    reject(c.recipe, c.order,
           std::to_string(c.price.cycles) + " cycles with the operands that suit it best; " +
               std::to_string(n) + " of its kind cost no more" +
               (near ? "" : ", and the best of all " +
                                std::to_string(tables->choices->front().price.cycles)));
  }
  if (tables->choices->empty())
    return tables;

  // Edges: each operand in each layout its producer may choose, the others as the reference has them.
  const std::vector<LayoutChoice> &choices = *tables->choices;
  int n = int(choices.size());
  struct Job {
    size_t operand;
    int from, choice;
  };
  std::vector<Job> jobs;
  for (size_t o = 0; o < node.operands.size(); ++o) {
    auto table = std::make_shared<EdgeTable>();
    table->choices = n;
    int from = int(graph[size_t(node.operands[o].from)].choices->size());
    table->entries.resize(size_t(from * n));
    tables->edges.push_back(table);
    for (int f = 0; f < from; ++f)
      for (int c = 0; c < n; ++c)
        jobs.push_back({o, f, c});
  }
  std::vector<int64_t> counts(jobs.size(), 0);
  mlir::parallelFor(context, 0, jobs.size(), [&](size_t j) {
    auto [o, f, c] = jobs[j];
    const LayoutNode::Operand &operand = node.operands[o];
    const LayoutChoice &choice = choices[size_t(c)];
    EdgeTable::Entry &entry = tables->edges[o]->entries[size_t(f * n + c)];
    LayoutAttr lies = (*graph[size_t(operand.from)].choices)[size_t(f)].results[operand.result];
    LayoutAttr reference = choice.reference[operand.index];
    if (lies == reference) {
      entry.cost = 0;
      entry.working = choice.price.l1Bytes;
      return;
    }
    std::vector<LayoutAttr> operands = choice.reference;
    operands[operand.index] = lies;
    Cost own = costOf(choice.price);
    if (readable(operand, choice.order, lies.getOrder())) {
      Expected<Price> price = priceOp(op, spec, operands, choice.results);
      ++counts[j];
      if (price) {
        entry.cost = costOf(*price) - own;
        entry.working = price->l1Bytes;
        // A reshard is a program: no less than a launch is to be gained.
        if (options.objective != Objective::dramBytes && entry.cost <= timing::launchGap(spec))
          return;
      }
    }
    Value value = op->getOperand(operand.index);
    Expected<Price> moved = priceReshard(typeOf(value), spec, lies, reference);
    ++counts[j];
    if (!moved)
      return;
    Cost cost = costOf(*moved);
    if (cost < entry.cost) {
      entry.cost = cost;
      entry.via = reference;
      entry.reshardCycles = moved->cycles;
      entry.working = choice.price.l1Bytes;
    }
  });
  for (int64_t k : counts)
    pricedCount += k;
  return tables;
}

LogicalResult LayoutGraph::addOp(tt::LowerToTileOpInterface op) {
  const LayoutOverride *fixed = overrides.find(op);
  if (fixed)
    fixed->pin(op);
  LayoutNode node;
  node.op = op;
  std::string key = classOf(op);
  llvm::raw_string_ostream os(key);
  for (auto [i, operand] : llvm::enumerate(op->getOperands())) {
    if (operand.getDefiningOp<tt::ConstantOp>())
      continue;
    auto from = producer(operand);
    if (!from)
      return op->emitError("expected operand ") << i << " to be a device value";
    node.operands.push_back({unsigned(i), from->first, from->second});
    os << " | " << from->second << ' ' << graph[size_t(from->first)].choices.get();
  }
  std::shared_ptr<Tables> tables;
  if (fixed) {
    tables = makeTables(op, node, fixed);
  } else {
    std::shared_ptr<Tables> &slot = known[key];
    if (!slot)
      slot = makeTables(op, node, nullptr);
    tables = slot;
  }
  if (tables->choices->empty()) {
    mlir::InFlightDiagnostic diag = op->emitError("no legal layout");
    std::map<std::string, std::string> reasons; // one of each kind
    for (const RejectedChoice &r : *tables->rejected)
      reasons.insert({stringifySharding(r.recipe.sharding).str() + " sharding", r.reason});
    for (auto &[kind, reason] : reasons)
      diag.attachNote() << kind << ": " << reason;
    if (reasons.empty())
      diag.attachNote() << "the overrides, the policy or the size of L1 leave no candidate";
    return diag;
  }
  node.choices = tables->choices;
  node.rejected = tables->rejected;
  node.edges.assign(tables->edges.begin(), tables->edges.end());
  nodeOf[op] = int(graph.size());
  graph.push_back(std::move(node));
  return mlir::success();
}

LogicalResult LayoutGraph::build() {
  for (Operation &op : func.getBody().front()) {
    if (llvm::isa<tt::ConstantOp, tt::FromDeviceOp, mlir::func::ReturnOp>(op))
      continue;
    if (auto input = llvm::dyn_cast<tt::ToDeviceOp>(op)) {
      if (mlir::failed(addInput(input)))
        return mlir::failure();
      continue;
    }
    // Heads behind from_device work on host tensors.
    if (op.getNumOperands() && !producer(op.getOperand(0)) &&
        !op.getOperand(0).getDefiningOp<tt::ConstantOp>())
      continue;
    auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(op);
    auto lowered = llvm::dyn_cast<tt::LowerToTileOpInterface>(op);
    if (!layoutOp || !lowered)
      return op.emitError("expected an op with a tile program");
    if (layoutOp.isView()) {
      views.push_back(&op);
      continue;
    }
    if (mlir::failed(addOp(lowered)))
      return mlir::failure();
  }
  return mlir::success();
}

/// Pairs of choices with which operand number `o` may be overwritten by the result; none if it never may.
std::vector<bool> LayoutGraph::inPlace(const LayoutNode &node, size_t o) const {
  mlir::OpOperand &operand = node.op->getOpOperand(node.operands[o].index);
  std::vector<bool> pairs;
  auto isView = [](Operation *user) {
    auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(user);
    return layoutOp && layoutOp.isView();
  };
  if (node.op->getNumResults() != 1 || llvm::any_of(operand.get().getUsers(), isView) || !tt::mayOverwrite(operand) ||
      typeOf(operand.get()).getShape() != typeOf(node.op->getResult(0)).getShape())
    return pairs;
  const EdgeTable &edges = *node.edges[o];
  const std::vector<LayoutChoice> &from = *graph[size_t(node.operands[o].from)].choices, &to = *node.choices;
  for (size_t f = 0; f < from.size(); ++f)
    for (size_t c = 0; c < to.size(); ++c) {
      LayoutAttr lies = from[f].results[node.operands[o].result];
      pairs.push_back(lies.isInL1() && lies == to[c].results[0] && !edges.at(int(f), int(c)).via);
    }
  return pairs;
}

ChoiceProblem LayoutGraph::problem() const {
  ChoiceProblem p;
  p.capacity = spec.l1Bytes();
  int n = int(graph.size());
  for (int v = 0; v < n; ++v) {
    const LayoutNode &node = graph[size_t(v)];
    ChoiceProblem::Node out;
    out.lastUse = v;
    bool viewed = false;
    for (Value result : node.op->getResults())
      for (Operation *user : result.getUsers()) {
        auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(user);
        viewed |= layoutOp && layoutOp.isView();
      }
    for (const LayoutChoice &c : *node.choices) {
      bool input = llvm::isa<tt::ToDeviceOp>(node.op);
      out.cost.push_back(input ? 0 : costOf(c.price));
      int64_t bytes = 0;
      for (auto [result, layout] : llvm::zip(node.op->getResults(), c.results))
        bytes += l1BytesOf(typeOf(result), layout, spec);
      out.bytes.push_back(bytes);
      out.working.push_back(node.operands.empty() ? c.price.l1Bytes : 0); // edges know
      if (c.recipe.memory == tt::MemorySpace::dram && out.spilled < 0 && !viewed)
        out.spilled = int(out.cost.size()) - 1;
    }
    if (out.spilled >= 0)
      for (const LayoutChoice &c : *node.choices) {
        Cost cost = 0;
        for (auto [i, result] : llvm::enumerate(node.op->getResults())) {
          LayoutAttr to = (*node.choices)[size_t(out.spilled)].results[i];
          Expected<Price> moved = c.results[i] == to
                                      ? Expected<Price>(Price())
                                      : priceReshard(typeOf(result), spec, c.results[i], to);
          cost = moved && cost < impossible ? cost + costOf(*moved) : impossible;
        }
        out.spillCost.push_back(cost);
      }
    for (size_t o = 0; o < node.operands.size(); ++o) {
      ChoiceProblem::Edge edge;
      edge.from = node.operands[o].from;
      for (const EdgeTable::Entry &e : node.edges[o]->entries) {
        edge.cost.push_back(e.cost);
        edge.working.push_back(e.working);
      }
      edge.inPlace = inPlace(node, o);
      out.operands.push_back(std::move(edge));
      p.nodes[size_t(node.operands[o].from)].lastUse = v;
    }
    p.nodes.push_back(std::move(out));
  }
  // The host reads results after the last program; views keep their source alive.
  std::function<bool(Value)> toHost = [&](Value value) {
    for (Operation *user : value.getUsers()) {
      auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(user);
      if (llvm::isa<tt::FromDeviceOp>(user) ||
          (layoutOp && layoutOp.isView() && toHost(user->getResult(0))))
        return true;
    }
    return false;
  };
  for (int v = 0; v < n; ++v)
    if (llvm::any_of(graph[size_t(v)].op->getResults(), toHost))
      p.nodes[size_t(v)].lastUse = n - 1;
  return p;
}

void LayoutGraph::apply(const ChoiceResult &result) {
  std::vector<int> current = result.choice;
  llvm::DenseMap<std::pair<Value, mlir::Attribute>, Value> converted;
  ChoiceProblem p = problem();
  auto reshard = [&](Operation *before, Value value, LayoutAttr layout) {
    Value &made = converted[{value, layout}];
    if (!made) {
      made = mlir::OpBuilder(before).create<tt::ReshardOp>(
          before->getLoc(), withLayout(typeOf(value), layout), value);
      ++reshardCount;
    }
    return made;
  };
  for (const LayoutNode &node : graph)
    for (auto [value, layout] :
         llvm::zip(node.op->getResults(), (*node.choices)[size_t(result.choice[size_t(&node - graph.data())])].results))
      value.setType(withLayout(typeOf(value), layout));
  for (Operation *view : views)
    for (Value value : view->getResults())
      value.setType(withLayout(typeOf(value), tt::getLayout(view->getOperand(0).getType())));
  size_t nextSpill = 0;
  for (int v = 0; v < int(graph.size()); ++v) {
    const LayoutNode &node = graph[size_t(v)];
    for (; nextSpill < result.spills.size() && result.spills[nextSpill].step == v; ++nextSpill) {
      int u = result.spills[nextSpill].node;
      int to = p.nodes[size_t(u)].spilled;
      for (auto [i, value] : llvm::enumerate(graph[size_t(u)].op->getResults())) {
        Value moved = reshard(node.op, value, (*graph[size_t(u)].choices)[size_t(to)].results[i]);
        value.replaceUsesWithIf(moved, [&](mlir::OpOperand &use) {
          return use.getOwner() != moved.getDefiningOp() &&
                 moved.getDefiningOp()->isBeforeInBlock(use.getOwner());
        });
      }
      current[size_t(u)] = to;
    }
    for (size_t o = 0; o < node.operands.size(); ++o) {
      const LayoutNode::Operand &operand = node.operands[o];
      const EdgeTable::Entry &e =
          node.edges[o]->at(current[size_t(operand.from)], result.choice[size_t(v)]);
      if (e.via)
        node.op->setOperand(operand.index,
                            reshard(node.op, node.op->getOperand(operand.index), e.via));
    }
  }
}

} // namespace ttc
