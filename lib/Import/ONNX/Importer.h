//===- Importer.h - the state of one import --------------------------------===//
#ifndef TTC_LIB_IMPORT_ONNX_IMPORTER_H
#define TTC_LIB_IMPORT_ONNX_IMPORTER_H

#include "Node.h"
#include "Tensor.h"

#include "ttc/Import/Onnx.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace onnx {
class GraphProto;
class ModelProto;
class ValueInfoProto;
} // namespace onnx

namespace ttc::onnximport {

class Importer {
public:
  Importer(mlir::MLIRContext &context, std::shared_ptr<const onnx::ModelProto> model,
           llvm::StringRef file, llvm::StringRef directory, const OnnxOptions &options);

  /// The module, or null after errors.
  mlir::OwningOpRef<mlir::ModuleOp> run();

private:
  friend class Node;

  mlir::InFlightDiagnostic error();
  mlir::InFlightDiagnostic warning();

  // The steps of run(), in order.
  bool checkHeader();
  bool indexInitializers();
  void findLiveNodes();
  bool checkOperators();
  bool importInputs();
  bool importNodes();
  bool importOutputs();

  std::optional<Shape> inputShape(const onnx::ValueInfoProto &info);
  void importNode(int index);
  bool resolveInputs(Node &node, llvm::StringRef signature);
  /// What `name` stands for: null, after an error, if nothing has defined it.
  const Operand *lookup(Node &node, int input, llvm::StringRef name);
  /// The op for a constant, created once per name, or each time if `name` is empty.
  mlir::Value materialize(const Constant &constant, llvm::StringRef name, mlir::Location loc);
  mlir::Value markYoloHead(mlir::Value value, llvm::StringRef output);
  const OpRow *findRow(const onnx::NodeProto &proto) const;
  std::string nodeName(int index) const;

  mlir::MLIRContext &context;
  mlir::OpBuilder builder;
  std::shared_ptr<const onnx::ModelProto> model;
  const onnx::GraphProto &graph;
  std::string file;
  const OnnxOptions &options;
  ExternalData external;
  int64_t opsetVersion = 0;
  mlir::OwningOpRef<mlir::ModuleOp> module;

  llvm::StringMap<int> initializers;      ///< name -> index in graph.initializer
  llvm::StringMap<Operand> values;        ///< everything defined so far
  llvm::StringMap<mlir::Value> constants; ///< ops made for constants
  llvm::StringMap<int64_t> symbols;       ///< extents of named free dimensions
  llvm::StringMap<int> producers;         ///< output name -> node
  llvm::StringSet<> poisoned;             ///< outputs of failed nodes
  std::vector<bool> live;
};

} // namespace ttc::onnximport

#endif
