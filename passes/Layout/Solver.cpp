//===- Solver.cpp - one choice for every node, at the least cost ------------===//
#include "passes/Layout/Solver.h"

#include "ttc/CostModel/ArenaPlanner.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <string>
#include <unordered_map>

namespace ttc {
namespace {

using Node = ChoiceProblem::Node;
using Edge = ChoiceProblem::Edge;

Cost plus(Cost a, Cost b) { return std::min(a + b, impossible); }

Cost edgeCost(const Edge &e, const Node &reader, int from, int choice) {
  return e.cost[size_t(from) * size_t(reader.choices()) + size_t(choice)];
}

/// Memory a step takes for itself; from(e): the choice of an operand's node.
template <typename From> int64_t workingOf(const Node &node, int choice, From from) {
  int64_t bytes = node.working[size_t(choice)];
  for (const Edge &e : node.operands)
    if (!e.working.empty())
      bytes = std::max(bytes,
                       e.working[size_t(from(e)) * size_t(node.choices()) + size_t(choice)]);
  return bytes;
}

/// The first operand whose place the node takes; from(e): the choice of an operand's node. None: -1.
template <typename From> int takesPlaceOf(const ChoiceProblem &problem, int step, int choice, From from) {
  const Node &node = problem.nodes[size_t(step)];
  for (const Edge &e : node.operands)
    if (!e.inPlace.empty() && problem.nodes[size_t(e.from)].lastUse == step &&
        e.inPlace[size_t(from(e)) * size_t(node.choices()) + size_t(choice)])
      return e.from;
  return -1;
}

/// Lower bounds of what is still to come.
class Bounds {
public:
  explicit Bounds(const ChoiceProblem &problem);
  /// Of the nodes from `step` on, whatever was chosen before.
  Cost rest(int step) const { return suffix[size_t(step)]; }
  /// Of one node, and how much more once operand `i` has choice `from`.
  Cost more(int node, int operand, int from) const {
    return given[size_t(node)][size_t(operand)][size_t(from)] - least[size_t(node)];
  }

private:
  std::vector<Cost> least, suffix;
  std::vector<std::vector<std::vector<Cost>>> given;
};

Bounds::Bounds(const ChoiceProblem &problem) {
  size_t n = problem.nodes.size();
  least.assign(n, impossible);
  given.resize(n);
  suffix.assign(n + 1, 0);
  for (size_t v = 0; v < n; ++v) {
    const Node &node = problem.nodes[v];
    size_t operands = node.operands.size();
    // Of each operand's edge, the least for each choice of this node.
    std::vector<std::vector<Cost>> best(operands, std::vector<Cost>(node.cost.size(), impossible));
    for (size_t i = 0; i < operands; ++i) {
      int from = problem.nodes[size_t(node.operands[i].from)].choices();
      for (int f = 0; f < from; ++f)
        for (int c = 0; c < node.choices(); ++c)
          best[i][size_t(c)] =
              std::min(best[i][size_t(c)], edgeCost(node.operands[i], node, f, c));
      given[v].push_back(std::vector<Cost>(size_t(from), impossible));
    }
    for (int c = 0; c < node.choices(); ++c) {
      Cost all = node.cost[size_t(c)];
      for (size_t i = 0; i < operands; ++i)
        all = plus(all, best[i][size_t(c)]);
      least[v] = std::min(least[v], all);
      if (all >= impossible)
        continue;
      for (size_t i = 0; i < operands; ++i)
        for (size_t f = 0; f < given[v][i].size(); ++f)
          given[v][i][f] =
              std::min(given[v][i][f], plus(all - best[i][size_t(c)],
                                            edgeCost(node.operands[i], node, int(f), c)));
    }
  }
  for (size_t v = n; v-- > 0;)
    suffix[v] = plus(suffix[v + 1], least[v]);
}

/// Where a state came from.
struct Step {
  int32_t parent;
  uint8_t choice;
  uint64_t spilled; ///< bits of the live nodes before the step that were moved
};

class Search {
public:
  Search(const ChoiceProblem &problem, const Bounds &bounds, int64_t maxStates, Cost known)
      : problem(problem), bounds(bounds), maxStates(maxStates), known(known) {}
  std::optional<ChoiceResult> run();

private:
  struct States {
    std::vector<uint8_t> choices; ///< of the live nodes, state after state
    std::vector<Cost> cost, bound;
    size_t size() const { return cost.size(); }
  };
  void expand(int step);
  void keepBest(std::vector<Step> &steps);
  void follow(int step, size_t state, int choice);
  Cost boundOf(int next, const uint8_t *choices) const;

  const ChoiceProblem &problem;
  const Bounds &bounds;
  int64_t maxStates;
  Cost known; ///< a solution costs this: dearer states go
  std::vector<int> live, after; ///< nodes whose choices a state holds, before and after a step
  States now, next;
  std::vector<std::vector<Step>> history;
  std::unordered_map<std::string, size_t> index;
  std::string key;
  Cost droppedBound = impossible;
  ChoiceResult result;
};

/// Consumers that are still to come pay at least what the choices of their live operands make them.
Cost Search::boundOf(int nextStep, const uint8_t *choices) const {
  Cost bound = bounds.rest(nextStep);
  for (size_t l = 0; l < after.size() && bound < impossible; ++l) {
    int u = after[l];
    for (int v = nextStep; v <= problem.nodes[size_t(u)].lastUse; ++v) {
      const std::vector<Edge> &operands = problem.nodes[size_t(v)].operands;
      // A node with several live operands counts for the first of them only.
      for (size_t i = 0; i < operands.size(); ++i)
        if (operands[i].from < nextStep) {
          if (operands[i].from == u)
            bound = plus(bound, bounds.more(v, int(i), choices[l]));
          break;
        }
    }
  }
  return bound;
}

void Search::follow(int step, size_t state, int choice) {
  const Node &node = problem.nodes[size_t(step)];
  const uint8_t *from = now.choices.data() + state * live.size();
  Cost cost = plus(now.cost[state], node.cost[size_t(choice)]);
  auto at = [&](int u) {
    return size_t(std::lower_bound(live.begin(), live.end(), u) - live.begin());
  };
  for (const Edge &e : node.operands)
    cost = plus(cost, edgeCost(e, node, from[at(e.from)], choice));
  if (cost >= impossible)
    return;
  // Memory: everything alive, the result and the program's own buffers.
  auto choiceOf = [&](const Edge &e) { return from[at(e.from)]; };
  bool inPlace = takesPlaceOf(problem, step, choice, choiceOf) >= 0;
  int64_t bytes = (inPlace ? 0 : node.bytes[size_t(choice)]) + workingOf(node, choice, choiceOf);
  for (size_t l = 0; l < live.size(); ++l)
    bytes += problem.nodes[size_t(live[l])].bytes[from[l]];
  uint64_t spilled = 0;
  while (bytes > problem.capacity) {
    // What this step does not read and is read last goes first.
    int victim = -1;
    for (size_t l = 0; l < live.size() && l < 64; ++l) {
      const Node &u = problem.nodes[size_t(live[l])];
      bool read = std::any_of(node.operands.begin(), node.operands.end(),
                              [&](const Edge &e) { return e.from == live[l]; });
      if (read || u.spilled < 0 || (spilled >> l & 1) || u.bytes[from[l]] == 0 ||
          u.spillCost[from[l]] >= impossible)
        continue;
      if (victim < 0 || u.lastUse > problem.nodes[size_t(live[size_t(victim)])].lastUse)
        victim = int(l);
    }
    if (victim < 0)
      return;
    const Node &u = problem.nodes[size_t(live[size_t(victim)])];
    spilled |= uint64_t(1) << victim;
    bytes -= u.bytes[from[victim]];
    cost = plus(cost, u.spillCost[from[victim]]);
  }
  key.clear();
  for (int u : after) {
    if (u == step) {
      key.push_back(char(choice));
      continue;
    }
    size_t l = at(u);
    bool moved = l < 64 && (spilled >> l & 1);
    key.push_back(char(moved ? problem.nodes[size_t(u)].spilled : from[l]));
  }
  ++result.expanded;
  auto [found, isNew] = index.try_emplace(key, next.size());
  std::vector<Step> &steps = history.back();
  if (!isNew) {
    size_t s = found->second;
    if (cost < next.cost[s]) {
      next.bound[s] -= next.cost[s] - cost;
      next.cost[s] = cost;
      steps[s] = {int32_t(state), uint8_t(choice), spilled};
    }
    return;
  }
  Cost bound = plus(cost, boundOf(step + 1, reinterpret_cast<const uint8_t *>(key.data())));
  next.choices.insert(next.choices.end(), key.begin(), key.end());
  next.cost.push_back(cost);
  next.bound.push_back(bound);
  steps.push_back({int32_t(state), uint8_t(choice), spilled});
}

/// Drops states that cannot beat the known solution, and the least promising of too many.
void Search::keepBest(std::vector<Step> &steps) {
  std::vector<size_t> kept;
  for (size_t s = 0; s < next.size(); ++s)
    if (next.bound[s] < impossible && next.bound[s] <= known)
      kept.push_back(s);
  if (int64_t(kept.size()) > maxStates) {
    std::stable_sort(kept.begin(), kept.end(),
                     [&](size_t a, size_t b) { return next.bound[a] < next.bound[b]; });
    droppedBound = std::min(droppedBound, next.bound[kept[size_t(maxStates)]]);
    kept.resize(size_t(maxStates));
    std::sort(kept.begin(), kept.end());
  }
  size_t width = after.size();
  for (size_t k = 0; k < kept.size(); ++k) {
    size_t s = kept[k];
    std::copy_n(next.choices.begin() + int64_t(s * width), width,
                next.choices.begin() + int64_t(k * width));
    next.cost[k] = next.cost[s];
    next.bound[k] = next.bound[s];
    steps[k] = steps[s];
  }
  next.choices.resize(kept.size() * width);
  next.cost.resize(kept.size());
  next.bound.resize(kept.size());
  steps.resize(kept.size());
}

void Search::expand(int step) {
  after.clear();
  for (int u : live)
    if (problem.nodes[size_t(u)].lastUse > step)
      after.push_back(u);
  if (problem.nodes[size_t(step)].lastUse > step)
    after.push_back(step);
  next = {};
  index.clear();
  history.emplace_back();
  for (size_t s = 0; s < now.size(); ++s)
    for (int c = 0; c < problem.nodes[size_t(step)].choices(); ++c)
      follow(step, s, c);
  keepBest(history.back());
  now = std::move(next);
  live = after;
  result.widest = std::max(result.widest, int64_t(now.size()));
}

std::optional<ChoiceResult> Search::run() {
  now.cost.push_back(0);
  now.bound.push_back(bounds.rest(0));
  std::vector<std::vector<int>> liveAt;
  int n = int(problem.nodes.size());
  for (int step = 0; step < n; ++step) {
    liveAt.push_back(live);
    expand(step);
    if (now.size() == 0)
      return std::nullopt;
  }
  assert(now.size() == 1 && "nothing is alive after the last step");
  result.cost = now.cost[0];
  result.lowerBound = std::min(result.cost, droppedBound);
  result.choice.assign(size_t(n), 0);
  size_t state = 0;
  for (int step = n; step-- > 0;) {
    const Step &s = history[size_t(step)][state];
    result.choice[size_t(step)] = s.choice;
    for (size_t l = 0; l < liveAt[size_t(step)].size() && l < 64; ++l)
      if (s.spilled >> l & 1)
        result.spills.push_back({step, liveAt[size_t(step)][l]});
    state = size_t(s.parent);
  }
  std::reverse(result.spills.begin(), result.spills.end());
  return result;
}

} // namespace

Cost costOf(const ChoiceProblem &problem, const std::vector<int> &choice) {
  Cost cost = 0;
  for (size_t v = 0; v < problem.nodes.size(); ++v) {
    const Node &node = problem.nodes[v];
    cost = plus(cost, node.cost[size_t(choice[v])]);
    for (const Edge &e : node.operands)
      cost = plus(cost, edgeCost(e, node, choice[size_t(e.from)], choice[v]));
  }
  return cost;
}

int64_t placementExcess(const ChoiceProblem &problem, const ChoiceResult &result, int64_t size) {
  std::vector<ArenaItem> items;
  std::vector<int> itemOf(problem.nodes.size(), -1);
  std::vector<bool> moved(problem.nodes.size());
  for (size_t v = 0; v < problem.nodes.size(); ++v) {
    const Node &node = problem.nodes[v];
    int last = std::max(node.lastUse, int(v));
    for (const ChoiceResult::Spill &s : result.spills)
      if (s.node == int(v)) {
        last = s.step;
        moved[v] = true;
      }
    int64_t bytes = node.bytes[size_t(result.choice[v])];
    if (!bytes)
      continue;
    int place = takesPlaceOf(problem, int(v), result.choice[v], [&](const Edge &e) { return result.choice[size_t(e.from)]; });
    if (place >= 0 && !moved[size_t(place)]) {
      itemOf[v] = itemOf[size_t(place)];
      items[size_t(itemOf[v])].last = last;
      continue;
    }
    itemOf[v] = int(items.size());
    items.push_back({bytes, node.operands.empty() ? 0 : int64_t(v), last});
  }
  constexpr int64_t alignment = 64;
  std::vector<int64_t> limits;
  for (size_t v = 0; v < problem.nodes.size(); ++v)
    limits.push_back(size - alignment - workingOf(problem.nodes[v], result.choice[v], [&](const Edge &e) {
                       return result.choice[size_t(e.from)];
                     }));
  std::vector<int64_t> offsets = planArena(items, alignment, limits);
  int64_t excess = 0;
  for (size_t v = 0; v < problem.nodes.size(); ++v) {
    int64_t top = 0;
    for (size_t i = 0; i < items.size(); ++i)
      if (items[i].first <= int64_t(v) && int64_t(v) <= items[i].last)
        top = std::max(top, offsets[i] + items[i].bytes);
    excess = std::max(excess, top - limits[v]);
  }
  return excess;
}

std::vector<std::vector<int>> dominatedChoices(const ChoiceProblem &problem) {
  size_t n = problem.nodes.size();
  std::vector<std::vector<int>> by(n);
  std::vector<std::vector<std::pair<int, size_t>>> readers(n); // node, operand
  for (size_t v = 0; v < n; ++v) {
    by[v].assign(problem.nodes[v].cost.size(), -1);
    for (size_t i = 0; i < problem.nodes[v].operands.size(); ++i)
      readers[size_t(problem.nodes[v].operands[i].from)].push_back({int(v), i});
  }
  // The least by which choice a is dearer than b over the neighbour's choices that are left.
  auto dearer = [&](size_t v, int a, int b) {
    const Node &node = problem.nodes[v];
    Cost sum = node.cost[size_t(a)] - node.cost[size_t(b)];
    auto along = [&](const std::vector<int> &neighbour, auto cost) {
      Cost least = impossible;
      for (size_t c = 0; c < neighbour.size(); ++c)
        if (neighbour[c] < 0) {
          Cost ca = cost(a, int(c)), cb = cost(b, int(c));
          if (ca < impossible || cb < impossible)
            least = std::min(least, ca - cb);
        }
      sum = plus(sum, least);
    };
    for (const Edge &e : node.operands)
      along(by[size_t(e.from)],
            [&](int mine, int other) { return edgeCost(e, node, other, mine); });
    for (auto [w, i] : readers[v]) {
      const Node &reader = problem.nodes[size_t(w)];
      along(by[size_t(w)],
            [&](int mine, int other) { return edgeCost(reader.operands[i], reader, mine, other); });
    }
    return sum;
  };
  // Choice b never makes a program take more memory than a does, this node's or a reader's.
  auto noMoreWorking = [&](size_t v, int a, int b) {
    const Node &node = problem.nodes[v];
    size_t n = size_t(node.choices());
    if (node.working[size_t(b)] > node.working[size_t(a)])
      return false;
    for (const Edge &e : node.operands)
      for (size_t at = 0; at < e.working.size(); at += n)
        if (e.working[at + size_t(b)] > e.working[at + size_t(a)])
          return false;
    for (auto [w, i] : readers[v]) {
      const Edge &e = problem.nodes[size_t(w)].operands[i];
      size_t m = size_t(problem.nodes[size_t(w)].choices());
      for (size_t c = 0; c < m && !e.working.empty(); ++c)
        if (e.working[size_t(b) * m + c] > e.working[size_t(a) * m + c])
          return false;
    }
    return true;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t v = 0; v < n; ++v) {
      const Node &node = problem.nodes[v];
      for (int a = 0; a < node.choices(); ++a)
        for (int b = 0; b < node.choices() && by[v][size_t(a)] < 0; ++b) {
          if (a == b || by[v][size_t(b)] >= 0 || b == node.spilled || a == node.spilled ||
              node.cost[size_t(b)] >= impossible ||
              node.bytes[size_t(b)] > node.bytes[size_t(a)])
            continue;
          if (dearer(v, a, b) > 0 && noMoreWorking(v, a, b)) {
            by[v][size_t(a)] = b;
            changed = true;
          }
        }
    }
  }
  return by;
}

std::optional<ChoiceResult> solveChoices(const ChoiceProblem &problem, int64_t maxStates) {
  Bounds bounds(problem);
  // A narrow search first: what it finds bounds the wide one.
  Cost known = impossible;
  if (maxStates > 64)
    if (std::optional<ChoiceResult> quick = Search(problem, bounds, 64, impossible).run())
      known = quick->cost;
  return Search(problem, bounds, maxStates, known).run();
}

} // namespace ttc
