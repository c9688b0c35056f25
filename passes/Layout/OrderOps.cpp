//===- OrderOps.cpp - an order of ops that keeps less alive at once ----------===//
//
// Beam search over the orders that operands allow. What counts is what the tensors that
// are alive take beyond L1, step after step: that has to go to DRAM.
//
//===----------------------------------------------------------------------===//
#include "passes/Layout/Passes.h"
#include "passes/Layout/Pricing.h"

#include "dialects/TT/Lowering/Lowering.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <algorithm>
#include <set>

namespace ttc {
#define GEN_PASS_DEF_TTORDEROPS
#include "passes/Layout/Passes.h.inc"

namespace {
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;

/// Before layouts, what the host has has no storage type.
bool onDevice(Value v) {
  auto type = llvm::dyn_cast<RankedTensorType>(v.getType());
  return type && type.getEncoding() && !(v.getDefiningOp() && llvm::isa<tt::ConstantOp>(v.getDefiningOp()));
}

/// Of a tensor on the device, in tiles; 0 of weights and of what the host has.
int64_t deviceBytes(Value v) {
  if (!onDevice(v))
    return 0;
  auto type = llvm::cast<RankedTensorType>(v.getType());
  tt::LayoutAttr::Extents m = tt::LayoutAttr::getRowsCols(type);
  auto tiles = [](int64_t n) { return (n + tt::tileDim - 1) / tt::tileDim; };
  return tiles(m.rows) * tiles(m.cols) * tt::tileBytes(tt::getStorage(type));
}

/// The ops of a block by their number in it, without the terminator.
struct Graph {
  explicit Graph(mlir::Block &block);
  struct Node {
    Operation *op;
    int64_t bytes = 0;                ///< of its results
    llvm::SmallVector<int> operands;  ///< ops that it reads, each once
    llvm::SmallVector<int> readers;   ///< ops that read it, each once
    bool stays = false;               ///< read after the last op
  };
  std::vector<Node> nodes;
};

Graph::Graph(mlir::Block &block) {
  llvm::DenseMap<Operation *, int> number;
  for (Operation &op : block.without_terminator()) {
    number[&op] = int(nodes.size());
    Node node{&op};
    for (Value result : op.getResults())
      node.bytes += deviceBytes(result);
    for (Value operand : op.getOperands())
      if (Operation *def = operand.getDefiningOp(); def && !llvm::is_contained(node.operands, number[def])) {
        node.operands.push_back(number[def]);
        nodes[size_t(number[def])].readers.push_back(int(nodes.size()));
      }
    node.stays = llvm::any_of(op.getUsers(), [](Operation *user) {
      return user->hasTrait<mlir::OpTrait::IsTerminator>() || llvm::isa<tt::FromDeviceOp>(user) ||
             llvm::none_of(user->getResults(), onDevice);
    });
    nodes.push_back(std::move(node));
  }
}

/// What an order takes beyond the capacity, summed over its steps, and the most that is alive.
struct Need {
  int64_t beyond = 0, peak = 0;
  bool operator<(const Need &o) const { return std::tie(beyond, peak) < std::tie(o.beyond, o.peak); }
};

/// The first ops of an order.
class Prefix {
public:
  std::vector<int> order;
  std::set<int> ready;
  Need need;
  int64_t live = 0;

  Prefix(const Graph &graph, int64_t capacity) : Prefix(graph) { settle(graph, capacity); }

  /// What takes no memory comes as soon as it can.
  void settle(const Graph &graph, int64_t capacity) {
    auto free = [&] { return llvm::find_if(ready, [&](int i) { return graph.nodes[size_t(i)].bytes == 0; }); };
    for (auto next = free(); next != ready.end(); next = free())
      place(graph, *next, capacity);
  }

  void append(const Graph &graph, int i, int64_t capacity) {
    place(graph, i, capacity);
    settle(graph, capacity);
  }

  /// What the order of the source needs.
  static Need inSourceOrder(const Graph &graph, int64_t capacity) {
    Prefix p(graph);
    for (size_t i = 0; i < graph.nodes.size(); ++i)
      p.place(graph, int(i), capacity);
    return p.need;
  }

private:
  explicit Prefix(const Graph &graph) {
    for (auto [i, node] : llvm::enumerate(graph.nodes)) {
      operandsLeft.push_back(int(node.operands.size()));
      readersLeft.push_back(int(node.readers.size()));
      if (node.operands.empty())
        ready.insert(int(i));
    }
  }

  void place(const Graph &graph, int i, int64_t capacity) {
    const Graph::Node &node = graph.nodes[size_t(i)];
    order.push_back(i);
    ready.erase(i);
    live += node.bytes;
    need.peak = std::max(need.peak, live);
    if (node.bytes)
      need.beyond += std::max<int64_t>(0, live - capacity);
    if (node.readers.empty() && !node.stays)
      live -= node.bytes;
    for (int o : node.operands)
      if (--readersLeft[size_t(o)] == 0 && !graph.nodes[size_t(o)].stays)
        live -= graph.nodes[size_t(o)].bytes;
    for (int r : node.readers)
      if (--operandsLeft[size_t(r)] == 0)
        ready.insert(r);
  }

  std::vector<int> operandsLeft, readersLeft; ///< of each op
};

/// Prefixes that are followed at once; fewer in large graphs, as each holds a number for every op.
constexpr size_t maxPrefixes = 32, maxNumbers = 64 * 1024;

Prefix search(const Graph &graph, int64_t capacity) {
  size_t width = std::clamp<size_t>(maxNumbers / std::max<size_t>(1, graph.nodes.size()), 1, maxPrefixes);
  std::vector<Prefix> beam = {Prefix(graph, capacity)};
  while (true) {
    std::vector<Prefix> next;
    bool done = true;
    for (Prefix &p : beam) {
      if (p.ready.empty()) {
        next.push_back(std::move(p));
        continue;
      }
      done = false;
      for (int i : p.ready) {
        next.push_back(p);
        next.back().append(graph, i, capacity);
      }
    }
    if (done)
      return std::move(*std::min_element(next.begin(), next.end(), [](const Prefix &a, const Prefix &b) {
        return a.need < b.need;
      }));
    // Those with the same ops behind them are alike but for what they needed. Of equally good ones the order of the
    // source is kept.
    auto rank = [](const Prefix &p) { return std::tie(p.need.beyond, p.live, p.need.peak, p.order); };
    std::sort(next.begin(), next.end(), [&](const Prefix &a, const Prefix &b) { return rank(a) < rank(b); });
    beam.clear();
    std::set<std::pair<size_t, std::set<int>>> seen;
    for (Prefix &p : next)
      if (beam.size() < width && seen.insert({p.order.size(), p.ready}).second)
        beam.push_back(std::move(p));
  }
}

struct OrderOps : impl::TTOrderOpsBase<OrderOps> {
  using TTOrderOpsBase::TTOrderOpsBase;

  void runOnOperation() override {
    mlir::FailureOr<DeviceSpec> spec = deviceFor(getOperation(), device);
    if (mlir::failed(spec))
      return signalPassFailure();
    mlir::Block &block = getOperation().getBody().front();
    int64_t capacity = spec->cores() * spec->l1Bytes();
    Graph graph(block);
    Need before = Prefix::inSourceOrder(graph, capacity);
    if (before.beyond == 0)
      return;
    Prefix best = search(graph, capacity);
    if (best.need.beyond >= before.beyond)
      return;
    for (auto [place, i] : llvm::enumerate(best.order)) {
      numMoved += int(place) != i;
      graph.nodes[size_t(i)].op->moveBefore(block.getTerminator());
    }
    peakSaved += unsigned((before.peak - best.need.peak) / 1024);
  }
};

} // namespace
} // namespace ttc
