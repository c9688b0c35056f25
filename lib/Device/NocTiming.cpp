//===- NocTiming.cpp - cycles of transfers and of dispatch ------------------===//
#include "ttc/Device/Timing.h"

#include <algorithm>

namespace ttc::timing {
namespace {

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// From a to b in the direction of NoC `noc` on a ring of `size`.
int64_t along(int64_t a, int64_t b, int64_t size, unsigned noc) {
  int64_t d = noc == 0 ? b - a : a - b;
  return d < 0 ? d + size : d;
}

/// n * issue before the last one leaves, or the bytes, whichever is longer.
Cycles pipelined(const DeviceSpec &d, Cycles latency, Cycles issue, int64_t count, int64_t bytes,
                 Milli bandwidth) {
  if (count <= 0)
    return 0;
  int64_t each = ceilDiv(bytes, count);
  Cycles one = transfer(wireBytes(d, each), bandwidth);
  return latency + std::max((count - 1) * issue + one, count * one);
}

Cycles scaled(int64_t n, Milli factor) { return n * factor.thousandths / 1000; }

} // namespace

Place corePlace(const DeviceSpec &d, unsigned core) {
  return {int(d.noc_columns[core % unsigned(d.grid_x)]), int(d.noc_rows[core / unsigned(d.grid_x)])};
}

Place dramPlace(const DeviceSpec &d, unsigned bank) {
  return {int(d.dram_noc_x[bank]), int(d.dram_noc_y[bank])};
}

int64_t hops(const DeviceSpec &d, unsigned noc, Place from, Place to) {
  return along(from.x, to.x, d.noc_size_x, noc) + along(from.y, to.y, d.noc_size_y, noc);
}

int64_t roundTrip(const DeviceSpec &d, Place a, Place b) {
  return (a.x != b.x ? d.noc_size_x : 0) + (a.y != b.y ? d.noc_size_y : 0);
}

Cycles readLatency(const DeviceSpec &d, Place from, Place to) {
  return d.noc_read_latency + d.noc_hop * roundTrip(d, from, to);
}

Cycles writeLatency(const DeviceSpec &d, Place from, Place to) {
  return d.noc_write_latency + d.noc_hop * roundTrip(d, from, to);
}

Cycles semaphoreLatency(const DeviceSpec &d, unsigned noc, Place from, Place to) {
  return d.noc_write_latency / 2 + d.noc_hop * hops(d, noc, from, to);
}

int64_t packets(const DeviceSpec &d, int64_t bytes) {
  return std::max<int64_t>(1, ceilDiv(bytes, d.noc_packet_bytes));
}

int64_t wireBytes(const DeviceSpec &d, int64_t bytes) {
  return bytes + packets(d, bytes) * d.noc_packet_header;
}

Cycles issue(const DeviceSpec &d, Issue i, int64_t packets) {
  Cycles each = i.dram     ? (i.read ? d.dram_read_issue : d.dram_write_issue)
                : i.repeat ? (i.read ? d.noc_read_issue_repeat : d.noc_write_issue_repeat)
                           : (i.read ? d.noc_read_issue : d.noc_write_issue);
  Cycles first = each + (!i.elsewhere ? 0 : i.dram ? d.dram_interleaved_issue : d.noc_destination_issue);
  Cycles least = i.read && !i.dram && !i.local ? d.noc_read_interval : 0;
  return std::max(first, least) + (packets - 1) * std::max(each, least);
}

McastPath mcastPath(const DeviceSpec &d, unsigned noc, unsigned sender, unsigned low, unsigned high,
                    int64_t targets, bool loopback) {
  Place s = corePlace(d, sender), a = corePlace(d, low), b = corePlace(d, high);
  McastPath p;
  p.span = (b.x - a.x) + (b.y - a.y);
  bool inside = s.x >= a.x && s.x <= b.x && s.y >= a.y && s.y <= b.y;
  if (!inside)
    p.back = hops(d, noc, noc == 0 ? b : a, s);
  p.ring = (a.x != b.x || s.x != a.x ? d.noc_size_x : 0) +
           (a.y != b.y || s.y != a.y ? d.noc_size_y : 0);
  p.targets = targets;
  p.loopback = loopback;
  return p;
}

Cycles mcastOverhead(const DeviceSpec &d, const McastPath &p, int64_t bytes, bool linked) {
  int64_t n = packets(d, bytes);
  Cycles data = transfer(ceilDiv(wireBytes(d, bytes), n), d.mcast_bandwidth);
  Cycles acks = d.mcast_ack * p.targets;
  if (!linked)
    return n * (scaled(p.span, d.mcast_reserve_hop) + scaled(p.back, d.mcast_return_hop));
  if (p.loopback)
    return n * acks;
  return n * std::max<Cycles>(0, std::max<Cycles>(acks, d.noc_write_issue) - data);
}

Cycles mcastLatency(const DeviceSpec &d, const McastPath &p) {
  return d.noc_write_latency + d.noc_hop * p.ring;
}

Cycles readL1(const DeviceSpec &d, int64_t count, int64_t bytes) {
  return pipelined(d, readLatency(d, {0, 0}, {1, 1}), d.noc_read_issue, count, bytes,
                   d.noc_read_bandwidth);
}
Cycles writeL1(const DeviceSpec &d, int64_t count, int64_t bytes) {
  return pipelined(d, writeLatency(d, {0, 0}, {1, 1}), d.noc_write_issue, count, bytes,
                   d.noc_port_bandwidth);
}

/// Interleaved pages: a channel serves its share while the others serve theirs.
static Cycles dram(const DeviceSpec &d, Cycles latency, Cycles issue, int64_t count,
                   int64_t bytes) {
  if (count <= 0)
    return 0;
  int64_t banks = std::min(count, d.dram_banks);
  return std::max(pipelined(d, latency, issue + d.dram_interleaved_issue, count, bytes,
                            d.noc_port_bandwidth),
                  latency + transfer(ceilDiv(bytes, banks), d.dram_bank_bandwidth));
}
Cycles readDram(const DeviceSpec &d, int64_t count, int64_t bytes) {
  return dram(d, readLatency(d, {0, 0}, {1, 1}) + d.dram_read_latency, d.dram_read_issue, count,
              bytes);
}
Cycles writeDram(const DeviceSpec &d, int64_t count, int64_t bytes) {
  return dram(d, writeLatency(d, {0, 0}, {1, 1}) + d.dram_write_latency, d.dram_write_issue, count,
              bytes);
}

McastPath mcastPath(const DeviceSpec &d, int64_t width, int64_t height) {
  McastPath p;
  p.span = width + height - 2;
  p.ring = (width > 1 ? d.noc_size_x : 0) + (height > 1 ? d.noc_size_y : 0);
  p.targets = std::max<int64_t>(1, width * height - 1);
  return p;
}

Cycles mcastOccupancy(const DeviceSpec &d, const McastPath &p, int64_t bytes, bool linked) {
  return transfer(wireBytes(d, bytes), d.mcast_bandwidth) + mcastOverhead(d, p, bytes, linked);
}

Cycles mcast(const DeviceSpec &d, const McastPath &p, int64_t bytes, bool linked) {
  return mcastLatency(d, p) + mcastOccupancy(d, p, bytes, linked);
}

Cycles semaphore(const DeviceSpec &d) {
  return d.noc_write_latency / 2 + d.noc_hop * (d.noc_size_x + d.noc_size_y) / 2;
}

Cycles dispatch(const DeviceSpec &d, int64_t cores, int64_t numCbs, int64_t numArgs, bool traced) {
  Cycles t = (traced ? 0 : d.dispatch_untraced) + d.dispatch_base + scaled(cores, d.dispatch_core) + numCbs * d.dispatch_cb;
  if (numArgs > 0)
    t += d.dispatch_args + numArgs * d.dispatch_arg;
  return t;
}

Cycles launchGap(const DeviceSpec &d) { return d.dispatch_gap + d.kernel_start; }

Cycles roofline(const DeviceSpec &d, int64_t macs, FidelityPhases phases, int64_t dramBytes) {
  constexpr int64_t perTile = int64_t(tileDim) * tileDim * tileDim;
  Cycles math = ceilDiv(ceilDiv(macs, perTile) * d.math_tile_phase * phases, d.cores());
  return std::max(math, transfer(ceilDiv(dramBytes, d.dram_banks), d.dram_bank_bandwidth));
}

} // namespace ttc::timing
