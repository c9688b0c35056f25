//===- Noc.h - how long transfers take, with contention ---------------------===//
//
// A transfer costs its thread an issue slot for every packet; it completes after
// the latency of its route and when the ports it crosses have served its bytes.
// Ports are the injection and absorption sides of every core's NoC interfaces and
// the DRAM channels. A port serves work in the order in which it is asked, always
// as fast as it can: it is described by the time until which it has work.
//
// Times are cycles; port times are kept in thousandths of a cycle.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_SIM_NOC_H
#define TTC_RUNTIME_SIM_NOC_H

#include "Sim/Transfers.h"
#include "ttc/Device/Timing.h"

#include <algorithm>
#include <vector>

namespace ttc::sim {

class Noc {
public:
  explicit Noc(const DeviceSpec &device);

  timing::Place place(unsigned core) const {
    return {int(core % unsigned(d.grid_x)), int(core / unsigned(d.grid_x))};
  }

  /// A batch of transactions of one thread. add() each, then read() or write().
  class Batch {
  public:
    int64_t packets = 0, bytes = 0;
    Cycles addressing = 0; ///< issue cycles beside those of the packets

  private:
    friend class Noc;
    struct Part {
      bool dram;
      unsigned unit;
      int64_t packets, bytes;
    };
    std::vector<Part> parts;
  };
  /// interleaved: the page's bank has to be found first.
  void add(Batch &batch, bool dram, unsigned unit, int64_t bytes, bool interleaved) const;

  struct Done {
    Cycles issued;   ///< the thread may go on
    Cycles complete; ///< what a barrier waits for
    bool dram;       ///< the last to complete was a DRAM transfer
  };
  Done read(unsigned core, unsigned noc, Cycles now, const Batch &batch) {
    return transfer(core, noc, now, batch, true);
  }
  Done write(unsigned core, unsigned noc, Cycles now, const Batch &batch) {
    return transfer(core, noc, now, batch, false);
  }

  struct McastDone {
    Cycles issued, arrived, complete;
  };
  /// `targets`: cores other than the sender.
  McastDone mcast(unsigned core, unsigned noc, Cycles now, int64_t bytes, int64_t width,
                  int64_t height, bool linked, const std::vector<unsigned> &targets);

private:
  Done transfer(unsigned core, unsigned noc, Cycles now, const Batch &batch, bool read);
  /// The port's work until after `bytes` more that come at `time`.
  static int64_t serve(int64_t &port, int64_t time, int64_t bytes, Milli bandwidth) {
    port = std::max(port, time) + bytes * 1'000'000 / bandwidth.thousandths;
    return port;
  }
  int64_t &out(unsigned core, unsigned noc) { return outPorts[core * 2 + noc]; }
  int64_t &in(unsigned core, unsigned noc) { return inPorts[core * 2 + noc]; }

  const DeviceSpec &d;
  std::vector<int64_t> outPorts, inPorts, channels;
};

} // namespace ttc::sim

#endif
