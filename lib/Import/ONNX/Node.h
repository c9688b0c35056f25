//===- Node.h - what an operator's converter sees of its node --------------===//
//
// Every operator is one row in the table of its family file: name, signature of
// its inputs, converter, and a folder if its values can be needed at import time.
// The importer resolves the inputs as the signature says before it calls the
// converter, so that converters hold the operator's semantics and little else.
//
// Errors are sticky: `error()` marks the node as failed, getters then return a
// harmless default and `create` returns null, so a converter may run on; the
// importer drops the results of a failed node and goes on with the others.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_LIB_IMPORT_ONNX_NODE_H
#define TTC_LIB_IMPORT_ONNX_NODE_H

#include "Constant.h"

#include "dialects/TT/TT.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"

#include <functional>
#include <initializer_list>
#include <limits>
#include <variant>

namespace onnx {
class AttributeProto;
class NodeProto;
} // namespace onnx

namespace ttc::onnximport {

class Importer;

/// An ONNX value: computed at run time, or known now.
using Operand = std::variant<mlir::Value, Constant>;

struct NamedAttr {
  llvm::StringRef name;
  /// Null: leave the attribute out.
  mlir::Attribute value;
};

class Node {
public:
  Node(Importer &importer, const onnx::NodeProto &proto, std::string name, mlir::Location loc);

  // What the node says of itself.
  llvm::StringRef opType() const;
  /// Opset version of the node's domain.
  int64_t opset() const;
  int numInputs() const { return int(inputs.size()); }
  int numOutputs() const;
  mlir::Location loc() const { return location; }
  mlir::OpBuilder &builder() const;

  // Inputs, resolved as the row's signature asked.
  bool hasInput(int i) const { return i < numInputs() && inputs[i].has_value(); }
  /// A 't' input; null if it is optional and absent.
  mlir::Value tensor(int i) const;
  /// Input `i` as a tensor whatever its signature: a constant is materialised. Null if absent or
  /// after an error.
  mlir::Value value(int i);
  /// The values of input `i`, whatever its signature; null if they are known only at run time.
  const Constant *constant(int i) const;
  /// The integers of a 'c' input (any rank, flattened).
  llvm::SmallVector<int64_t> ints(int i);
  /// The single number in a 'c' input.
  double scalar(int i);
  /// The shape of any present input.
  llvm::ArrayRef<int64_t> shape(int i) const;
  int64_t rank(int i) const { return int64_t(shape(i).size()); }

  // Attributes. A missing one has the given default; one of another type is an error.
  bool hasAttr(llvm::StringRef name) const;
  int64_t intAttr(llvm::StringRef name, int64_t fallback);
  bool boolAttr(llvm::StringRef name, bool fallback) { return intAttr(name, fallback) != 0; }
  double floatAttr(llvm::StringRef name, double fallback);
  std::string stringAttr(llvm::StringRef name, llvm::StringRef fallback);
  llvm::SmallVector<int64_t> intsAttr(llvm::StringRef name);
  llvm::SmallVector<double> floatsAttr(llvm::StringRef name);
  /// Exactly `count` integers of at most 2^31-1 in magnitude and at least `low`; all `fallback` if
  /// missing.
  llvm::SmallVector<int64_t> intsAttr(llvm::StringRef name, size_t count, int64_t fallback,
                                      int64_t low);
  /// A tensor attribute.
  std::optional<Constant> tensorAttr(llvm::StringRef name);

  /// Starts an error that names file, node and operator, and marks the node as failed.
  mlir::InFlightDiagnostic error();
  mlir::InFlightDiagnostic warning();
  bool failed() const { return isFailed; }

  /// `axis` counted from the front; an error if it is not in [-rank, rank).
  int64_t axis(int64_t axis, int64_t rank);
  /// The same for a list without repetition; sorted.
  llvm::SmallVector<int64_t> axes(llvm::ArrayRef<int64_t> axes, int64_t rank);

  // Building.
  mlir::Attribute i64(int64_t v) const { return builder().getI64IntegerAttr(v); }
  mlir::Attribute f64(double v) const { return builder().getF64FloatAttr(v); }
  mlir::Attribute flag(bool v) const { return builder().getBoolAttr(v); }
  mlir::Attribute array(llvm::ArrayRef<int64_t> v) const {
    return builder().getDenseI64ArrayAttr(v);
  }
  mlir::RankedTensorType f32(llvm::ArrayRef<int64_t> shape) const {
    return mlir::RankedTensorType::get(shape, builder().getF32Type());
  }
  /// A one-element tensor that broadcasts against anything.
  mlir::Value number(double value);
  /// A tt.constant with the values of `c`, which must be floats.
  mlir::Value materialize(const Constant &c);

  /// Creates and verifies an op at this node's location. A null operand stands for an absent
  /// optional one. The result types are inferred unless given. Null after any error.
  template <typename OpT>
  OpT createOp(llvm::ArrayRef<mlir::Value> operands, std::initializer_list<NamedAttr> attrs = {},
               llvm::ArrayRef<mlir::Type> types = {});
  /// The same for an op with one result.
  template <typename OpT>
  mlir::Value create(llvm::ArrayRef<mlir::Value> operands,
                     std::initializer_list<NamedAttr> attrs = {},
                     llvm::ArrayRef<mlir::Type> types = {}) {
    OpT op = createOp<OpT>(operands, attrs, types);
    return op ? mlir::Value(op->getResult(0)) : mlir::Value();
  }
  /// `input` under another shape; itself if it has that shape already.
  mlir::Value reshape(mlir::Value input, llvm::ArrayRef<int64_t> shape);
  mlir::Value transpose(mlir::Value input, llvm::ArrayRef<int64_t> permutation);

  /// Adds the next output.
  void result(mlir::Value value) { results.push_back(value); }
  void result(Constant value) { results.push_back(std::move(value)); }

private:
  friend class Importer;
  const onnx::AttributeProto *find(llvm::StringRef name) const;
  /// Checks a type before it is used: no empty or absurd extent.
  bool checkType(mlir::Type type);
  mlir::Operation *finish(mlir::OperationState &state);

  Importer &importer;
  const onnx::NodeProto &proto;
  std::string name;
  mlir::Location location;
  llvm::SmallVector<std::optional<Operand>> inputs;
  llvm::SmallVector<Operand> results;
  bool isFailed = false;
};

using Handler = void (*)(Node &);

/// One operator of ONNX.
struct OpRow {
  llvm::StringRef op;
  /// One letter per input: `t` a tensor at run time (constants are materialised), `c` values needed
  /// now, `v` either, as the converter likes, `x` ignored. `?` after a letter: may be absent, and
  /// so may all that follow; `*`: one or more.
  llvm::StringRef signature;
  /// Null: constants only.
  Handler convert;
  /// Called instead when the values of all present inputs are known.
  Handler fold = nullptr;
};

// The families.
llvm::ArrayRef<OpRow> convOps();
llvm::ArrayRef<OpRow> poolOps();
llvm::ArrayRef<OpRow> normOps();
llvm::ArrayRef<OpRow> elementwiseOps();
llvm::ArrayRef<OpRow> activationOps();
llvm::ArrayRef<OpRow> matmulOps();
llvm::ArrayRef<OpRow> reduceOps();
llvm::ArrayRef<OpRow> shapeOps();
llvm::ArrayRef<OpRow> sliceOps();
llvm::ArrayRef<OpRow> resizeOps();
llvm::ArrayRef<OpRow> constantOps();

//===----------------------------------------------------------------------===//

template <typename OpT>
OpT Node::createOp(llvm::ArrayRef<mlir::Value> operands, std::initializer_list<NamedAttr> attrs,
                   llvm::ArrayRef<mlir::Type> types) {
  if (isFailed)
    return nullptr;
  mlir::OperationState state(location, OpT::getOperationName());
  mlir::NamedAttrList list;
  for (const NamedAttr &attr : attrs)
    if (attr.value)
      list.append(attr.name, attr.value);
  for (mlir::Value operand : operands)
    if (operand)
      state.addOperands(operand);
  if constexpr (OpT::template hasTrait<mlir::OpTrait::AttrSizedOperandSegments>()) {
    llvm::SmallVector<int32_t> sizes(typename OpT::Properties().operandSegmentSizes.size(), 0);
    for (size_t i = 0; i < operands.size(); ++i)
      sizes[i] = operands[i] ? 1 : 0;
    list.append("operandSegmentSizes", builder().getDenseI32ArrayAttr(sizes));
  }
  state.addAttributes(list);
  // Inference happens here and not in the op's builder, which would abort on a failure.
  if constexpr (!OpT::template hasTrait<mlir::InferTypeOpInterface::Trait>()) {
    state.addTypes(types);
  } else if (!types.empty()) {
    state.addTypes(types);
  } else {
    mlir::DictionaryAttr dictionary = list.getDictionary(builder().getContext());
    if constexpr (OpT::hasProperties()) {
      auto &properties = state.getOrAddProperties<typename OpT::Properties>();
      if (mlir::failed(
              OpT::setPropertiesFromAttr(properties, dictionary, [this] { return error(); })))
        return nullptr;
      OpT::populateDefaultProperties(state.name, properties);
    }
    llvm::SmallVector<mlir::Type> inferred;
    if (mlir::failed(OpT::inferReturnTypes(builder().getContext(), location, state.operands,
                                           dictionary, state.getRawProperties(), state.regions,
                                           inferred))) {
      isFailed = true;
      return nullptr;
    }
    state.addTypes(inferred);
  }
  return llvm::cast_or_null<OpT>(finish(state));
}

} // namespace ttc::onnximport

#endif
