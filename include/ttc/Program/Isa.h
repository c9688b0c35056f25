//===- Isa.h - instruction names, fields and enumerations ------------------===//
//
// What the compiler and the simulator share about instructions. No MLIR.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_PROGRAM_ISA_H
#define TTC_PROGRAM_ISA_H

#include <cstdint>
#include <span>
#include <string_view>

namespace ttc::isa {

enum class Opcode : uint16_t {
#define TTC_INSTR(Name, mnemonic, code, threads, ...) Name = code,
#include "ttc/Program/Isa.def"
};

enum class Threads : uint8_t { Any, Dm, Compute };

/// Field positions, one struct an instruction: `isa::MatmulBlock::in1_tile` is the index of that
/// field among the instruction's operands.
#define TTC_INSTR(Name, mnemonic, code, threads, ...)                                              \
  struct Name {                                                                                    \
    enum Field : uint8_t { __VA_ARGS__ __VA_OPT__(, ) numFields };                                 \
  };
#include "ttc/Program/Isa.def"

struct InstrInfo {
  Opcode opcode;
  std::string_view name;     ///< "MatmulBlock"
  std::string_view mnemonic; ///< "matmul_block"
  Threads threads;
  uint8_t numFields;
  std::string_view fields; ///< "in0, in0_tile, ..." as written in Isa.def
};

/// The whole table in opcode order.
std::span<const InstrInfo> allInstructions();
/// Null when no instruction has this opcode.
const InstrInfo *lookup(uint16_t opcode);
/// FNV-1a digest of the table; a program file made with another table is refused.
uint64_t tableDigest();

enum class Predicate : uint8_t { Eq, Ne, Lt, Le, Gt, Ge };
enum class EltwiseKind : uint8_t { Add, Sub, Mul };
enum class Broadcast : uint8_t { None, Row, Col, Scalar };
enum class SfpuBinaryKind : uint8_t { Add, Sub, Mul, Div, Max, Min };
enum class ReduceKind : uint8_t { Sum, Max };
/// Row: every row to its column 0; Col: every column to row 0; Scalar: all to [0,0].
enum class ReduceDim : uint8_t { Row, Col, Scalar };
/// `linked` of a multicast. Loopback: the sender reads its own copy from the NoC (the same bytes at the
/// same address: no value changes).
enum McastFlags : uint8_t { McastLinked = 1, McastLoopback = 2 };
enum PackFlags : uint8_t { PackNone = 0, PackRelu = 1, PackL1Accumulate = 2 };

/// Unary functions of the vector unit. p0, p1: see each.
enum class SfpuFunction : uint8_t {
  Relu,
  LeakyRelu, ///< p0: slope
  Mish,
  Silu,
  Sigmoid,
  Tanh,
  HardSwish,
  HardSigmoid, ///< max(0, min(1, p0 * x + p1))
  Clip,        ///< p0: low, p1: high
  Exp,
  Reciprocal,
  AddScalar, ///< p0
  MulScalar, ///< p0
  Abs,
  Gelu,
  Sqrt,
  Rsqrt,
  Log,
  Softplus,
  Elu, ///< p0: alpha
  Neg,
  MishBf16, ///< mish to the accuracy of a bf16 Dst (runtime/lib/Kernels/Functions.h)
};

inline constexpr SfpuFunction lastSfpuFunction = SfpuFunction::MishBf16;

std::string_view name(SfpuFunction);

} // namespace ttc::isa

#endif
