//===- MishScheduleTest.cpp - where the slots of mish_bf16 come from --------===//
//
// sfpu_slots_mish_bf16 of the device files is a derived number. This is its
// derivation, executed: the loop body as the vector unit of a Wormhole would issue
// it, one instruction a cycle, with the unit's eight registers, its four constants
// that a program sets and its two fixed ones (0 and 1). A multiply-add may be read
// two cycles later, a swap takes two slots. Facts: tt-isa-documentation, WormholeB0,
// VectorUnit and the pages of SFPMAD, SFPSWAP, SFPSETEXP, SFPSTOCHRND, SFPSHFT,
// SFPNOT, SFPLOADI.
//
// A body handles one row: its first slots finish the row before (stage 1). It is 21
// slots long, short enough for the replay buffer's 32, so nothing waits for the
// RISC-V core that pushes instructions.
//
//===----------------------------------------------------------------------===//
#include "Common.h"

#include "Kernels/SfpMad.h"
#include "ttc/Device/DeviceSpec.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

using namespace ttc;
using namespace ttc::sim;
using namespace ttc::sim::test;

namespace {

enum class Op { Nop, Load, Store, LoadImmediate, Mad, Max0, ToU16, Shift14, SetExp, TakeExp, Not };

struct Slot {
  Op op = Op::Nop;
  int stage = 0;            ///< how many rows behind the one that the body loads
  int dst = 0, a = 0, b = 0, c = 0;
  float immediate = 0;      ///< of LoadImmediate: a bf16
};

// Registers: 0 to 7; 9 is 0 and 10 is 1; 11 to 14 are set before the loop. Registers 6 and 7 are too.
constexpr int zero = 9, one = 10, c2 = 11, newton = 12, c0 = 13, half = 14, log2e = 6, minus18 = 7;

constexpr std::array<Slot, 21> body = {{
    {.op = Op::Load, .dst = 0},                                                // x
    {.op = Op::Mad, .dst = 2, .a = 0, .b = log2e, .c = 3},                     // y
    {.op = Op::Mad, .stage = 1, .dst = 3, .a = 4, .b = 5, .c = zero},          // r, better
    {.op = Op::Max0, .dst = 2, .a = 2},
    {},                                                                        // the swap's second slot
    {.op = Op::ToU16, .dst = 2, .a = 2},
    {.op = Op::Shift14, .dst = 2, .a = 2},                                     // s
    {.op = Op::SetExp, .dst = 4, .a = 2},                                      // m
    {.op = Op::Mad, .dst = 5, .a = 4, .b = c2, .c = zero},
    {.op = Op::Mad, .stage = 1, .dst = 3, .a = 1, .b = 3, .c = zero},          // x t r
    {.op = Op::Mad, .dst = 1, .a = 5, .b = 4, .c = c0},                        // 2^fraction
    {.op = Op::Store, .stage = 1, .a = 3},
    {.op = Op::TakeExp, .dst = 2, .a = 1},                                     // u
    {.op = Op::Mad, .dst = 1, .a = 2, .b = half, .c = one},
    {.op = Op::LoadImmediate, .dst = 3, .immediate = 60928},                   // for the next row's y
    {.op = Op::Mad, .dst = 1, .a = 2, .b = 1, .c = zero},                      // t
    {.op = Op::LoadImmediate, .dst = 2, .immediate = -18.0f / 256},
    {.op = Op::Mad, .dst = 2, .a = 1, .b = minus18, .c = 2},                   // -18 (t + 1/256)
    {.op = Op::Mad, .dst = 1, .a = 0, .b = 1, .c = zero},                      // x t
    {.op = Op::Not, .dst = 4, .a = 2},                                         // r
    {.op = Op::Mad, .dst = 5, .a = 2, .b = 4, .c = newton},
}};

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

float madOf(float a, float b, float c) {
  return floatOf(sfpMad(bitsOf(a), bitsOf(b), bitsOf(c)));
}

/// Runs the body once more than there are rows, as prologue and epilogue would.
std::vector<float> runSchedule(const std::vector<float> &rows) {
  Lane lane;
  lane.reg.fill(std::nanf("")); // what was not set must not be used
  lane.reg[zero] = 0, lane.reg[one] = 1;
  lane.reg[c2] = 0.331882143f, lane.reg[c0] = 0.668550706f, lane.reg[newton] = 8.5f, lane.reg[half] = 128;
  lane.reg[log2e] = 738.659851f, lane.reg[minus18] = -18, lane.reg[3] = 60928;
  std::vector<float> out(rows.size());
  for (size_t i = 0; i <= rows.size(); ++i)
    for (size_t s = 0; s < body.size(); ++s) {
      const Slot &slot = body[s];
      int64_t now = int64_t(i * body.size() + s);
      lane.arrive(now);
      auto bits = [&](int r) { return bitsOf(lane.reg[size_t(r)]); };
      auto set = [&](uint32_t u, int latency = 1) {
        lane.write(slot.dst, floatOf(u), now + latency);
      };
      switch (slot.op) {
      case Op::Nop: break;
      case Op::Load: set(bitsOf(i < rows.size() ? rows[i] : 0)); break;
      case Op::Store:
        if (i > 0)
          out[i - 1] = lane.reg[size_t(slot.a)];
        break;
      case Op::LoadImmediate:
        EXPECT_EQ(bitsOf(slot.immediate) & 0xffff, 0u) << "an immediate has 16 bits";
        set(bitsOf(slot.immediate));
        break;
      case Op::Mad:
        set(bitsOf(madOf(lane.reg[size_t(slot.a)], lane.reg[size_t(slot.b)], lane.reg[size_t(slot.c)])), 2);
        break;
      case Op::Max0: { // by the order of sign and magnitude, in which positive NaN is the largest
        uint32_t u = bits(slot.a);
        set(u >> 31 ? 0 : u, 2);
        break;
      }
      case Op::ToU16: { // nearest, ties away from zero, bounded
        float v = lane.reg[size_t(slot.a)];
        set(v < 65535 ? uint32_t(std::floor(double(v) + 0.5)) : 65535);
        break;
      }
      case Op::Shift14: set(bits(slot.a) << 14); break;
      case Op::SetExp: set((bits(slot.a) & 0x807fffff) | 127u << 23); break;
      case Op::TakeExp: set((bits(slot.a) & 0x807fffff) | (bits(slot.dst) & 0x7f800000)); break;
      case Op::Not: set(~bits(slot.a)); break;
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
  EXPECT_LE(body.size(), 32u) << "the replay buffer";
  for (size_t s = 0; s < body.size(); ++s) {
    const Slot &next = body[(s + 1) % body.size()];
    if (body[s].op == Op::Max0)
      EXPECT_EQ(int(next.op), int(Op::Nop)) << "a swap takes two slots";
    if (body[s].op == Op::Mad && next.op != Op::LoadImmediate && next.op != Op::Load)
      for (int read : {next.a, next.op == Op::Mad ? next.b : next.a, next.op == Op::Mad ? next.c : next.a,
                       next.op == Op::TakeExp ? next.dst : next.a})
        EXPECT_NE(read, body[s].dst) << "slot " << s << " is read one cycle later";
    EXPECT_LT(body[s].dst, 6) << "constants stay";
  }
}

/// A row is the body; the first row of a tile overlaps nothing, which is less than a slot a row.
TEST(MishSchedule, IsWhatTheDeviceFilesSay) {
  int64_t alone = 0; // slots from a row's load to its store
  for (size_t s = 0; s < body.size(); ++s)
    alone = std::max<int64_t>(alone, int64_t(s) + body[s].stage * int64_t(body.size()) + 1);
  int64_t tile = 32 * int64_t(body.size()) + alone - int64_t(body.size());
  for (const char *name : {"n150", "n300"}) {
    auto device = findDevice(name);
    ASSERT_TRUE(bool(device));
    EXPECT_EQ((tile + 31) / 32, device->sfpu_slots_mish_bf16) << name;
  }
}

} // namespace
