//===- Memory.cpp - the device's L1 and DRAM as bytes -----------------------===//
#include "Sim/Memory.h"

#include <sys/mman.h>

namespace ttc::sim {
namespace {
uint8_t *reserve(size_t bytes) {
  void *p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? nullptr : static_cast<uint8_t *>(p);
}
constexpr size_t page = 4096;
size_t roundUp(size_t n) { return (n + page - 1) / page * page; }
} // namespace

Memory::Memory(const DeviceSpec &d, uint64_t dramBytes) {
  l1Size = roundUp(size_t(d.l1_end));
  dramSize = roundUp(std::max<size_t>(dramBytes, 1));
  l1Total = l1Size * size_t(d.cores());
  dramTotal = dramSize * size_t(d.dram_banks);
  l1Base = reserve(l1Total);
  dramBase = reserve(dramTotal);
}

Memory::~Memory() {
  if (l1Base)
    munmap(l1Base, l1Total);
  if (dramBase)
    munmap(dramBase, dramTotal);
}

} // namespace ttc::sim
