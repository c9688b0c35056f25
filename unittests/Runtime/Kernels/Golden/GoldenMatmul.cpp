//===- GoldenMatmul.cpp - vector sets of the matrix engine ------------------===//
#include "Golden.h"

#include "Kernels/Bits.h"

#include <regex>

namespace ttc::golden {
using namespace sim;

namespace {

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

/// The two sets that `name` lists as its input, else those called {prefix}_in0 and _in1.
Expected<Operands> readOperands(Vectors &vectors, const std::string &name, const std::string &prefix,
                                program::Format f0, program::Format f1) {
  std::vector<std::string> inputs = vectors.inputs(name);
  if (inputs.size() != 2)
    inputs = {prefix + "_in0", prefix + "_in1"};
  auto a = vectors.read(inputs[0]);
  if (!a)
    return a.error();
  auto b = vectors.read(inputs[1]);
  if (!b)
    return b.error();
  for (size_t i = 0; i < 2; ++i) {
    const NpyArray &array = i ? **b : **a;
    size_t bytes = tileBytes(DataFormat(i ? f1 : f0));
    if (array.shape.size() < 2 || array.shape.back() != int64_t(bytes) || array.shape[0] < 1)
      return Error{inputs[i] + ": expected (cases, ..., " + std::to_string(bytes) +
                   ") bytes, got " + npyShapeText(array.shape)};
  }
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
  auto operands = readOperands(vectors, name, name.substr(0, end), *f0, *f1);
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
    auto operands = readOperands(vectors, name, name.substr(0, at), *format, *format);
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
  // reduce_{col,row}_{max,avg,sum}[_{fidelity}]_dst{D}, of the set it names. The scaler is the bf16
  // pattern (0x....) in its description; 1 for maxima and where there is none.
  std::smatch match;
  std::regex pattern("reduce_(col|row)_(max|avg|sum)(?:_(LoFi|HiFi[234]))?_dst(bf16|fp32)");
  if (!std::regex_match(name, match, pattern))
    return Computed{{}, "no rule for this name"};
  bool byRow = match[1] == "row", isMax = match[2] == "max", fp32Dest = match[4] == "fp32";
  auto fidelity = match[3].matched ? fidelityOf(match[3].str()) : program::Fidelity::LoFi;
  if (!isMax && !match[3].matched)
    return Computed{{}, "no fidelity in the name"};
  std::vector<std::string> inputs = vectors.inputs(name);
  std::string source = inputs.empty() ? "elw_bf16_in0" : inputs[0];
  size_t under = source.find("_in"), first = source.find('_');
  auto format = under == std::string::npos || first >= under
                    ? std::nullopt
                    : formatOf(source.substr(first + 1, under - first - 1));
  if (!format)
    return Computed{{}, "no format in the name of its input " + source};
  float scaler = isMax ? 1.0f : 1.0f / 32;
  std::string what = vectors.what(name);
  if (std::regex_search(what, match, std::regex("0x([0-9A-Fa-f]{4})")))
    scaler = fromBf16(uint16_t(std::stoul(match[1].str(), nullptr, 16)));
  auto array = vectors.read(source);
  if (!array)
    return array.error();
  std::vector<float> tiles = unpackAll(**array, *format);
  MathMode mode{.exact = true, .fidelity = *fidelity, .fp32Dest = fp32Dest};
  Computed result;
  for (size_t t = 0; t * tileElements < tiles.size(); ++t) {
    float dst[tileElements] = {}, line[tileDim];
    reduceTile(mode, isMax ? isa::ReduceKind::Max : isa::ReduceKind::Sum,
               byRow ? isa::ReduceDim::Row : isa::ReduceDim::Col, tiles.data() + t * tileElements,
               scaler, true, dst);
    for (int i = 0; i < tileDim; ++i)
      line[i] = dst[byRow ? i * tileDim : i];
    appendDst(line, tileDim, fp32Dest, result.bytes);
  }
  return result;
}

} // namespace ttc::golden
