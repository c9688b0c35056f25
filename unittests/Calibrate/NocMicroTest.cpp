//===- NocMicroTest.cpp - the simulator against published NoC measurements ----===//
//
// A small table in Inputs/ always; the whole data where ../shared is.
//
//===----------------------------------------------------------------------===//
#include "ttc/Calibrate/NocMicro.h"
#include "ttc/Calibrate/NocTraces.h"

#include <filesystem>
#include <gtest/gtest.h>

using namespace ttc;
using namespace ttc::calibrate;

namespace {

std::vector<DeviceSpec> devices() { return {*findDevice("n150"), *findDevice("p150")}; }

CalibrationReport run(const std::string &path, const std::string &group) {
  auto r = calibrateNocMicro(path, {devices(), group});
  EXPECT_TRUE(bool(r)) << r.error().message;
  return r ? *r : CalibrationReport();
}

void expectGroups(const std::string &path, size_t minRows) {
  for (auto [group, mean] : {std::pair{"unicast", 5.0}, std::pair{"multicast", 10.0}}) {
    CalibrationReport r = run(path, group);
    Summary s = r.summary();
    std::printf("%s\n", r.table(5).c_str());
    EXPECT_GE(s.rows, minRows) << group;
    EXPECT_LE(s.meanErrorPct, mean) << group;
    EXPECT_LE(s.worstErrorPct, 35) << group;
    EXPECT_GE(s.signAgreementPct, 98) << group;
  }
}

TEST(NocMicro, OneSeriesOfEachPattern) {
  expectGroups(TTC_SOURCE_DIR "/unittests/Calibrate/Inputs/noc-micro.csv", 50);
}

TEST(NocMicro, WholeData) {
  std::string path = TTC_SOURCE_DIR "/../shared/calibration/noc_micro.csv";
  if (!std::filesystem::exists(path))
    GTEST_SKIP() << "no ../shared";
  expectGroups(path, 1000);
}

/// A clock that is wrong is noticed: doubled latencies or halved links leave the tolerance.
TEST(NocMicro, WrongDeviceIsFoundOut) {
  std::string path = TTC_SOURCE_DIR "/unittests/Calibrate/Inputs/noc-micro.csv";
  DeviceSpec d = *findDevice("n150");
  d.noc_port_bandwidth.thousandths /= 2;
  auto slow = calibrateNocMicro(path, {{d}, "unicast"});
  ASSERT_TRUE(bool(slow));
  EXPECT_GT(slow->summary().meanErrorPct, 10);
}

TEST(NocTraces, WholeData) {
  std::string path = TTC_SOURCE_DIR "/../shared/calibration/noc_traces";
  if (!std::filesystem::exists(path))
    GTEST_SKIP() << "no ../shared";
  auto r = calibrateNocTraces(path, *findDevice("n150"));
  ASSERT_TRUE(bool(r)) << r.error().message;
  std::printf("%s\n", r->table(5).c_str());
  EXPECT_GE(r->rows.size(), 30u);
  EXPECT_LE(r->summary().meanErrorPct, 6);
  EXPECT_LE(r->summary().worstErrorPct, 15);
}

std::string event(const char *proc, const char *noc, int sy, int dx, int dy, int bytes,
                  const char *type, int time) {
  return "{\"proc\":\"" + std::string(proc) + "\",\"noc\":\"" + noc +
         "\",\"sx\":1,\"sy\":" + std::to_string(sy) + ",\"dx\":" + std::to_string(dx) +
         ",\"dy\":" + std::to_string(dy) + ",\"num_bytes\":" + std::to_string(bytes) +
         ",\"type\":\"" + type + "\",\"timestamp\":" + std::to_string(time) + "}";
}

/// `cores` cores of column 1 read eight times 8 KB from core (2, 1).
std::string trace(int cores) {
  std::string text = "[";
  for (int c = 1; c <= cores; ++c) {
    for (int i = 0; i < 8; ++i)
      text += event("NCRISC", "NOC_0", c, 2, 1, 8192, "READ", 1000 + i * 140) + ",";
    text += event("NCRISC", "NOC_0", c, -1, -1, 0, "READ_BARRIER_START", 2200) + ",";
    text += event("NCRISC", "NOC_0", c, -1, -1, 0, "READ_BARRIER_END", 5000) + (c < cores ? "," : "]");
  }
  return text;
}

TEST(NocTraces, RecordedTimesDoNotMatterContentionDoes) {
  DeviceSpec d = *findDevice("n150");
  auto one = parseNocTrace(trace(1), "t.json"), four = parseNocTrace(trace(4), "t.json");
  ASSERT_TRUE(bool(one)) << one.error().message;
  EXPECT_EQ(one->cycles, 4000);
  EXPECT_EQ(four->threads.size(), 4u);
  double a = *simulateNocTrace(*one, d, "t"), b = *simulateNocTrace(*four, d, "t");
  EXPECT_GT(b, 4 * 8 * 8192 / 28.5); // one answering port
  EXPECT_LT(a, b / 2);
  // Later recorded issue times of the same program change nothing.
  std::string late = trace(1);
  for (int i = 1; i < 8; ++i) {
    std::string from = "\"timestamp\":" + std::to_string(1000 + i * 140);
    late.replace(late.find(from), from.size(), "\"timestamp\":" + std::to_string(2000 + i));
  }
  EXPECT_EQ(*simulateNocTrace(*parseNocTrace(late, "t"), d, "t"), a);
}

TEST(NocTraces, DamagedTracesAreRefused) {
  std::string good = trace(1);
  EXPECT_EQ(parseNocTrace("{}", "t.json").error().message,
            "t.json: expected a JSON array of NoC events");
  EXPECT_FALSE(bool(parseNocTrace("[]", "t.json")));
  auto edited = [&](const std::string &from, const std::string &to) {
    std::string s = good;
    s.replace(s.find(from), from.size(), to);
    auto r = parseNocTrace(s, "t.json");
    return r ? std::string() : r.error().message;
  };
  EXPECT_EQ(edited("\"READ\"", "\"REED\""), "t.json: event 0: expected 'type' to be one of READ, "
                                            "READ_BARRIER_START, READ_BARRIER_END");
  EXPECT_EQ(edited("\"num_bytes\":8192", "\"num_bytes\":-1"),
            "t.json: event 0: expected an integer 'num_bytes' in 1..1048576");
  EXPECT_EQ(edited("NOC_0", "NOC_1"), "t.json: event 1: a core's processor uses both NoCs");
  for (size_t cut = 0; cut < good.size(); cut += 7)
    EXPECT_FALSE(bool(parseNocTrace(good.substr(0, cut), "t.json")));
  auto nowhere = parseNocTrace(trace(6), "t.json"); // router (1, 6) is Ethernet
  ASSERT_TRUE(bool(nowhere));
  EXPECT_EQ(simulateNocTrace(*nowhere, *findDevice("n150"), "t.json").error().message,
            "t.json: device 'n150' has no core on router (1, 6)");
}

} // namespace
