//===- NocMap.cpp - what transfers share, and what each of them crosses -----===//
#include "ttc/Device/NocMap.h"

#include <fmt/format.h>

namespace ttc {

NocMap::NocMap(const DeviceSpec &spec)
    : d(spec), sizeX(int(spec.noc_size_x)), sizeY(int(spec.noc_size_y)),
      firstChannel(uint32_t(spec.cores() * 6)),
      firstLink(firstChannel + uint32_t(spec.dram_banks)) {
  for (unsigned i = 0; i < unsigned(spec.cores()); ++i)
    cores.push_back(timing::corePlace(spec, i));
  for (unsigned i = 0; i < unsigned(spec.dram_banks); ++i)
    banks.push_back(timing::dramPlace(spec, i));
}

Milli NocMap::bandwidth(uint32_t r) const {
  if (r < firstChannel)
    return r % 3 == uint32_t(Port::answer) ? d.noc_read_bandwidth : d.noc_port_bandwidth;
  return r < firstLink ? d.dram_bank_bandwidth : d.noc_link_bandwidth;
}

Milli NocMap::sharedBandwidth(uint32_t r) const {
  // Threads do not meet where a core injects; the efficiency of a channel is in its bandwidth.
  bool own = r < firstChannel ? r % 3 == uint32_t(Port::out) : r < firstLink;
  return own ? bandwidth(r) : Milli{bandwidth(r).thousandths * d.noc_shared_efficiency.thousandths / 1000};
}

std::string NocMap::name(uint32_t r) const {
  if (r < firstChannel) {
    unsigned core = r / 6;
    constexpr const char *kinds[] = {"out", "in", "answer"};
    return fmt::format("core ({}, {}) noc {} {}", core % unsigned(d.grid_x),
                       core / unsigned(d.grid_x), r / 3 % 2, kinds[r % 3]);
  }
  if (r < firstLink)
    return fmt::format("dram {}", r - firstChannel);
  uint32_t link = r - firstLink, at = link / 2, routers = uint32_t(sizeX * sizeY);
  return fmt::format("noc {} router ({}, {}) {}", at / routers, at % uint32_t(sizeX),
                     at / uint32_t(sizeX) % uint32_t(sizeY), link % 2 ? "y" : "x");
}

} // namespace ttc
