//===- MishScheduleTest.cpp - where the slots of mish_bf16 come from --------===//
//
// sfpu_slots_mish_bf16 of the device files is a derived number. This is its
// derivation, executed: the loop body as the vector unit of a Wormhole would issue
// it, one instruction a slot, with the unit's eight registers, the four constants
// that a program sets and two fixed ones (0 and 1). Facts: tt-isa-documentation,
// WormholeB0, VectorUnit and the pages of SFPLOADMACRO, SFPMAD, SFPSWAP, SFPSETEXP,
// SFPSTOCHRND, SFPSHFT, SFPNOT, SFPLOADI.
//
// The unit has five sub-units. SFPLOADMACRO loads a row and starts instructions on
// the others in later slots, counted in instructions: at most one each, no later
// than seven slots on, with the register that was loaded as result and as a source.
// The row is loaded twice, once for its exponential and once for the product with
// it, so that the second macro can store what it loaded.
//
// A body handles one row and holds parts of the two rows before (stages 1 and 2).
// It is 16 slots long, short enough for the replay buffer's 32, so nothing waits
// for the RISC-V core that pushes instructions.
//
//===----------------------------------------------------------------------===//
#include "Common.h"

#include "Kernels/SfpMad.h"
#include "ttc/Device/DeviceSpec.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <tuple>

using namespace ttc;
using namespace ttc::sim;
using namespace ttc::sim::test;

namespace {

enum class Op { Macro, Store, LoadImmediate, Mad, Max0, ToU16, Shift14, SetExp, TakeExp, Not, Nop };
enum class Unit { Load, Simple, Mad, Round, Store };

Unit unitOf(Op op) {
  switch (op) {
  case Op::Macro:
  case Op::Nop: // an issue slot that only counts
  case Op::LoadImmediate: return Unit::Load;
  case Op::Mad: return Unit::Mad;
  case Op::ToU16: return Unit::Round;
  case Op::Store: return Unit::Store;
  default: return Unit::Simple;
  }
}

struct Instruction {
  int slot = 0;
  Op op = Op::Macro;
  int stage = 0; ///< how many rows behind the first macro's
  int dst = 0, a = 0, b = 0, c = 0;
  float immediate = 0; ///< of LoadImmediate: a bf16
  int macro = -1;      ///< slot of the macro that started it
  bool reads(int r) const {
    switch (op) {
    case Op::Macro:
    case Op::Nop:
    case Op::LoadImmediate: return false;
    case Op::Mad: return r == a || r == b || r == c;
    case Op::TakeExp: return r == a || r == dst;
    default: return r == a;
    }
  }
};

// Registers: 0 to 7; 9 is 0 and 10 is 1; 11 to 14 are set before the loop, 4, 6 and 7 too.
constexpr int zero = 9, one = 10, bias = 11, half = 12, c0 = 13, log2e = 14, c1 = 4, minus18 = 6, rest = 7;
constexpr int slots = 16;

constexpr Instruction body[] = {
    {.slot = 0, .op = Op::Macro, .dst = 2},                                          // x
    {.slot = 0, .op = Op::Store, .stage = 2, .a = 0, .macro = 10},
    {.slot = 1, .op = Op::Mad, .dst = 2, .a = 2, .b = log2e, .c = bias, .macro = 0}, // y
    {.slot = 1, .op = Op::TakeExp, .stage = 1, .dst = 5, .a = 1},                    // u
    {.slot = 2, .op = Op::Mad, .stage = 1, .dst = 0, .a = 5, .b = half, .c = one},
    {.slot = 3, .op = Op::LoadImmediate, .stage = 1, .dst = 1, .immediate = 8.5f},
    {.slot = 3, .op = Op::Max0, .dst = 2, .a = 2, .macro = 0},
    {.slot = 4, .op = Op::Mad, .stage = 1, .dst = 3, .a = 5, .b = 0, .c = zero},     // t
    {.slot = 5, .op = Op::Nop},
    {.slot = 5, .op = Op::ToU16, .dst = 2, .a = 2, .macro = 0},
    {.slot = 6, .op = Op::Mad, .stage = 1, .dst = 0, .a = 3, .b = minus18, .c = rest}, // -18 (t + 1/256)
    {.slot = 7, .op = Op::Shift14, .dst = 5, .a = 2},                                // s
    {.slot = 8, .op = Op::Not, .stage = 1, .dst = 2, .a = 0},                        // r
    {.slot = 9, .op = Op::Mad, .stage = 1, .dst = 1, .a = 0, .b = 2, .c = 1},
    {.slot = 10, .op = Op::Macro, .stage = 1, .dst = 0},                             // x again
    {.slot = 11, .op = Op::Mad, .stage = 1, .dst = 1, .a = 2, .b = 1, .c = zero},    // r, better
    {.slot = 12, .op = Op::SetExp, .dst = 3, .a = 5},                                // m
    {.slot = 12, .op = Op::Mad, .stage = 1, .dst = 0, .a = 0, .b = 3, .c = zero, .macro = 10}, // x t
    {.slot = 13, .op = Op::Mad, .dst = 2, .a = 3, .b = c1, .c = zero},
    {.slot = 14, .op = Op::Mad, .stage = 1, .dst = 0, .a = 0, .b = 1, .c = zero},    // x t r
    {.slot = 15, .op = Op::Mad, .dst = 1, .a = 2, .b = 3, .c = c0},                  // 2^fraction
};

/// The registers of one lane, with results that arrive late.
class Lane {
public:
  std::array<float, 16> reg = {};
  void write(int r, float v, int64_t cycle) { pending.push_back({cycle, r, v}); }
  void arrive(int64_t now) {
    std::erase_if(pending, [&](const Late &l) {
      if (l.cycle <= now)
        reg[size_t(l.reg)] = l.value;
      return l.cycle <= now;
    });
  }

private:
  struct Late {
    int64_t cycle;
    int reg;
    float value;
  };
  std::vector<Late> pending;
};

/// Runs the body twice more than there are rows, as prologue and epilogue would.
std::vector<float> runSchedule(const std::vector<float> &rows) {
  Lane lane;
  lane.reg.fill(std::nanf("")); // what was not set must not be used
  lane.reg[zero] = 0, lane.reg[one] = 1;
  lane.reg[bias] = 60928, lane.reg[half] = 128, lane.reg[c0] = 0.66825f, lane.reg[log2e] = 738.659851f;
  lane.reg[c1] = 0.33203125f, lane.reg[minus18] = -18, lane.reg[rest] = -18.0f / 256;
  std::vector<float> out(rows.size());
  for (size_t pass = 0; pass < rows.size() + 2; ++pass)
    for (const Instruction &i : body) {
      int64_t now = int64_t(pass) * slots + i.slot;
      lane.arrive(now);
      size_t row = pass - size_t(i.stage); // wraps before the first
      auto bits = [&](int r) { return bitsOf(lane.reg[size_t(r)]); };
      auto set = [&](uint32_t u, int latency = 1) { lane.write(i.dst, floatOf(u), now + latency); };
      switch (i.op) {
      case Op::Macro: set(bitsOf(row < rows.size() ? rows[row] : 0)); break;
      case Op::Store:
        if (row < rows.size())
          out[row] = lane.reg[size_t(i.a)];
        break;
      case Op::LoadImmediate:
        EXPECT_EQ(bitsOf(i.immediate) & 0xffff, 0u) << "an immediate has 16 bits";
        set(bitsOf(i.immediate));
        break;
      case Op::Mad: set(sfpMad(bits(i.a), bits(i.b), bits(i.c)), 2); break;
      case Op::Max0: { // by the order of sign and magnitude, in which positive NaN is the largest
        uint32_t u = bits(i.a);
        set(u >> 31 ? 0 : u, 2);
        break;
      }
      case Op::ToU16: { // nearest, ties away from zero, bounded
        float v = lane.reg[size_t(i.a)];
        set(v < 65535 ? uint32_t(std::floor(double(v) + 0.5)) : 65535);
        break;
      }
      case Op::Shift14: set(bits(i.a) << 14); break;
      case Op::SetExp: set((bits(i.a) & 0x807fffff) | 127u << 23); break;
      case Op::TakeExp: set((bits(i.a) & 0x807fffff) | (bits(i.dst) & 0x7f800000)); break;
      case Op::Not: set(~bits(i.a)); break;
      case Op::Nop: break;
      }
    }
  return out;
}

TEST(MishSchedule, ComputesMishBf16BitForBit) {
  std::vector<float> x; // every bf16 that matters, in an order without neighbours
  for (uint32_t i = 0; i < 65536; ++i) {
    float v = floatOf((i * 40503u & 0xffff) << 16);
    if (std::isfinite(v) && std::fabs(v) < 1e30f && std::fabs(v) > 1e-30f)
      x.push_back(v);
  }
  x.resize(x.size() / 64 * 64);
  std::vector<float> got = runSchedule(x), want(x.size());
  sfpMadVectors(3, x.data(), x.data(), x.data(), want.data(), x.size());
  for (size_t i = 0; i < x.size(); ++i)
    ASSERT_EQ(bitsOf(got[i]), bitsOf(want[i])) << x[i];
}

TEST(MishSchedule, KeepsTheUnitsRules) {
  EXPECT_LE(slots, 32) << "the replay buffer";
  int issued[slots] = {}, used[slots][5] = {};
  std::map<std::tuple<Op, int, int, int>, int> templates; // of scheduled instructions but plain stores
  for (const Instruction &i : body) {
    issued[i.slot] += i.macro < 0;
    EXPECT_EQ(used[i.slot][int(unitOf(i.op))]++, 0) << "slot " << i.slot;
    EXPECT_TRUE(i.dst < 6 && i.dst != c1) << "constants stay";
    if (i.macro >= 0 && i.op != Op::Store)
      ++templates[{i.op, i.a, i.b, i.c}];
  }
  EXPECT_LE(templates.size(), 4u);
  for (int n : issued)
    EXPECT_EQ(n, 1) << "delays count instructions: there is one in every slot";
  for (const Instruction &i : body) {
    int next = (i.slot + 1) % slots;
    auto uses = [&](int slot, Unit unit) { return used[slot][int(unit)]; };
    if (i.op == Op::Max0) {
      EXPECT_FALSE(uses(i.slot, Unit::Mad)) << "a swap takes the multiply-add's place";
      EXPECT_FALSE(uses(next, Unit::Simple) || uses(next, Unit::Round));
    }
    EXPECT_FALSE(uses(i.slot, Unit::Simple) && uses(i.slot, Unit::Round));
    for (const Instruction &after : body)
      if (i.op == Op::Mad && after.slot == next)
        EXPECT_FALSE(after.reads(i.dst)) << "slot " << i.slot << " is read one slot later";
    if (i.macro < 0)
      continue;
    // After the load by a delay of 0 to 6, one for each sub-unit, on the register that was loaded.
    int delay = (i.slot - i.macro - 1 + slots) % slots, same = 0;
    EXPECT_LE(delay, 6);
    for (const Instruction &other : body) {
      same += other.macro == i.macro && unitOf(other.op) == unitOf(i.op);
      if (other.op == Op::Macro && other.slot == i.macro) {
        EXPECT_TRUE(i.op == Op::Store ? i.a == other.dst : i.dst == other.dst && i.reads(other.dst));
        EXPECT_EQ(i.stage, other.stage + (i.slot < i.macro)) << "the row that was loaded";
      }
    }
    EXPECT_EQ(same, 1);
  }
}

/// A row is the body; what a tile's first row does not overlap comes on top.
TEST(MishSchedule, IsWhatTheDeviceFilesSay) {
  int64_t alone = 0; // slots from a row's load to its store
  for (const Instruction &i : body)
    alone = std::max<int64_t>(alone, i.slot + i.stage * slots + 1);
  int64_t tile = 32 * slots + alone - slots;
  for (const char *name : {"n150", "n300"}) {
    auto device = findDevice(name);
    ASSERT_TRUE(bool(device));
    EXPECT_EQ((tile + 31) / 32, device->sfpu_slots_mish_bf16) << name;
  }
}

} // namespace
