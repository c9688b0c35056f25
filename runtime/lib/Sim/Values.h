//===- Values.h - what instructions do to memory ----------------------------===//
//
// The event loop resolves an instruction's operands and addresses into a ValueOp
// and hands it over; a ValueOp touches only its own core's L1 and Dst, the DRAM
// and, through a buffer, other cores' L1. Values never influence the event loop.
//
// Order: operations of one core execute in the order they were given. A multicast
// becomes one operation of the sender, which copies the bytes out, and one of each
// receiver, which waits for that copy. Other traffic between cores reads memory
// that the program does not write (DecodedProgram::parallelValues); programs for
// which that does not hold execute on one host thread. So results do not depend on
// the number of host threads.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_RUNTIME_SIM_VALUES_H
#define TTC_RUNTIME_SIM_VALUES_H

#include "Kernels/Kernels.h"
#include "Sim/Decoded.h"
#include "Sim/Memory.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace ttc::sim {

/// In which form a cached tile of a circular buffer lies.
enum class TileForm : uint8_t { None, Src, Dst, In0, In1 };

/// The bytes of one multicast, and the tiles in them unpacked once for all receivers.
struct McastBlock {
  std::vector<uint8_t> raw;
  std::mutex lock; ///< guards ready and waiters
  bool ready = false;
  std::vector<unsigned> waiters; ///< cores whose queues stand still until ready

  // Unpacked tiles, all in one form, made on demand: state 0 absent, 1 being made, 2 there.
  TileForm form = TileForm::None;
  size_t capacity = 0, tiles = 0;
  std::unique_ptr<std::atomic<uint8_t>[]> state;
  std::unique_ptr<Operand[]> operands;
  void reserve(size_t count);
};

/// Unpacked tiles that live as long as a program runs, in memory that stays.
class OperandPool {
public:
  Operand *take(size_t count);
  /// Everything taken is free again.
  void reset();

private:
  std::mutex lock;
  std::vector<HostRegion> chunks;
  size_t current = 0, used = 0;
};

struct ValueOp {
  isa::Opcode op;
  uint16_t core = 0;
  bool receive = false; ///< of an Mcast: this core's half
  int64_t a[12] = {};   ///< operands in the instruction's order
  /// L1 byte addresses of the circular-buffer operands, sources before destination.
  uint64_t in0 = 0, in1 = 0, out = 0;
  std::shared_ptr<McastBlock> block;
};

class Values {
public:
  Values(Memory &memory, const ModelViews &views, const DeviceSpec &device);
  ~Values();

  /// No operation may be outstanding.
  void beginProgram(const DecodedProgram &program, const MathMode &mode);
  void endProgram();
  /// A receive must be executed only when its block is ready.
  void execute(const ValueOp &op);
  /// For a multicast; its memory is used again.
  std::shared_ptr<McastBlock> newBlock();

private:
  struct CbCache {
    Operand *tiles = nullptr;                        ///< by page
    std::vector<TileForm> form;                      ///< by page: what `tiles` holds
    std::vector<std::shared_ptr<McastBlock>> blocks; ///< by page, null: `tiles`
    std::vector<uint32_t> blockIndex;
    bool usable = false;
  };
  struct Core {
    std::vector<float> dst; ///< two halves
    std::vector<uint8_t> cleared;
    unsigned mathHalf = 1, packHalf = 1;
    bool packing = false; ///< between dst_wait and dst_release: vector functions work there
    std::vector<CbCache> cbs;
    std::vector<uint8_t> sticks; ///< of a tile row, side by side
    std::vector<Operand> arena; ///< tiles that are not cached, for one instruction
    size_t arenaUsed = 0;
    std::vector<const Operand *> operands;
    std::vector<const float *> pointers;
  };

  float *dst(Core &c, unsigned half, int64_t tile) {
    return c.dst.data() + (size_t(half) * halfTiles + size_t(tile)) * tileElements;
  }
  /// `count` Dst tiles of the half the math works on. keep: cleared tiles are made zero first;
  /// otherwise they are about to be overwritten.
  float *mathTiles(Core &c, int64_t first, int64_t count, bool keep);
  float *packTiles(Core &c, int64_t first, int64_t count);
  /// Those that a vector function works on.
  float *vectorTiles(Core &c, int64_t first, int64_t count, bool keep) {
    return c.packing ? packTiles(c, first, count) : mathTiles(c, first, count, keep);
  }
  /// An unpacked tile of a circular buffer.
  const Operand &tile(Core &c, unsigned core, int64_t cb, uint64_t address, TileForm form);
  void unpack(program::Format format, TileForm form, const uint8_t *raw, Operand &out) const;
  static void openCache(CbCache &cache, const Cb &info);
  /// Bytes of a circular buffer changed.
  void changed(Core &c, int64_t cb, uint64_t address, int64_t bytes);
  void reserveArena(Core &c, size_t tiles);

  void move(const ValueOp &op, Core &c);
  void receive(const ValueOp &op, Core &c);
  void compute(const ValueOp &op, Core &c);
  void tilize(const ValueOp &op, Core &c);
  void tilizeWindow(const ValueOp &op, Core &c);

  Memory &memory;
  const ModelViews &views;
  size_t halfTiles;
  const DecodedProgram *program = nullptr;
  MathMode mode;
  std::vector<Core> cores;
  OperandPool pool;
  std::mutex blockLock; ///< guards freeBlocks
  std::vector<std::unique_ptr<McastBlock>> freeBlocks;
};

} // namespace ttc::sim

#endif
