//===- DeviceSpecTest.cpp - device files and their errors -------------------===//
#include "ttc/Device/DeviceSpec.h"
#include "ttc/Device/Timing.h"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <tuple>

using namespace ttc;

namespace {

std::string n150Text() {
  std::ifstream in(TTC_SOURCE_DIR "/devices/n150.json");
  std::stringstream s;
  s << in.rdbuf();
  return s.str();
}

std::string edited(const std::string &from, const std::string &to) {
  std::string text = n150Text();
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string errorOf(const std::string &text) {
  auto r = parseDevice(text, "f.json");
  EXPECT_FALSE(bool(r));
  return r ? "" : r.error().message;
}

TEST(DeviceSpec, ReadsN150) {
  std::vector<DeviceConstant> constants;
  auto spec = findDevice("n150", &constants);
  ASSERT_TRUE(bool(spec)) << spec.error().message;
  EXPECT_EQ(spec->cores(), 64);
  EXPECT_EQ(spec->l1Bytes(), 1395712);
  EXPECT_EQ(spec->noc_hop, 9);
  EXPECT_EQ(spec->noc_columns.size(), 8u);
  EXPECT_GT(constants.size(), 90u);
  for (const DeviceConstant &c : constants)
    EXPECT_GT(c.source.size(), 4u) << c.name;
  auto other = *spec;
  other.noc_hop += 1;
  EXPECT_NE(other.fingerprint(), spec->fingerprint());
}

TEST(DeviceSpec, ErrorsNameFileFieldExpectedFound) {
  EXPECT_EQ(errorOf(edited("\"dram_banks\": {", "\"dram_bonks\": {")),
            "f.json: constant 'dram_banks' is missing (expected a value in banks)");
  EXPECT_EQ(errorOf(edited("\"dram_banks\": {\"value\": 12", "\"dram_banks\": {\"value\": 1.5")),
            "f.json: constant 'dram_banks': expected an integer, got 1.5");
  EXPECT_EQ(errorOf(edited("\"dram_banks\": {\"value\": 12", "\"dram_banks\": {\"value\": -3")),
            "f.json: constant 'dram_banks': expected a value in 1..256, got -3");
  EXPECT_EQ(errorOf(edited("\"unit\": \"banks\"", "\"unit\": \"bunks\"")),
            "f.json: constant 'dram_banks': expected unit 'banks', got 'bunks'");
  EXPECT_EQ(errorOf(edited("\"clock_mhz\": {\"value\": 1000", "\"clock_mhz\": {\"value\": \"x\"")),
            "f.json: constant 'clock_mhz': field 'value' is missing or no number");
  EXPECT_EQ(errorOf(edited("\"kernel_start\"", "\"extra\": {\"value\": 1}, \"kernel_start\"")),
            "f.json: unknown constant 'extra'");
  EXPECT_EQ(errorOf("[1]"), "f.json: expected a JSON object, got array");
  EXPECT_NE(errorOf("{\n\n\"name\": ").find("f.json:3: not valid JSON"), std::string::npos);
  EXPECT_NE(findDevice("nothere").error().message.find("unknown device 'nothere'"),
            std::string::npos);
  EXPECT_NE(findDevice("/nothere/x.json").error().message.find("cannot be read"),
            std::string::npos);
}

TEST(DeviceSpec, EveryDeviceOfTheProjectLoads) {
  for (auto [name, cores, architecture] : {std::tuple{"n150", 64, "WORMHOLE_B0"},
                                           std::tuple{"n300", 56, "WORMHOLE_B0"},
                                           std::tuple{"p150", 130, "BLACKHOLE"},
                                           std::tuple{"p100", 110, "BLACKHOLE"},
                                           std::tuple{"e150", 108, "GRAYSKULL"}}) {
    auto d = findDevice(name);
    ASSERT_TRUE(bool(d)) << d.error().message;
    EXPECT_EQ(d->name, name);
    EXPECT_EQ(d->cores(), cores);
    EXPECT_EQ(d->architecture, architecture);
  }
}

TEST(DeviceSpec, InconsistentGridsAreErrors) {
  EXPECT_EQ(errorOf(edited("\"grid_x\": {\"value\": 8", "\"grid_x\": {\"value\": 7")),
            "f.json: constant 'noc_columns': expected 7 values, one for each of 7 grid_x, got 8");
  EXPECT_EQ(errorOf(edited("[1, 2, 3, 4, 6, 7, 8, 9]", "[1, 2, 3, 4, 6, 7, 8, 10]")),
            "f.json: constant 'noc_columns': router 10 is outside noc_size_x = 10");
  EXPECT_EQ(errorOf(edited("[1, 2, 3, 4, 6, 7, 8, 9]", "[1, 2, 3, 4, 6, 7, 8, 8]")),
            "f.json: constant 'noc_columns': router 8 twice");
  EXPECT_EQ(errorOf(edited("[1, 2, 3, 4, 6, 7, 8, 9]", "[0, 2, 3, 4, 6, 7, 8, 9]")),
            "f.json: DRAM bank 1 stands on router (0, 1), where a core is");
  EXPECT_EQ(errorOf(edited("[1, 2, 3, 4, 6, 7, 8, 9]", "[-1, 2, 3, 4, 6, 7, 8, 9]")),
            "f.json: constant 'noc_columns': expected integers in 0..1000000, got -1");
  EXPECT_EQ(errorOf(edited("[1, 2, 3, 4, 6, 7, 8, 9]", "3")),
            "f.json: constant 'noc_columns': field 'value' is missing or no list");
}

TEST(Timing, PublishedPoints) {
  DeviceSpec d = *findDevice("n150");
  auto near = [](double got, double want, double tolerance) {
    EXPECT_NEAR(got, want, want * tolerance);
  };
  // noc_latencies.yaml, two axes: 16 and 256 reads of 2 KB; DRAM 64 interleaved reads of 2 KB.
  near(double(timing::readL1(d, 16, 16 * 2048)), 1468, 0.10);
  near(double(timing::readL1(d, 256, 256 * 2048)), 18811, 0.10);
  near(double(timing::readL1(d, 16, 16 * 64)), 587, 0.10);
  near(double(timing::readDram(d, 64, 64 * 2048)), 4657, 0.10);
  auto square = [&](int64_t n) { return timing::mcastPath(d, n, n); };
  near(double(timing::mcast(d, square(8), 64, false)), 591, 0.10);
  near(double(timing::mcast(d, square(8), 65536, false)), 4771, 0.10);
  near(double(timing::mcastOccupancy(d, square(5), 8192, true)), 275, 0.05);
  // GEMM_FLOPS 16384 cube, cycles a 32^3 product in blocks of 8: 45 / 70 / 37 / 23 / 19.
  auto product = [&](int phases, DataFormat f) {
    return double(timing::matmulBlock(d, phases, 2, 4, 64, f, f)) / (8 * 64);
  };
  near(product(2, DataFormat::Bf16), 45, 0.15);
  near(product(4, DataFormat::Bf16), 70, 0.10);
  near(product(2, DataFormat::Bfp8B), 37, 0.10);
  near(product(1, DataFormat::Bfp8B), 23, 0.15);
  near(product(1, DataFormat::Bfp4B), 19, 0.15); // the spread of LoFi rows
}

TEST(Timing, Monotone) {
  DeviceSpec d = *findDevice("n150");
  for (int64_t n = 1; n < 40; ++n) {
    EXPECT_LT(timing::readL1(d, n, n * 64), timing::readL1(d, n + 1, (n + 1) * 64));
    timing::McastPath all = timing::mcastPath(d, 8, 8);
    EXPECT_LE(timing::mcast(d, all, n * 1024, true), timing::mcast(d, all, n * 1024, false));
    EXPECT_LT(timing::packTiles(d, n, DataFormat::Bfp8B, false),
              timing::packTiles(d, n, DataFormat::Bf16, false));
  }
  EXPECT_LT(timing::dispatch(d, 1, 1, 0), timing::dispatch(d, 64, 32, 0));
}

} // namespace
