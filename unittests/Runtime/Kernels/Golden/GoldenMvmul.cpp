//===- GoldenMvmul.cpp - single matrix-vector steps with a preset Dst -------===//
//
// mvmul_unit_...: for every case SrcB rows (in0, R x 16), a SrcA block (in1,
// 16 x C), Dst before and after (R x C) and one fidelity phase. R and C follow
// from the sizes, so that a recorded 8 x 16 step, a face or a single dot product
// all work. Which set plays which part is taken from the index entry of the result:
// `input`, else the other mvmul_unit_ sets that fit its name; parts are told by the
// words in0 / srcb / b and in1 / srca / a, and Dst is what is left.
// The phase is the entry's `phase`, or ph{n} / phase{n} in its name or description, or
// one a case; a fidelity name instead means all of its phases in turn.
//
//===----------------------------------------------------------------------===//
#include "Golden.h"

#include "Kernels/Exact.h"

#include <algorithm>
#include <regex>

namespace ttc::golden {
using namespace sim;

namespace {

enum class Part { None, SrcB, SrcA, DstBefore, Other };

std::string lower(std::string s) {
  for (char &c : s)
    c = char(std::tolower(static_cast<unsigned char>(c)));
  return s;
}

Part partOf(const std::string &name) {
  std::string s = lower(name.substr(std::string("mvmul_unit").size()));
  auto any = [&](const char *pattern) { return std::regex_search(s, std::regex(pattern)); };
  if (any("(^|_)(in0|src_?b|b|left|lhs|act)(_|$)"))
    return Part::SrcB;
  if (any("(^|_)(in1|src_?a|a|right|rhs|weights?)(_|$)"))
    return Part::SrcA;
  if (any("preset|prev|before|init|(^|_)(dst|d|acc)(16|32|bf16|fp32)?_?(in|0|pre|old)(_|$)") ||
      any("(^|_)in_?(dst|acc)|(^|_)in2(_|$)"))
    return Part::DstBefore;
  return Part::Other;
}

/// Words of a name without those that say which part it is, for matching a result with its operands.
size_t commonWords(const std::string &a, const std::string &b) {
  std::regex word("[^_]+");
  std::vector<std::string> words;
  for (std::sregex_iterator i(b.begin(), b.end(), word), end; i != end; ++i)
    words.push_back(lower(i->str()));
  size_t n = 0;
  for (std::sregex_iterator i(a.begin(), a.end(), word), end; i != end; ++i)
    n += std::find(words.begin(), words.end(), lower(i->str())) != words.end();
  return n;
}

/// The set of a part for the result `name`: one it names as input, else the sibling most alike; a
/// Dst as wide as the result goes before any other.
std::string find(Vectors &vectors, const std::string &name, Part part) {
  std::vector<std::string> named = vectors.inputs(name);
  for (const std::string &input : named)
    if (partOf(input) == part)
      return input;
  if (part == Part::DstBefore)
    for (const std::string &input : named)
      if (partOf(input) == Part::Other)
        return input;
  std::string best;
  size_t bestScore = 0;
  auto width = [&](const std::string &set) {
    auto array = vectors.read(set);
    return array ? npyElementSize((*array)->type) : 0;
  };
  for (const auto &[file, entry] : vectors.index().items()) {
    std::string other = file.substr(0, file.rfind(".npy"));
    if (other == name || !other.starts_with("mvmul_unit") || partOf(other) != part)
      continue;
    size_t score = 1 + commonWords(other, name);
    if (part == Part::DstBefore && width(other) == width(name))
      score += 100;
    if (score > bestScore) {
      best = other;
      bestScore = score;
    }
  }
  return best;
}

/// Phases that case `c` of a set runs; empty when the index does not say.
std::vector<int> phasesOf(const Vectors &vectors, const std::string &name, size_t c) {
  const auto &entry = vectors.entry(name);
  auto number = [](const nlohmann::ordered_json &object) -> std::optional<int> {
    for (const char *key : {"phase", "fidelity_phase"})
      if (object.is_object() && object.contains(key) && object[key].is_number_integer())
        return object[key].get<int>();
    return std::nullopt;
  };
  auto text = [](const std::string &s) -> std::vector<int> {
    std::smatch match;
    if (std::regex_search(s, match, std::regex("(?:^|[^a-z])(?:ph|phase|fidelity_phase)[ _=]?([0-3])",
                                               std::regex::icase)))
      return {match[1].str()[0] - '0'};
    if (std::regex_search(s, match, std::regex("(LoFi|HiFi[234])"))) {
      std::vector<int> all;
      for (int p = 0; p < exact::phases(*fidelityOf(match[1].str())); ++p)
        all.push_back(p);
      return all;
    }
    return {};
  };
  if (auto phase = number(entry))
    return {*phase};
  for (const char *key : {"cases", "phases"})
    if (entry.contains(key) && entry[key].is_array() && c < entry[key].size()) {
      const auto &one = entry[key][c];
      if (auto phase = number(one))
        return {*phase};
      if (std::string(key) == "phases" && one.is_number_integer())
        return {one.get<int>()};
      if (one.is_object() && one.contains("fidelity") && one["fidelity"].is_string())
        return text(one["fidelity"].get<std::string>());
    }
  if (auto phases = text(name); !phases.empty())
    return phases;
  return text(vectors.what(name));
}

} // namespace

bool isMvmulInput(const Vectors &vectors, const std::string &name) {
  return partOf(name) != Part::Other && vectors.inputs(name).empty();
}

Expected<Computed> computeMvmul(Vectors &vectors, const std::string &name) {
  auto recorded = vectors.read(name);
  if (!recorded)
    return recorded.error();
  size_t width = npyElementSize((*recorded)->type);
  if (width != 2 && width != 4)
    return Computed{{}, "expected Dst as 16- or 32-bit patterns"};
  bool fp32Dest = width == 4;
  std::vector<float> part[3];
  int i = 0;
  for (Part p : {Part::SrcB, Part::SrcA, Part::DstBefore}) {
    const char *what = i == 0 ? "SrcB (in0)" : i == 1 ? "SrcA (in1)" : "Dst before";
    std::string source = find(vectors, name, p);
    if (source.empty())
      return Computed{{}, std::string("no set that holds ") + what};
    auto array = vectors.read(source);
    if (!array)
      return array.error();
    if (npyElementSize((*array)->type) == 1)
      return Computed{{}, source + ": expected 16- or 32-bit patterns, got bytes"};
    part[i++] = patternFloats(**array);
  }
  if ((*recorded)->shape.empty() || (*recorded)->shape[0] < 1)
    return Computed{{}, "expected a leading dimension of cases"};
  size_t cases = size_t((*recorded)->shape[0]), out = size_t((*recorded)->size()) / cases;
  size_t rows = part[0].size() / cases / 16, cols = part[1].size() / cases / 16;
  // A result of all four phases, each from the same Dst, is 4 steps a case.
  size_t step = rows * cols, steps = step ? out / step : 0;
  if (rows * 16 * cases != part[0].size() || cols * 16 * cases != part[1].size() ||
      step * steps != out || (steps != 1 && steps != 4) || part[2].size() != cases * step)
    return Computed{{}, "sizes are not those of (rows x 16) x (16 x cols) + (rows x cols)"};
  Computed result;
  for (size_t c = 0; c < cases; ++c)
    for (size_t s = 0; s < steps; ++s) {
      std::vector<int> phases = steps == 4 ? std::vector<int>{int(s)} : phasesOf(vectors, name, c);
      if (phases.empty() || phases[0] < 0 || phases[0] > 3)
        return Computed{{}, "neither a phase nor a fidelity in the name or the index"};
      for (size_t i = 0; i < step; ++i) {
        size_t r = i / cols, n = i % cols;
        const float *b = part[0].data() + (c * rows + r) * 16, *a = part[1].data() + c * cols * 16 + n;
        uint32_t dst = bitsOf(part[2][c * step + i]);
        if (!fp32Dest)
          dst &= 0xffff0000u;
        for (int phase : phases)
          dst = exact::dot16(a, cols, b, phase, dst, fp32Dest);
        float value = floatOf(dst);
        appendDst(&value, 1, fp32Dest, result.bytes);
      }
    }
  return result;
}

} // namespace ttc::golden
