//===- RealModelTest.cpp - a trained detector, from file to boxes --------------------------===//
#include "ttc/Import/Darknet.h"
#include "ttc/Reference/Compare.h"
#include "ttc/Reference/Evaluator.h"
#include "ttc/Runtime/Detect.h"
#include "ttc/Support/Files.h"

#include "dialects/TT/TT.h"

#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>

using namespace mlir;

namespace {

const std::string models = std::string(TTC_SOURCE_DIR) + "/../shared/models/";

/// The values of an .npy file that is known to hold a float32 tensor of this shape.
ttc::HostTensor readTensor(const std::string &path, std::vector<int64_t> shape) {
  ttc::HostTensor tensor(shape);
  auto file = ttc::MappedFile::open(path);
  EXPECT_TRUE(file) << path;
  size_t bytes = size_t(tensor.size()) * 4;
  EXPECT_GE((*file)->bytes().size(), bytes);
  std::memcpy(tensor.mutableData(), (*file)->bytes().data() + (*file)->bytes().size() - bytes,
              bytes);
  return tensor;
}

class YoloFastest : public ::testing::Test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(models + "yolo-fastest-1.1-xl.weights"))
      GTEST_SKIP() << "needs ../shared";
    module = ttc::importDarknet(context, models + "yolo-fastest-1.1-xl.cfg",
                                {models + "yolo-fastest-1.1-xl.weights", {}});
    ASSERT_TRUE(module);
    main = module->lookupSymbol<func::FuncOp>("main");
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  func::FuncOp main;
};

TEST_F(YoloFastest, HeadsAreDarknets) {
  auto input = readTensor(models + "yolo-fastest-1.1-xl_input.npy", {1, 3, 320, 320});
  auto heads = ttc::reference::evaluateFunction(main, {input});
  ASSERT_TRUE(succeeded(heads));
  ASSERT_EQ(heads->size(), 2u);
  auto head0 = readTensor(models + "yolo-fastest-1.1-xl_head0.npy", {1, 255, 10, 10});
  auto head1 = readTensor(models + "yolo-fastest-1.1-xl_head1.npy", {1, 255, 20, 20});
  EXPECT_GE(ttc::compare(head0.span(), (*heads)[0].span()).pcc, 0.99999);
  EXPECT_GE(ttc::compare(head1.span(), (*heads)[1].span()).pcc, 0.99999);
}

TEST_F(YoloFastest, FindsDogBicycleAndCar) {
  auto image = ttc::runtime::readImage(models + "dog.jpg");
  ASSERT_TRUE(image);
  auto raw =
      ttc::reference::evaluateFunction(main, {ttc::runtime::imageToTensor(*image, 320, 320)});
  ASSERT_TRUE(succeeded(raw));
  std::vector<ttc::runtime::YoloHead> heads;
  main.walk([&](ttc::tt::YoloHeadOp op) {
    heads.push_back({int64_t(op.getClasses()), op.getAnchors().vec(),
                     op.getScaleXY().convertToDouble(), op.getNewCoords(), op.getInputSize()[0],
                     op.getInputSize()[1]});
  });
  auto found = ttc::runtime::detect(heads, *raw, &*image);
  ASSERT_TRUE(found) << found.error().message;
  auto names = ttc::runtime::readNames(models + "coco.names");
  ASSERT_TRUE(names);
  std::vector<std::string> classes;
  for (const auto &d : *found)
    classes.push_back(ttc::runtime::className(*names, d.classId));
  ASSERT_GE(found->size(), 3u);
  EXPECT_EQ(classes[0], "dog");
  EXPECT_EQ(classes[1], "car");
  EXPECT_EQ(classes[2], "bicycle");
  // The scores that the stored heads decode to; Darknet's own scaler gives 0.93, 0.80 and 0.90.
  EXPECT_NEAR((*found)[0].score, 0.886, 0.01);
  EXPECT_NEAR((*found)[1].score, 0.866, 0.01);
  EXPECT_NEAR((*found)[2].score, 0.859, 0.01);
}

} // namespace
