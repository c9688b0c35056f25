//===- GoldenTest.cpp - every recorded vector set, bit for bit --------------===//
#include "Golden/Golden.h"

#include "Common.h"
#include "Literal.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

using namespace ttc;

namespace {

/// A directory of vectors made from the literal model.
class Directory {
public:
  Directory() {
    std::string pattern = testing::TempDir() + "golden-XXXXXX";
    path = mkdtemp(pattern.data());
  }
  ~Directory() { std::filesystem::remove_all(path); }
  template <typename T>
  void add(const std::string &name, std::vector<int64_t> shape, const std::vector<T> &data,
           nlohmann::ordered_json entry = nlohmann::ordered_json::object()) {
    entry["shape"] = shape;
    index["files"][name + ".npy"] = entry;
    auto *bytes = reinterpret_cast<const uint8_t *>(data.data());
    ASSERT_TRUE(bool(writeNpy(path + "/" + name + ".npy", sizeof(T) == 2 ? NpyType::u16 : NpyType::u32, shape,
                              {bytes, data.size() * sizeof(T)})));
  }
  Expected<golden::Report> check() {
    std::ofstream(path + "/index.json") << index.dump();
    return golden::check(path);
  }
  std::string path;
  nlohmann::ordered_json index{{"files", nlohmann::ordered_json::object()}};
};

golden::SetResult find(const golden::Report &report, const std::string &name) {
  for (const auto &set : report.sets)
    if (set.name == name)
      return set;
  return {golden::SetResult::Skipped, name, "not in the report", 0, 0};
}

} // namespace

/// Single steps under several ways of naming their parts, a wrong element, and strangers.
TEST(Golden, SingleStepsOfTheMatrixEngine) {
  using golden::SetResult;
  constexpr int cases = 3, rows = 8, cols = 16;
  std::mt19937 rng(5);
  auto patterns = [&](size_t n) {
    std::vector<uint16_t> v(n);
    for (uint16_t &u : v)
      u = uint16_t((rng() & 0x807f) | (118 + rng() % 18) << 7);
    return v;
  };
  auto b = patterns(cases * rows * 16), a = patterns(cases * 16 * cols), before = patterns(cases * rows * cols);
  std::vector<uint32_t> before32(before.begin(), before.end());
  for (uint32_t &u : before32)
    u = u << 16 | (rng() & 0xffff);
  auto step = [&](size_t i, int phase, bool fp32) {
    size_t c = i / (rows * cols), r = i / cols % rows, n = i % cols;
    uint32_t x[16], y[16];
    for (size_t k = 0; k < 16; ++k) {
      x[k] = uint32_t(a[(c * 16 + k) * cols + n]) << 16;
      y[k] = uint32_t(b[(c * rows + r) * 16 + k]) << 16;
    }
    uint32_t d = fp32 ? before32[i] : uint32_t(before[i]) << 16;
    return sim::literal::mvmul(x, y, d, phase, fp32);
  };
  std::vector<uint16_t> after16[4];
  std::vector<uint32_t> after32[4], all32;
  for (int phase = 0; phase < 4; ++phase)
    for (size_t i = 0; i < before.size(); ++i) {
      after16[phase].push_back(uint16_t(step(i, phase, false) >> 16));
      after32[phase].push_back(step(i, phase, true));
    }
  for (int c = 0; c < cases; ++c)
    for (int phase = 0; phase < 4; ++phase)
      all32.insert(all32.end(), after32[phase].begin() + c * rows * cols, after32[phase].begin() + (c + 1) * rows * cols);

  Directory d;
  d.add("mvmul_unit_in0", {cases, rows, 16}, b);
  d.add("mvmul_unit_in1", {cases, 16, cols}, a);
  d.add("mvmul_unit_dst_in_bf16", {cases, rows, cols}, before);
  d.add("mvmul_unit_dst_in_fp32", {cases, rows, cols}, before32);
  for (int phase = 0; phase < 4; ++phase) {
    std::string ph = "ph" + std::to_string(phase);
    d.add("mvmul_unit_" + ph + "_dstfp32", {cases, rows, cols}, after32[phase]);
    // The roles by `input`, the phase by the description.
    d.add("mvmul_unit_" + std::string(1, char('p' + phase)) + "_dstbf16", {cases, rows, cols}, after16[phase],
          {{"input", {"mvmul_unit_in0", "mvmul_unit_in1", "mvmul_unit_dst_in_bf16"}},
           {"what", "one MVMUL, fidelity phase " + std::to_string(phase)}});
  }
  d.add("mvmul_unit_all_dstfp32", {cases, 4, rows, cols}, all32,
        {{"input", "SrcB=mvmul_unit_in0, SrcA=mvmul_unit_in1, Dst=mvmul_unit_dst_in_fp32"}});
  auto wrong = after32[0];
  wrong[77] ^= 1;
  d.add("mvmul_unit_ph0_wrong_dstfp32", {cases, rows, cols}, wrong);
  d.add("mvmul_unit_mystery_dstfp32", {cases, rows, cols}, after32[0]);
  d.add("stranger", {2}, std::vector<uint16_t>{1, 2});
  auto report = d.check();
  ASSERT_TRUE(bool(report)) << report.error().message;
  EXPECT_EQ(report->count(SetResult::Matched), 9);
  EXPECT_EQ(report->count(SetResult::Input), 4);
  EXPECT_EQ(report->count(SetResult::Differs), 1);
  EXPECT_EQ(find(*report, "mvmul_unit_ph0_wrong_dstfp32").different, 1);
  EXPECT_EQ(report->count(SetResult::Skipped), 2);
  EXPECT_NE(find(*report, "mvmul_unit_mystery_dstfp32").detail.find("phase"), std::string::npos);
  EXPECT_NE(find(*report, "stranger").detail, "");
}

TEST(Golden, ADamagedSetIsNamedAndTheOthersAreChecked) {
  Directory d;
  d.add("conv_in_fp32", {1, 32, 32}, std::vector<uint32_t>(1024, 0x3f800000u));
  d.add("conv_unpack_fp32_to_tf32_src", {1, 32, 32}, std::vector<uint32_t>(1024, 0x3f800000u));
  d.add("conv_unpack_fp32_to_bf16_src", {1, 32, 32}, std::vector<uint32_t>(1024, 0x3f800000u));
  std::ofstream(d.path + "/conv_unpack_fp32_to_bf16_src.npy") << "short";
  auto report = d.check();
  ASSERT_TRUE(bool(report)) << report.error().message;
  using golden::SetResult;
  EXPECT_EQ(find(*report, "conv_unpack_fp32_to_tf32_src").outcome, SetResult::Matched);
  EXPECT_EQ(find(*report, "conv_unpack_fp32_to_bf16_src").outcome, SetResult::Differs);
  d.index = {{"files", 3}};
  EXPECT_FALSE(bool(d.check()));
}

TEST(Golden, EverySetMatches) {
  std::string directory = golden::defaultDirectory();
  if (directory.empty())
    GTEST_SKIP() << "no recorded vectors here; set TTC_GOLDEN_DIR";
  auto report = golden::check(directory);
  ASSERT_TRUE(bool(report)) << report.error().message;
  for (const golden::SetResult &set : report->sets) {
    EXPECT_NE(set.outcome, golden::SetResult::Differs)
        << set.name << ": " << set.different << " of " << set.elements << "; " << set.detail;
    if (set.outcome == golden::SetResult::Skipped)
      std::cout << "skipped " << set.name << ": " << set.detail << "\n";
  }
  EXPECT_GT(report->count(golden::SetResult::Matched), 0);
}
