//===- HandTunedFile.cpp - reader of hand-tuned configurations ---------------===//
#include "passes/Layout/HandTunedFile.h"

#include "ttc/Support/Files.h"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ttc {
using llvm::StringRef;
using nlohmann::json;

namespace {

/// Reads fields of one file; the first error stays.
class Reader {
public:
  explicit Reader(std::string path) : path(std::move(path)) {}

  void wrong(const std::string &field, const std::string &expected, const json *found) {
    if (error.empty())
      error = fmt::format("{}: {}: expected {}, but got {}", path, field, expected,
                          found ? found->dump() : "nothing");
  }

  /// The field of an object, null (an error) when it is missing.
  const json *get(const json &object, const std::string &place, const std::string &key,
                  const std::string &expected) {
    if (object.is_object() && object.contains(key))
      return &object[key];
    wrong(place + "." + key, expected, nullptr);
    return nullptr;
  }

  std::string text(const json &object, const std::string &place, const std::string &key) {
    const json *v = get(object, place, key, "a string");
    if (!v)
      return "";
    if (v->is_string())
      return v->get<std::string>();
    wrong(place + "." + key, "a string", v);
    return "";
  }

  std::vector<int64_t> numbers(const json &object, const std::string &place, const std::string &key,
                               size_t count) {
    std::string expected = fmt::format("{} non-negative numbers", count);
    const json *v = get(object, place, key, expected);
    if (!v)
      return {};
    bool good = v->is_array() && v->size() == count;
    std::vector<int64_t> result;
    if (good)
      for (const json &n : *v) {
        good &= n.is_number_unsigned();
        result.push_back(n.is_number_unsigned() ? n.get<int64_t>() : 0);
      }
    if (!good)
      wrong(place + "." + key, expected, v);
    return result;
  }

  template <typename Enum, typename Parse>
  void word(const json &object, const std::string &place, const std::string &key, Enum &out,
            Parse parse, const char *expected) {
    const json *v = get(object, place, key, expected);
    if (!v)
      return;
    std::optional<Enum> value;
    if (v->is_string())
      value = parse(StringRef(v->get<std::string>()).lower());
    if (value)
      out = *value;
    else
      wrong(place + "." + key, expected, v);
  }

  HandTunedCommon common(const json &object);
  HandTunedConv conv(const json &object, const std::string &place);
  HandTunedGlue glue(const json &object, const std::string &place,
                     const std::vector<std::string> &modules);

  std::string path, error;
};

HandTunedCommon Reader::common(const json &object) {
  HandTunedCommon c;
  auto storage = [](StringRef s) { return tt::symbolizeStorageType(s); };
  word(object, "common", "weights_dtype", c.weights, storage, "\"bf16\", \"bfp8_b\" or \"bfp4_b\"");
  word(object, "common", "activation_dtype", c.activation, storage, "\"bf16\" or \"bfp8_b\"");
  word(
      object, "common", "math_fidelity", c.fidelity,
      [](StringRef s) { return tt::symbolizeFidelity(s); },
      "\"LoFi\", \"HiFi2\", \"HiFi3\" or \"HiFi4\"");
  if (const json *v = get(object, "common", "fp32_dest_acc", "true or false")) {
    if (v->is_boolean())
      c.fp32Dest = v->get<bool>();
    else
      wrong("common.fp32_dest_acc", "true or false", v);
  }
  if (StringRef(text(object, "common", "activation")).starts_with("separate") == false)
    wrong("common.activation", "\"separate op after the conv ...\"",
          object.is_object() && object.contains("activation") ? &object["activation"] : nullptr);
  if (text(object, "common", "output_layout") != "tile")
    wrong("common.output_layout", "\"tile\"",
          object.is_object() && object.contains("output_layout") ? &object["output_layout"]
                                                                 : nullptr);
  return c;
}

HandTunedConv Reader::conv(const json &object, const std::string &place) {
  HandTunedConv c;
  c.place = place;
  c.module = text(object, place, "module");
  c.name = text(object, place, "conv");
  c.input = numbers(object, place, "input_nhwc", 4);
  c.stride = numbers(object, place, "stride", 2);
  c.padding = numbers(object, place, "padding", 2);
  word(
      object, place, "shard", c.sharding, [](StringRef s) { return tt::symbolizeSharding(s); },
      "\"height\", \"width\" or \"block\"");
  if (object.is_object() && object.contains("act_block_h") && !object["act_block_h"].is_null()) {
    const json &v = object["act_block_h"];
    if (v.is_number_unsigned() && v.get<int64_t>() > 0 && v.get<int64_t>() % 32 == 0)
      c.actBlockRows = v.get<int64_t>();
    else
      wrong(place + ".act_block_h", "null or a positive multiple of 32", &v);
  }
  return c;
}

/// Does the text name the module? One letter may differ: the file's module names keep their
/// authors' spelling, its prose does not.
bool namesModule(StringRef text, StringRef module) {
  llvm::SmallVector<StringRef> words;
  text.split(words, ' ', -1, false);
  for (StringRef word : words) {
    word = word.trim(",;:()");
    bool digits = word.find_first_of("0123456789") != StringRef::npos;
    if (word == module || (!digits && word.size() > 3 && word.edit_distance(module) == 1))
      return true;
  }
  return false;
}

HandTunedGlue Reader::glue(const json &object, const std::string &place,
                           const std::vector<std::string> &modules) {
  HandTunedGlue g;
  std::string where = text(object, place, "where"), how = text(object, place, "how");
  if (!error.empty())
    return g;
  StringRef w = where, h = how;
  using Kind = HandTunedGlue::Kind;
  if (w.contains("residual"))
    g.kind = Kind::residual;
  else if (w.contains("upsample"))
    g.kind = Kind::upsample;
  else if (w.contains("SPP") || w.contains("pool"))
    g.kind = Kind::pool;
  else if (w.contains("concat"))
    g.kind = Kind::concat;
  else
    wrong(place + ".where", "a concat, upsample, SPP, pool or residual", &object["where"]);
  for (const std::string &module : modules)
    if (namesModule(w, module))
      g.modules.push_back(module);

  size_t upsample = g.kind == Kind::upsample ? h.find("upsample") : 0;
  if (upsample == StringRef::npos)
    return wrong(place + ".how", "the word \"upsample\"", &object["how"]), g;
  std::vector<std::pair<size_t, LayoutStep>> steps;
  auto find = [&](StringRef phrase, LayoutStep step) {
    for (size_t at = h.find(phrase); at != StringRef::npos; at = h.find(phrase, at + 1))
      steps.push_back({at, step});
  };
  find("row-major", {std::nullopt, tt::TileOrder::row_major});
  find("tile layout", {std::nullopt, tt::TileOrder::tile});
  find("sharded_to_interleaved", {tt::Sharding::interleaved, std::nullopt});
  std::sort(steps.begin(), steps.end(),
            [](const auto &a, const auto &b) { return a.first < b.first; });
  for (auto &[at, step] : steps)
    (at < upsample ? g.upsampleSteps : g.concatSteps).push_back(step);

  if (g.kind == Kind::residual) {
    if (!h.contains("sharded elementwise"))
      wrong(place + ".how", "\"sharded elementwise add\"", &object["how"]);
    return g;
  }
  if (h.contains("height-sharded concat"))
    g.concatSharding = tt::Sharding::height;
  else if (!h.contains("interleaved concat"))
    wrong(place + ".how", "\"interleaved concat\" or \"height-sharded concat\"", &object["how"]);
  if (g.concatSharding == tt::Sharding::height) {
    // "[512,128]": rows and columns of a core's shard.
    for (StringRef rest = h; rest.contains('[');) {
      rest = rest.split('[').second;
      int64_t rows, cols;
      auto [shape, after] = rest.split(']');
      auto [first, second] = shape.split(',');
      if (first.trim().getAsInteger(10, rows) || second.trim().getAsInteger(10, cols) ||
          rows <= 0 || rows % 32 != 0)
        return wrong(place + ".how", "shard shapes as [rows,columns], rows a multiple of 32",
                     &object["how"]),
               g;
      g.shardRows.push_back(rows);
      rest = after;
    }
    if (!g.shardRows.empty() && g.shardRows.size() != g.modules.size())
      wrong(place + ".how", fmt::format("{} shard shapes, one a module", g.modules.size()),
            &object["how"]);
  }
  return g;
}

} // namespace

Expected<HandTunedFile> HandTunedFile::read(const std::string &path) {
  HandTunedFile result;
  result.path = path;
  Expected<std::shared_ptr<MappedFile>> file = MappedFile::open(path);
  if (!file)
    return file.error();
  std::span<const uint8_t> bytes = (*file)->bytes();
  json root = json::parse(bytes.begin(), bytes.end(), nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded() || !root.is_object())
    return Error{path + ": expected a JSON object with \"common\", \"glue\" and \"convs\""};
  Reader reader(path);
  if (const json *common = reader.get(root, "file", "common", "an object"))
    result.common = reader.common(*common);
  auto list = [&](const char *key) -> const json * {
    const json *v = reader.get(root, "file", key, "an array");
    if (v && v->is_array())
      return v;
    if (v)
      reader.wrong(key, "an array", v);
    return nullptr;
  };
  std::vector<std::string> modules;
  if (const json *convs = list("convs"))
    for (size_t i = 0; i < convs->size(); ++i) {
      result.convs.push_back(reader.conv((*convs)[i], fmt::format("convs[{}]", i)));
      const std::string &module = result.convs.back().module;
      if (modules.empty() || modules.back() != module)
        modules.push_back(module);
    }
  if (const json *glue = list("glue"))
    for (size_t i = 0; i < glue->size(); ++i)
      result.glue.push_back(reader.glue((*glue)[i], fmt::format("glue[{}]", i), modules));
  if (!reader.error.empty())
    return Error{reader.error};
  return result;
}

std::optional<HandTunedCommon> handTunedCommon(const std::string &path) {
  if (path.empty())
    return std::nullopt;
  Expected<HandTunedFile> file = HandTunedFile::read(path);
  if (!file)
    return std::nullopt;
  return file->common;
}

} // namespace ttc
