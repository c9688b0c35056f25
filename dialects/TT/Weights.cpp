//===- Weights.cpp - float constants of any size ----------------------------===//
#include "dialects/TT/Weights.h"

#include "ttc/Support/WeightFile.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringExtras.h"

#include <cstring>

using namespace mlir;

namespace ttc::tt {

static std::span<const uint8_t> bytesOf(ArrayRef<char> data) {
  return {reinterpret_cast<const uint8_t *>(data.data()), data.size()};
}

/// Resource keys are printed bare, so they hold only characters of an identifier.
static std::string makeKey(StringRef name, uint64_t hash) {
  std::string key = name.empty() ? "constant" : name.str();
  for (char &c : key)
    if (!llvm::isAlnum(c) && c != '_' && c != '.' && c != '$')
      c = '_';
  if (llvm::isDigit(key.front()))
    key.insert(key.begin(), '_');
  return key + "_" + hashText(hash);
}

static ElementsAttr makeResource(RankedTensorType type, StringRef name, AsmResourceBlob blob) {
  auto *dialect = type.getContext()->getOrLoadDialect<BuiltinDialect>();
  auto &manager = DenseResourceElementsHandle::getManagerInterface(type.getContext());
  std::string key = makeKey(name, hash64(bytesOf(blob.getData())));
  // The key holds the content's hash, so whoever has the key has the content.
  if (auto *known = manager.getBlobManager().lookup(key)) {
    if (!known->getBlob() || known->getBlob()->getData().empty())
      known->setBlob(std::move(blob));
    return DenseResourceElementsAttr::get(type, DenseResourceElementsHandle(known, dialect));
  }
  return DenseResourceElementsAttr::get(type, manager.insert(key, std::move(blob)));
}

/// The inline form, or null if the constant is large.
static ElementsAttr makeSmall(RankedTensorType type, ArrayRef<float> values) {
  assert(int64_t(values.size()) == type.getNumElements() && "a value for each element");
  assert(type.getElementType().isF32() && "constants are f32");
  bool isSplat = !values.empty() &&
                 llvm::all_of(values.drop_front(), [&](const float &v) {
                   return std::memcmp(&v, values.data(), sizeof(float)) == 0;
                 });
  if (isSplat)
    return DenseElementsAttr::get(type, values.take_front());
  if (values.size() * sizeof(float) <= largeConstantBytes)
    return DenseElementsAttr::get(type, values);
  return {};
}

ElementsAttr makeConstant(RankedTensorType type, std::vector<float> values, StringRef name) {
  if (ElementsAttr small = makeSmall(type, values))
    return small;
  auto owner = std::make_shared<std::vector<float>>(std::move(values));
  ArrayRef<float> view = *owner;
  return borrowConstant(type, view, name, std::move(owner));
}

ElementsAttr borrowConstant(RankedTensorType type, ArrayRef<float> values, StringRef name,
                            std::shared_ptr<const void> owner) {
  if (ElementsAttr small = makeSmall(type, values))
    return small;
  // The deleter's only work is to own the owner.
  return makeResource(type, name,
                      UnmanagedAsmResourceBlob::allocateInferAlign(
                          values, [owner = std::move(owner)](void *, size_t, size_t) mutable {
                            owner.reset();
                          }));
}

ElementsAttr withType(ElementsAttr constant, RankedTensorType type) {
  if (constant.getType() == type)
    return constant;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant))
    return DenseResourceElementsAttr::get(type, resource.getRawHandle());
  return cast<DenseElementsAttr>(constant).reshape(type);
}

std::optional<FloatValues> FloatValues::get(Attribute constant) {
  auto elements = dyn_cast_or_null<ElementsAttr>(constant);
  if (!elements || !elements.getElementType().isF32())
    return std::nullopt;
  size_t count = size_t(elements.getNumElements());
  ArrayRef<char> raw;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant)) {
    const AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != count * sizeof(float))
      return std::nullopt;
    raw = blob->getData();
  } else if (auto dense = dyn_cast<DenseElementsAttr>(constant)) {
    raw = dense.getRawData();
  } else {
    return std::nullopt;
  }
  return FloatValues({reinterpret_cast<const float *>(raw.data()), raw.size() / sizeof(float)},
                     count);
}

std::optional<FloatValues> getConstantValues(Value value) {
  Attribute constant;
  if (!matchPattern(value, m_Constant(&constant)))
    return std::nullopt;
  return FloatValues::get(constant);
}

ArrayRef<float> FloatValues::expand(std::vector<float> &storage) const {
  if (!isSplat())
    return values;
  storage.assign(count, values[0]);
  return storage;
}

} // namespace ttc::tt
