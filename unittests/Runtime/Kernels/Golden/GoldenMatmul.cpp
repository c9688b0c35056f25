//===- GoldenMatmul.cpp - vector sets of the matrix engine ------------------===//
#include "Golden.h"

#include "Kernels/Bits.h"

#include <charconv>

namespace ttc::golden {
using namespace sim;

namespace {

/// "..._dstbf16" or "..._dstfp32" at the end of a name.
std::optional<bool> fp32DestOf(std::string_view name) {
  if (name.ends_with("_dstfp32"))
    return true;
  if (name.ends_with("_dstbf16"))
    return false;
  return std::nullopt;
}

/// Raw tiles as register tiles.
std::vector<float> unpackAll(const NpyArray &array, program::Format format) {
  size_t bytes = tileBytes(DataFormat(format)), tiles = array.bytes.size() / bytes;
  std::vector<float> out(tiles * tileElements);
  for (size_t t = 0; t < tiles; ++t)
    unpackTile(format, UnpackTarget::SrcTf32, array.bytes.data() + t * bytes,
               out.data() + t * tileElements);
  return out;
}

struct Operands {
  std::vector<float> in0, in1;
  size_t cases = 0, inner = 1;
};

Expected<Operands> readOperands(Vectors &vectors, const std::string &prefix, program::Format f0,
                                program::Format f1) {
  auto a = vectors.read(prefix + "_in0");
  if (!a)
    return a.error();
  auto b = vectors.read(prefix + "_in1");
  if (!b)
    return b.error();
  Operands o{unpackAll(**a, f0), unpackAll(**b, f1), size_t((*a)->shape.at(0)), 1};
  if ((*a)->shape.size() == 3)
    o.inner = size_t((*a)->shape[1]);
  return o;
}

} // namespace

Expected<Computed> computeMatmul(Vectors &vectors, const std::string &name) {
  // mm_{F0}_x_{F1}_K{n}_{fidelity}_dst{D}
  size_t x = name.find("_x_"), k = name.find("_K");
  auto fp32Dest = fp32DestOf(name);
  if (x == std::string::npos || k == std::string::npos || k < x || !fp32Dest)
    return Computed{{}, "no rule for this name"};
  size_t end = name.find('_', k + 2);
  auto f0 = formatOf(name.substr(3, x - 3)), f1 = formatOf(name.substr(x + 3, k - x - 3));
  auto fidelity = fidelityOf(std::string_view(name).substr(end + 1));
  if (!f0 || !f1 || !fidelity)
    return Computed{{}, "unknown format or fidelity"};
  auto operands = readOperands(vectors, name.substr(0, end), *f0, *f1);
  if (!operands)
    return operands.error();
  MathMode mode{.exact = true, .fidelity = *fidelity, .fp32Dest = *fp32Dest};
  Computed result;
  for (size_t c = 0; c < operands->cases; ++c) {
    std::vector<const float *> in0, in1;
    for (size_t t = 0; t < operands->inner; ++t) {
      in0.push_back(operands->in0.data() + (c * operands->inner + t) * tileElements);
      in1.push_back(operands->in1.data() + (c * operands->inner + t) * tileElements);
    }
    float dst[tileElements] = {};
    matmulBlock(mode, in0.data(), in1.data(), dst, 1, 1, int(operands->inner));
    appendDst(dst, tileElements, *fp32Dest, result.bytes);
  }
  return result;
}

Expected<Computed> computeEltwise(Vectors &vectors, const std::string &name) {
  // elw_{F}_{op}[_{fidelity}]_dst{D}
  auto fp32Dest = fp32DestOf(name);
  for (std::string op : {"_add_", "_sub_", "_mul_"}) {
    size_t at = name.find(op);
    if (at == std::string::npos)
      continue;
    auto format = formatOf(name.substr(4, at - 4));
    auto fidelity = fidelityOf(std::string_view(name).substr(at + 5));
    if (!format || !fp32Dest || (op == "_mul_" && !fidelity))
      return Computed{{}, "unknown format or fidelity"};
    auto operands = readOperands(vectors, name.substr(0, at), *format, *format);
    if (!operands)
      return operands.error();
    MathMode mode{.exact = true,
                  .fidelity = fidelity.value_or(program::Fidelity::LoFi),
                  .fp32Dest = *fp32Dest};
    isa::EltwiseKind kind = op == "_add_"   ? isa::EltwiseKind::Add
                            : op == "_sub_" ? isa::EltwiseKind::Sub
                                            : isa::EltwiseKind::Mul;
    Computed result;
    for (size_t c = 0; c < operands->cases; ++c) {
      float dst[tileElements] = {};
      eltwise(mode, kind, isa::Broadcast::None, operands->in0.data() + c * tileElements,
              operands->in1.data() + c * tileElements, dst, false);
      appendDst(dst, tileElements, *fp32Dest, result.bytes);
    }
    return result;
  }
  return Computed{{}, "no rule for this name"};
}

Expected<Computed> computeReduce(Vectors &vectors, const std::string &name) {
  // reduce_col_{max,avg}[_{fidelity}]_dst{D}, of elw_bf16_in0, scaler 1/32
  auto fp32Dest = fp32DestOf(name);
  bool isMax = name.starts_with("reduce_col_max"), isAvg = name.starts_with("reduce_col_avg_");
  auto fidelity = isAvg ? fidelityOf(std::string_view(name).substr(15)) : program::Fidelity::LoFi;
  if (!fp32Dest || !fidelity || (!isMax && !isAvg))
    return Computed{{}, "no rule for this name"};
  auto array = vectors.read("elw_bf16_in0");
  if (!array)
    return array.error();
  std::vector<float> tiles = unpackAll(**array, program::Format::Bf16);
  MathMode mode{.exact = true, .fidelity = *fidelity, .fp32Dest = *fp32Dest};
  Computed result;
  for (size_t t = 0; t * tileElements < tiles.size(); ++t) {
    float dst[tileElements] = {};
    reduceTile(mode, isMax ? isa::ReduceKind::Max : isa::ReduceKind::Sum, isa::ReduceDim::Col,
               tiles.data() + t * tileElements, isMax ? 1.0f : 1.0f / 32, true, dst);
    appendDst(dst, tileDim, *fp32Dest, result.bytes);
  }
  return result;
}

} // namespace ttc::golden
