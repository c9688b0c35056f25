//===- Memory.h - the device's L1 and DRAM as bytes -------------------------===//
#ifndef TTC_RUNTIME_SIM_MEMORY_H
#define TTC_RUNTIME_SIM_MEMORY_H

#include "ttc/Device/DeviceSpec.h"
#include "ttc/Program/BufferAccess.h"

#include <cstdint>

namespace ttc::sim {

/// L1 of every core and the used part of every DRAM bank: zero at first, and no host memory until
/// touched.
class Memory {
public:
  Memory(const DeviceSpec &device, uint64_t dramBytes);
  ~Memory();
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;

  /// L1 of a core, addressed by its device byte address.
  uint8_t *l1(unsigned core) { return l1Base + size_t(core) * l1Size; }
  uint8_t *dram(unsigned bank) { return dramBase + size_t(bank) * dramSize; }
  uint8_t *at(bool inL1, BufferView::Place p) {
    return (inL1 ? l1(p.unit) : dram(p.unit)) + p.address;
  }
  bool valid() const { return l1Base && dramBase; }

private:
  uint8_t *l1Base = nullptr, *dramBase = nullptr;
  size_t l1Size = 0, dramSize = 0, l1Total = 0, dramTotal = 0;
};

} // namespace ttc::sim

#endif
