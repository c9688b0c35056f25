//===- Memory.h - the device's L1 and DRAM as bytes -------------------------===//
#ifndef TTC_RUNTIME_SIM_MEMORY_H
#define TTC_RUNTIME_SIM_MEMORY_H

#include "ttc/Device/DeviceSpec.h"
#include "ttc/Program/BufferAccess.h"

#include <cstdint>

namespace ttc::sim {

/// Zeroed memory that the host provides as it is touched, in large pages where it can.
class HostRegion {
public:
  HostRegion() = default;
  explicit HostRegion(size_t bytes);
  HostRegion(HostRegion &&other) noexcept;
  HostRegion &operator=(HostRegion &&other) noexcept;
  ~HostRegion();

  uint8_t *data() const { return base; } ///< null: none to be had
  size_t size() const { return bytes; }

private:
  uint8_t *base = nullptr;
  size_t bytes = 0;
};

/// L1 of every core and the used part of every DRAM bank: zero at first, and no host memory until
/// touched.
class Memory {
public:
  Memory(const DeviceSpec &device, uint64_t dramBytes);

  /// L1 of a core, addressed by its device byte address.
  uint8_t *l1(unsigned core) { return l1Region.data() + size_t(core) * l1Size; }
  uint8_t *dram(unsigned bank) { return dramRegion.data() + size_t(bank) * dramSize; }
  uint8_t *at(bool inL1, BufferView::Place p) {
    return (inL1 ? l1(p.unit) : dram(p.unit)) + p.address;
  }
  bool valid() const { return l1Region.data() && dramRegion.data(); }

private:
  HostRegion l1Region, dramRegion;
  size_t l1Size = 0, dramSize = 0;
};

} // namespace ttc::sim

#endif
