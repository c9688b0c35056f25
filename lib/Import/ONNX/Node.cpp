//===- Node.cpp - what an operator's converter sees of its node ------------===//
#include "Importer.h"

#include "mlir/IR/Verifier.h"

#include <charconv>
#include <cstdlib>
#include <fmt/format.h>
#include <onnx/onnx_pb.h>

using namespace mlir;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::StringRef;

namespace ttc::onnximport {

Node::Node(Importer &importer, const onnx::NodeProto &proto, std::string name, Location loc)
    : importer(importer), proto(proto), name(std::move(name)), location(loc) {}

StringRef Node::opType() const { return proto.op_type(); }
int64_t Node::opset() const { return importer.opsetVersion; }
int Node::numOutputs() const { return proto.output_size(); }
OpBuilder &Node::builder() const { return importer.builder; }

InFlightDiagnostic Node::error() {
  isFailed = true;
  return mlir::emitError(location)
         << importer.file << ": node '" << name << "' (" << opType() << "): ";
}

InFlightDiagnostic Node::warning() {
  return mlir::emitWarning(location)
         << importer.file << ": node '" << name << "' (" << opType() << "): ";
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

Value Node::tensor(int i) const {
  if (!hasInput(i))
    return {};
  const Value *value = std::get_if<Value>(&*inputs[i]);
  return value ? *value : Value();
}

Value Node::value(int i) {
  const Constant *known = constant(i);
  if (isFailed || !known)
    return tensor(i);
  StringRef input = proto.input(i);
  if (!known->isInt() && known->count() > 0)
    return importer.materialize(*known, input, NameLoc::get(builder().getStringAttr(input)));
  error() << "input " << i << " '" << input << "' is "
          << (known->isInt() ? "an integer" : "an empty") << " tensor, expected a float tensor";
  return {};
}

const Constant *Node::constant(int i) const {
  return hasInput(i) ? std::get_if<Constant>(&*inputs[i]) : nullptr;
}

SmallVector<int64_t> Node::ints(int i) {
  const Constant *c = constant(i);
  if (!c)
    return {};
  if (!c->isInt()) {
    error() << "input " << i << " holds floats, expected integers";
    return {};
  }
  if (c->count() > 4096) {
    error() << "input " << i << " has " << c->count()
            << " elements, expected a short list of integers";
    return {};
  }
  SmallVector<int64_t> values;
  for (int64_t k = 0, e = c->count(); k < e; ++k)
    values.push_back(c->intAt(k));
  return values;
}

double Node::scalar(int i) {
  const Constant *c = constant(i);
  if (!c || c->count() != 1) {
    error() << "input " << i
            << (c ? " has shape " + shapeText(c->shape) : std::string(" is missing"))
            << ", expected one number";
    return 0;
  }
  return c->isInt() ? double(c->intAt(0)) : double(c->floatAt(0));
}

ArrayRef<int64_t> Node::shape(int i) const {
  if (!hasInput(i))
    return {};
  if (const Constant *c = constant(i))
    return c->shape;
  return cast<RankedTensorType>(std::get<Value>(*inputs[i]).getType()).getShape();
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

const onnx::AttributeProto *Node::find(StringRef name) const {
  for (const onnx::AttributeProto &attr : proto.attribute())
    if (StringRef(attr.name()) == name)
      return &attr;
  return nullptr;
}

bool Node::hasAttr(StringRef name) const { return find(name) != nullptr; }

/// Early files leave `type` out; the field that is set tells.
static bool attrIs(const onnx::AttributeProto &attr, onnx::AttributeProto::AttributeType type,
                   bool present) {
  return attr.type() == type || (attr.type() == onnx::AttributeProto::UNDEFINED && present);
}

int64_t Node::intAttr(StringRef name, int64_t fallback) {
  const onnx::AttributeProto *attr = find(name);
  if (!attr)
    return fallback;
  if (!attrIs(*attr, onnx::AttributeProto::INT, attr->has_i())) {
    error() << "attribute '" << name << "' is not an integer";
    return fallback;
  }
  return attr->i();
}

/// The shortest decimal that reads back as `v`: 0.1f becomes 0.1 and not 0.10000000149.
static double shortest(float v) {
  char text[32];
  auto end = std::to_chars(text, text + sizeof(text) - 1, v).ptr;
  *end = 0;
  return std::strtod(text, nullptr);
}

double Node::floatAttr(StringRef name, double fallback) {
  const onnx::AttributeProto *attr = find(name);
  if (!attr)
    return fallback;
  if (!attrIs(*attr, onnx::AttributeProto::FLOAT, attr->has_f())) {
    error() << "attribute '" << name << "' is not a float";
    return fallback;
  }
  return shortest(attr->f());
}

std::string Node::stringAttr(StringRef name, StringRef fallback) {
  const onnx::AttributeProto *attr = find(name);
  if (!attr)
    return fallback.str();
  if (!attrIs(*attr, onnx::AttributeProto::STRING, attr->has_s())) {
    error() << "attribute '" << name << "' is not a string";
    return fallback.str();
  }
  return attr->s();
}

SmallVector<int64_t> Node::intsAttr(StringRef name) {
  const onnx::AttributeProto *attr = find(name);
  if (!attr)
    return {};
  if (!attrIs(*attr, onnx::AttributeProto::INTS, attr->ints_size() > 0)) {
    error() << "attribute '" << name << "' is not a list of integers";
    return {};
  }
  return SmallVector<int64_t>(attr->ints().begin(), attr->ints().end());
}

SmallVector<double> Node::floatsAttr(StringRef name) {
  const onnx::AttributeProto *attr = find(name);
  if (!attr)
    return {};
  if (!attrIs(*attr, onnx::AttributeProto::FLOATS, attr->floats_size() > 0)) {
    error() << "attribute '" << name << "' is not a list of floats";
    return {};
  }
  return SmallVector<double>(attr->floats().begin(), attr->floats().end());
}

SmallVector<int64_t> Node::intsAttr(StringRef name, size_t count, int64_t fallback, int64_t low) {
  SmallVector<int64_t> values = intsAttr(name);
  if (values.empty())
    return SmallVector<int64_t>(count, fallback);
  if (values.size() != count) {
    error() << "attribute '" << name << "' has " << values.size() << " values, expected " << count;
    return SmallVector<int64_t>(count, fallback);
  }
  for (int64_t v : values)
    if (v < low || v > std::numeric_limits<int32_t>::max()) {
      error() << "attribute '" << name << "' has value " << v << ", expected at least " << low
              << " and less than 2^31";
      return SmallVector<int64_t>(count, fallback);
    }
  return values;
}

std::optional<Constant> Node::tensorAttr(StringRef name) {
  const onnx::AttributeProto *attr = find(name);
  if (!attr)
    return std::nullopt;
  if (!attrIs(*attr, onnx::AttributeProto::TENSOR, attr->has_t())) {
    error() << "attribute '" << name << "' is not a tensor";
    return std::nullopt;
  }
  Expected<Constant> tensor = readTensor(attr->t(), importer.model, importer.external);
  if (!tensor) {
    error() << "attribute '" << name << "': " << tensor.error().message;
    return std::nullopt;
  }
  return *tensor;
}

int64_t Node::axis(int64_t axis, int64_t rank) {
  if (axis >= -rank && axis < rank)
    return axis < 0 ? axis + rank : axis;
  error() << "axis " << axis << " is out of range for rank " << rank;
  return 0;
}

SmallVector<int64_t> Node::axes(ArrayRef<int64_t> list, int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t a : list) {
    if (isFailed)
      return {};
    result.push_back(axis(a, rank));
  }
  llvm::sort(result);
  if (std::adjacent_find(result.begin(), result.end()) != result.end())
    error() << "an axis is given twice";
  return result;
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

Value Node::number(double value) { return materialize(Constant::splatFloat({1}, float(value))); }

Value Node::materialize(const Constant &c) {
  if (isFailed)
    return {};
  if (c.isInt()) {
    error() << "an integer tensor is computed with at run time, only float tensors are supported";
    return {};
  }
  if (c.count() == 0) {
    error() << "a tensor of shape " << shapeText(c.shape) << " is empty";
    return {};
  }
  return importer.materialize(c, "", location);
}

bool Node::checkType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return true;
  std::optional<int64_t> count = countElements(tensor.getShape());
  if (count && *count > 0)
    return true;
  error() << "the result has " << (count ? "empty" : "impossible") << " shape "
          << shapeText(tensor.getShape());
  return false;
}

Operation *Node::finish(OperationState &state) {
  for (Type type : state.types)
    if (!checkType(type))
      return nullptr;
  Operation *op = builder().create(state);
  if (mlir::succeeded(mlir::verify(op)))
    return op;
  op->erase();
  isFailed = true;
  return nullptr;
}

Value Node::reshape(Value input, ArrayRef<int64_t> shape) {
  if (isFailed || cast<RankedTensorType>(input.getType()).getShape() == shape)
    return input;
  return create<tt::ReshapeOp>({input}, {}, {f32(shape)});
}

Value Node::transpose(Value input, ArrayRef<int64_t> permutation) {
  return create<tt::TransposeOp>({input}, {{"permutation", array(permutation)}});
}

} // namespace ttc::onnximport
