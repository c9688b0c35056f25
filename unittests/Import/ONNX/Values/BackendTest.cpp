//===- BackendTest.cpp - the public ONNX operator tests --------------------===//
//
// Debian's libonnx-testdata holds ONNX's backend tests as files: a model, inputs,
// expected outputs. Each model is imported, evaluated by the float reference and
// compared. A model may be refused with an error; what is accepted must be right.
// Skipped if the package is not installed.
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/TT.h"
#include "lib/Import/ONNX/Tensor.h"
#include "ttc/Import/Onnx.h"
#include "ttc/Reference/Evaluator.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iostream>
#include <onnx/onnx_pb.h>
#include <random>
#include <set>

using namespace ttc;
namespace fs = std::filesystem;

namespace {

const fs::path dataRoot = "/usr/share/libonnx-testdata/data";

std::string readFile(const fs::path &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

enum class Outcome { passed, refused, foreign, wrong };
const char *const outcomeNames[] = {"passed", "refused", "foreign", "wrong"};

/// One test directory.
class Case {
public:
  explicit Case(const fs::path &dir) : dir(dir) {
    context.loadDialect<mlir::func::FuncDialect, tt::TTDialect>();
  }
  Outcome run();
  std::string why;

private:
  Outcome attempt(bool oneInput);
  bool bindInputs(bool oneInput);
  Outcome compare(const std::vector<HostTensor> &results);

  fs::path dir;
  onnx::ModelProto model;
  OnnxOptions options;
  std::vector<HostTensor> inputs;
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
};

std::optional<onnximport::Constant> valuesOf(const std::string &bytes) {
  auto tensor = std::make_shared<onnx::TensorProto>();
  if (!tensor->ParseFromString(bytes))
    return std::nullopt;
  onnximport::ExternalData external(".");
  Expected<onnximport::Constant> values = onnximport::readTensor(*tensor, tensor, external);
  return values ? std::optional(*values) : std::nullopt;
}

/// Floats stay inputs, or only the first if `oneInput`; integers (shapes, axes, sizes) and the rest
/// become constants of the model.
bool Case::bindInputs(bool oneInput) {
  onnx::GraphProto &graph = *model.mutable_graph();
  std::set<std::string> initializers; // which old files list as inputs too
  for (const onnx::TensorProto &tensor : graph.initializer())
    initializers.insert(tensor.name());
  for (int i = 0, file = 0; i < graph.input_size(); ++file) {
    if (initializers.contains(graph.input(i).name())) {
      ++i, --file;
      continue;
    }
    const onnx::ValueInfoProto &info = graph.input(i);
    std::string bytes =
        readFile(dir / "test_data_set_0" / ("input_" + std::to_string(file) + ".pb"));
    onnx::TensorProto tensor;
    if (!info.type().has_tensor_type() || !tensor.ParseFromString(bytes) ||
        tensor.data_type() != info.type().tensor_type().elem_type())
      return false;
    if (onnximport::isFloatDataType(tensor.data_type()) && tensor.dims_size() > 0 &&
        !(oneInput && i > 0)) {
      std::optional<onnximport::Constant> values = valuesOf(bytes);
      if (!values || values->count() == 0)
        return false;
      inputs.emplace_back(std::vector<int64_t>(values->shape.begin(), values->shape.end()),
                          std::span(values->floats.data(), values->floats.size()));
      options.inputShapes[info.name()] = inputs.back().shape();
      ++i;
    } else {
      tensor.set_name(info.name());
      *graph.add_initializer() = tensor;
      graph.mutable_input()->DeleteSubrange(i, 1);
    }
  }
  return true;
}

/// ONNX's own tolerance, with a floor for values near zero.
Outcome Case::compare(const std::vector<HostTensor> &results) {
  for (size_t k = 0; k < results.size(); ++k) {
    std::optional<onnximport::Constant> expected =
        valuesOf(readFile(dir / "test_data_set_0" / ("output_" + std::to_string(k) + ".pb")));
    if (!expected || expected->isInt())
      return Outcome::foreign;
    if (std::vector<int64_t>(expected->shape.begin(), expected->shape.end()) !=
        results[k].shape()) {
      why = "shape " + onnximport::shapeText(results[k].shape()) + ", expected " +
            onnximport::shapeText(expected->shape);
      return Outcome::wrong;
    }
    for (int64_t i = 0; i < results[k].size(); ++i) {
      float want = expected->floatAt(i), got = results[k].data()[i];
      if (std::isnan(want)
              ? !std::isnan(got)
              : want != got && !(std::fabs(want - got) <= 1e-5f + 1e-3f * std::fabs(want))) {
        why = "value " + std::to_string(i) + " is " + std::to_string(got) + ", expected " +
              std::to_string(want);
        return Outcome::wrong;
      }
    }
  }
  return Outcome::passed;
}

Outcome Case::run() {
  Outcome outcome = attempt(false);
  if (why.find("computed at run time, expected a constant") == std::string::npos)
    return outcome;
  why.clear(); // such as the scales of a Resize
  return attempt(true);
}

Outcome Case::attempt(bool oneInput) {
  inputs.clear();
  options = {};
  if (!model.ParseFromString(readFile(dir / "model.onnx")) || !bindInputs(oneInput))
    return Outcome::foreign;
  mlir::ScopedDiagnosticHandler quiet(&context, [this](mlir::Diagnostic &d) {
    if (d.getSeverity() == mlir::DiagnosticSeverity::Error)
      why += d.str() + "\n";
    return mlir::success();
  });
  auto module = importOnnxBytes(context, model.SerializeAsString(), dir.filename().string(),
                                dir.string(), options);
  if (!module) {
    EXPECT_FALSE(why.empty()) << dir;
    return Outcome::refused;
  }
  // An unused input is dropped or kept as the model has it; the evaluator wants one tensor each.
  auto function = module->lookupSymbol<mlir::func::FuncOp>("main");
  if (function.getNumArguments() != inputs.size())
    return Outcome::foreign;
  auto results = reference::evaluateFunction(function, inputs);
  if (mlir::failed(results))
    return Outcome::wrong;
  return compare(*results);
}

/// Runs a folder of tests and returns how many passed.
int runAll(const char *family) {
  int count[4] = {};
  bool list = std::getenv("TTC_ONNX_LIST"); // prints every test's outcome
  std::vector<fs::path> dirs;
  for (const fs::directory_entry &entry : fs::directory_iterator(dataRoot / family))
    dirs.push_back(entry.path());
  std::sort(dirs.begin(), dirs.end());
  for (const fs::path &dir : dirs) {
    if (!fs::exists(dir / "test_data_set_0"))
      continue;
    Case one(dir);
    Outcome outcome = one.run();
    ++count[int(outcome)];
    EXPECT_NE(int(outcome), int(Outcome::wrong)) << dir.filename() << ": " << one.why;
    if (list)
      std::cout << outcomeNames[int(outcome)] << " " << dir.filename().string() << " " << one.why
                << "\n";
  }
  std::cout << family << ": " << count[0] << " passed, " << count[1] << " refused, " << count[2]
            << " not of float tensors, " << count[3] << " wrong\n";
  return count[0];
}

class OnnxBackend : public testing::Test {
protected:
  void SetUp() override {
    if (!fs::exists(dataRoot))
      GTEST_SKIP() << "libonnx-testdata is not installed";
  }
};

TEST_F(OnnxBackend, Node) { EXPECT_GE(runAll("node"), 285); }
TEST_F(OnnxBackend, PytorchConverted) { EXPECT_GE(runAll("pytorch-converted"), 63); }
TEST_F(OnnxBackend, PytorchOperator) { EXPECT_GE(runAll("pytorch-operator"), 28); }
TEST_F(OnnxBackend, Simple) { EXPECT_GE(runAll("simple"), 5); }

/// Every model of the set with bits flipped: an error or a module, never a crash. TTC_ONNX_FUZZ
/// sets how many variants of each.
TEST_F(OnnxBackend, FlippedBits) {
  int variants = std::getenv("TTC_ONNX_FUZZ") ? std::atoi(std::getenv("TTC_ONNX_FUZZ")) : 2;
  std::mt19937 random(11);
  std::vector<fs::path> models;
  for (const fs::directory_entry &entry : fs::recursive_directory_iterator(dataRoot))
    if (entry.path().extension() == ".onnx" && entry.file_size() > 0 && entry.file_size() < 100000)
      models.push_back(entry.path());
  std::sort(models.begin(), models.end());
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  int errors = 0, modules = 0;
  mlir::ScopedDiagnosticHandler quiet(&context, [&](mlir::Diagnostic &d) {
    errors += d.getSeverity() == mlir::DiagnosticSeverity::Error;
    return mlir::success();
  });
  for (const fs::path &path : models)
    for (int i = 0; i < variants; ++i) {
      std::string bytes = readFile(path);
      for (int flips = 1 + int(random() % 4); flips > 0; --flips)
        bytes[random() % bytes.size()] ^= char(1 << (random() % 8));
      int before = errors;
      auto module = importOnnxBytes(context, bytes, "fuzz", path.parent_path().string());
      EXPECT_TRUE(module || errors > before) << path << " variant " << i;
      modules += bool(module);
    }
  EXPECT_GT(modules, 0);
}

} // namespace
