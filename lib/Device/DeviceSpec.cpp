//===- DeviceSpec.cpp - reading device files --------------------------------===//
#include "ttc/Device/DeviceSpec.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace ttc {
namespace {

using nlohmann::json;

/// "json:line" of a byte offset, for syntax errors.
size_t lineOf(std::string_view text, size_t byte) {
  return 1 + size_t(std::count(text.begin(), text.begin() + std::min(byte, text.size()), '\n'));
}

struct Reader {
  const std::string &file;
  const json &constants;
  std::vector<DeviceConstant> *list;
  std::string error;
  std::set<std::string> known;

  bool fail(std::string message) {
    if (error.empty())
      error = fmt::format("{}: {}", file, message);
    return false;
  }

  /// The constant's value node, its unit and source checked.
  const json *node(const char *name, const char *unit, bool isList = false) {
    known.insert(name);
    auto it = constants.find(name);
    if (it == constants.end()) {
      fail(fmt::format("constant '{}' is missing (expected a value in {})", name, unit));
      return nullptr;
    }
    if (!it->is_object()) {
      fail(fmt::format("constant '{}': expected an object with value, unit and source, got {}",
                       name, it->type_name()));
      return nullptr;
    }
    for (const auto &[key, value] : it->items())
      if (key != "value" && key != "unit" && key != "source") {
        fail(fmt::format("constant '{}': unknown field '{}' (expected value, unit, source)", name,
                         key));
        return nullptr;
      }
    for (const char *key : {"unit", "source"})
      if (!it->contains(key) || !(*it)[key].is_string() || (*it)[key].get<std::string>().empty()) {
        fail(fmt::format("constant '{}': field '{}' is missing or no text", name, key));
        return nullptr;
      }
    if ((*it)["unit"].get<std::string>() != unit) {
      fail(fmt::format("constant '{}': expected unit '{}', got '{}'", name, unit,
                       (*it)["unit"].get<std::string>()));
      return nullptr;
    }
    if (!it->contains("value") ||
        !(isList ? (*it)["value"].is_array() : (*it)["value"].is_number())) {
      fail(fmt::format("constant '{}': field 'value' is missing or no {}", name,
                       isList ? "list" : "number"));
      return nullptr;
    }
    if (list)
      list->push_back({name, (*it)["value"].dump(), unit, (*it)["source"].get<std::string>()});
    return &(*it)["value"];
  }

  void integer(const char *name, const char *unit, int64_t min, int64_t max, int64_t &out) {
    const json *v = node(name, unit);
    if (!v)
      return;
    if (!v->is_number_integer()) {
      fail(fmt::format("constant '{}': expected an integer, got {}", name, v->dump()));
      return;
    }
    double wide = v->get<double>();
    if (wide < double(min) || wide > double(max)) {
      fail(fmt::format("constant '{}': expected a value in {}..{}, got {}", name, min, max,
                       v->dump()));
      return;
    }
    out = v->get<int64_t>();
  }

  void decimal(const char *name, const char *unit, Milli &out) {
    const json *v = node(name, unit);
    if (!v)
      return;
    double value = v->get<double>();
    if (!(value >= 0.001 && value <= 1e9)) {
      fail(fmt::format("constant '{}': expected a value in 0.001..1e9, got {}", name, v->dump()));
      return;
    }
    out.thousandths = std::llround(value * 1000);
  }

  void integers(const char *name, const char *unit, std::vector<int64_t> &out) {
    const json *v = node(name, unit, /*isList=*/true);
    if (!v)
      return;
    for (const json &e : *v) {
      if (!e.is_number_integer() || e.get<double>() < 0 || e.get<double>() > 1e6) {
        fail(fmt::format("constant '{}': expected integers in 0..1000000, got {}", name, e.dump()));
        return;
      }
      out.push_back(e.get<int64_t>());
    }
  }

  void length(const char *name, const std::vector<int64_t> &values, const char *of, int64_t n) {
    if (error.empty() && int64_t(values.size()) != n)
      fail(fmt::format("constant '{}': expected {} values, one for each of {} {}, got {}", name, n,
                       n, of, values.size()));
  }

  /// Cores and DRAM banks stand on routers of the NoC, no two cores on one, no bank on a core's.
  void placement(const DeviceSpec &d) {
    auto within = [&](const char *name, const std::vector<int64_t> &values, const char *sizeName,
                      int64_t size, bool distinct) {
      std::set<int64_t> seen;
      for (int64_t v : values) {
        if (v >= size)
          fail(fmt::format("constant '{}': router {} is outside {} = {}", name, v, sizeName, size));
        if (!seen.insert(v).second && distinct)
          fail(fmt::format("constant '{}': router {} twice", name, v));
      }
    };
    within("noc_columns", d.noc_columns, "noc_size_x", d.noc_size_x, true);
    within("noc_rows", d.noc_rows, "noc_size_y", d.noc_size_y, true);
    within("dram_noc_x", d.dram_noc_x, "noc_size_x", d.noc_size_x, false);
    within("dram_noc_y", d.dram_noc_y, "noc_size_y", d.noc_size_y, false);
    for (size_t i = 0; error.empty() && i < d.dram_noc_x.size(); ++i)
      if (std::count(d.noc_columns.begin(), d.noc_columns.end(), d.dram_noc_x[i]) &&
          std::count(d.noc_rows.begin(), d.noc_rows.end(), d.dram_noc_y[i]))
        fail(fmt::format("DRAM bank {} stands on router ({}, {}), where a core is", i,
                         d.dram_noc_x[i], d.dram_noc_y[i]));
  }
};

std::filesystem::path executableDir() {
  std::error_code ec;
  std::filesystem::path exe = std::filesystem::read_symlink("/proc/self/exe", ec);
  return ec ? std::filesystem::path() : exe.parent_path();
}

} // namespace

uint64_t DeviceSpec::fingerprint() const {
  uint64_t h = 0xcbf29ce484222325ull;
  auto mix = [&](const void *data, size_t size) {
    for (size_t i = 0; i < size; ++i)
      h = (h ^ static_cast<const unsigned char *>(data)[i]) * 0x100000001b3ull;
  };
  auto value = [&](int64_t v) { mix(&v, sizeof v); };
  mix(name.data(), name.size());
#define TTC_DEVICE_INT(field, unit, min, max) value(field);
#define TTC_DEVICE_MILLI(field, unit) value(field.thousandths);
#define TTC_DEVICE_LIST(field, unit, length)                                                       \
  for (int64_t v : field)                                                                          \
    value(v);
#include "ttc/Device/DeviceFields.def"
  return h;
}

Expected<DeviceSpec> parseDevice(std::string_view text, const std::string &file,
                                 std::vector<DeviceConstant> *list) {
  // The parser reports errors by exception only; it is kept inside these lines.
  json root;
  try {
    root = json::parse(text);
  } catch (const json::parse_error &e) {
    return Error{fmt::format("{}:{}: not valid JSON: {}", file, lineOf(text, e.byte), e.what())};
  } catch (const json::exception &e) {
    return Error{fmt::format("{}: not valid JSON: {}", file, e.what())};
  }
  if (!root.is_object())
    return Error{fmt::format("{}: expected a JSON object, got {}", file, root.type_name())};
  for (const auto &[key, value] : root.items())
    if (key != "name" && key != "description" && key != "architecture" && key != "constants")
      return Error{fmt::format(
          "{}: unknown field '{}' (expected name, description, architecture, constants)", file,
          key)};
  DeviceSpec spec;
  for (auto [key, out] :
       {std::pair{"name", &spec.name}, std::pair{"description", &spec.description},
        std::pair{"architecture", &spec.architecture}}) {
    if (!root.contains(key) || !root[key].is_string())
      return Error{fmt::format("{}: field '{}' is missing or no text", file, key)};
    *out = root[key].get<std::string>();
  }
  if (!root.contains("constants") || !root["constants"].is_object())
    return Error{fmt::format("{}: field 'constants' is missing or no object", file)};
  Reader reader{file, root["constants"], list, {}, {}};
#define TTC_DEVICE_INT(field, unit, min, max) reader.integer(#field, unit, min, max, spec.field);
#define TTC_DEVICE_MILLI(field, unit) reader.decimal(#field, unit, spec.field);
#define TTC_DEVICE_LIST(field, unit, length) reader.integers(#field, unit, spec.field);
#include "ttc/Device/DeviceFields.def"
  for (const auto &[key, value] : root["constants"].items())
    if (!reader.known.count(key))
      reader.fail(fmt::format("unknown constant '{}'", key));
#define TTC_DEVICE_INT(field, unit, min, max)
#define TTC_DEVICE_MILLI(field, unit)
#define TTC_DEVICE_LIST(field, unit, size) reader.length(#field, spec.field, #size, spec.size);
#include "ttc/Device/DeviceFields.def"
  reader.placement(spec);
  if (!reader.error.empty())
    return Error{reader.error};
  if (spec.l1_base >= spec.l1_end)
    return Error{
        fmt::format("{}: l1_base {} is not below l1_end {}", file, spec.l1_base, spec.l1_end)};
  return spec;
}

Expected<DeviceSpec> loadDeviceFile(const std::string &path, std::vector<DeviceConstant> *list) {
  std::ifstream in(path, std::ios::binary);
  std::error_code ec;
  if (!in || std::filesystem::is_directory(path, ec))
    return Error{fmt::format("{}: cannot be read", path)};
  std::stringstream text;
  text << in.rdbuf();
  return parseDevice(text.str(), path, list);
}

Expected<DeviceSpec> findDevice(const std::string &nameOrPath, std::vector<DeviceConstant> *list) {
  namespace fs = std::filesystem;
  if (nameOrPath.find('/') != std::string::npos || nameOrPath.ends_with(".json"))
    return loadDeviceFile(nameOrPath, list);
  std::vector<fs::path> dirs;
  if (const char *env = std::getenv("TTC_DEVICE_DIR"))
    dirs.emplace_back(env);
  if (fs::path exe = executableDir(); !exe.empty()) {
    dirs.push_back(exe / ".." / ".." / "devices");
    dirs.push_back(exe / ".." / "share" / "ttc" / "devices");
  }
#ifdef TTC_SOURCE_DEVICES
  dirs.emplace_back(TTC_SOURCE_DEVICES);
#endif
  std::string tried;
  for (const fs::path &dir : dirs) {
    fs::path file = dir / (nameOrPath + ".json");
    std::error_code ec;
    if (fs::is_regular_file(file, ec))
      return loadDeviceFile(file.lexically_normal().string(), list);
    tried += (tried.empty() ? "" : ", ") + dir.lexically_normal().string();
  }
  return Error{fmt::format("unknown device '{}': no {}.json in {}", nameOrPath, nameOrPath, tried)};
}

} // namespace ttc
