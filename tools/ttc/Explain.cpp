//===- Explain.cpp - ttc explain ---------------------------------------------===//
//
// What `--layout-trace` wrote about one layer, in words.
//
//===----------------------------------------------------------------------===//
#include "Commands.h"

#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

namespace ttc::tool {
namespace {
using nlohmann::json;

struct ExplainCommand {
  std::string file, layer;
  size_t rows = 5;

  int run() const;
  void explain(const json &trace, const json &op) const;
  void explainLaunch(const json &trace, const std::string &name, const std::string &layout) const;
};

int fail(const std::string &message) {
  fmt::print(stderr, "error: {}\n", message);
  return 1;
}

/// What was decided after layouts: views, launches, weights that come early.
void ExplainCommand::explainLaunch(const json &trace, const std::string &name,
                                   const std::string &layout) const {
  if (!trace.contains("launches"))
    return;
  for (const json &view : trace.at("views"))
    if (view == name)
      fmt::print("  is a view: its readers take its parts where they lie, and there is no program\n");
  const json &launches = trace.at("launches");
  auto firstOf = [&](const json &number) {
    return launches.at(number.get<size_t>()).at("ops").at(0).at("layer").get<std::string>();
  };
  auto list = [](const std::vector<std::string> &names) { return fmt::format("{}", fmt::join(names, ", ")); };
  for (const json &launch : launches) {
    std::vector<std::string> others;
    const json *own = nullptr;
    for (const json &op : launch.at("ops"))
      if (op.at("layer") == name)
        own = &op;
      else
        others.push_back(op.at("layer").get<std::string>());
    if (!own)
      continue;
    if (own->at("layout") != layout)
      fmt::print("  in the end it lies in {}\n", own->at("layout").get<std::string>());
    for (auto &[what, elements] : own->at("blocking").items())
      fmt::print("  {} is {} elements\n", what, elements.get<int64_t>());
    int64_t cycles = launch.at("cycles").get<int64_t>(), alone = launch.at("alone").get<int64_t>();
    if (others.empty())
      fmt::print("  is launched by itself: {} cycles\n", cycles);
    else
      fmt::print("  is launched with {}: {} cycles, {} if each were by itself\n", list(others), cycles, alone);
    std::vector<std::string> carriers, brings;
    for (const json &number : own->at("prefetched"))
      carriers.push_back(firstOf(number));
    for (const json &product : launch.at("brings"))
      brings.push_back(product.get<std::string>());
    if (!carriers.empty())
      fmt::print("  its weights come early, with the launch{} of {}\n", carriers.size() > 1 ? "es" : "", list(carriers));
    if (own->contains("weights"))
      fmt::print("  its weights are {}\n", own->at("weights").get<std::string>());
    if (!brings.empty())
      fmt::print("  its launch brings weights of {}\n", list(brings));
  }
}

void ExplainCommand::explain(const json &trace, const json &op) const {
  const json &choices = op.at("choices");
  const json &chosen = choices.at(op.at("chosen").get<size_t>());
  bool cycles = trace.at("objective") == "latency";
  const char *unit = cycles ? "cycles" : "of cost";
  fmt::print("{}: {} of {}\n", op.at("layer").get<std::string>(), op.at("op").get<std::string>(),
             op.at("shape").get<std::string>());
  fmt::print("  lies in {}\n", chosen.at("layout").get<std::string>());
  fmt::print("  its program takes {} cycles with the operands that suit it best, {} bytes of DRAM "
             "traffic, {} bytes of L1 a core for circular buffers and {} for the result\n",
             chosen.at("cycles").get<int64_t>(), chosen.at("dram_bytes").get<int64_t>(),
             chosen.at("working_l1").get<int64_t>(), chosen.at("l1").get<int64_t>());
  explainLaunch(trace, op.at("layer").get<std::string>(), chosen.at("layout").get<std::string>());
  for (const json &name : op.at("spilled_before"))
    fmt::print("  before it, {} moves to DRAM to make room\n", name.get<std::string>());
  for (const json &operand : op.at("operands")) {
    std::string from = operand.at("layer").get<std::string>();
    std::string layout = operand.at("layout").get<std::string>();
    if (const json &reshard = operand.at("reshard"); !reshard.is_null())
      fmt::print("  reads {} after a reshard from {} to {} ({} cycles)\n", from, layout,
                 reshard.at("to").get<std::string>(), reshard.at("cycles").get<int64_t>());
    else if (operand.at("extra").is_number() && operand.at("extra").get<int64_t>() > 0)
      fmt::print("  reads {} as it lies, {}: {} {} more than as it likes it best\n", from, layout,
                 operand.at("extra").get<int64_t>(), unit);
    else
      fmt::print("  reads {} as it lies, {}, which suits it\n", from, layout);
  }
  // The other choices, by what they would cost.
  std::vector<const json *> others;
  for (const json &c : choices)
    if (&c != &chosen)
      others.push_back(&c);
  auto instead = [](const json &c) {
    return c.at("instead").is_number() ? c.at("instead").get<int64_t>()
                                       : std::numeric_limits<int64_t>::max();
  };
  std::stable_sort(others.begin(), others.end(),
                   [&](const json *a, const json *b) { return instead(*a) < instead(*b); });
  if (!others.empty())
    fmt::print("  instead, with its neighbours as they are:\n");
  for (const json *c : others) {
    if (size_t(std::find(others.begin(), others.end(), c) - others.begin()) == rows) {
      fmt::print("    ... and {} more\n", others.size() - rows);
      break;
    }
    std::string what = c->at("layout").get<std::string>();
    if (!c->at("dominated_by").is_null())
      fmt::print("    {}: never better than {}, whatever its neighbours choose\n", what,
                 choices.at(c->at("dominated_by").get<size_t>()).at("layout").get<std::string>());
    else if (c->at("instead").is_null())
      fmt::print("    {}: not possible\n", what);
    else
      fmt::print("    {}: {:+} {}\n", what, c->at("instead").get<int64_t>(), unit);
  }
  const json &rejected = op.at("rejected");
  if (rejected.empty())
    return;
  fmt::print("  {} candidates were not kept:\n", rejected.size());
  size_t listed = 0;
  for (const json &r : rejected) {
    if (listed++ == rows) {
      fmt::print("    ... and {} more\n", rejected.size() - rows);
      break;
    }
    fmt::print("    {}: {}\n", r.at("candidate").get<std::string>(),
               r.at("reason").get<std::string>());
  }
}

int ExplainCommand::run() const {
  std::ifstream in(file);
  if (!in)
    return fail(file + ": cannot read");
  json trace = json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (trace.is_discarded() || !trace.is_object() || trace.value("format", "") != "ttc-layout-trace")
    return fail(file + ": expected a layout trace, as --layout-trace writes it");
  if (trace.value("version", 0) != 1)
    return fail(fmt::format("{}: expected version 1 of the layout trace, but got {}", file,
                            trace.value("version", 0)));
  try {
    if (layer.empty()) {
      int64_t cost = trace.at("cost").get<int64_t>(), bound = trace.at("lower_bound").get<int64_t>();
      fmt::print("{} ops on {}, objective {}: cost {}, lower bound {} ({:.2f} % below), {} "
                 "candidates priced\n",
                 trace.at("ops").size(), trace.at("device").get<std::string>(),
                 trace.at("objective").get<std::string>(), cost, bound,
                 100 * double(cost - bound) / double(std::max<int64_t>(1, cost)),
                 trace.at("priced").get<int64_t>());
      if (trace.contains("taken"))
        fmt::print("{}\n", trace.at("taken").get<std::string>());
      for (const json &op : trace.at("ops"))
        fmt::print("  {:<28} {}\n", op.at("layer").get<std::string>(),
                   op.at("choices").at(op.at("chosen").get<size_t>()).at("layout").get<std::string>());
      return 0;
    }
    bool found = false;
    for (const json &op : trace.at("ops"))
      if (op.at("layer") == layer) {
        explain(trace, op);
        found = true;
      }
    if (!found)
      return fail(fmt::format("{}: no layer is called '{}': ttc explain {} lists them", file, layer,
                              file));
  } catch (const json::exception &e) {
    return fail(fmt::format("{}: not a whole layout trace: {}", file, e.what()));
  }
  return 0;
}

} // namespace

void addExplain(CLI::App &app, int &exitCode) {
  auto command = std::make_shared<ExplainCommand>();
  CLI::App *sub = app.add_subcommand("explain", "why a layer's tensor lies where it lies, in words");
  sub->add_option("trace", command->file, "file that --layout-trace wrote")->required();
  sub->add_option("layer", command->layer, "source layer; without: all layers, a line each");
  sub->add_option("--rows", command->rows, "alternatives listed of each kind")
      ->capture_default_str();
  sub->callback([command, &exitCode] { exitCode = command->run(); });
}

} // namespace ttc::tool
