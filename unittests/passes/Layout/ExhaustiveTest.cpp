//===- ExhaustiveTest.cpp - the choice against simulating every choice -------===//
//
// Small graphs of random shapes: every assignment of layouts in which readers take
// their operands as they lie is compiled and simulated (a seeded sample where there are
// more than a few hundred); what tt-choose-layouts chose may be 2 % slower than the best.
//
//===----------------------------------------------------------------------===//
#include "dialects/Tile/Tile.h"
#include "passes/Layout/Boundary.h"
#include "passes/Layout/LayoutGraph.h"
#include "passes/Layout/MemoryPlan.h"
#include "passes/Pipelines.h"
#include "ttc/Runtime/Runtime.h"
#include "ttc/Target/Program.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <random>

using namespace ttc;

namespace {

class Lab {
public:
  Lab() : context(makeRegistry()), spec(*findDevice(TTC_SOURCE_DIR "/devices/n150.json")) {
    context.loadAllAvailableDialects();
    context.getDiagEngine().registerHandler([](mlir::Diagnostic &) { return mlir::success(); });
    options.device = TTC_SOURCE_DIR "/devices/n150.json";
  }

  /// The graph as tt-choose-layouts finds it.
  mlir::OwningOpRef<mlir::ModuleOp> prepare(const std::string &text) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    mlir::PassManager pm(&context);
    buildGraphPipeline(pm, options);
    EXPECT_TRUE(module && mlir::succeeded(pm.run(*module))) << text;
    return module;
  }

  /// Simulated cycles of a graph with layouts; none if it does not fit.
  std::optional<Cycles> simulate(mlir::ModuleOp chosen, bool planned) {
    mlir::OwningOpRef<mlir::ModuleOp> module = chosen.clone();
    auto func = module->lookupSymbol<mlir::func::FuncOp>("main");
    if (!planned && mlir::failed(planMemory(func, spec, /*remarks=*/false)))
      return std::nullopt;
    mlir::PassManager pm(&context);
    buildTilePipeline(pm, options);
    std::string bytes;
    llvm::raw_string_ostream os(bytes);
    if (mlir::failed(pm.run(*module)) || mlir::failed(printProgram(*module, os)))
      return std::nullopt;
    auto file = ProgramFile::parse({reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()},
                                   "test", &spec);
    EXPECT_TRUE(bool(file)) << file.error().message;
    auto device = runtime::Device::create(*file);
    EXPECT_TRUE(bool(device)) << device.error().message;
    runtime::RunOptions run;
    run.values = false;
    auto ran = (*device)->run(run);
    EXPECT_TRUE(bool(ran)) << ran.error().message;
    return (*device)->report().cycles;
  }

  Cycles chosenCycles(mlir::ModuleOp prepared) {
    mlir::OwningOpRef<mlir::ModuleOp> module = prepared.clone();
    mlir::PassManager pm(&context);
    buildLayoutPipeline(pm, options);
    EXPECT_TRUE(mlir::succeeded(pm.run(*module)));
    return simulate(*module, /*planned=*/true).value_or(0);
  }

  /// The best of all assignments, or of `limit` random ones.
  Cycles bestCycles(mlir::ModuleOp prepared, size_t limit, std::mt19937 &rng) {
    mlir::OwningOpRef<mlir::ModuleOp> module = prepared.clone();
    auto func = module->lookupSymbol<mlir::func::FuncOp>("main");
    placeBoundary(func);
    LayoutOverrides none = *LayoutOverrides::read("");
    LayoutGraphOptions all;
    all.keepAll = true;
    LayoutGraph graph(func, spec, none, all);
    EXPECT_TRUE(mlir::succeeded(graph.build()));
    ChoiceProblem problem = graph.problem();
    std::vector<std::vector<int>> assignments;
    std::vector<int> choice(problem.nodes.size(), 0);
    auto direct = [&] {
      for (size_t v = 0; v < choice.size(); ++v)
        for (size_t o = 0; o < graph.nodes()[v].operands.size(); ++o) {
          const EdgeTable::Entry &e = graph.nodes()[v].edges[o]->at(
              choice[size_t(graph.nodes()[v].operands[o].from)], choice[v]);
          if (e.cost >= impossible || e.via)
            return false;
        }
      return true;
    };
    for (bool more = true; more;) {
      if (direct())
        assignments.push_back(choice);
      size_t v = 0;
      while (v < choice.size() && ++choice[v] == problem.nodes[v].choices())
        choice[v++] = 0;
      more = v < choice.size();
    }
    std::shuffle(assignments.begin(), assignments.end(), rng);
    if (assignments.size() > limit)
      assignments.resize(limit);
    Cycles best = std::numeric_limits<Cycles>::max();
    for (const std::vector<int> &a : assignments) {
      ChoiceResult result;
      result.choice = a;
      graph.apply(result); // changes types only
      if (std::optional<Cycles> cycles = simulate(*module, /*planned=*/false))
        best = std::min(best, *cycles);
      ++simulated;
    }
    return best;
  }

  size_t simulated = 0;

private:
  static const mlir::DialectRegistry &makeRegistry() {
    static mlir::DialectRegistry registry;
    registry.insert<tt::TTDialect, tile::TileDialect, mlir::func::FuncDialect,
                    mlir::scf::SCFDialect, mlir::arith::ArithDialect>();
    return registry;
  }

  mlir::MLIRContext context;
  CompileOptions options;
  DeviceSpec spec;
};

/// Text of a graph over NHWC tensors.
class Text {
public:
  Text(int64_t h, int64_t w, int64_t c) : h(h), w(w) {
    body = "";
    input = type(c);
    channels = {c};
  }
  int conv(int x, int64_t out, int k) {
    int64_t in = channels[size_t(x)], pad = k / 2;
    int id = int(channels.size());
    std::string weight = fmt::format("tensor<{}x{}x{}x{}xf32>", out, in, k, k);
    body += fmt::format("  %w{} = tt.constant dense<0.5> : {}\n"
                        "  %v{} = tt.conv2d %v{}, %w{} pads [{}, {}, {}, {}] data_format nhwc "
                        "activation <relu> : ({}, {}) -> {}\n",
                        id, weight, id, x, id, pad, pad, pad, pad, type(in), weight, type(out));
    channels.push_back(out);
    return id;
  }
  int concat(int a, int b) {
    int64_t ca = channels[size_t(a)], cb = channels[size_t(b)];
    int id = int(channels.size());
    body += fmt::format("  %v{} = tt.concat %v{}, %v{} axis 3 : ({}, {}) -> {}\n", id, a, b, type(ca),
                        type(cb), type(ca + cb));
    channels.push_back(ca + cb);
    return id;
  }
  int add(int a, int b) {
    std::string t = type(channels[size_t(a)]);
    int id = int(channels.size());
    body += fmt::format("  %v{} = tt.add %v{}, %v{} : ({}, {}) -> {}\n", id, a, b, t, t, t);
    channels.push_back(channels[size_t(a)]);
    return id;
  }
  std::string done(int result) const {
    std::string out = type(channels[size_t(result)]);
    return fmt::format("func.func @main(%v0: {}) -> {} {{\n{}  return %v{} : {}\n}}\n", input, out,
                       body, result, out);
  }

private:
  std::string type(int64_t c) const { return fmt::format("tensor<1x{}x{}x{}xf32>", h, w, c); }
  int64_t h, w;
  std::string body, input;
  std::vector<int64_t> channels;
};

TEST(Exhaustive, randomGraphsAreWithinTwoPercent) {
  Lab lab;
  std::mt19937 rng(17);
  auto pick = [&](std::initializer_list<int64_t> of) { return *(of.begin() + rng() % of.size()); };
  // TTC_LONG_TESTS: all 50 of them, with more assignments each.
  bool thorough = std::getenv("TTC_LONG_TESTS") != nullptr;
  int graphs = thorough ? 50 : 8;
  double worst = 0;
  for (int g = 0; g < graphs; ++g) {
    Text t(pick({8, 12, 16}), pick({8, 10, 16}), pick({16, 32, 64}));
    int result;
    switch (g % 4) {
    case 0: result = t.conv(t.conv(0, pick({32, 64}), 3), pick({32, 96}), 1); break;
    case 1: result = t.conv(t.conv(0, pick({32, 64}), 1), pick({32, 64}), 3); break;
    case 2: {
      int a = t.conv(0, 32, pick({1, 3}));
      result = t.add(t.conv(a, 32, 3), a);
      break;
    }
    default: {
      int a = t.conv(0, 32, 1);
      result = t.conv(t.concat(a, t.conv(0, pick({32, 64}), 1)), 32, 3);
    }
    }
    std::string text = t.done(result);
    mlir::OwningOpRef<mlir::ModuleOp> module = lab.prepare(text);
    Cycles chosen = lab.chosenCycles(*module);
    Cycles best = lab.bestCycles(*module, thorough ? 600 : 120, rng);
    ASSERT_GT(chosen, 0);
    double ratio = double(chosen) / double(best);
    worst = std::max(worst, ratio);
    EXPECT_LE(ratio, 1.02) << chosen << " against " << best << " cycles\n" << text;
  }
  RecordProperty("simulated", int(lab.simulated));
  fmt::print("{} graphs, {} simulations, worst ratio {:.3f}\n", graphs, lab.simulated, worst);
}

TEST(Exhaustive, convolutionAfterConcatOfADecoder) {
  // The pattern of a UNet decoder: upsampled features and a skip, concatenated, then 3x3.
  Lab lab;
  std::mt19937 rng(3);
  Text t(16, 16, 64);
  int up = t.conv(0, 64, 1), skip = t.conv(0, 64, 1);
  std::string text = t.done(t.conv(t.concat(up, skip), 64, 3));
  mlir::OwningOpRef<mlir::ModuleOp> module = lab.prepare(text);
  Cycles chosen = lab.chosenCycles(*module);
  Cycles best = lab.bestCycles(*module, 400, rng);
  EXPECT_LE(double(chosen), 1.01 * double(best)) << chosen << " against " << best;
}

} // namespace
