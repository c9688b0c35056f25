//===- Exporter.cpp - writes a tt module as an ONNX model ------------------===//
#include "Exporter.h"

#include "dialects/TT/Weights.h"
#include "ttc/Support/Files.h"
#include "ttc/Target/Onnx.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <fmt/format.h>
#include <google/protobuf/text_format.h>

using namespace mlir;
using llvm::ArrayRef;
using llvm::StringRef;

namespace ttc::onnxexport {

/// Offsets in the external data file are multiples of this, so that readers can map tensors.
static constexpr uint64_t dataAlignment = 64;

static std::string locationName(Operation *op) {
  if (auto loc = op->getLoc()->findInstanceOf<NameLoc>())
    return loc.getName().str();
  return op->getName().stripDialect().str();
}

std::string Exporter::unique(StringRef hint) {
  std::string candidate = hint.str();
  for (int i = 1; !taken.insert(candidate).second; ++i)
    candidate = fmt::format("{}_{}", hint.str(), i);
  return candidate;
}

void Exporter::set(onnx::NodeProto &node, StringRef name, int64_t value) {
  onnx::AttributeProto *attr = node.add_attribute();
  attr->set_name(name.str());
  attr->set_type(onnx::AttributeProto::INT);
  attr->set_i(value);
}

void Exporter::set(onnx::NodeProto &node, StringRef name, double value) {
  onnx::AttributeProto *attr = node.add_attribute();
  attr->set_name(name.str());
  attr->set_type(onnx::AttributeProto::FLOAT);
  attr->set_f(float(value));
}

void Exporter::set(onnx::NodeProto &node, StringRef name, StringRef value) {
  onnx::AttributeProto *attr = node.add_attribute();
  attr->set_name(name.str());
  attr->set_type(onnx::AttributeProto::STRING);
  attr->set_s(value.str());
}

void Exporter::set(onnx::NodeProto &node, StringRef name, ArrayRef<int64_t> values) {
  onnx::AttributeProto *attr = node.add_attribute();
  attr->set_name(name.str());
  attr->set_type(onnx::AttributeProto::INTS);
  for (int64_t v : values)
    attr->add_ints(v);
}

onnx::NodeProto &Exporter::node(StringRef type, Operation *op, ArrayRef<std::string> inputs) {
  onnx::NodeProto &node = *graph->add_node();
  node.set_op_type(type.str());
  std::string base = locationName(op), name = base;
  for (int i = 0; !takenNodes.insert(name).second; ++i)
    name =
        i ? fmt::format("{}_{}_{}", base, type.str(), i) : fmt::format("{}_{}", base, type.str());
  node.set_name(name);
  for (const std::string &input : inputs)
    node.add_input(input);
  while (node.input_size() && node.input(node.input_size() - 1).empty())
    node.mutable_input()->RemoveLast();
  for (Value result : op->getResults()) {
    std::string output = outputs.lookup(result);
    if (output.empty())
      output = unique(base);
    names[result] = output;
    node.add_output(output);
  }
  return node;
}

std::string Exporter::inner(StringRef type, Operation *op, ArrayRef<std::string> inputs,
                            llvm::function_ref<void(onnx::NodeProto &)> attributes) {
  onnx::NodeProto &node = *graph->add_node();
  node.set_op_type(type.str());
  // The first node of an op has the op's name, so that a layer keeps its name through a round trip.
  std::string base = locationName(op), name = base;
  for (int i = 0; !takenNodes.insert(name).second; ++i)
    name =
        i ? fmt::format("{}_{}_{}", base, type.str(), i) : fmt::format("{}_{}", base, type.str());
  node.set_name(name);
  for (const std::string &input : inputs)
    node.add_input(input);
  node.add_output(unique(name));
  if (attributes)
    attributes(node);
  return node.output(0);
}

void Exporter::finish(Operation *op, std::string name) {
  Value result = op->getResult(0);
  std::string wanted = outputs.lookup(result);
  if (wanted.empty())
    return alias(result, std::move(name));
  onnx::NodeProto &last = *graph->mutable_node(graph->node_size() - 1);
  if (last.output(0) != name) {
    node("Identity", op, {std::move(name)});
    return;
  }
  last.set_output(0, wanted);
  alias(result, wanted);
}

static onnx::TensorProto &addInitializer(onnx::GraphProto &graph, std::string name, int type,
                                         ArrayRef<int64_t> shape) {
  onnx::TensorProto &tensor = *graph.add_initializer();
  tensor.set_name(std::move(name));
  tensor.set_data_type(type);
  for (int64_t d : shape)
    tensor.add_dims(d);
  return tensor;
}

std::string Exporter::ints(StringRef hint, ArrayRef<int64_t> values) {
  std::string name = unique(hint);
  addInitializer(*graph, name, onnx::TensorProto::INT64, {int64_t(values.size())})
      .set_raw_data(values.data(), values.size() * sizeof(int64_t));
  return name;
}

std::string Exporter::floats(StringRef hint, ArrayRef<float> values) {
  std::string name = unique(hint);
  addInitializer(*graph, name, onnx::TensorProto::FLOAT, {int64_t(values.size())})
      .set_raw_data(values.data(), values.size() * sizeof(float));
  return name;
}

std::string Exporter::scalar(StringRef hint, float value) {
  std::string name = unique(hint);
  addInitializer(*graph, name, onnx::TensorProto::FLOAT, {}).set_raw_data(&value, sizeof(value));
  return name;
}

LogicalResult Exporter::initializer(tt::ConstantOp op) {
  std::optional<tt::FloatValues> values = tt::FloatValues::get(op.getValue());
  if (!values)
    return op.emitError("the values of this constant are not loaded");
  std::string name = unique(locationName(op));
  names[op.getResult()] = name;
  auto type = cast<RankedTensorType>(op.getType());
  onnx::TensorProto &tensor =
      addInitializer(*graph, name, onnx::TensorProto::FLOAT, type.getShape());
  std::vector<float> storage;
  ArrayRef<float> all = values->expand(storage);
  size_t bytes = all.size() * sizeof(float);
  if (!externalData || bytes < 1024) {
    tensor.set_raw_data(all.data(), bytes);
    return success();
  }
  if (!storage.empty())
    expanded.push_back(std::move(storage)); // moving keeps the elements where they are
  static const uint8_t zeros[dataAlignment] = {};
  if (uint64_t pad = (dataAlignment - dataSize % dataAlignment) % dataAlignment) {
    pieces.push_back({zeros, pad});
    dataSize += pad;
  }
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  auto entry = [&](const char *key, std::string value) {
    onnx::StringStringEntryProto *e = tensor.add_external_data();
    e->set_key(key);
    e->set_value(std::move(value));
  };
  entry("location", dataFile);
  entry("offset", std::to_string(dataSize));
  entry("length", std::to_string(bytes));
  pieces.push_back({reinterpret_cast<const uint8_t *>(all.data()), bytes});
  dataSize += bytes;
  return success();
}

void Exporter::metadata(std::string key, std::string value) {
  onnx::StringStringEntryProto *entry = proto.add_metadata_props();
  entry->set_key(std::move(key));
  entry->set_value(std::move(value));
}

void Exporter::declare(onnx::ValueInfoProto &info, Value value, StringRef name) {
  info.set_name(name.str());
  onnx::TypeProto_Tensor *tensor = info.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(onnx::TensorProto::FLOAT);
  onnx::TensorShapeProto *shape = tensor->mutable_shape();
  for (int64_t d : cast<RankedTensorType>(value.getType()).getShape())
    shape->add_dim()->set_dim_value(d);
}

LogicalResult Exporter::run() {
  if (opset < 13 || opset > 20)
    return module.emitError("expected an ONNX opset of 13 to 20, but got ") << opset;
  auto func = module.lookupSymbol<func::FuncOp>("main");
  if (!func || !func.getBody().hasOneBlock())
    return module.emitError("expected a function @main of one block");
  Block &body = func.getBody().front();
  proto.set_producer_name("ttc");
  graph = proto.mutable_graph();
  auto modelName = module->getAttrOfType<StringAttr>("tt.model");
  graph->set_name(modelName ? modelName.str() : "model");

  // Outputs first, so that producers know their names.
  auto ret = cast<func::ReturnOp>(body.getTerminator());
  std::vector<std::string> outputNames;
  for (auto [i, value] : llvm::enumerate(ret.getOperands())) {
    auto given = func.getResultAttrOfType<StringAttr>(unsigned(i), "tt.name");
    outputNames.push_back(unique(given ? given.getValue() : fmt::format("output{}", i)));
    if (value.getDefiningOp() && !llvm::isa<tt::ConstantOp>(value.getDefiningOp()))
      outputs.try_emplace(value, outputNames.back());
  }
  for (auto [i, argument] : llvm::enumerate(body.getArguments())) {
    auto given = func.getArgAttrOfType<StringAttr>(unsigned(i), "tt.name");
    std::string name = unique(given ? given.getValue() : fmt::format("input{}", i));
    names[argument] = name;
    declare(*graph->add_input(), argument, name);
  }
  for (Operation &op : body.without_terminator()) {
    if (auto constant = dyn_cast<tt::ConstantOp>(op)) {
      if (failed(initializer(constant)))
        return failure();
      continue;
    }
    Emit emit = findEmitter(&op);
    if (!emit)
      return op.emitError("has no ONNX form");
    if (failed(emit(*this, &op)))
      return failure();
  }
  for (auto [value, name] : llvm::zip(ret.getOperands(), outputNames)) {
    if (names.lookup(value) != name) { // an input, a constant, or a value returned twice
      onnx::NodeProto *identity = graph->add_node();
      identity->set_op_type("Identity");
      identity->set_name(name);
      identity->add_input(names.lookup(value));
      identity->add_output(name);
    }
    declare(*graph->add_output(), value, name);
  }
  proto.set_ir_version(opset >= 19 ? 9 : 8);
  onnx::OperatorSetIdProto *set = proto.add_opset_import();
  set->set_domain("");
  set->set_version(opset);
  return success();
}

} // namespace ttc::onnxexport

static LogicalResult serialize(ModuleOp module, const onnx::ModelProto &model, std::string &bytes) {
  if (model.SerializeToString(&bytes))
    return success();
  return module.emitError("the model exceeds 2 GiB, keep its weights as external data");
}

LogicalResult ttc::exportOnnx(ModuleOp module, StringRef path, const OnnxExportOptions &options) {
  std::string dataPath = path.str() + ".data";
  std::string dataFile = dataPath.substr(dataPath.rfind('/') + 1);
  onnxexport::Exporter exporter(module, options.externalData, dataFile, options.opset);
  std::string bytes;
  if (failed(exporter.run()) || failed(serialize(module, exporter.model(), bytes)))
    return failure();
  auto check = [&](const Expected<void> &written) -> LogicalResult {
    if (!written)
      return module.emitError(written.error().message);
    return success();
  };
  if (!exporter.data().empty() && failed(check(writeFile(dataPath, exporter.data()))))
    return failure();
  return check(writeFile(path.str(), bytes));
}

LogicalResult ttc::exportOnnx(ModuleOp module, llvm::raw_ostream &os, bool text) {
  onnxexport::Exporter exporter(module, /*externalData=*/false, "", OnnxExportOptions().opset);
  std::string bytes;
  if (failed(exporter.run()))
    return failure();
  if (text)
    google::protobuf::TextFormat::PrintToString(exporter.model(), &bytes);
  else if (failed(serialize(module, exporter.model(), bytes)))
    return failure();
  os << bytes;
  return success();
}
