//===- HostOp.h - ops that happen on the host --------------------------------===//
#ifndef TTC_DIALECTS_TT_HOSTOP_H
#define TTC_DIALECTS_TT_HOSTOP_H

#include "mlir/IR/OpDefinition.h"

namespace ttc::tt {

/// The op is host work or a mark for the host: its operands and results are host tensors. Asked by
/// lower-dtypes.
template <typename ConcreteOp>
class RunsOnHost : public mlir::OpTrait::TraitBase<ConcreteOp, RunsOnHost> {};

} // namespace ttc::tt

#endif
