//===- bench_kernels.cpp - tile instructions per second on this host --------===//
//
// tools/dev/bench: optional, built when Google Benchmark is installed. One thread.
//   build/bin/bench_kernels --benchmark_filter=matmul
// `items_per_second` counts tiles (matmul: 32x32x32 tile products); `GMAC/s` are of the multiply-adds
// asked for, whatever the fidelity; `MVMUL/s` are steps of 2048 of them and one phase.
//
//===----------------------------------------------------------------------===//
#include "Kernels/Kernels.h"

#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <vector>

using namespace ttc;
using namespace ttc::sim;

namespace {

std::vector<float> randomTiles(size_t tiles, unsigned seed) {
  std::vector<float> v(tiles * tileElements);
  std::mt19937 rng(seed);
  std::normal_distribution<float> normal;
  for (float &x : v)
    x = fromBf16(toBf16(normal(rng)));
  return v;
}

MathMode modeOf(bool exact, int fidelity, bool fp32Dest) {
  return {.exact = exact, .fidelity = program::Fidelity(fidelity), .fp32Dest = fp32Dest};
}

void matmul(benchmark::State &state, bool exact, int fidelity, bool fp32Dest, int rows, int cols,
            int inner) {
  auto a = randomTiles(size_t(rows) * inner, 1), b = randomTiles(size_t(inner) * cols, 2);
  std::vector<const float *> in0, in1;
  for (int i = 0; i < rows * inner; ++i)
    in0.push_back(a.data() + size_t(i) * tileElements);
  for (int i = 0; i < inner * cols; ++i)
    in1.push_back(b.data() + size_t(i) * tileElements);
  std::vector<float> dst(size_t(rows) * cols * tileElements);
  MathMode mode = modeOf(exact, fidelity, fp32Dest);
  // Fast mode: operands cut once, as the simulator keeps them.
  auto cut = std::make_unique<Operand[]>(in0.size() + in1.size());
  std::vector<const Operand *> operands;
  for (size_t i = 0; i < in0.size() + in1.size(); ++i) {
    bool left = i < in0.size();
    cutOperand(mode, left ? OperandSide::In0 : OperandSide::In1, left ? in0[i] : in1[i - in0.size()], cut[i]);
    operands.push_back(&cut[i]);
  }
  for (auto _ : state)
    if (exact)
      matmulBlock(mode, in0.data(), in1.data(), dst.data(), rows, cols, inner);
    else
      matmulBlockFast(mode, operands.data(), operands.data() + in0.size(), dst.data(), rows, cols, inner);
  double tiles = double(state.iterations()) * rows * cols * inner;
  state.SetItemsProcessed(int64_t(tiles));
  using benchmark::Counter;
  state.counters["GMAC/s"] = Counter(tiles * 32768 * 1e-9, Counter::kIsRate);
  state.counters["MVMUL/s"] = Counter(tiles * 16 * fidelity, Counter::kIsRate);
}

/// A tile of a circular buffer as an operand of the fast matmul.
void unpackOperands(benchmark::State &state, program::Format format) {
  auto tiles = randomTiles(16, 3);
  std::vector<uint8_t> raw(16 * tileBytes(DataFormat(format)));
  packMatrixTiles(DataFormat(format), tiles.data(), 512, 32, 32, raw.data());
  auto cut = std::make_unique<Operand[]>(16);
  for (auto _ : state)
    for (int t = 0; t < 16; ++t)
      unpackOperand(modeOf(false, 2, false), format, OperandSide::In1,
                    raw.data() + t * tileBytes(DataFormat(format)), cut[t]);
  state.SetItemsProcessed(state.iterations() * 16);
}

void unpack(benchmark::State &state, program::Format format) {
  auto tiles = randomTiles(16, 3);
  std::vector<uint8_t> raw(16 * tileBytes(DataFormat(format)));
  packMatrixTiles(DataFormat(format), tiles.data(), 512, 32, 32, raw.data());
  for (auto _ : state)
    for (int t = 0; t < 16; ++t)
      unpackTile(format, UnpackTarget::SrcBf16, raw.data() + t * tileBytes(DataFormat(format)),
                 tiles.data() + t * tileElements);
  state.SetItemsProcessed(state.iterations() * 16);
}

void pack(benchmark::State &state, program::Format format, unsigned flags) {
  auto tiles = randomTiles(16, 4);
  std::vector<uint8_t> raw(16 * tileBytes(DataFormat(format)));
  for (auto _ : state)
    for (int t = 0; t < 16; ++t)
      packTile(format, modeOf(false, 2, true), flags, tiles.data() + t * tileElements,
               raw.data() + t * tileBytes(DataFormat(format)));
  state.SetItemsProcessed(state.iterations() * 16);
}

void hostPack(benchmark::State &state, DataFormat format) {
  auto tiles = randomTiles(256, 5);
  std::vector<uint8_t> raw(256 * tileBytes(format));
  for (auto _ : state)
    packMatrixTiles(format, tiles.data(), 512, 512, 512, raw.data());
  state.SetItemsProcessed(state.iterations() * 256);
}

void vectorUnit(benchmark::State &state, isa::SfpuFunction fn, bool exact) {
  auto source = randomTiles(8, 6), tiles = source;
  for (auto _ : state) {
    tiles = source;
    sfpu(modeOf(exact, 2, false), fn, 0.1f, 0.5f, tiles.data(), 8);
  }
  state.SetItemsProcessed(state.iterations() * 8);
}

void elementwise(benchmark::State &state, isa::EltwiseKind kind, bool exact) {
  auto a = randomTiles(1, 7), b = randomTiles(1, 8), dst = randomTiles(1, 9);
  for (auto _ : state)
    eltwise(modeOf(exact, 4, false), kind, isa::Broadcast::None, a.data(), b.data(), dst.data(),
            false);
  state.SetItemsProcessed(state.iterations());
}

void pool(benchmark::State &state, isa::ReduceKind kind, bool exact) {
  std::vector<uint8_t> sticks(32 * 128);
  auto dst = randomTiles(2, 10);
  for (auto _ : state)
    poolRows(modeOf(exact, 4, false), kind, program::Format::Bf16, sticks.data(), 128, 9, 2, 0.1f,
             true, dst.data());
  state.SetItemsProcessed(state.iterations() * 2);
}

void tilize(benchmark::State &state, program::Format out, size_t pitch) {
  std::vector<uint8_t> sticks(32 * pitch + 1024), raw(4096);
  for (auto _ : state)
    for (int t = 0; t < 16; ++t)
      tilizeTile(modeOf(false, 2, false), program::Format::Bf16, sticks.data() + t * 64, pitch, out,
                 raw.data());
  state.SetItemsProcessed(state.iterations() * 16);
}

} // namespace

int main(int argc, char **argv) {
  using benchmark::RegisterBenchmark;
  using program::Format;
  const char *fidelities[] = {"", "LoFi", "HiFi2", "HiFi3", "HiFi4"};
  for (bool exact : {false, true})
    for (int f : {1, 2, 4})
      for (bool fp32 : {false, true}) {
        if (!exact && fp32)
          continue;
        std::string name = std::string("matmul/") + (exact ? "exact/" : "fast/") + fidelities[f] +
                           (fp32 ? "/dst_f32" : "/dst_bf16");
        RegisterBenchmark((name + "/2x4x8").c_str(), matmul, exact, f, fp32, 2, 4, 8);
        if (f == 2)
          RegisterBenchmark((name + "/1x1x1").c_str(), matmul, exact, f, fp32, 1, 1, 1);
      }
  for (auto [format, name] : {std::pair{Format::Fp32, "f32"}, {Format::Bf16, "bf16"},
                              {Format::Bfp8B, "bfp8_b"}, {Format::Bfp4B, "bfp4_b"}}) {
    RegisterBenchmark((std::string("unpack/") + name).c_str(), unpack, format);
    RegisterBenchmark((std::string("unpack_operand/") + name).c_str(), unpackOperands, format);
    RegisterBenchmark((std::string("pack/") + name).c_str(), pack, format, 0u);
    RegisterBenchmark((std::string("host_pack/") + name).c_str(), hostPack, DataFormat(format));
  }
  RegisterBenchmark("pack_accumulate/f32", pack, Format::Fp32, unsigned(isa::PackL1Accumulate));
  RegisterBenchmark("pack_accumulate/bf16", pack, Format::Bf16, unsigned(isa::PackL1Accumulate));
  for (int fn = 0; fn <= int(isa::lastSfpuFunction); ++fn)
    for (bool exact : {false, true})
      RegisterBenchmark(("sfpu/" + std::string(isa::name(isa::SfpuFunction(fn))) + (exact ? "/exact" : "/fast")).c_str(),
                        vectorUnit, isa::SfpuFunction(fn), exact);
  for (bool exact : {false, true}) {
    std::string mode = exact ? "exact" : "fast";
    RegisterBenchmark(("eltwise/add/" + mode).c_str(), elementwise, isa::EltwiseKind::Add, exact);
    RegisterBenchmark(("eltwise/mul/" + mode).c_str(), elementwise, isa::EltwiseKind::Mul, exact);
    RegisterBenchmark(("pool/max/" + mode).c_str(), pool, isa::ReduceKind::Max, exact);
    RegisterBenchmark(("pool/sum/" + mode).c_str(), pool, isa::ReduceKind::Sum, exact);
  }
  for (size_t pitch : {1024, 1152, 2048}) {
    std::string end = "/pitch_" + std::to_string(pitch);
    RegisterBenchmark(("tilize/bf16" + end).c_str(), tilize, Format::Bf16, pitch);
    RegisterBenchmark(("tilize/bfp8_b" + end).c_str(), tilize, Format::Bfp8B, pitch);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
