//===- Noc.cpp - how long transfers take, with contention -------------------===//
#include "Sim/Noc.h"

namespace ttc::sim {

Noc::Noc(const DeviceSpec &device)
    : d(device), outPorts(size_t(device.cores()) * 2), inPorts(size_t(device.cores()) * 2),
      channels(size_t(device.dram_banks)) {}

void Noc::add(Batch &batch, bool dram, unsigned unit, int64_t bytes, bool interleaved) const {
  int64_t n = timing::packets(d, bytes);
  batch.packets += n;
  batch.bytes += bytes;
  batch.addressing += interleaved ? d.noc_interleaved_issue : 0;
  for (Batch::Part &p : batch.parts)
    if (p.unit == unit && p.dram == dram) {
      p.packets += n;
      p.bytes += bytes;
      return;
    }
  batch.parts.push_back({dram, unit, n, bytes});
}

Noc::Done Noc::transfer(unsigned core, unsigned noc, Cycles now, const Batch &batch, bool read) {
  Cycles issue = read ? d.noc_read_issue : d.noc_write_issue;
  Done done{now + batch.packets * issue + batch.addressing, now, false};
  Cycles lastIssue = done.issued - issue;
  timing::Place here = place(core);
  for (const Batch::Part &p : batch.parts) {
    Cycles latency = p.dram ? (read ? d.dram_read_latency : d.dram_write_latency)
                     : read ? timing::readLatency(d, place(p.unit), here)
                            : timing::writeLatency(d, here, place(p.unit));
    Milli bandwidth = p.dram ? d.dram_bank_bandwidth
                      : read ? d.noc_read_bandwidth
                             : d.noc_bandwidth;
    // Issue-bound end: the last transaction leaves, then its own bytes follow.
    Cycles end = lastIssue + latency + timing::transfer(p.bytes / p.packets, bandwidth);
    // The ports' share: the far side first for a read, this core's side first for a write.
    int64_t start = (now + latency / 2) * 1000;
    int64_t &far = p.dram ? channels[p.unit] : read ? out(p.unit, noc) : in(p.unit, noc);
    int64_t &near = read ? in(core, noc) : out(core, noc);
    int64_t farDone = serve(far, start, p.bytes, bandwidth);
    int64_t nearDone = serve(near, start, p.bytes, d.noc_bandwidth);
    end = std::max(end, (std::max(farDone, nearDone) + 999) / 1000 + latency - latency / 2);
    if (end > done.complete) {
      done.complete = end;
      done.dram = p.dram;
    }
  }
  return done;
}

Noc::McastDone Noc::mcast(unsigned core, unsigned noc, Cycles now, int64_t bytes, int64_t width,
                          int64_t height, bool linked, const std::vector<unsigned> &targets) {
  int64_t hops = timing::mcastHops(width, height);
  Cycles latency = d.mcast_latency + hops * d.mcast_latency_hop;
  Cycles whole = timing::mcast(d, bytes, hops, linked);
  // The sender's port is taken as long as the path is.
  int64_t &port = out(core, noc);
  int64_t begin = std::max(port, now * 1000);
  port = begin + timing::mcastOccupancy(d, bytes, hops, linked) * 1000;
  Cycles start = (begin + 999) / 1000;
  Cycles complete = start + whole;
  for (unsigned t : targets) {
    int64_t served = serve(in(t, noc), (start + latency / 2) * 1000, bytes, d.noc_bandwidth);
    complete = std::max(complete, (served + 999) / 1000 + latency - latency / 2);
  }
  // What is left after the last byte arrived is its acknowledgement.
  return {now + timing::packets(d, bytes) * d.noc_write_issue, complete - latency / 2, complete};
}

} // namespace ttc::sim
