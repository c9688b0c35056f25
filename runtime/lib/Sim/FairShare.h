//===- FairShare.h - max-min fair rates of flows over shared resources -------===//
//
// Every flow has a cap and a path of resources; the rates are max-min fair: each
// flow is held by its cap or by a saturated resource on which no flow is faster.
// solve() restores this after flows have started, stopped or changed their cap. It
// frees only the flows that the change touches: those whose bottleneck gained or
// lost room, and then those that the new rates contradict, until none is left.
//
// Integers only: rates and capacities are in 1/65536 byte a cycle. Each share is
// rounded down, so that a resource is never overdrawn.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_SIM_FAIRSHARE_H
#define TTC_RUNTIME_SIM_FAIRSHARE_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ttc::sim {

class FairShare {
public:
  using Rate = int64_t;

  /// Returns the resource's number. `shared`: its capacity while flows of several groups cross it.
  uint32_t addResource(Rate capacity, Rate shared);
  /// Returns the flow's number; it is idle. No resource twice in a path.
  uint32_t addFlow(std::vector<uint32_t> path, uint32_t group);

  /// An idle flow becomes active with a rate of at most `cap`.
  void start(uint32_t flow, Rate cap);
  void setCap(uint32_t flow, Rate cap);
  void stop(uint32_t flow);

  /// Makes the rates fair and calls changed(flow, rate before) for each active flow whose rate is
  /// another one now (a flow that started had 0).
  template <typename Fn> void solve(Fn changed) {
    if (seeds.empty() && loose.empty())
      return;
    settle();
    for (uint32_t f : region)
      if (flows[f].rate != flows[f].before)
        changed(f, flows[f].before);
  }

  Rate rate(uint32_t flow) const { return flows[flow].rate; }
  bool active(uint32_t flow) const { return flows[flow].active; }
  Rate capacity(uint32_t resource) const { return resources[resource].alone; }
  const std::vector<uint32_t> &path(uint32_t flow) const { return flows[flow].path; }
  size_t numResources() const { return resources.size(); }

private:
  static constexpr int32_t none = -1;
  struct Flow {
    std::vector<uint32_t> path, slot; ///< slot[i]: position among the flows of path[i]
    Rate cap = 0, rate = 0, before = 0;
    uint32_t group = 0;
    int32_t bottleneck = none; ///< resource that holds it; none: its cap
    bool active = false, inRegion = false, fixed = false;
  };
  struct Resource {
    Rate alone = 0, shared = 0, used = 0;
    std::vector<uint32_t> flows; ///< active ones
    struct Group {
      uint32_t group, flows;
    };
    std::vector<Group> groups; ///< of the active flows
    Rate capacity() const { return groups.size() > 1 ? shared : alone; }
    // While solving.
    Rate left = 0, fastest = 0, level = 0;
    uint32_t open = 0; ///< flows of the region without a rate yet
    bool touched = false, isLoose = false, isResized = false;
  };

  void settle();
  void include(uint32_t flow);
  void fill();
  void fix(uint32_t flow, Rate rate, int32_t bottleneck);
  bool grow();
  void loosen(uint32_t resource);
  void join(uint32_t resource, uint32_t group);
  void leave(uint32_t resource, uint32_t group);

  std::vector<Flow> flows;
  std::vector<Resource> resources;
  std::vector<uint32_t> seeds;   ///< flows that need a new rate
  std::vector<uint32_t> loose;   ///< resources that may have gained room
  std::vector<uint32_t> region;  ///< flows that are being solved
  std::vector<uint32_t> touched; ///< their resources
  std::vector<uint32_t> byCap;
};

} // namespace ttc::sim

#endif
