//===- Tensor.h - from TensorProto to Constant -----------------------------===//
#ifndef TTC_LIB_IMPORT_ONNX_TENSOR_H
#define TTC_LIB_IMPORT_ONNX_TENSOR_H

#include "Constant.h"

#include "ttc/Support/Files.h"

#include <map>

namespace onnx {
class TensorProto;
}

namespace ttc::onnximport {

/// External data files of one model, each mapped once.
class ExternalData {
public:
  explicit ExternalData(std::string directory) : directory(std::move(directory)) {}
  /// Maps `location`, a path relative to the model's folder that must not leave it.
  Expected<std::shared_ptr<MappedFile>> open(const std::string &location);

private:
  std::string directory;
  std::map<std::string, std::shared_ptr<MappedFile>> files;
};

/// The values of `tensor`. float data is borrowed: from `model`, which the result keeps alive, or
/// from the mapped file. float16, bfloat16 and double are converted to float; integers and bool to
/// int64.
Expected<Constant> readTensor(const onnx::TensorProto &tensor, std::shared_ptr<const void> model,
                              ExternalData &external);

/// "float", "int64" ... as ONNX names `dataType`; "type 77" for a number it does not have.
std::string dataTypeName(int dataType);
/// float, float16, bfloat16 and double: the types that become f32.
bool isFloatDataType(int dataType);
/// Integers of any width and bool.
bool isIntDataType(int dataType);

} // namespace ttc::onnximport

#endif
