//===- Memory.cpp - the device's L1 and DRAM as bytes -----------------------===//
#include "Sim/Memory.h"

#include <sys/mman.h>

#include <utility>

namespace ttc::sim {
namespace {
constexpr size_t page = 4096, largePage = size_t(2) << 20;
size_t roundUp(size_t n, size_t unit) { return (n + unit - 1) / unit * unit; }
} // namespace

HostRegion::HostRegion(size_t size) {
  // Small regions would waste most of a large page.
  bool large = size >= 2 * largePage;
  bytes = roundUp(size, large ? largePage : page);
  void *p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  base = p == MAP_FAILED ? nullptr : static_cast<uint8_t *>(p);
#ifdef MADV_HUGEPAGE
  if (base && large)
    madvise(base, bytes, MADV_HUGEPAGE); // 512 times fewer page faults; a wish, may fail
#endif
}

HostRegion::HostRegion(HostRegion &&other) noexcept
    : base(std::exchange(other.base, nullptr)), bytes(std::exchange(other.bytes, 0)) {}

HostRegion &HostRegion::operator=(HostRegion &&other) noexcept {
  std::swap(base, other.base);
  std::swap(bytes, other.bytes);
  return *this;
}

HostRegion::~HostRegion() {
  if (base)
    munmap(base, bytes);
}

Memory::Memory(const DeviceSpec &d, uint64_t dramBytes) {
  l1Size = roundUp(size_t(d.l1_end), page);
  dramSize = roundUp(std::max<size_t>(dramBytes, 1), page);
  l1Region = HostRegion(l1Size * size_t(d.cores()));
  dramRegion = HostRegion(dramSize * size_t(d.dram_banks));
}

} // namespace ttc::sim
