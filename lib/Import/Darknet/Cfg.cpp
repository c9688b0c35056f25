//===- Cfg.cpp - sections, options and their typed values -------------------------===//
#include "Cfg.h"

#include "mlir/IR/BuiltinAttributes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;

namespace ttc::darknet {

static std::string withoutBlanks(StringRef text) {
  std::string result;
  llvm::copy_if(text, std::back_inserter(result), [](char c) { return !llvm::isSpace(c); });
  return result;
}

static FailureOr<CfgOption> parseOption(StringRef line, FileLineColLoc loc) {
  auto [key, value] = line.split('=');
  if (key.size() == line.size())
    return emitError(loc) << "expected 'key=value' or '[section]', but got '"
                          << line.trim().take_front(40) << "'";
  CfgOption option{withoutBlanks(key), withoutBlanks(value), loc};
  if (option.key.empty())
    return emitError(loc) << "expected a key before '='";
  return option;
}

FailureOr<std::vector<CfgSection>> parseCfg(MLIRContext &context, StringRef text, StringRef path) {
  std::vector<CfgSection> sections;
  StringAttr file = StringAttr::get(&context, path);
  unsigned number = 0;
  while (!text.empty()) {
    StringRef line;
    std::tie(line, text) = text.split('\n');
    ++number;
    StringRef content = line.take_until([](char c) { return c == '#' || c == ';'; });
    unsigned column = unsigned(content.take_while(llvm::isSpace).size()) + 1;
    content = content.trim();
    auto loc = FileLineColLoc::get(file, number, column);
    if (content.empty())
      continue;
    if (llvm::any_of(content, [](char c) { return !llvm::isPrint(c) && c != '\t'; }))
      return emitError(loc) << "expected a text file, but this line holds unprintable bytes";
    if (content.front() == '[') {
      if (content.size() < 3 || content.back() != ']')
        return emitError(loc) << "expected '[section]', but got '" << content.take_front(40) << "'";
      sections.push_back({withoutBlanks(content.drop_front().drop_back()), loc, {}});
      continue;
    }
    FailureOr<CfgOption> option = parseOption(content, loc);
    if (failed(option))
      return failure();
    if (sections.empty())
      return emitError(loc) << "expected a section such as '[net]' before option '" << option->key
                            << "'";
    sections.back().options.push_back(std::move(*option));
  }
  return sections;
}

OptionReader::OptionReader(const CfgSection &section) : section(section) {
  for (size_t i = 0; i < section.options.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (section.options[i].key == section.options[j].key)
        emitWarning(section.options[i].loc)
            << "option '" << section.options[i].key << "' is ignored, because line "
            << section.options[j].loc.getLine() << " sets it";
}

const CfgOption *OptionReader::find(StringRef key) {
  known.push_back(key);
  auto it = llvm::find_if(section.options, [&](const CfgOption &o) { return o.key == key; });
  return it == section.options.end() ? nullptr : &*it;
}

bool OptionReader::has(StringRef key) const {
  return llvm::any_of(section.options, [&](const CfgOption &o) { return o.key == key; });
}

InFlightDiagnostic OptionReader::error(StringRef key) {
  failed = true;
  const CfgOption *option = find(key);
  return emitError(option ? option->loc : section.loc);
}

static bool parseReal(StringRef text, double &value) {
  return !text.empty() && !text.getAsDouble(value) && std::isfinite(value);
}

int64_t OptionReader::integer(StringRef key, int64_t defaultValue, int64_t min, int64_t max) {
  const CfgOption *option = find(key);
  if (!option)
    return defaultValue;
  int64_t value;
  StringRef text = option->value;
  text.consume_front("+");
  if (text.getAsInteger(10, value)) {
    error(key) << "expected an integer for '" << key << "', but got '" << option->value << "'";
    return defaultValue;
  }
  if (value < min || value > max) {
    error(key) << "expected '" << key << "' from " << min << " to " << max << ", but got " << value;
    return defaultValue;
  }
  return value;
}

double OptionReader::real(StringRef key, double defaultValue) {
  const CfgOption *option = find(key);
  double value = defaultValue;
  if (option && !parseReal(option->value, value)) {
    error(key) << "expected a number for '" << key << "', but got '" << option->value << "'";
    return defaultValue;
  }
  return value;
}

std::string OptionReader::text(StringRef key, StringRef defaultValue) {
  const CfgOption *option = find(key);
  return option ? option->value : defaultValue.str();
}

std::vector<int64_t> OptionReader::integers(StringRef key) {
  std::vector<int64_t> values;
  if (const CfgOption *option = find(key))
    for (StringRef part : llvm::split(StringRef(option->value), ',')) {
      if (part.empty() && part.end() == StringRef(option->value).end() && !values.empty())
        break; // a comma at the end
      int64_t value = 0;
      if (part.getAsInteger(10, value) || value < INT32_MIN || value > INT32_MAX) {
        error(key) << "expected integers separated by commas for '" << key << "', but got '" << part
                   << "'";
        return {};
      }
      values.push_back(value);
    }
  return values;
}

std::vector<double> OptionReader::reals(StringRef key) {
  std::vector<double> values;
  if (const CfgOption *option = find(key))
    for (StringRef part : llvm::split(StringRef(option->value), ',')) {
      if (part.empty() && part.end() == StringRef(option->value).end() && !values.empty())
        break;
      double value;
      if (!parseReal(part, value)) {
        error(key) << "expected numbers separated by commas for '" << key << "', but got '" << part
                   << "'";
        return {};
      }
      values.push_back(value);
    }
  return values;
}

void OptionReader::unsupported(StringRef key, StringRef harmless) {
  const CfgOption *option = find(key);
  if (option && option->value != harmless)
    error(key) << "option '" << key << "=" << option->value << "' of [" << section.name
               << "] is not supported, expected '" << key << "=" << harmless << "'";
}

void OptionReader::ignore(ArrayRef<StringRef> keys) {
  known.insert(known.end(), keys.begin(), keys.end());
}

LogicalResult OptionReader::finish() {
  for (const CfgOption &option : section.options) {
    if (llvm::is_contained(known, option.key))
      continue;
    failed = true;
    auto diagnostic = emitError(option.loc)
                      << "unknown option '" << option.key << "' in [" << section.name << "]";
    unsigned best = 3;
    StringRef nearest;
    for (StringRef key : known)
      if (unsigned distance = key.edit_distance(option.key); distance < best) {
        best = distance;
        nearest = key;
      }
    if (!nearest.empty())
      diagnostic << ", did you mean '" << nearest << "'?";
  }
  return success(!failed);
}

} // namespace ttc::darknet
