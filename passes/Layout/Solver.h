//===- Solver.h - one choice for every node, at the least cost --------------===//
//
// Nodes in schedule order, each with a few choices. A choice costs something by
// itself and with the choice of each node that is read (edges), and takes memory from
// the node's step to its last reader's. Plain C++: no MLIR.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_PASSES_LAYOUT_SOLVER_H
#define TTC_PASSES_LAYOUT_SOLVER_H

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace ttc {

using Cost = int64_t;
/// A choice, or a pair of choices, that is not possible.
constexpr Cost impossible = std::numeric_limits<Cost>::max() / 1024;

struct ChoiceProblem {
  struct Edge {
    int from = 0;           ///< an earlier node
    std::vector<Cost> cost; ///< [choice of `from` * choices of the reader + choice of the reader]
    std::vector<int64_t> working = {}; ///< as Node::working, for a pair of choices; empty: none
    /// For a pair of choices: the reader may keep what it makes where `from` lies, if nothing reads that later.
    std::vector<bool> inPlace = {};
  };
  struct Node {
    std::vector<Cost> cost;       ///< of each choice; at most 255
    std::vector<Edge> operands;
    std::vector<int64_t> bytes;   ///< memory each choice keeps until `lastUse`, from a place of its own
    std::vector<int64_t> working; ///< memory it takes besides, during its own step
    int lastUse = 0;              ///< its own index if nothing reads it
    int spilled = -1; ///< the choice that takes no memory and that it may be moved to later on; -1: none
    std::vector<Cost> spillCost; ///< from each choice
    int choices() const { return int(cost.size()); }
  };
  std::vector<Node> nodes;
  int64_t capacity = std::numeric_limits<int64_t>::max();
};

struct ChoiceResult {
  std::vector<int> choice; ///< of each node
  /// Nodes moved to their `spilled` choice before a step, because there was no room.
  struct Spill {
    int step, node;
  };
  std::vector<Spill> spills;
  Cost cost = 0;
  /// No assignment that fits costs less. Equal to `cost` when every state was followed.
  Cost lowerBound = 0;
  int64_t widest = 0; ///< states kept at most after a step
  int64_t expanded = 0;
};

/// Dynamic programming along the schedule over the choices of the live nodes (a path decomposition of
/// the graph; memory is a constraint of each step). A state that cannot beat a known solution is
/// dropped, which loses nothing; if more than `maxStates` remain, the least promising go and the lower
/// bound says what that may have cost. Ties go to the smaller choice number: the result depends on
/// nothing but the problem. None if nothing fits.
std::optional<ChoiceResult> solveChoices(const ChoiceProblem &problem, int64_t maxStates);

/// The cost of an assignment, `impossible` included; memory is not looked at.
Cost costOf(const ChoiceProblem &problem, const std::vector<int> &choice);

/// By how many bytes the best placement found of an assignment's buffers, which fill memory of `size`
/// bytes from its end, meets the working memory at its start; 0 or less: it fits.
int64_t placementExcess(const ChoiceProblem &problem, const ChoiceResult &result, int64_t size);

/// Marks choices of nodes that another choice of the same node beats whatever its neighbours choose
/// (dead-end elimination, Goldstein's criterion), and that takes no less memory: by whom, -1 for none.
std::vector<std::vector<int>> dominatedChoices(const ChoiceProblem &problem);

} // namespace ttc

#endif
