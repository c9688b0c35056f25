//===- Overrides.cpp - layouts set by the user, by source layer name --------===//
#include "passes/Layout/Overrides.h"

#include "ttc/Support/Files.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ttc {
using nlohmann::json;

std::string layerName(mlir::Location loc) {
  if (auto name = llvm::dyn_cast<mlir::NameLoc>(loc))
    return name.getName().str();
  if (auto fused = llvm::dyn_cast<mlir::FusedLoc>(loc))
    for (mlir::Location part : fused.getLocations())
      if (std::string name = layerName(part); !name.empty())
        return name;
  if (auto call = llvm::dyn_cast<mlir::CallSiteLoc>(loc))
    return layerName(call.getCallee());
  return "";
}

void LayoutOverride::pin(mlir::Operation *op) const {
  mlir::Builder builder(op->getContext());
  for (auto [name, field] : blockFields)
    if (const std::optional<int64_t> &elements = this->*field)
      op->setAttr(name, builder.getI64IntegerAttr(*elements));
  if (storage)
    for (mlir::Value result : op->getResults()) {
      auto type = llvm::cast<mlir::RankedTensorType>(result.getType());
      result.setType(mlir::RankedTensorType::get(type.getShape(), type.getElementType(),
                                                 tt::StorageAttr::get(op->getContext(), *storage)));
    }
}

bool LayoutOverride::allows(tt::LayoutAttr layout) const {
  if (memory && layout.getMemory() != *memory)
    return false;
  if (sharding && layout.getSharding() != *sharding)
    return false;
  if (shardRows && layout.getShardRows() != *shardRows)
    return false;
  if (shardCols && layout.getShardCols() != *shardCols)
    return false;
  return !grid || (layout.getGridX() == grid->first && layout.getGridY() == grid->second);
}

mlir::DictionaryAttr toAttr(mlir::MLIRContext *context, const LayoutOverride &o) {
  mlir::Builder b(context);
  llvm::SmallVector<mlir::NamedAttribute> fields;
  auto text = [&](auto &list, llvm::StringRef name, llvm::StringRef value) {
    list.push_back(b.getNamedAttr(name, b.getStringAttr(value)));
  };
  if (o.memory)
    text(fields, "memory", stringifyMemorySpace(*o.memory));
  if (o.sharding)
    text(fields, "sharding", stringifySharding(*o.sharding));
  if (o.order)
    text(fields, "order", stringifyTileOrder(*o.order));
  for (auto [name, field] : blockFields)
    if (o.*field)
      fields.push_back(b.getNamedAttr(name, b.getI64IntegerAttr(*(o.*field))));
  if (o.shardRows)
    fields.push_back(b.getNamedAttr("shard_rows", b.getI64IntegerAttr(*o.shardRows)));
  if (o.shardCols)
    fields.push_back(b.getNamedAttr("shard_cols", b.getI64IntegerAttr(*o.shardCols)));
  if (o.likeOperand)
    fields.push_back(b.getNamedAttr("like_operand", b.getUnitAttr()));
  llvm::SmallVector<mlir::Attribute> steps;
  for (const LayoutStep &step : o.operandSteps) {
    llvm::SmallVector<mlir::NamedAttribute> changes;
    if (step.sharding)
      text(changes, "sharding", stringifySharding(*step.sharding));
    if (step.order)
      text(changes, "order", stringifyTileOrder(*step.order));
    steps.push_back(b.getDictionaryAttr(changes));
  }
  if (!steps.empty())
    fields.push_back(b.getNamedAttr("operands", b.getArrayAttr(steps)));
  return b.getDictionaryAttr(fields);
}

static LayoutOverride fromAttr(mlir::DictionaryAttr attr) {
  LayoutOverride o;
  auto text = [](mlir::DictionaryAttr from, llvm::StringRef name) {
    auto value = from.getAs<mlir::StringAttr>(name);
    return value ? value.getValue() : llvm::StringRef();
  };
  auto number = [&](llvm::StringRef name) -> std::optional<int64_t> {
    if (auto value = attr.getAs<mlir::IntegerAttr>(name))
      return value.getInt();
    return std::nullopt;
  };
  o.memory = tt::symbolizeMemorySpace(text(attr, "memory"));
  o.sharding = tt::symbolizeSharding(text(attr, "sharding"));
  o.order = tt::symbolizeTileOrder(text(attr, "order"));
  for (auto [name, field] : blockFields)
    o.*field = number(name);
  o.shardRows = number("shard_rows");
  o.shardCols = number("shard_cols");
  o.likeOperand = attr.contains("like_operand");
  if (auto steps = attr.getAs<mlir::ArrayAttr>("operands"))
    for (auto step : steps.getAsRange<mlir::DictionaryAttr>())
      o.operandSteps.push_back({tt::symbolizeSharding(text(step, "sharding")),
                                tt::symbolizeTileOrder(text(step, "order"))});
  return o;
}

namespace {

/// One field of one layer, with errors that say where.
struct Reader {
  std::string file, layer;

  Error wrong(const std::string &field, const std::string &expected, const json &found) const {
    return {fmt::format("{}: layer \"{}\", field \"{}\": expected {}, but got {}", file, layer,
                        field, expected, found.dump())};
  }

  template <typename Enum, typename Parse>
  Expected<void> read(const std::string &field, const json &value, std::optional<Enum> &out,
                      Parse parse, const char *expected) const {
    if (!value.is_string())
      return wrong(field, expected, value);
    out = parse(value.get<std::string>());
    if (!out)
      return wrong(field, expected, value);
    return {};
  }

  Expected<void> field(const std::string &name, const json &v, LayoutOverride &o) const {
    if (name == "memory")
      return read(
          name, v, o.memory, [](auto s) { return tt::symbolizeMemorySpace(s); },
          "\"l1\" or \"dram\"");
    if (name == "sharding")
      return read(
          name, v, o.sharding, [](auto s) { return tt::symbolizeSharding(s); },
          "\"interleaved\", \"height\", \"width\" or \"block\"");
    if (name == "order")
      return read(
          name, v, o.order, [](auto s) { return tt::symbolizeTileOrder(s); },
          "\"tile\" or \"row_major\"");
    if (name == "storage")
      return read(
          name, v, o.storage, [](auto s) { return tt::symbolizeStorageType(s); },
          "\"bf16\", \"bfp8_b\" or \"bfp4_b\"");
    if (name == "grid") {
      if (!v.is_array() || v.size() != 2 || !v[0].is_number_unsigned() ||
          !v[1].is_number_unsigned())
        return wrong(name, "[x, y] in cores", v);
      o.grid = {v[0].get<int64_t>(), v[1].get<int64_t>()};
      return {};
    }
    for (auto [block, field] : blockFields)
      if (name == block) {
        if (!v.is_number_unsigned() || v.get<int64_t>() % 32 != 0 || v.get<int64_t>() == 0)
          return wrong(name, "a positive multiple of 32", v);
        o.*field = v.get<int64_t>();
        return {};
      }
    return Error{fmt::format("{}: layer \"{}\": unknown field \"{}\"; known are memory, sharding, "
                             "grid, order, storage, act_block_h, out_subblock_h, out_subblock_w",
                             file, layer, name)};
  }
};

} // namespace

Expected<LayoutOverrides> LayoutOverrides::read(const std::string &path) {
  LayoutOverrides result;
  if (path.empty())
    return result;
  Expected<std::shared_ptr<MappedFile>> file = MappedFile::open(path);
  if (!file)
    return file.error();
  std::span<const uint8_t> bytes = (*file)->bytes();
  json root = json::parse(bytes.begin(), bytes.end(), nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded())
    return Error{path + ": expected a JSON file of layout overrides"};
  if (!root.is_object() || !root.contains("layers") || !root["layers"].is_object())
    return Error{path + ": expected an object with \"layers\""};
  for (auto &[name, fields] : root["layers"].items()) {
    Reader reader{path, name};
    if (!fields.is_object())
      return reader.wrong("", "an object", fields);
    LayoutOverride &o = result.layers[name];
    for (auto &[key, value] : fields.items())
      if (Expected<void> read = reader.field(key, value, o); !read)
        return read.error();
  }
  return result;
}

const LayoutOverride *LayoutOverrides::find(mlir::Operation *op) {
  if (auto attr = op->getAttrOfType<mlir::DictionaryAttr>(overrideAttrName)) {
    op->removeDiscardableAttr(overrideAttrName);
    ofOps[op] = fromAttr(attr);
  }
  if (auto it = ofOps.find(op); it != ofOps.end())
    return &it->second;
  auto it = layers.find(layerName(op->getLoc()));
  if (it == layers.end())
    return nullptr;
  used.insert(it->first);
  return &it->second;
}

std::string LayoutOverrides::unused() const {
  std::string names;
  for (auto &[name, o] : layers)
    if (!used.count(name))
      names += (names.empty() ? "" : ", ") + name;
  return names;
}

} // namespace ttc
