//===- Trace.cpp - what tt-choose-layouts considered, as JSON ----------------===//
#include "passes/Layout/Trace.h"

#include "dialects/TT/Lowering/Lowering.h"
#include "passes/Layout/Blocking.h"

#include <fmt/format.h>

namespace ttc {
namespace {
using nlohmann::ordered_json;

std::string text(tt::LayoutAttr layout) {
  std::string s;
  llvm::raw_string_ostream os(s);
  os << layout;
  return s;
}

/// The source layer, else the op's place among the others.
std::string nameOf(mlir::Operation *op, int number) {
  std::string name = layerName(op->getLoc());
  return name.empty() ? op->getName().stripDialect().str() + "#" + std::to_string(number) : name;
}
std::string nameOf(const LayoutGraph &graph, int node) { return nameOf(graph.nodes()[size_t(node)].op, node); }

ordered_json orNull(Cost cost) { return cost < impossible ? ordered_json(cost) : ordered_json(); }
} // namespace

ordered_json layoutTrace(const LayoutGraph &graph, const ChoiceProblem &problem,
                         const ChoiceResult &result, const std::vector<std::vector<int>> &dominated,
                         const DeviceSpec &spec, llvm::StringRef objective) {
  ordered_json j;
  j["format"] = "ttc-layout-trace";
  j["version"] = 1;
  j["device"] = spec.name;
  j["objective"] = objective.str();
  j["cost"] = result.cost;
  j["lower_bound"] = result.lowerBound;
  j["capacity"] = problem.capacity;
  j["widest"] = result.widest;
  j["priced"] = graph.priced();
  j["ops"] = ordered_json::array();
  // Readers of each node, for what another choice would cost its neighbours.
  std::vector<std::vector<std::pair<int, size_t>>> readers(problem.nodes.size());
  for (size_t v = 0; v < problem.nodes.size(); ++v)
    for (size_t i = 0; i < problem.nodes[v].operands.size(); ++i)
      readers[size_t(problem.nodes[v].operands[i].from)].push_back({int(v), i});
  auto edge = [&](int v, size_t operand, int from, int choice) {
    const ChoiceProblem::Node &node = problem.nodes[size_t(v)];
    return node.operands[operand].cost[size_t(from * node.choices() + choice)];
  };
  auto local = [&](int v, int choice) {
    const ChoiceProblem::Node &node = problem.nodes[size_t(v)];
    Cost cost = node.cost[size_t(choice)];
    for (size_t i = 0; i < node.operands.size() && cost < impossible; ++i)
      cost = std::min(impossible, cost + edge(v, i, result.choice[size_t(node.operands[i].from)],
                                              choice));
    for (auto [w, i] : readers[size_t(v)])
      if (cost < impossible)
        cost = std::min(impossible, cost + edge(w, i, choice, result.choice[size_t(w)]));
    return cost;
  };
  std::vector<int> current = result.choice;
  size_t nextSpill = 0;
  for (int v = 0; v < int(problem.nodes.size()); ++v) {
    const LayoutNode &node = graph.nodes()[size_t(v)];
    const ChoiceProblem::Node &costs = problem.nodes[size_t(v)];
    ordered_json op;
    op["layer"] = nameOf(graph, v);
    op["op"] = node.op->getName().getStringRef().str();
    std::string shape;
    for (int64_t d : llvm::cast<mlir::RankedTensorType>(node.op->getResult(0).getType()).getShape())
      shape += (shape.empty() ? "" : "x") + std::to_string(d);
    op["shape"] = shape;
    op["chosen"] = result.choice[size_t(v)];
    op["choices"] = ordered_json::array();
    Cost chosen = local(v, result.choice[size_t(v)]);
    for (int c = 0; c < costs.choices(); ++c) {
      const LayoutChoice &choice = (*node.choices)[size_t(c)];
      Cost with = local(v, c);
      ordered_json entry;
      entry["layout"] = text(choice.results[0]);
      entry["cycles"] = choice.price.cycles;
      entry["dram_bytes"] = choice.price.dramBytes;
      entry["working_l1"] = choice.price.l1Bytes;
      entry["l1"] = costs.bytes[size_t(c)];
      entry["instead"] = with < impossible ? ordered_json(with - chosen) : ordered_json();
      int by = dominated[size_t(v)][size_t(c)];
      entry["dominated_by"] = by >= 0 ? ordered_json(by) : ordered_json();
      op["choices"].push_back(std::move(entry));
    }
    op["rejected"] = ordered_json::array();
    for (const RejectedChoice &r : *node.rejected)
      op["rejected"].push_back(
          {{"candidate", r.recipe.str() + " " + stringifyTileOrder(r.order).str()},
           {"reason", r.reason}});
    op["spilled_before"] = ordered_json::array();
    for (; nextSpill < result.spills.size() && result.spills[nextSpill].step == v; ++nextSpill) {
      int u = result.spills[nextSpill].node;
      op["spilled_before"].push_back(nameOf(graph, u));
      current[size_t(u)] = problem.nodes[size_t(u)].spilled;
    }
    op["operands"] = ordered_json::array();
    for (size_t i = 0; i < node.operands.size(); ++i) {
      int from = node.operands[i].from;
      const EdgeTable::Entry &e =
          node.edges[i]->at(current[size_t(from)], result.choice[size_t(v)]);
      const LayoutChoice &lies =
          (*graph.nodes()[size_t(from)].choices)[size_t(current[size_t(from)])];
      ordered_json operand;
      operand["layer"] = nameOf(graph, from);
      operand["layout"] = text(lies.results[node.operands[i].result]);
      operand["extra"] = orNull(e.cost);
      operand["reshard"] = e.via ? ordered_json{{"to", text(e.via)}, {"cycles", e.reshardCycles}}
                                 : ordered_json();
      op["operands"].push_back(std::move(operand));
    }
    j["ops"].push_back(std::move(op));
  }
  return j;
}

/// Why weights that do not come early are interleaved, and not sharded over the banks: of each bank its readers have no
/// more then than of all banks together.
static std::string weightsFromDram(const DeviceSpec &spec) {
  std::string interleaved = fmt::format("read from DRAM, interleaved over {} banks", spec.dram_banks);
  if (spec.dram_bank_bandwidth.thousandths > spec.noc_port_bandwidth.thousandths)
    return interleaved;
  return fmt::format("{}: a core that reads them gets up to {:.1f} bytes a cycle, from a shard in one bank no more than {:.1f}",
                     interleaved, spec.noc_port_bandwidth.value(), spec.dram_bank_bandwidth.value());
}

mlir::FailureOr<ordered_json> launchTrace(mlir::func::FuncOp func, const DeviceSpec &spec) {
  mlir::FailureOr<PrefetchSchedule> schedule = PrefetchSchedule::of(func);
  if (mlir::failed(schedule))
    return mlir::failure();
  std::vector<Launch> launches = launchesOf(func);
  llvm::DenseMap<mlir::Operation *, std::vector<int64_t>> carriers;
  llvm::DenseMap<mlir::Operation *, std::string> names;
  ordered_json j;
  j["launches"] = ordered_json::array();
  j["views"] = ordered_json::array();
  for (mlir::Operation &op : func.getBody().front()) {
    if (op.getNumResults() == 0 || !tt::getLayout(op.getResult(0).getType()) || llvm::isa<tt::ConstantOp>(op))
      continue;
    names[&op] = nameOf(&op, int(names.size()));
    if (op.hasAttr(tt::viewAttr))
      j["views"].push_back(names[&op]);
  }
  for (auto [number, launch] : llvm::enumerate(launches))
    for (const PrefetchPart &part : schedule->takenAlong(launch))
      carriers[part.product].push_back(int64_t(number));
  for (const Launch &launch : launches) {
    Expected<Price> price = priceLaunch(launch, spec, schedule->takenAlong(launch));
    if (!price)
      return launch.front()->emitError() << price.error().message;
    ordered_json entry;
    entry["cycles"] = price->cycles;
    Cycles alone = 0;
    entry["alone"] = 0;
    entry["working_l1"] = price->l1Bytes;
    entry["ops"] = ordered_json::array();
    for (tt::LowerToTileOpInterface op : launch) {
      Expected<Price> own = priceOp(op, spec);
      if (!own)
        return op->emitError() << own.error().message;
      alone += own->cycles;
      std::string layout;
      llvm::raw_string_ostream(layout) << tt::getLayout(op->getResult(0).getType());
      ordered_json o = {{"layer", names[op]}, {"layout", layout}, {"blocking", ordered_json::object()},
                        {"prefetched", carriers[op]}};
      if (llvm::isa<tt::ProductOpInterface>(op.getOperation()) && carriers[op].empty())
        o["weights"] = weightsFromDram(spec);
      for (llvm::StringRef name : blockingAttrs)
        if (auto rows = op->getAttrOfType<mlir::IntegerAttr>(name))
          o["blocking"][name.str()] = rows.getInt();
      entry["ops"].push_back(std::move(o));
    }
    entry["alone"] = alone;
    entry["brings"] = ordered_json::array();
    for (const PrefetchPart &part : schedule->takenAlong(launch))
      entry["brings"].push_back(names[part.product]);
    j["launches"].push_back(std::move(entry));
  }
  return j;
}

} // namespace ttc
