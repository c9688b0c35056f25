//===- Onnx.h - from the tt dialect to an ONNX model -----------------------===//
#ifndef TTC_TARGET_ONNX_H
#define TTC_TARGET_ONNX_H

#include "mlir/IR/BuiltinOps.h"

namespace ttc {

struct OnnxExportOptions {
  /// Put the weights into `<path>.data` beside the model instead of into it. Needed above 2 GiB.
  bool externalData = false;
  /// The lowest opset to write, 13 to 20. Below 18 mish is written as Softplus, Tanh, Mul, as
  /// exporters of that time do; an op that needs a newer opset raises it.
  int64_t opset = 18;
};

/// Writes a module as an importer made it (before layouts; fused epilogues are taken apart again)
/// to `path`. Detection heads become graph outputs with their attributes in the model's metadata
/// under "ttc.yolo_head.<output>", which the importer reads back. Emits errors at the op that has
/// no ONNX form.
mlir::LogicalResult exportOnnx(mlir::ModuleOp module, llvm::StringRef path,
                               const OnnxExportOptions &options = {});

/// The same to a stream, weights inside; as protobuf text if `text`.
mlir::LogicalResult exportOnnx(mlir::ModuleOp module, llvm::raw_ostream &os, bool text = false);

} // namespace ttc

#endif
