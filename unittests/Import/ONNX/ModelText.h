//===- ModelText.h - small ONNX models written as protobuf text ------------===//
#ifndef TTC_UNITTESTS_IMPORT_ONNX_MODELTEXT_H
#define TTC_UNITTESTS_IMPORT_ONNX_MODELTEXT_H

#include "ttc/Import/Onnx.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace ttc::onnxtest {

using Dims = std::vector<int64_t>;

/// Builds the text of a model line by line.
class Model {
public:
  explicit Model(int opset = 13) : opset(opset) {}

  /// A graph input; a negative dimension is free (its name is N<-d>).
  Model &input(const std::string &name, const Dims &dims, int type = 1) {
    graph += fmt::format("  input {{ {} }}\n", valueInfo(name, dims, type));
    return *this;
  }
  Model &output(const std::string &name, const Dims &dims = {}) {
    graph += dims.empty() ? fmt::format("  output {{ name: '{}' }}\n", name)
                          : fmt::format("  output {{ {} }}\n", valueInfo(name, dims, 1));
    return *this;
  }
  Model &floats(const std::string &name, const Dims &dims, const std::vector<float> &values) {
    graph += fmt::format("  initializer {{ name: '{}' {} }}\n", name, tensor(dims, values));
    return *this;
  }
  /// `dims` elements, all 0.5.
  Model &weights(const std::string &name, const Dims &dims) {
    int64_t count = 1;
    for (int64_t d : dims)
      count *= d;
    return floats(name, dims, std::vector<float>(size_t(count), 0.5f));
  }
  Model &ints(const std::string &name, const std::vector<int64_t> &values) {
    graph += fmt::format("  initializer {{ name: '{}' {} }}\n", name,
                         tensor({int64_t(values.size())}, values));
    return *this;
  }
  /// Names are separated by blanks; "-" is an absent input.
  Model &node(const std::string &op, const std::string &inputs, const std::string &outputs,
              const std::string &attributes = "", const std::string &name = "") {
    graph += fmt::format("  node {{ op_type: '{}' name: '{}' {}{}{} }}\n", op,
                         name.empty() ? "n_" + outputs : name, list("input", inputs),
                         list("output", outputs), attributes);
    return *this;
  }
  Model &raw(const std::string &text) {
    graph += text + "\n";
    return *this;
  }
  Model &metadata(const std::string &key, const std::string &value) {
    extra += fmt::format("metadata_props {{ key: '{}' value: '{}' }}\n", key, value);
    return *this;
  }

  std::string text() const {
    return fmt::format(
        "ir_version: 8\nopset_import {{ version: {} }}\n{}graph {{\n  name: 'g'\n{}}}\n", opset,
        extra, graph);
  }

  static std::string tensor(const Dims &dims, const std::vector<float> &values) {
    return fmt::format("data_type: 1 {} {}", list("dims", dims), list("float_data", values));
  }
  static std::string tensor(const Dims &dims, const std::vector<int64_t> &values) {
    return fmt::format("data_type: 7 {} {}", list("dims", dims), list("int64_data", values));
  }

private:
  template <typename T> static std::string list(const char *field, const std::vector<T> &values) {
    std::string text;
    for (const T &v : values)
      text += fmt::format("{}: {} ", field, v);
    return text;
  }
  static std::string list(const char *field, const std::string &names) {
    std::string text;
    for (size_t i = 0; i < names.size();) {
      size_t end = std::min(names.find(' ', i), names.size());
      std::string name = names.substr(i, end - i);
      text += fmt::format("{}: '{}' ", field, name == "-" ? "" : name);
      i = end + 1;
    }
    return text;
  }
  static std::string valueInfo(const std::string &name, const Dims &dims, int type) {
    std::string shape;
    for (int64_t d : dims)
      shape += d < 0 ? fmt::format("dim {{ dim_param: 'N{}' }} ", -d)
                     : fmt::format("dim {{ dim_value: {} }} ", d);
    return fmt::format("name: '{}' type {{ tensor_type {{ elem_type: {} shape {{ {} }} }} }}", name,
                       type, shape);
  }

  int opset;
  std::string graph, extra;
};

inline std::string attrInt(const std::string &name, int64_t v) {
  return fmt::format("attribute {{ name: '{}' type: INT i: {} }} ", name, v);
}
inline std::string attrFloat(const std::string &name, float v) {
  return fmt::format("attribute {{ name: '{}' type: FLOAT f: {} }} ", name, v);
}
inline std::string attrString(const std::string &name, const std::string &v) {
  return fmt::format("attribute {{ name: '{}' type: STRING s: '{}' }} ", name, v);
}
inline std::string attrInts(const std::string &name, const std::vector<int64_t> &v) {
  std::string text = fmt::format("attribute {{ name: '{}' type: INTS ", name);
  for (int64_t i : v)
    text += fmt::format("ints: {} ", i);
  return text + "} ";
}

/// What came of an import: the IR as text, or the messages.
struct Result {
  std::string ir, errors, warnings;
  bool ok = false;
};

inline std::string print(mlir::Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  op->print(os);
  return text;
}

/// Collects diagnostics while it lives.
class Messages {
public:
  explicit Messages(mlir::MLIRContext &context)
      : handler(&context, [this](mlir::Diagnostic &d) {
          std::string &to = d.getSeverity() == mlir::DiagnosticSeverity::Error ? errors : warnings;
          to += d.str() + "\n";
          return mlir::success();
        }) {}
  std::string errors, warnings;

private:
  mlir::ScopedDiagnosticHandler handler;
};

inline Result importBytes(llvm::StringRef bytes, const OnnxOptions &options = {},
                          llvm::StringRef name = "m.onnx", llvm::StringRef directory = ".") {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  Messages messages(context);
  Result result;
  if (mlir::OwningOpRef<mlir::ModuleOp> module =
          importOnnxBytes(context, bytes, name, directory, options)) {
    result.ok = true;
    result.ir = print(*module);
  }
  result.errors = messages.errors;
  result.warnings = messages.warnings;
  return result;
}

inline Result importModel(const Model &model, const OnnxOptions &options = {}) {
  return importBytes(model.text(), options, "m.textproto");
}

/// Expects success and each text in the IR.
inline void expectIr(const Model &model, const std::vector<std::string> &texts,
                     const OnnxOptions &options = {}) {
  Result result = importModel(model, options);
  EXPECT_TRUE(result.ok) << result.errors << model.text();
  for (const std::string &text : texts)
    EXPECT_NE(result.ir.find(text), std::string::npos) << "expected: " << text << "\nin:\n"
                                                       << result.ir;
}

/// Expects failure and each text in the messages.
inline void expectError(const Model &model, const std::vector<std::string> &texts,
                        const OnnxOptions &options = {}) {
  Result result = importModel(model, options);
  EXPECT_FALSE(result.ok) << result.ir;
  for (const std::string &text : texts)
    EXPECT_NE(result.errors.find(text), std::string::npos) << "expected: " << text << "\nin:\n"
                                                           << result.errors;
}

} // namespace ttc::onnxtest

#endif
