//===- Golden.cpp - reading and comparing vector sets -----------------------===//
#include "Golden.h"

#include "Kernels/Bits.h"
#include "Kernels/SfpMad.h"
#include "ttc/Support/Files.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>

namespace ttc::golden {
using namespace sim;

namespace {

bool startsWith(std::string_view s, std::string_view prefix) {
  return s.substr(0, prefix.size()) == prefix;
}
bool endsWith(std::string_view s, std::string_view suffix) {
  return s.size() >= suffix.size() && s.substr(s.size() - suffix.size()) == suffix;
}

template <typename Fn> Computed mapTiles(const std::vector<float> &in, size_t outBytes, Fn fn) {
  Computed result;
  size_t tiles = in.size() / tileElements;
  result.bytes.resize(tiles * outBytes);
  for (size_t t = 0; t < tiles; ++t)
    fn(in.data() + t * tileElements, result.bytes.data() + t * outBytes);
  return result;
}

Computed skip(std::string reason) { return {{}, std::move(reason)}; }

/// The packer from Dst tiles through an intermediate format ("fp32", "bf16", "bfp8_b"; empty: the
/// default) to `to`. flags: isa::PackFlags.
Computed packThrough(const std::vector<float> &dst, bool fp32Dest, const std::string &between,
                     program::Format to, unsigned flags = isa::PackNone) {
  using program::Format;
  MathMode mode{.exact = true, .fp32Dest = fp32Dest};
  bool block = isBlockFloat(DataFormat(to));
  auto packed = [&](const MathMode &m, const std::vector<float> &tiles) {
    return mapTiles(tiles, tileBytes(DataFormat(to)), [&](const float *tile, uint8_t *raw) {
      packTile(to, m, flags, tile, raw);
    });
  };
  if (between.empty() || (block ? between == "bfp8_b"
                                : between == (fp32Dest && to == Format::Fp32 ? "fp32" : "bf16")))
    return packed(mode, dst);
  mode.precisePack = true;
  if (block && between == (fp32Dest ? "fp32" : "bf16"))
    return packed(mode, dst);
  if (fp32Dest && between == "bf16") {
    // Two packs make it: to bf16, and from a Dst that holds those values.
    std::vector<float> narrow(dst.size());
    uint8_t raw[2048];
    for (size_t t = 0; t < dst.size(); t += tileElements) {
      packTile(Format::Bf16, mode, isa::PackNone, dst.data() + t, raw);
      unpackTile(Format::Bf16, UnpackTarget::Dst, raw, narrow.data() + t);
    }
    mode.fp32Dest = false;
    return packed(mode, narrow);
  }
  return skip(fmt::format("no pack of a {} Dst through {} to {}", fp32Dest ? "fp32" : "bf16", between,
                          name(DataFormat(to))));
}

/// conv_pack_dst{32,16}_{intermediate}_to_{format}
Expected<Computed> computePack(Vectors &vectors, const std::string &name, const std::string &input) {
  bool fp32Dest = startsWith(name, "conv_pack_dst32_");
  size_t to = name.find("_to_");
  if (to == std::string::npos || to < 16)
    return skip("no rule for this name");
  bool relu = endsWith(name, "_relu");
  auto format = formatOf(name.substr(to + 4, name.size() - to - 4 - (relu ? 5 : 0)));
  if (!format)
    return skip("unknown format");
  auto array = vectors.read(input);
  if (!array)
    return array.error();
  return packThrough(patternFloats(**array), fp32Dest, name.substr(16, to - 16), *format,
                     relu ? isa::PackRelu : isa::PackNone);
}

Expected<Computed> computeUnpack(Vectors &vectors, const std::string &name,
                                 const std::string &input, program::Format format) {
  auto array = vectors.read(input);
  if (!array)
    return array.error();
  // The f32 sets name their source as row-major patterns; the tile's bytes are the host packing.
  bool rowMajor = (*array)->type != NpyType::u8;
  bool toDst = name == "conv_dst16_after_unpack_trunc";
  UnpackTarget target = toDst                        ? UnpackTarget::DstViaSrc
                        : endsWith(name, "tf32_src") ? UnpackTarget::SrcTf32
                                                     : UnpackTarget::SrcBf16;
  size_t bytes = rowMajor ? 4096 : tileBytes(DataFormat(format));
  size_t tiles = (*array)->bytes.size() / bytes;
  Computed result;
  for (size_t t = 0; t < tiles; ++t) {
    const uint8_t *raw = (*array)->bytes.data() + t * bytes;
    uint8_t packed[4096];
    if (rowMajor) {
      float rows[tileElements];
      std::memcpy(rows, raw, sizeof rows);
      packTileHost(DataFormat::Fp32, rows, tileDim, packed);
      raw = packed;
    }
    float tile[tileElements];
    unpackTile(format, target, raw, tile);
    appendDst(tile, tileElements, !toDst, result.bytes);
  }
  return result;
}

Expected<Computed> computeConversion(Vectors &vectors, const std::string &name,
                                     const std::string &input) {
  using program::Format;
  if (name == "conv_in_fp32_tilebytes" || startsWith(name, "HOST_pack_")) {
    auto format = name[0] == 'c' ? Format::Fp32 : formatOf(name.substr(10));
    if (!format)
      return skip("unknown format");
    auto array = vectors.read("conv_in_fp32");
    if (!array)
      return array.error();
    return mapTiles(patternFloats(**array), tileBytes(DataFormat(*format)),
                    [&](const float *tile, uint8_t *raw) {
                      packTileHost(DataFormat(*format), tile, tileDim, raw);
                    });
  }
  if (name == "conv_pack_dst16_bf16_relu") {
    auto array = vectors.read("conv_in_fp32");
    if (!array)
      return array.error();
    std::vector<float> dst = patternFloats(**array);
    for (float &x : dst)
      x = floatOf(bitsOf(x) & 0xffff0000u);
    return mapTiles(dst, 2048, [](const float *tile, uint8_t *raw) {
      packTile(Format::Bf16, {.exact = true}, isa::PackRelu, tile, raw);
    });
  }
  if (startsWith(name, "conv_pack_dst"))
    return computePack(vectors, name, input);
  if (startsWith(name, "conv_unpack_fp32") || name == "conv_dst16_after_unpack_trunc")
    return computeUnpack(vectors, name, "conv_in_fp32", Format::Fp32);
  for (std::string prefix : {"conv_unpack_", "conv_rawbytes_"})
    if (startsWith(name, prefix)) {
      std::string text = name.substr(prefix.size());
      if (endsWith(text, "_unpacked"))
        text.resize(text.size() - 9);
      if (auto format = formatOf(text))
        return computeUnpack(vectors, name, input, *format);
    }
  return skip("no rule for this name");
}

Expected<Computed> computeL1Accumulate(Vectors &vectors, const std::string &name) {
  bool fp32 = name == "l1acc_fp32_out";
  auto dst = vectors.read("conv_in_fp32");
  if (!dst)
    return dst.error();
  auto before = vectors.read(fp32 ? "l1acc_fp32_prev" : "l1acc_bf16_prev");
  if (!before)
    return before.error();
  Computed result{(*before)->bytes, {}};
  std::vector<float> tiles = patternFloats(**dst);
  program::Format format = fp32 ? program::Format::Fp32 : program::Format::Bf16;
  size_t bytes = tileBytes(DataFormat(format));
  for (size_t t = 0; t * tileElements < tiles.size(); ++t) {
    float *tile = tiles.data() + t * tileElements;
    if (!fp32)
      for (int i = 0; i < tileElements; ++i)
        tile[i] = floatOf(bitsOf(tile[i]) & 0xffff0000u);
    packTile(format, {.exact = true, .fp32Dest = fp32}, isa::PackL1Accumulate, tile,
             result.bytes.data() + t * bytes);
  }
  return result;
}

/// Rows of operands followed by one row of results; the operand rows are copied through.
Expected<Computed> computeVectorUnit(Vectors &vectors, const std::string &name) {
  auto array = vectors.read(name);
  if (!array)
    return array.error();
  Computed result{(*array)->bytes, {}};
  size_t n = size_t((*array)->shape.back());
  auto *u = reinterpret_cast<uint32_t *>(result.bytes.data());
  if (name == "sfpu_mad_xyzr")
    for (size_t i = 0; i < n; ++i)
      u[3 * n + i] = sfpMad(u[i], u[n + i], u[2 * n + i]);
  else if (name == "sfpu_stochrnd_fp32_to_bf16")
    for (size_t i = 0; i < n; ++i)
      u[n + i] = sfpRoundBf16(u[i]);
  else
    return skip("no rule for this name");
  return result;
}

/// ..._packed_{format}[_precise] of a recorded Dst: the recorded one, so that only the packer is
/// judged here. `what` may name the intermediate format.
Expected<Computed> computePacked(Vectors &vectors, const std::string &name) {
  size_t at = name.rfind("_packed_");
  std::string source = name.substr(0, at), to = name.substr(at + 8), between;
  auto suffix = [&](std::string_view end) {
    bool found = endsWith(to, end);
    to.resize(to.size() - (found ? end.size() : 0));
    return found;
  };
  bool relu = suffix("_relu"), precise = suffix("_precise");
  auto format = formatOf(to);
  if (!format || !vectors.has(source))
    return skip("no Dst set of this name");
  auto array = vectors.read(source);
  if (!array)
    return array.error();
  bool fp32Dest = npyElementSize((*array)->type) == 4;
  std::smatch match;
  std::string what = vectors.what(name);
  if (std::regex_search(what, match, std::regex("intermediate=(\\w+)")))
    between = match[1];
  else if (precise)
    between = fp32Dest ? "fp32" : "bf16";
  return packThrough(patternFloats(**array), fp32Dest, between, *format,
                     relu ? isa::PackRelu : isa::PackNone);
}

Expected<Computed> compute(Vectors &vectors, const std::string &name) {
  std::vector<std::string> inputs = vectors.inputs(name);
  std::string input = inputs.empty() ? "" : inputs[0];
  if (name.find("_packed_") != std::string::npos)
    return computePacked(vectors, name);
  if (startsWith(name, "mm_"))
    return computeMatmul(vectors, name);
  if (startsWith(name, "elw_"))
    return computeEltwise(vectors, name);
  if (startsWith(name, "mvmul_unit"))
    return computeMvmul(vectors, name);
  if (startsWith(name, "reduce_"))
    return computeReduce(vectors, name);
  if (startsWith(name, "l1acc_") && endsWith(name, "_out"))
    return computeL1Accumulate(vectors, name);
  if (startsWith(name, "sfpu_"))
    return computeVectorUnit(vectors, name);
  return computeConversion(vectors, name, input);
}

/// Operands of other sets: nothing computes them.
bool isInput(const Vectors &vectors, const std::string &name, const std::set<std::string> &named) {
  if (endsWith(name, "_in0") || endsWith(name, "_in1") || endsWith(name, "_prev") ||
      name == "conv_in_fp32" || name == "conv_rawbytes_bfp8_b" || name == "conv_rawbytes_bfp4_b")
    return true;
  if (startsWith(name, "mvmul_unit"))
    return isMvmulInput(vectors, name) || (named.count(name) && vectors.inputs(name).empty());
  return false;
}

} // namespace

int64_t Report::count(SetResult::Outcome outcome) const {
  int64_t n = 0;
  for (const SetResult &s : sets)
    n += s.outcome == outcome;
  return n;
}

std::optional<program::Format> formatOf(std::string_view text) {
  using enum program::Format;
  return text == "bf16"     ? std::optional(Bf16)
         : text == "fp32"   ? std::optional(Fp32)
         : text == "bfp8_b" ? std::optional(Bfp8B)
         : text == "bfp4_b" ? std::optional(Bfp4B)
                            : std::nullopt;
}

std::optional<program::Fidelity> fidelityOf(std::string_view text) {
  using enum program::Fidelity;
  return startsWith(text, "LoFi")    ? std::optional(LoFi)
         : startsWith(text, "HiFi2") ? std::optional(HiFi2)
         : startsWith(text, "HiFi3") ? std::optional(HiFi3)
         : startsWith(text, "HiFi4") ? std::optional(HiFi4)
                                     : std::nullopt;
}

std::optional<bool> fp32DestOf(std::string_view name) {
  return endsWith(name, "_dstfp32")   ? std::optional(true)
         : endsWith(name, "_dstbf16") ? std::optional(false)
                                      : std::nullopt;
}

std::vector<float> patternFloats(const NpyArray &array) {
  size_t width = npyElementSize(array.type), n = array.bytes.size() / width;
  std::vector<float> out(n);
  for (size_t i = 0; i < n; ++i) {
    uint64_t u = 0;
    std::memcpy(&u, array.bytes.data() + i * width, width);
    out[i] = width == 2   ? floatOf(uint32_t(u) << 16)
             : width == 8 ? float(std::bit_cast<double>(u))
                          : floatOf(uint32_t(u));
  }
  return out;
}

void appendDst(const float *tile, size_t count, bool fp32Dest, std::vector<uint8_t> &out) {
  size_t at = out.size(), width = fp32Dest ? 4 : 2;
  out.resize(at + count * width);
  for (size_t i = 0; i < count; ++i) {
    uint32_t u = bitsOf(tile[i]);
    u = fp32Dest ? u : u >> 16;
    std::memcpy(out.data() + at + i * width, &u, width);
  }
}

Expected<Vectors> Vectors::open(const std::string &directory) {
  auto file = MappedFile::open(directory + "/index.json");
  if (!file)
    return file.error();
  auto text = (*file)->bytes();
  auto json = nlohmann::ordered_json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded() || !json.contains("files") || !json["files"].is_object())
    return Error{directory + "/index.json: expected an object with a `files` object"};
  Vectors v;
  v.directory = directory;
  v.files = json["files"];
  return v;
}

std::vector<std::string> Vectors::inputs(const std::string &name) const {
  std::vector<std::string> found;
  auto at = files.find(name + ".npy");
  if (at == files.end() || !at->is_object() || !at->contains("input"))
    return found;
  // A name, a list of names, or text such as "Dst16b=conv_in_fp32>>16, L1 before=l1acc_bf16_prev".
  auto scan = [&](const std::string &text) {
    std::regex word("\\w+");
    for (std::sregex_iterator i(text.begin(), text.end(), word), end; i != end; ++i)
      if (has(i->str()))
        found.push_back(i->str());
  };
  const auto &input = (*at)["input"];
  if (input.is_string())
    scan(input.get<std::string>());
  else if (input.is_array() || input.is_object())
    for (const auto &one : input)
      if (one.is_string())
        scan(one.get<std::string>());
  return found;
}

std::string Vectors::what(const std::string &name) const {
  auto at = files.find(name + ".npy");
  if (at == files.end() || !at->is_object() || !at->contains("what") || !(*at)["what"].is_string())
    return {};
  return (*at)["what"].get<std::string>();
}

Expected<const NpyArray *> Vectors::read(const std::string &name) {
  auto found = cache.find(name);
  if (found != cache.end())
    return &found->second;
  std::string file = name + ".npy";
  if (!files.contains(file))
    return Error{directory + "/index.json: expected an entry " + file};
  auto array = readNpy(directory + "/" + file);
  if (!array)
    return array.error();
  const auto &entry = files[file];
  if (entry.is_object() && entry.contains("shape")) {
    std::vector<int64_t> shape;
    for (const auto &extent : entry["shape"])
      shape.push_back(extent.is_number_integer() ? extent.get<int64_t>() : -1);
    if (auto ok = checkNpyShape(*array, shape, file); !ok)
      return ok.error();
  }
  return &cache.emplace(name, std::move(*array)).first->second;
}

Expected<Report> check(const std::string &directory) {
  auto vectors = Vectors::open(directory);
  if (!vectors)
    return vectors.error();
  Report report;
  std::set<std::string> named;
  for (const auto &[file, entry] : vectors->index().items())
    for (const std::string &input : vectors->inputs(file.substr(0, file.rfind(".npy"))))
      named.insert(input);
  for (const auto &[file, entry] : vectors->index().items()) {
    SetResult result{SetResult::Matched, file, {}, 0, 0};
    if (!endsWith(file, ".npy")) {
      result.outcome = SetResult::Skipped;
      result.detail = "not a .npy file";
      report.sets.push_back(result);
      continue;
    }
    result.name.resize(file.size() - 4);
    const std::string &name = result.name;
    auto fail = [&](const Error &error) {
      result.outcome = SetResult::Differs;
      result.detail = error.message;
      report.sets.push_back(result);
    };
    auto recorded = vectors->read(name);
    if (!recorded) {
      fail(recorded.error());
      continue;
    }
    if (isInput(*vectors, name, named)) {
      result.outcome = SetResult::Input;
      report.sets.push_back(result);
      continue;
    }
    auto computed = compute(*vectors, name);
    if (!computed) {
      fail(computed.error());
      continue;
    }
    size_t width = npyElementSize((*recorded)->type);
    const auto &want = (*recorded)->bytes, &got = computed->bytes;
    if (!computed->reason.empty()) {
      result.outcome = SetResult::Skipped;
      result.detail = computed->reason;
    } else if (want.size() != got.size()) {
      result.outcome = SetResult::Differs;
      result.detail = fmt::format("expected {} bytes, got {}", want.size(), got.size());
    } else {
      result.elements = int64_t(want.size() / width);
      for (size_t i = 0; i < want.size(); i += width)
        if (std::memcmp(want.data() + i, got.data() + i, width) != 0) {
          uint32_t w = 0, g = 0;
          std::memcpy(&w, want.data() + i, width);
          std::memcpy(&g, got.data() + i, width);
          if (result.different++ == 0)
            result.detail =
                fmt::format("element {}: expected {:#x}, got {:#x}", i / width, w, g);
        }
      result.outcome = result.different ? SetResult::Differs : SetResult::Matched;
    }
    report.sets.push_back(result);
  }
  return report;
}

std::string defaultDirectory() {
  if (const char *dir = std::getenv("TTC_GOLDEN_DIR"))
    return dir;
  for (std::string dir : {"../shared/golden/numerics", TTC_SOURCE_DIR "/../shared/golden/numerics"})
    if (std::filesystem::exists(dir + "/index.json"))
      return dir;
  return {};
}

} // namespace ttc::golden
