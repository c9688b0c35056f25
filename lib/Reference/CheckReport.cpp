//===- CheckReport.cpp - comparison reports as text and JSON ----------------===//
#include "ttc/Reference/Check.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace ttc;
using namespace ttc::reference;

static std::string shapeText(const std::vector<int64_t> &shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

static std::string pccText(const Comparison &c) {
  return std::isnan(c.pcc) ? "undefined" : fmt::format("{:.6f}", c.pcc);
}

/// Lines of `rows`, columns as wide as their widest cell.
static std::string table(std::string_view title, const std::vector<CheckRow> &rows) {
  size_t name = title.size(), op = 2, shape = 5;
  bool isolated = false;
  for (const CheckRow &row : rows) {
    name = std::max(name, row.name.size());
    op = std::max(op, row.op.size());
    shape = std::max(shape, shapeText(row.shape).size());
    isolated |= row.isolated.has_value();
  }
  std::string text = fmt::format("{:<{}}  {:<{}}  {:<{}}  {:>9}  {:>10}  {:>10}", title, name, "op",
                                 op, "shape", shape, "PCC", "max error", "mean error");
  text += isolated ? fmt::format("  {:>9}  {:>10}\n", "own PCC", "own max") : "\n";
  for (const CheckRow &row : rows) {
    const Comparison &c = row.accumulated;
    text +=
        fmt::format("{:<{}}  {:<{}}  {:<{}}  {:>9}  {:>10.4g}  {:>10.4g}", row.name, name, row.op,
                    op, shapeText(row.shape), shape, pccText(c), c.maxAbsError, c.meanAbsError);
    if (row.isolated)
      text += fmt::format("  {:>9}  {:>10.4g}", pccText(*row.isolated), row.isolated->maxAbsError);
    else if (isolated)
      text += fmt::format("  {:>9}  {:>10}", "-", "-");
    if (!c.pccReason.empty())
      text += "  " + c.pccReason;
    if (c.nonFinite)
      text += fmt::format("  {} values are not finite", c.nonFinite);
    text += '\n';
  }
  return text;
}

std::string reference::checkTable(const CheckReport &report) {
  std::string text;
  if (!report.ops.empty())
    text += table("layer", report.ops) + "\n";
  if (!report.outputs.empty())
    text += table("output", report.outputs);
  return text;
}

static nlohmann::json comparisonJson(const Comparison &c) {
  nlohmann::json json;
  if (std::isnan(c.pcc)) {
    json["pcc"] = nullptr;
    json["pcc_reason"] = c.pccReason;
  } else {
    json["pcc"] = c.pcc;
  }
  json["max_abs"] = c.maxAbsError;
  json["mean_abs"] = c.meanAbsError;
  if (std::isfinite(c.relativeError))
    json["relative"] = c.relativeError;
  else
    json["relative"] = nullptr;
  if (c.nonFinite)
    json["non_finite"] = c.nonFinite;
  return json;
}

static nlohmann::json rowJson(const CheckRow &row) {
  nlohmann::json json = comparisonJson(row.accumulated);
  json["name"] = row.name;
  json["op"] = row.op;
  json["shape"] = row.shape;
  return json;
}

nlohmann::json reference::checkJson(const CheckReport &report) {
  nlohmann::json json = {{"outputs", nlohmann::json::array()}, {"ops", nlohmann::json::array()}};
  for (const CheckRow &row : report.outputs)
    json["outputs"].push_back(rowJson(row));
  for (const CheckRow &row : report.ops) {
    json["ops"].push_back(rowJson(row));
    json["ops"].back()["isolated"] =
        row.isolated ? comparisonJson(*row.isolated) : nlohmann::json();
  }
  return json;
}
