//===- Importer.cpp - walks the graph of an ONNX model ---------------------===//
#include "Importer.h"

#include "dialects/TT/Weights.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <onnx/onnx_pb.h>

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::StringRef;

namespace ttc::onnximport {

/// The opsets whose semantics are known. Newer ones are read with a warning.
static constexpr int64_t oldestOpset = 6, newestOpset = 21;

/// A report stops after this many failed nodes.
static constexpr int maxFailedNodes = 20;

Importer::Importer(MLIRContext &context, std::shared_ptr<const onnx::ModelProto> model,
                   StringRef file, StringRef directory, const OnnxOptions &options)
    : context(context), builder(&context), model(std::move(model)), graph(this->model->graph()),
      file(file), options(options), external(directory.str()) {}

InFlightDiagnostic Importer::error() {
  return emitError(UnknownLoc::get(&context)) << file << ": ";
}
InFlightDiagnostic Importer::warning() {
  return emitWarning(UnknownLoc::get(&context)) << file << ": ";
}

OwningOpRef<ModuleOp> Importer::run() {
  context.loadDialect<func::FuncDialect, tt::TTDialect>();
  module = ModuleOp::create(NameLoc::get(builder.getStringAttr(file)));
  StringRef stem = llvm::StringRef(file).rsplit('/').second;
  if (stem.empty())
    stem = file;
  (*module)->setAttr("tt.model", builder.getStringAttr(stem.substr(0, stem.rfind('.'))));
  if (!checkHeader() || !indexInitializers())
    return {};
  findLiveNodes();
  if (!checkOperators() || !importInputs() || !importNodes() || !importOutputs())
    return {};
  if (mlir::failed(verify(*module)))
    return {};
  return std::move(module);
}

bool Importer::checkHeader() {
  if (!model->has_graph() || graph.output_size() == 0) {
    error() << "expected an ONNX model, but the file holds no graph with outputs";
    return false;
  }
  for (const onnx::OperatorSetIdProto &set : model->opset_import())
    if (set.domain().empty() || set.domain() == "ai.onnx")
      opsetVersion = set.version();
  if (opsetVersion < oldestOpset) {
    error() << "expected opset " << oldestOpset << " or newer, but the model uses opset "
            << opsetVersion;
    return false;
  }
  if (opsetVersion > newestOpset)
    warning() << "opset " << opsetVersion << " is newer than " << newestOpset
              << "; operators are read with the semantics of opset " << newestOpset;
  return true;
}

bool Importer::indexInitializers() {
  for (int i = 0; i < graph.initializer_size(); ++i)
    if (!initializers.try_emplace(graph.initializer(i).name(), i).second) {
      error() << "initializer '" << graph.initializer(i).name() << "' is given twice";
      return false;
    }
  for (int i = 0; i < graph.node_size(); ++i)
    for (const std::string &output : graph.node(i).output())
      if (!output.empty() && !producers.try_emplace(output, i).second) {
        error() << "'" << output << "' is an output of two nodes, '" << nodeName(producers[output])
                << "' and '" << nodeName(i) << "'";
        return false;
      }
  return true;
}

std::string Importer::nodeName(int index) const {
  const onnx::NodeProto &node = graph.node(index);
  return node.name().empty() ? fmt::format("{}_{}", node.op_type(), index) : node.name();
}

/// Marks the nodes that outputs depend on. Nodes are sorted by contract; one that is out of order
/// is found when its value is missed.
void Importer::findLiveNodes() {
  live.assign(size_t(graph.node_size()), false);
  llvm::StringSet<> needed;
  for (const onnx::ValueInfoProto &output : graph.output())
    needed.insert(output.name());
  for (int i = graph.node_size() - 1; i >= 0; --i) {
    const onnx::NodeProto &node = graph.node(i);
    live[i] =
        llvm::any_of(node.output(), [&](const std::string &name) { return needed.contains(name); });
    if (live[i])
      for (const std::string &input : node.input())
        needed.insert(input);
  }
}

const OpRow *Importer::findRow(const onnx::NodeProto &proto) const {
  static const llvm::StringMap<const OpRow *> rows = [] {
    llvm::StringMap<const OpRow *> map;
    for (ArrayRef<OpRow> family :
         {convOps(), poolOps(), normOps(), elementwiseOps(), activationOps(), matmulOps(),
          reduceOps(), shapeOps(), sliceOps(), resizeOps(), constantOps()})
      for (const OpRow &row : family) {
        [[maybe_unused]] bool added = map.try_emplace(row.op, &row).second;
        assert(added && "operator in two tables");
      }
    return map;
  }();
  if (!proto.domain().empty() && proto.domain() != "ai.onnx")
    return nullptr;
  return rows.lookup(proto.op_type());
}

/// Lists all nodes that cannot be imported before any work is done.
bool Importer::checkOperators() {
  std::string list;
  int count = 0;
  for (int i = 0; i < graph.node_size(); ++i) {
    const onnx::NodeProto &node = graph.node(i);
    if (!live[i] || findRow(node))
      continue;
    ++count;
    list += fmt::format("\n  node '{}' ({}{}{})", nodeName(i), node.domain(),
                        node.domain().empty() ? "" : "::", node.op_type());
  }
  if (count)
    error() << "unsupported operators in " << count << (count == 1 ? " node:" : " nodes:") << list;
  return count == 0;
}

//===----------------------------------------------------------------------===//
// Graph inputs
//===----------------------------------------------------------------------===//

std::optional<Shape> Importer::inputShape(const onnx::ValueInfoProto &info) {
  const onnx::TypeProto &type = info.type();
  if (!type.has_tensor_type() || !type.tensor_type().has_shape()) {
    auto given = options.inputShapes.find(info.name());
    if (type.has_tensor_type() && given != options.inputShapes.end())
      return Shape(given->second.begin(), given->second.end());
    error() << "input '" << info.name() << "': expected a tensor of known shape"
            << (type.has_tensor_type() ? ", give one with --input-shape" : "");
    return std::nullopt;
  }
  const onnx::TensorShapeProto &proto = type.tensor_type().shape();
  Shape shape;
  std::string text; // as the model has it: Nx3x?x?
  for (const onnx::TensorShapeProto_Dimension &dim : proto.dim()) {
    shape.push_back(dim.has_dim_value() ? dim.dim_value() : -1);
    text += (text.empty() ? "" : "x") + (dim.has_dim_value()       ? std::to_string(dim.dim_value())
                                         : dim.dim_param().empty() ? "?"
                                                                   : dim.dim_param());
  }
  auto given = options.inputShapes.find(info.name());
  if (given != options.inputShapes.end() && given->second.size() != shape.size()) {
    error() << "input '" << info.name() << "' has shape " << text << ", but --input-shape gives "
            << shapeText(given->second);
    return std::nullopt;
  }
  for (int i = 0; i < int(shape.size()); ++i) {
    const onnx::TensorShapeProto_Dimension &dim = proto.dim(i);
    int64_t wanted = -1;
    if (given != options.inputShapes.end())
      wanted = given->second[i];
    else if (shape[i] <= 0 && options.inputSize && shape.size() == 4 && i != 1)
      wanted = i == 0 ? 1 : (*options.inputSize)[i - 2];
    else if (shape[i] <= 0 && symbols.contains(dim.dim_param()))
      wanted = symbols.lookup(dim.dim_param());
    if (wanted > 0 && shape[i] > 0 && shape[i] != wanted) {
      error() << "input '" << info.name() << "' has fixed shape " << text
              << ", but --input-shape gives " << shapeText(given->second);
      return std::nullopt;
    }
    if (shape[i] <= 0)
      shape[i] = wanted;
    if (shape[i] <= 0) {
      error() << "input '" << info.name() << "' has dynamic shape " << text
              << ", fix it with --input-shape " << info.name() << "=...";
      return std::nullopt;
    }
    if (!dim.has_dim_value() && !dim.dim_param().empty())
      symbols[dim.dim_param()] = shape[i];
  }
  return shape;
}

bool Importer::importInputs() {
  llvm::StringSet<> used, known;
  for (int i = 0; i < graph.node_size(); ++i)
    if (live[i])
      for (const std::string &input : graph.node(i).input())
        used.insert(input);
  for (const onnx::ValueInfoProto &output : graph.output())
    used.insert(output.name());

  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attrs;
  SmallVector<StringRef> names;
  bool ok = true;
  for (const onnx::ValueInfoProto &info : graph.input()) {
    if (initializers.contains(
            info.name())) // a default value: before IR version 4 every weight is an input
      continue;
    if (!known.insert(info.name()).second || info.name().empty()) {
      error() << "input '" << info.name() << "' is given twice or has no name";
      return false;
    }
    int elementType = info.type().tensor_type().elem_type();
    if (!used.contains(info.name()) && !isFloatDataType(elementType)) {
      warning() << "input '" << info.name() << "' is unused and not a float tensor, it is left out";
      continue;
    }
    std::optional<Shape> shape = inputShape(info);
    ok &= shape.has_value();
    if (!shape)
      continue;
    std::optional<int64_t> count = countElements(*shape);
    if (!isFloatDataType(elementType)) {
      error() << "input '" << info.name() << "': expected a float tensor, but its element type is "
              << dataTypeName(elementType);
      ok = false;
    } else if (!count || *count == 0) {
      error() << "input '" << info.name() << "' has impossible shape " << shapeText(*shape);
      ok = false;
    }
    types.push_back(RankedTensorType::get(*shape, builder.getF32Type()));
    attrs.push_back(builder.getDictionaryAttr(
        builder.getNamedAttr("tt.name", builder.getStringAttr(info.name()))));
    names.push_back(info.name());
  }
  for (auto &[name, shape] : options.inputShapes)
    if (!known.contains(name)) {
      auto diag = error();
      diag << "--input-shape names '" << name << "', but the model's inputs are";
      for (StringRef n : names)
        diag << " '" << n << "'";
      ok = false;
    }
  if (!ok)
    return false;

  builder.setInsertionPointToEnd(module->getBody());
  auto func =
      builder.create<func::FuncOp>(module->getLoc(), "main", builder.getFunctionType(types, {}));
  func.setAllArgAttrs(attrs);
  Block *body = func.addEntryBlock();
  builder.setInsertionPointToEnd(body);
  for (auto [name, argument] : llvm::zip(names, body->getArguments())) {
    argument.setLoc(NameLoc::get(builder.getStringAttr(name)));
    values.insert({name, Operand(Value(argument))});
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

const Operand *Importer::lookup(Node &node, int input, StringRef name) {
  auto found = values.find(name);
  if (found != values.end())
    return &found->second;
  auto initializer = initializers.find(name);
  if (initializer != initializers.end()) {
    Expected<Constant> tensor = readTensor(graph.initializer(initializer->second), model, external);
    if (tensor)
      return &values.insert({name, Operand(std::move(*tensor))}).first->second;
    node.error() << "input " << input << " '" << name << "': " << tensor.error().message;
    return nullptr;
  }
  auto producer = producers.find(name);
  if (producer == producers.end())
    node.error() << "input " << input << " '" << name
                 << "' is not defined: no initializer, input or node has that name";
  else
    node.error() << "input " << input << " '" << name << "' is computed only later, by node '"
                 << nodeName(producer->second) << "': the graph has a cycle or is not sorted";
  return nullptr;
}

/// Takes the next letter off a signature.
static void nextLetter(StringRef &signature, char &letter, bool &optional) {
  if (signature.empty()) {
    letter = 0;
    return;
  }
  if (signature[0] == '*') // the letter before it again
    return;
  letter = signature[0];
  signature = signature.drop_front();
  if (signature.consume_front("?"))
    optional = true;
}

bool Importer::resolveInputs(Node &node, StringRef signature) {
  const onnx::NodeProto &proto = node.proto;
  bool optional = false;
  char letter = 0;
  int count = proto.input_size();
  for (int i = 0; i < count || !(signature.empty() || signature[0] == '*'); ++i) {
    nextLetter(signature, letter, optional);
    bool present = i < count && !proto.input(i).empty();
    if (!letter && present) {
      node.error() << "expected at most " << i << " inputs, but got " << count;
      return false;
    }
    if (!present) {
      if (letter && !optional) {
        node.error() << "input " << i << " is missing";
        return false;
      }
      if (i < count)
        node.inputs.push_back(std::nullopt);
      continue;
    }
    const Operand *operand = letter == 'x' ? nullptr : lookup(node, i, proto.input(i));
    if (node.isFailed)
      return false;
    node.inputs.push_back(operand ? std::optional(*operand) : std::nullopt);
  }
  return true;
}

void Importer::importNode(int index) {
  const onnx::NodeProto &proto = graph.node(index);
  const OpRow &row = *findRow(proto);
  std::string name = nodeName(index);
  Node node(*this, proto, name, NameLoc::get(builder.getStringAttr(name)));
  auto poison = [&] {
    for (const std::string &output : proto.output())
      if (!output.empty())
        poisoned.insert(output);
  };
  // What failed before has been reported; what depends on it is not worth a word.
  if (llvm::any_of(proto.input(),
                   [&](const std::string &input) { return poisoned.contains(input); }))
    return poison();
  if (!resolveInputs(node, row.signature))
    return poison();

  bool allKnown = true;
  for (std::optional<Operand> &input : node.inputs)
    allKnown &= !input || std::holds_alternative<Constant>(*input);
  if (row.fold && allKnown) {
    row.fold(node);
  } else if (!row.convert) {
    for (int i = 0; i < node.numInputs(); ++i)
      if (node.hasInput(i) && !node.constant(i)) {
        node.error() << "is supported on constants only, but input " << i << " '" << proto.input(i)
                     << "' is computed at run time";
        break;
      }
  } else {
    StringRef signature = row.signature;
    bool optional = false;
    char letter = 0;
    for (int i = 0; i < node.numInputs(); ++i) {
      nextLetter(signature, letter, optional);
      if (!node.hasInput(i))
        continue;
      const Constant *known = node.constant(i);
      if (letter == 'c' && !known) {
        node.error() << "input " << i << " '" << proto.input(i)
                     << "' is computed at run time, expected a constant";
      } else if (letter == 't' && known) {
        if (Value made = node.value(i))
          node.inputs[i] = Operand(made);
      }
    }
    if (!node.isFailed)
      row.convert(node);
  }

  for (int i = int(node.results.size()); !node.isFailed && i < proto.output_size(); ++i)
    if (!proto.output(i).empty())
      node.error() << "output " << i << " '" << proto.output(i) << "' is not supported";
  if (node.isFailed)
    return poison();
  for (int i = 0; i < proto.output_size(); ++i) {
    if (proto.output(i).empty())
      continue;
    assert((!std::holds_alternative<Value>(node.results[i]) || std::get<Value>(node.results[i])) &&
           "null result without an error");
    if (initializers.contains(proto.output(i)) ||
        !values.insert({proto.output(i), std::move(node.results[i])}).second) {
      node.error() << "output '" << proto.output(i)
                   << "' is also an input or initializer of the graph";
      return poison();
    }
  }
}

bool Importer::importNodes() {
  int failures = 0;
  ScopedDiagnosticHandler counter(&context, [&](Diagnostic &diag) {
    failures += diag.getSeverity() == DiagnosticSeverity::Error;
    return failure(); // on to the next handler
  });
  for (int i = 0; i < graph.node_size(); ++i) {
    if (!live[i])
      continue;
    importNode(i);
    if (failures >= maxFailedNodes) {
      error() << "giving up after " << failures << " errors";
      return false;
    }
  }
  return failures == 0 && poisoned.empty();
}

Value Importer::materialize(const Constant &constant, StringRef name, Location loc) {
  if (!name.empty())
    if (Value made = constants.lookup(name))
      return made;
  auto type = RankedTensorType::get(constant.shape, builder.getF32Type());
  Attribute value = constant.splat
                        ? Attribute(DenseElementsAttr::get(type, constant.floats[0]))
                        : tt::borrowConstant(type, constant.floats,
                                             name.empty() ? "constant" : name, constant.owner);
  OperationState state(loc, tt::ConstantOp::getOperationName());
  state.addAttribute("value", value);
  state.addTypes(type);
  Value made = builder.create(state)->getResult(0);
  if (!name.empty())
    constants[name] = made;
  return made;
}

//===----------------------------------------------------------------------===//
// Graph outputs
//===----------------------------------------------------------------------===//

/// Our own exporter keeps detection heads as model metadata: "ttc.yolo_head.<output>" holds the
/// op's attributes.
Value Importer::markYoloHead(Value value, StringRef output) {
  const std::string key = "ttc.yolo_head." + output.str();
  for (const onnx::StringStringEntryProto &entry : model->metadata_props()) {
    if (entry.key() != key)
      continue;
    using Json = nlohmann::json;
    Json json = Json::parse(entry.value(), nullptr, /*allow_exceptions=*/false);
    auto numbers = [](const Json &j) {
      return j.is_array() && llvm::all_of(j, [](const Json &e) { return e.is_number(); });
    };
    if (!json.is_object() || !json["classes"].is_number_integer() || !numbers(json["anchors"]) ||
        !json["scale_x_y"].is_number() || !json["new_coords"].is_boolean() ||
        !numbers(json["input_size"])) {
      error() << "metadata '" << key << "' does not describe a detection head";
      return {};
    }
    SmallVector<double> anchors;
    for (const Json &a : json["anchors"])
      anchors.push_back(a.get<double>());
    OperationState state(NameLoc::get(builder.getStringAttr(output)),
                         tt::YoloHeadOp::getOperationName());
    state.addOperands(value);
    state.addAttribute("classes", builder.getI64IntegerAttr(json["classes"].get<int64_t>()));
    state.addAttribute("anchors", builder.getDenseF64ArrayAttr(anchors));
    state.addAttribute("scale_x_y", builder.getF64FloatAttr(json["scale_x_y"].get<double>()));
    state.addAttribute("new_coords", builder.getBoolAttr(json["new_coords"].get<bool>()));
    SmallVector<int64_t> size;
    for (const Json &s : json["input_size"])
      size.push_back(s.is_number_integer() ? s.get<int64_t>() : 0);
    state.addAttribute("input_size", builder.getDenseI64ArrayAttr(size));
    state.addTypes(value.getType());
    Operation *op = builder.create(state);
    if (mlir::succeeded(verify(op)))
      return op->getResult(0);
    op->erase();
    return {};
  }
  return value;
}

bool Importer::importOutputs() {
  auto func = *module->getOps<func::FuncOp>().begin();
  SmallVector<Value> results;
  SmallVector<DictionaryAttr> attrs;
  for (const onnx::ValueInfoProto &info : graph.output()) {
    auto found = values.find(info.name());
    if (found == values.end()) {
      auto initializer = initializers.find(info.name());
      Expected<Constant> tensor =
          initializer == initializers.end()
              ? Expected<Constant>(Error{"no initializer, input or node has that name"})
              : readTensor(graph.initializer(initializer->second), model, external);
      if (!tensor) {
        error() << "output '" << info.name() << "': " << tensor.error().message;
        return false;
      }
      found = values.insert({info.name(), Operand(std::move(*tensor))}).first;
    }
    Value value;
    if (auto *constant = std::get_if<Constant>(&found->second)) {
      if (constant->isInt() || constant->count() == 0) {
        error() << "output '" << info.name()
                << "' is a constant of integers or empty, expected a float tensor";
        return false;
      }
      value = materialize(*constant, info.name(), NameLoc::get(builder.getStringAttr(info.name())));
    } else {
      value = std::get<Value>(found->second);
    }
    ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
    const onnx::TypeProto &type = info.type();
    if (type.has_tensor_type() && type.tensor_type().has_shape()) {
      const onnx::TensorShapeProto &declared = type.tensor_type().shape();
      bool same = declared.dim_size() == int(shape.size());
      for (int i = 0; same && i < declared.dim_size(); ++i)
        same = !declared.dim(i).has_dim_value() || declared.dim(i).dim_value() <= 0 ||
               declared.dim(i).dim_value() == shape[i];
      if (!same)
        warning() << "output '" << info.name() << "' has shape " << shapeText(shape)
                  << ", which is not what the model declares";
    }
    value = markYoloHead(value, info.name());
    if (!value)
      return false;
    results.push_back(value);
    attrs.push_back(builder.getDictionaryAttr(
        builder.getNamedAttr("tt.name", builder.getStringAttr(info.name()))));
  }
  builder.create<func::ReturnOp>(module->getLoc(), results);
  func.setFunctionType(
      builder.getFunctionType(func.getFunctionType().getInputs(), ValueRange(results).getTypes()));
  func.setAllResultAttrs(attrs);
  return true;
}

} // namespace ttc::onnximport
