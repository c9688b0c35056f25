//===- Fold.h - arithmetic on constants ------------------------------------===//
//
// Exporters compute shapes in the graph: Shape, Gather, Mul, Concat, Reshape. These
// helpers evaluate such nodes; the families call them from their `fold` handlers.
// All of them report their own errors through the node.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_LIB_IMPORT_ONNX_FOLD_H
#define TTC_LIB_IMPORT_ONNX_FOLD_H

#include "Node.h"

namespace ttc::onnximport {

/// The numpy broadcast of two shapes, or an error.
Shape broadcastShapes(Node &node, llvm::ArrayRef<int64_t> a, llvm::ArrayRef<int64_t> b);

/// False, after an error, if evaluating a tensor of this shape would take too much memory.
bool checkEvaluated(Node &node, llvm::ArrayRef<int64_t> shape);

using IntBinary = int64_t (*)(int64_t, int64_t);
using FloatBinary = float (*)(float, float);

/// The left fold of an elementwise function over all inputs, with broadcasting.
void foldBinary(Node &node, IntBinary ints, FloatBinary floats);

/// A comparison of inputs 0 and 1; the result is bool.
void foldCompare(Node &node, bool (*ints)(int64_t, int64_t), bool (*floats)(float, float));

/// An elementwise function of input 0; a null function for a kind is an error.
void foldUnary(Node &node, int64_t (*ints)(int64_t), float (*floats)(float));

/// Input `i` (constant) broadcast to `shape`.
std::optional<Constant> broadcastTo(Node &node, const Constant &c, llvm::ArrayRef<int64_t> shape);

/// A constant of `shape` whose element k is element `source(k)` of `c`; `source` is called for k =
/// 0, 1, ... in order.
Constant gatherElements(const Constant &c, llvm::ArrayRef<int64_t> shape,
                        llvm::function_ref<int64_t(int64_t)> source);

/// Element (i0, i1, ...) of the result is element `base + i0 * strides[0] + i1 * strides[1] + ...`
/// of `c`.
Constant gatherStrided(const Constant &c, llvm::ArrayRef<int64_t> shape,
                       llvm::ArrayRef<int64_t> strides, int64_t base = 0);

/// Elements to step over per dimension.
Shape rowMajorStrides(llvm::ArrayRef<int64_t> shape);

/// `c` with its dimensions permuted.
std::optional<Constant> transposeConstant(Node &node, const Constant &c,
                                          llvm::ArrayRef<int64_t> permutation);

} // namespace ttc::onnximport

#endif
