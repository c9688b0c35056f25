//===- Gemm.cpp - published matrix products on the simulator ------------------===//
#include "ttc/Calibrate/Gemm.h"

#include "Bench.h"
#include "ttc/TilePrograms/BlockMatmul.h"

#include <fmt/format.h>

namespace ttc::calibrate {
using program::Format;
using program::Memory;

namespace {
constexpr int64_t maxExtent = 1 << 20;
int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

Expected<bool> inL1(const Csv &csv, size_t row, std::string_view column) {
  const std::string &text = csv.text(row, column);
  if (text != "L1" && text != "DRAM")
    return csv.error(row, column, "L1 or DRAM");
  return text == "L1";
}
} // namespace

double GemmCase::idealCycles() const {
  return double(m) * double(k) * double(n) / (32.0 * 32 * 32) * double(cyclesPerTile()) /
         double(gridX * gridY);
}

std::string GemmCase::mode() const {
  const char *type = format == Format::Bf16 ? "BF16" : format == Format::Bfp8B ? "BFP8_B" : "BFP4_B";
  return fmt::format("{} {}", type, program::EnumNameFidelity(fidelity));
}

std::string GemmCase::name() const {
  auto place = [](bool l1, bool sharded) { return l1 ? sharded ? "L1 block" : "L1" : "DRAM"; };
  return fmt::format("{}x{}x{} {} {} x {} -> {}", m, k, n, mode(), place(in0L1, in0Sharded),
                     place(in1L1, false), place(outL1, outSharded));
}

Expected<GemmCase> parseGemmCase(const Csv &csv, size_t row) {
  GemmCase c;
  for (auto [column, value] : {std::pair("m", &c.m), {"k", &c.k}, {"n", &c.n}}) {
    Expected<int64_t> read = csv.integer(row, column, 1, maxExtent);
    if (!read)
      return read.error();
    *value = *read;
  }
  const std::string &grid = csv.text(row, "grid");
  int end = 0;
  if (std::sscanf(grid.c_str(), "%ldx%ld%n", &c.gridX, &c.gridY, &end) != 2 ||
      size_t(end) != grid.size() || c.gridX < 1 || c.gridY < 1 || c.gridX > 64 || c.gridY > 64)
    return csv.error(row, "grid", "columns x rows, as 8x8");
  for (auto [column, value] : {std::pair("in0_sharded", &c.in0Sharded),
                               {"out_sharded", &c.outSharded}}) {
    if (!csv.hasColumn(column))
      continue;
    const std::string &text = csv.text(row, column);
    if (text != "True" && text != "False")
      return csv.error(row, column, "True or False");
    *value = text == "True";
  }
  for (auto [column, value] : {std::pair("in0_storage", &c.in0L1), {"in1_storage", &c.in1L1},
                               {"out_storage", &c.outL1}}) {
    Expected<bool> read = inL1(csv, row, column);
    if (!read)
      return read.error();
    *value = *read;
  }
  const std::string &type = csv.text(row, "dtype"), &fidelity = csv.text(row, "fidelity");
  if (type == "BF16")
    c.format = Format::Bf16;
  else if (type == "BFP8_B")
    c.format = Format::Bfp8B;
  else if (type == "BFP4_B")
    c.format = Format::Bfp4B;
  else
    return csv.error(row, "dtype", "BF16, BFP8_B or BFP4_B");
  bool known = false;
  for (program::Fidelity f : program::EnumValuesFidelity())
    if (fidelity == program::EnumNameFidelity(f)) {
      c.fidelity = f;
      known = true;
    }
  if (!known)
    return csv.error(row, "fidelity", "LoFi, HiFi2, HiFi3 or HiFi4");
  Expected<double> utilisation = csv.positive(row, "device_util_pct");
  if (!utilisation)
    return utilisation.error();
  c.utilisation = *utilisation / 100;
  return c;
}

Expected<int64_t> simulateGemm(const GemmCase &c, const DeviceSpec &device) {
  Bench bench(device);
  auto tensor = [&](const char *name, int64_t rows, int64_t cols, bool l1, bool sharded) {
    BufferDesc d = interleaved(l1 ? Memory::L1 : Memory::Dram, program::Order::Tile, c.format, rows,
                               cols);
    if (sharded) {
      d.sharding = program::Sharding::Block;
      d.gridX = int(c.gridX);
      d.gridY = int(c.gridY);
      d.shardRows = ceilDiv(ceilDiv(rows, tileDim), c.gridY) * tileDim;
      d.shardCols = ceilDiv(ceilDiv(cols, tileDim), c.gridX) * tileDim;
    }
    return bench.buffer(name, d);
  };
  Expected<BufferRef> in0 = tensor("in0", c.m, c.k, c.in0L1, c.in0Sharded);
  if (!in0)
    return in0.error();
  Expected<BufferRef> in1 = tensor("in1", c.k, c.n, c.in1L1, false);
  if (!in1)
    return in1.error();
  Expected<BufferRef> out = tensor("out", c.m, c.n, c.outL1, c.outSharded);
  if (!out)
    return out.error();
  programs::BlockMatmulProgram op;
  op.in0 = *in0;
  op.in1 = *in1;
  op.output = *out;
  op.device = &device;
  op.wholeRows = c.outSharded; // as the measured library requires it
  if (Expected<void> built =
          programs::buildBlockMatmul(bench.builder(), bench.target(c.fidelity, false), op);
      !built)
    return built.error();
  return bench.run();
}

Expected<CalibrationReport> calibrateGemm(const std::string &path, const GemmOptions &options) {
  Expected<Csv> csv = Csv::read(path);
  if (!csv)
    return csv.error();
  if (Expected<void> has =
          csv->require({"m", "k", "n", "grid", "in0_storage", "in1_storage", "out_storage", "dtype",
                        "fidelity", "device_util_pct"});
      !has)
    return has.error();
  CalibrationReport report;
  report.source = path;
  report.unit = "cycles";
  for (size_t row = 0; row < csv->rows(); ++row) {
    Expected<GemmCase> c = parseGemmCase(*csv, row);
    if (!c)
      return c.error();
    double least = double(options.minExtent);
    if (double(c->m) * double(c->k) * double(c->n) < least * least * least) {
      report.skip(fmt::format("smaller than a cube of {}", options.minExtent));
      continue;
    }
    const DeviceSpec *found = nullptr;
    for (const DeviceSpec &d : options.devices)
      if (!found && d.grid_x >= c->gridX && d.grid_y >= c->gridY)
        found = &d;
    if (!found) {
      report.skip(fmt::format("no device has a grid of {}x{}", c->gridX, c->gridY));
      continue;
    }
    DeviceSpec device = *found;
    device.grid_x = c->gridX;
    device.grid_y = c->gridY;
    Expected<int64_t> cycles = simulateGemm(*c, device);
    if (!cycles) {
      report.skip(cycles.error().message);
      continue;
    }
    report.rows.push_back({csv->line(row), c->name(), c->mode(),
                           {double(*cycles), c->measuredCycles()}});
  }
  return report;
}

} // namespace ttc::calibrate
