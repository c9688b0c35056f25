//===- Onnx.cpp - reads the protobuf and starts the import -----------------===//
#include "Importer.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>
#include <limits>
#include <onnx/onnx_pb.h>

using namespace mlir;
using llvm::StringRef;

namespace ttc {

namespace {
/// Reports errors in protobuf text at their line.
class TextErrors : public google::protobuf::io::ErrorCollector {
public:
  TextErrors(MLIRContext &context, StringRef name) : context(context), name(name) {}
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string &message) override {
    emitError(FileLineColLoc::get(&context, name, unsigned(line + 1), unsigned(column + 1)))
        << message;
  }

private:
  MLIRContext &context;
  StringRef name;
};
} // namespace

static bool isText(StringRef path) {
  for (StringRef suffix : {".textproto", ".txtpb", ".pbtxt", ".prototxt", ".onnxtxt"})
    if (path.ends_with(suffix))
      return true;
  return false;
}

bool isOnnxFile(StringRef path) { return path.ends_with(".onnx") || isText(path); }

static OwningOpRef<ModuleOp> importModel(MLIRContext &context,
                                         std::shared_ptr<const onnx::ModelProto> model,
                                         StringRef name, StringRef directory,
                                         const OnnxOptions &options) {
  return onnximport::Importer(context, std::move(model), name, directory, options).run();
}

OwningOpRef<ModuleOp> importOnnxBytes(MLIRContext &context, StringRef bytes, StringRef name,
                                      StringRef directory, const OnnxOptions &options) {
  auto error = [&] { return emitError(UnknownLoc::get(&context)) << name << ": "; };
  if (bytes.size() > size_t(std::numeric_limits<int>::max())) {
    error() << "expected less than 2 GiB of protobuf, but got " << bytes.size()
            << " bytes; keep the weights as external data";
    return {};
  }
  auto model = std::make_shared<onnx::ModelProto>();
  if (isText(name)) {
    google::protobuf::TextFormat::Parser parser;
    TextErrors errors(context, name);
    parser.RecordErrorsTo(&errors);
    parser.SetRecursionLimit(64);
    google::protobuf::io::ArrayInputStream stream(bytes.data(), int(bytes.size()));
    if (!parser.Parse(&stream, model.get()))
      return {};
  } else if (!model->ParseFromArray(bytes.data(), int(bytes.size()))) {
    error() << "expected an ONNX model, but the file is not valid protobuf or ends early";
    return {};
  }
  return importModel(context, std::move(model), name, directory, options);
}

OwningOpRef<ModuleOp> importOnnx(MLIRContext &context, StringRef path, const OnnxOptions &options) {
  Expected<std::shared_ptr<MappedFile>> file = MappedFile::open(path.str());
  if (!file) {
    emitError(UnknownLoc::get(&context)) << file.error().message;
    return {};
  }
  StringRef directory = path.contains('/') ? path.rsplit('/').first : StringRef(".");
  // The mapping goes away with `file`; what the constants borrow from is the parsed model.
  StringRef bytes(reinterpret_cast<const char *>((*file)->bytes().data()), (*file)->bytes().size());
  return importOnnxBytes(context, bytes, path, directory.empty() ? "/" : directory, options);
}

} // namespace ttc
