//===- Exporter.h - the state of one export --------------------------------===//
#ifndef TTC_LIB_TARGET_ONNX_EXPORTER_H
#define TTC_LIB_TARGET_ONNX_EXPORTER_H

#include "dialects/TT/TT.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <functional>
#include <onnx/onnx_pb.h>
#include <span>
#include <string>
#include <vector>

namespace ttc::onnxexport {

class Exporter;
using Emit = mlir::LogicalResult (*)(Exporter &, mlir::Operation *);

class Exporter {
public:
  Exporter(mlir::ModuleOp module, bool externalData, std::string dataFile, int64_t opset)
      : module(module), externalData(externalData), dataFile(std::move(dataFile)), opset(opset) {}

  mlir::LogicalResult run();

  onnx::ModelProto &model() { return proto; }
  /// The bytes of the external data file, in order.
  std::span<const std::span<const uint8_t>> data() const { return pieces; }

  // For the emitters.

  /// The ONNX name of a value; empty for a null one.
  std::string name(mlir::Value value) { return value ? names.lookup(value) : std::string(); }
  /// Gives a result the name of another value.
  void alias(mlir::Value value, std::string name) { names[value] = std::move(name); }
  /// Adds a node whose outputs are the results of `op`.
  onnx::NodeProto &node(llvm::StringRef type, mlir::Operation *op,
                        llvm::ArrayRef<std::string> inputs);
  /// Adds a node with one output of a fresh name, which is returned; `op` gives the node's name.
  std::string inner(llvm::StringRef type, mlir::Operation *op, llvm::ArrayRef<std::string> inputs,
                    llvm::function_ref<void(onnx::NodeProto &)> attributes = nullptr);
  /// Adds the activation in `attr` on `input`, or returns `input` if there is none.
  std::string activation(tt::ActivationAttr attr, mlir::Operation *op, std::string input);
  /// Makes `name` the result of `op`. A graph output's name goes to the node added last.
  void finish(mlir::Operation *op, std::string name);
  /// New initializers; the name is made from `hint`.
  std::string ints(llvm::StringRef hint, llvm::ArrayRef<int64_t> values);
  std::string floats(llvm::StringRef hint, llvm::ArrayRef<float> values);
  std::string scalar(llvm::StringRef hint, float value);
  mlir::LogicalResult initializer(tt::ConstantOp op);
  void metadata(std::string key, std::string value);
  int64_t opsetVersion() const { return opset; }
  void requireOpset(int64_t version) { opset = std::max(opset, version); }
  bool isOutput(mlir::Value value) const { return outputs.contains(value); }

  static void set(onnx::NodeProto &node, llvm::StringRef name, int64_t value);
  static void set(onnx::NodeProto &node, llvm::StringRef name, double value);
  static void set(onnx::NodeProto &node, llvm::StringRef name, llvm::StringRef value);
  static void set(onnx::NodeProto &node, llvm::StringRef name, llvm::ArrayRef<int64_t> values);

private:
  std::string unique(llvm::StringRef hint);
  void declare(onnx::ValueInfoProto &info, mlir::Value value, llvm::StringRef name);

  mlir::ModuleOp module;
  bool externalData;
  std::string dataFile;
  int64_t opset;
  onnx::ModelProto proto;
  onnx::GraphProto *graph = nullptr;
  llvm::DenseMap<mlir::Value, std::string> names;
  llvm::DenseMap<mlir::Value, std::string> outputs; ///< values that graph outputs name
  llvm::StringSet<> taken, takenNodes;
  std::vector<std::span<const uint8_t>> pieces;
  std::vector<std::vector<float>> expanded; ///< what pieces may point to
  uint64_t dataSize = 0;
};

/// The emitter of an op, or null.
Emit findEmitter(mlir::Operation *op);

} // namespace ttc::onnxexport

#endif
