//===- Attrs.cpp - storage, activation and compute attributes --------------===//
//
// Registration of all tt attributes, their parsers and printers. LayoutAttr's
// own code is in Layout arithmetic (LayoutAttr.cpp).
//
//===----------------------------------------------------------------------===//
#include "dialects/TT/TTAttrs.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace ttc::tt;

#include "dialects/TT/TTEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/TT/TTAttrs.cpp.inc"

void TTDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/TT/TTAttrs.cpp.inc"
      >();
}

LogicalResult StorageAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                                          function_ref<InFlightDiagnostic()> emitError) const {
  if (!elementType.isF32())
    return emitError() << "expected element type f32 beside #tt.storage, but got " << elementType;
  return success();
}

unsigned ActivationAttr::numParameters(ActivationKind kind) {
  switch (kind) {
  case ActivationKind::leaky_relu:
  case ActivationKind::elu:
    return 1;
  case ActivationKind::clip:
  case ActivationKind::hardsigmoid:
    return 2;
  default:
    return 0;
  }
}

void ActivationAttr::print(AsmPrinter &printer) const {
  unsigned count = numParameters(getKind());
  printer << '<' << stringifyActivationKind(getKind());
  for (const APFloat &p : {getP0Value(), getP1Value()})
    if (count-- > 0)
      printer << ", " << p;
    else
      break;
  printer << '>';
}

Attribute ActivationAttr::parse(AsmParser &parser, Type) {
  StringRef word;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseKeyword(&word))
    return {};
  std::optional<ActivationKind> kind = symbolizeActivationKind(word);
  if (!kind) {
    parser.emitError(loc, "expected an activation function, but got '") << word << "'";
    return {};
  }
  double p[2] = {0, 0};
  for (unsigned i = 0, n = numParameters(*kind); i < n; ++i)
    if (parser.parseComma() || parser.parseFloat(p[i]))
      return {};
  if (parser.parseGreater())
    return {};
  return get(parser.getContext(), *kind, p[0], p[1]);
}
