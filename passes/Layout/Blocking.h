//===- Blocking.h - how products are cut inside their cores ------------------===//
#ifndef TTC_PASSES_LAYOUT_BLOCKING_H
#define TTC_PASSES_LAYOUT_BLOCKING_H

#include "ttc/Device/DeviceSpec.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace ttc {

/// Attributes of a product, elements: rows and columns of an output block, rows whose activations are made at once.
inline constexpr llvm::StringLiteral blockingAttrs[] = {"out_subblock_h", "out_subblock_w", "act_block_h"};

/// What no neighbour sees: the output blocks of each convolution (`out_subblock_h`, `out_subblock_w`) and the rows
/// whose activations are made at once (`act_block_h`), all in elements, where another blocking than the program's own is
/// predicted to be faster and its circular buffers, with the tensors that are alive, take no more than `l1Budget`
/// bytes a core or than the program's own. What is given stays. Returns how many ops got a blocking.
int64_t chooseBlocking(mlir::func::FuncOp func, const DeviceSpec &spec, int64_t l1Budget);

} // namespace ttc

#endif
