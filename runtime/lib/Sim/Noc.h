//===- Noc.h - transfers as flows over the device's shared resources --------===//
//
// What a thread has under way to or from one place on its NoC is one flow: a queue
// of bytes that drains at a max-min fair rate (FairShare.h) over the resources it
// crosses: injection and absorption ports of the cores, the links of its route
// (dimension order on a torus), the port an L1 answers reads through, DRAM channels.
// A transaction costs its thread issue cycles; a batch drains no faster than it is
// issued; it is complete a latency after its bytes have drained. A multicast is a
// flow over the tree of its route, whose reservations and acknowledgements are
// bytes too.
//
// Rates change only when a flow starts, drains or gets another cap. All changes of
// one cycle are solved together, before time goes on.
//
// Without contention (the clock of the same name) a flow meets only those of its
// own thread, at the thread's own port.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_SIM_NOC_H
#define TTC_RUNTIME_SIM_NOC_H

#include "Sim/FairShare.h"
#include "ttc/Device/NocMap.h"

#include <deque>
#include <functional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

namespace ttc::sim {

class Noc {
public:
  Noc(const DeviceSpec &device, bool contention);

  /// Transactions of one thread that are issued as one. Made with add().
  class Batch {
  public:
    int64_t packets = 0, bytes = 0;
    Cycles issue = 0; ///< the thread is busy with

  private:
    friend class Noc;
    struct Part {
      bool dram;
      unsigned unit;
      int64_t wire; ///< bytes with headers
    };
    std::vector<Part> parts;
    Cycles lastIssue = 0;
    bool lastDram = false;
    unsigned lastUnit = 0;
    int64_t lastBytes = -1;
  };
  /// `unit`: a DRAM bank or a core of the device. elsewhere: timing::Issue. `previous`: the batch of the same instruction before this one, if any.
  void add(Batch &batch, const Batch *previous, bool read, bool dram, unsigned unit, int64_t bytes,
           bool elsewhere, bool local = false) const;

  /// The program thread of core `core` (of the device) on NoC `noc`; `owner` comes back in events.
  struct Source {
    unsigned core, noc, owner;
  };
  /// Starts a batch at `now`, which never lies before an event that next() has returned. Returns how
  /// many flows of the thread have become active; each ends with one event.
  unsigned transfer(Source source, bool read, Cycles now, const Batch &batch);
  /// A multicast to the rectangle of cores low..high of the device; `targets`: the cores in it that
  /// get it, in ascending order. Counts as a write.
  unsigned mcast(Source source, Cycles now, int64_t bytes, unsigned low, unsigned high,
                 const std::vector<unsigned> &targets, bool linked, bool loopback);
  /// An event with `token` follows when what the thread has multicast so far has arrived; false
  /// (and no event) when that is already so.
  bool follow(Source source, uint64_t token);

  static constexpr uint64_t noToken = ~uint64_t(0);
  struct Event {
    Cycles at = 0;       ///< never decreases from event to event
    Cycles complete = 0; ///< acknowledged, >= at; with a token: arrived
    unsigned owner = 0;
    bool read = false, dram = false;
    uint64_t token = noToken;
  };
  /// The next event, if it comes at `limit` or before.
  bool next(Cycles limit, Event &event);
  bool pending(Cycles limit);

  /// Bytes that have crossed each resource (headers and reservations included), bytes a cycle that it
  /// can carry at most, and its name: what utilisation is made of.
  std::vector<int64_t> carried() const;
  double capacity(uint32_t resource) const;
  std::string name(uint32_t resource) const { return map.name(resource); }

private:
  enum class Kind : uint8_t { Read, Write, Mcast };
  struct Mark {
    int64_t position;
    uint64_t token;
  };
  struct Flow {
    Kind kind;
    bool dram = false;
    unsigned owner = 0;
    Cycles tail = 0;      ///< from drained to complete
    FairShare::Rate best; ///< on an idle device
    int64_t queued = 0;   ///< in all, 1/65536 byte
    int64_t left = 0;
    Cycles updated = 0;
    uint32_t version = 0;
    std::deque<Mark> marks;
  };
  struct Due {
    Cycles time;
    uint32_t flow, version;
    bool operator>(const Due &o) const {
      return time != o.time ? time > o.time : flow > o.flow;
    }
  };

  uint32_t makeFlow(Kind kind, std::vector<uint32_t> path, uint32_t ownPort, FairShare::Rate cap,
                    Cycles tail);
  uint32_t flowTo(Source source, bool read, bool dram, unsigned unit);
  bool enqueue(uint32_t id, unsigned owner, Cycles now, int64_t bytes, Cycles spread);
  void touch(Cycles now);
  void advance(Flow &flow, FairShare::Rate rate, Cycles now);
  void schedule(uint32_t id);
  void settle();
  void process(Cycles limit);

  const DeviceSpec &d;
  bool contention;
  NocMap map;
  FairShare share;
  std::vector<Flow> flows; ///< by FairShare's numbers
  std::unordered_map<uint64_t, uint32_t> known;
  std::vector<uint32_t> lastMcast; ///< flow + 1 by core * 2 + noc
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due;
  std::deque<Event> events;
  bool dirty = false;
  Cycles dirtyAt = 0;
};

} // namespace ttc::sim

#endif
