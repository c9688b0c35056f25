//===- RunCommandTest.cpp - the run command on small files ------------------===//
#include "Asm.h"

#include "ttc/Runtime/RunCommand.h"
#include "ttc/Support/Npy.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

using namespace ttc;
using namespace ttc::test;
using namespace ttc::program;

namespace {

class RunCommandTest : public testing::Test {
protected:
  void SetUp() override {
    dir = testing::TempDir() + "ttc_run_" + std::to_string(getpid());
    std::filesystem::create_directories(dir);
    // out = relu(in), one tile.
    TestModel b;
    uint32_t in = b.height("in", 32, 32, 32, 1, 1, Order::Tile),
             out = b.height("out", 32, 32, 32, 1, 1, Order::Tile);
    ProgramT &p = b.program(1, 1);
    int a = b.cb(p, "in", 2048, 1, Format::Bf16, int(in)),
        o = b.cb(p, "out", 2048, 1, Format::Bf16, int(out));
    Asm r, m;
    r.reserve(a, 1).push(a, 1);
    m.reserve(o, 1).wait(a, 1).op(Opcode::DstAcquire).op(Opcode::CopyTiles, {a, 0, 1, 0, 1});
    m.op(Opcode::DstCommit)
        .op(Opcode::DstWait)
        .op(Opcode::PackTiles, {0, 1, o, 0, 1, isa::PackRelu});
    m.op(Opcode::DstRelease).push(o, 1).pop(a, 1);
    p.kernels.push_back(r.kernel(ThreadKind::Reader));
    p.kernels.push_back(m.kernel(ThreadKind::Compute));
    b.io(in, out);
    command.file = dir + "/relu.ttp";
    ASSERT_TRUE(bool(writeProgramFile(command.file, b.model, std::span<const uint8_t>())));
    input = dir + "/x.npy";
    values.resize(1024);
    for (int i = 0; i < 1024; ++i)
      values[size_t(i)] = float(i % 7 - 3);
    ASSERT_TRUE(bool(writeNpy(input, std::vector<int64_t>{32, 32}, values)));
  }
  void TearDown() override { std::filesystem::remove_all(dir); }

  int run() {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    int code = runtime::runCommand(command);
    std::fflush(stdout);
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return code;
  }
  void fails(const std::string &message) {
    EXPECT_EQ(run(), 1);
    EXPECT_NE(err.find(message), std::string::npos) << err;
    EXPECT_EQ(err.rfind("error: ", 0), 0u) << err;
  }

  std::string dir, input, out, err;
  std::vector<float> values;
  runtime::RunCommand command;
};

TEST_F(RunCommandTest, WritesOutputsAndJson) {
  command.inputs = {"in=" + input};
  command.outputDir = dir + "/results";
  command.json = command.profile = true;
  ASSERT_EQ(run(), 0) << err;
  auto j = nlohmann::json::parse(out);
  EXPECT_GT(j["cycles"].get<int64_t>(), 0);
  EXPECT_GT(j["latency_ms"].get<double>(), 0);
  EXPECT_EQ(j["reshards"]["count"], 0);
  EXPECT_EQ(j["programs"], 1);
  EXPECT_EQ(j["launches"][0]["name"], "p0");
  EXPECT_EQ(j["outputs"][0]["name"], "out");
  EXPECT_EQ(j["outputs"][0]["max"], 3.0);
  EXPECT_FALSE(j.contains("detections"));
  auto y = readNpy(dir + "/results/out.npy");
  ASSERT_TRUE(bool(y));
  for (float &v : values)
    v = std::max(v, 0.0f);
  EXPECT_EQ(y->toFloats(), values);
}

TEST_F(RunCommandTest, TimeNeedsNoInput) {
  command.mode = "time";
  ASSERT_EQ(run(), 0) << err;
  EXPECT_NE(out.find(" ms on n150"), std::string::npos);
  command.outputDir = dir;
  fails("--mode time computes no outputs");
}

TEST_F(RunCommandTest, Errors) {
  fails("no values for input 'in' (32x32): give --input or --image, or --mode time");
  command.inputs = {"y=" + input};
  fails("no input 'y'; there is 'in'");
  command.inputs = {dir + "/none.npy"};
  fails("none.npy");
  std::string wrong = dir + "/wrong.npy";
  ASSERT_TRUE(bool(writeNpy(wrong, std::vector<int64_t>{1024}, values)));
  command.inputs = {wrong};
  fails("(32, 32)");
  command.inputs.clear();
  command.image = "x.png";
  fails("is a picture (1x3xHxW)");
  command.image.clear();
  command.inputs = {input};
  command.draw = dir + "/o.png";
  fails("has no detection heads");
  command.draw.clear();
  command.device = "p151";
  fails("unknown device 'p151'");
}

} // namespace
