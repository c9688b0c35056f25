//===- OpsCase.cpp - rows of the operations' table ----------------------------===//
#include "ttc/Calibrate/Ops.h"

#include <cstdlib>
#include <fmt/format.h>

namespace ttc::calibrate {
namespace {

Expected<std::optional<OpsTensor>> tensor(const Csv &csv, size_t row, const std::string &prefix) {
  const std::string &shape = csv.text(row, prefix + "_shape");
  if (shape.empty())
    return std::optional<OpsTensor>();
  OpsTensor t;
  int end = 0;
  auto &s = t.shape;
  if (std::sscanf(shape.c_str(), "%ldx%ldx%ldx%ld%n", &s[0], &s[1], &s[2], &s[3], &end) != 4 ||
      size_t(end) != shape.size())
    return csv.error(row, prefix + "_shape", "four extents, as 1x1x32x64");
  for (int64_t extent : s)
    if (extent < 1 || extent > (1 << 24))
      return csv.error(row, prefix + "_shape", "extents of 1 to 2^24");
  const std::string &layout = csv.text(row, prefix + "_layout");
  if (layout != "TILE" && layout != "ROW_MAJOR")
    return csv.error(row, prefix + "_layout", "TILE or ROW_MAJOR");
  t.tiled = layout == "TILE";
  t.type = csv.text(row, prefix + "_dtype");
  t.memory = csv.text(row, prefix + "_memory");
  if (t.memory.starts_with("DEV_1_"))
    t.memory = t.memory.substr(6);
  return std::optional<OpsTensor>(t);
}

/// `{'name': 'value'; 'name': 'value'}`: values hold no quotes.
std::map<std::string, std::string> attributes(const std::string &text) {
  std::map<std::string, std::string> found;
  std::vector<std::string> quoted;
  for (size_t at = 0; (at = text.find('\'', at)) != std::string::npos;) {
    size_t end = text.find('\'', at + 1);
    if (end == std::string::npos)
      break;
    quoted.push_back(text.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  for (size_t i = 0; i + 1 < quoted.size(); i += 2)
    found[quoted[i]] = quoted[i + 1];
  return found;
}

} // namespace

std::vector<int64_t> OpsCase::numbers(const std::string &name, const std::string &key) const {
  auto it = attributes.find(name);
  if (it == attributes.end())
    return {};
  size_t at = it->second.find(key);
  if (at == std::string::npos)
    return {};
  std::vector<int64_t> found;
  const char *p = it->second.c_str() + at + key.size();
  int depth = 0;
  for (;; ++p) { // to the end of the bracket, or of a bare number
    if (*p == '(' || *p == '{' || *p == '[') {
      ++depth;
    } else if (*p == ')' || *p == '}' || *p == ']') {
      if (--depth <= 0)
        break;
    } else if ((*p >= '0' && *p <= '9') || *p == '-') {
      char *end = nullptr;
      found.push_back(std::strtoll(p, &end, 10));
      p = end - 1;
    } else if (*p == '\0' || (depth == 0 && !found.empty())) {
      break;
    }
  }
  return found;
}

bool OpsCase::flag(const std::string &name, const std::string &key, bool otherwise) const {
  auto it = attributes.find(name);
  if (it == attributes.end())
    return otherwise;
  if (key.empty())
    return it->second == "true" || it->second == "1";
  std::vector<int64_t> n = numbers(name, key);
  return n.empty() ? otherwise : n[0] != 0;
}

std::string OpsCase::name() const {
  auto text = [](const OpsTensor &t) {
    return fmt::format("{}x{} {} {} {}", t.rows(), t.cols(), t.tiled ? "tile" : "sticks", t.type,
                       t.memory);
  };
  std::string s = op.substr(0, op.find("Device"));
  if (in[0])
    s += " " + text(*in[0]);
  if (in[1] && op == "Matmul")
    s += " x " + text(*in[1]);
  if (out)
    s += " -> " + text(*out);
  return s + fmt::format(", {} cores", cores);
}

Expected<OpsCase> parseOpsCase(const Csv &csv, size_t row) {
  OpsCase c;
  c.arch = csv.text(row, "arch");
  c.op = csv.text(row, "op");
  c.fidelity = csv.text(row, "fidelity");
  for (auto [column, value] : {std::pair("cores", &c.cores), {"available_cores", &c.availableCores}}) {
    Expected<int64_t> n = csv.integer(row, column, 1, 4096);
    if (!n)
      return n.error();
    *value = *n;
  }
  for (auto [prefix, slot] : {std::pair("in0", &c.in[0]), {"in1", &c.in[1]}, {"in2", &c.in[2]},
                              {"out0", &c.out}}) {
    Expected<std::optional<OpsTensor>> t = tensor(csv, row, prefix);
    if (!t)
      return t.error();
    *slot = *t;
  }
  if (!c.in[0])
    return csv.error(row, "in0_shape", "a shape");
  if (!c.out)
    return csv.error(row, "out0_shape", "a shape");
  Expected<double> ns = csv.positive(row, "kernel_ns_median");
  if (!ns)
    return ns.error();
  c.nanoseconds = *ns;
  c.attributes = attributes(csv.text(row, "attributes"));
  return c;
}

} // namespace ttc::calibrate
