//===- RunCommand.cpp - what `ttc-run` and `ttc run` do ---------------------===//
#include "ttc/Runtime/RunCommand.h"

#include "ttc/Runtime/Detect.h"
#include "ttc/Runtime/Runtime.h"
#include "ttc/Runtime/ScheduleFuzz.h"
#include "ttc/Runtime/ValueWatch.h"
#include "ttc/Support/Npy.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <unistd.h>

namespace ttc::runtime {
namespace {

using nlohmann::ordered_json;

/// The strongest detections shown: as text, and in JSON.
constexpr size_t maxPrinted = 20, maxListed = 300;

/// The state of one run of the command.
class Run {
public:
  explicit Run(const RunCommand &command) : command(command) {}
  Expected<void> execute();

private:
  Expected<void> readInputs();
  Expected<void> readNpyInput(const std::string &argument);
  Expected<void> readImageInput();
  Expected<void> simulate();
  Expected<void> fuzz(const RunOptions &options);
  Expected<void> readOutputs();
  Expected<void> findObjects();
  void printText() const;
  std::string json(bool withPrograms) const;
  Expected<void> writeReport() const;
  bool values() const { return command.mode != "time"; }

  const RunCommand &command;
  std::unique_ptr<Device> device;
  std::vector<bool> given;
  ScheduleFuzz scheduleFuzz;
  ValueWatch valueWatch;
  std::unique_ptr<Image> image;
  std::vector<std::string> classNames;

  struct Output {
    HostTensor tensor;
    std::string file;
  };
  std::vector<Output> outputs;
  std::vector<Detection> detections;
};

std::vector<int64_t> shapeOf(const program::TensorT &t) { return {t.shape.begin(), t.shape.end()}; }

/// A tensor's name as a file name.
std::string fileName(const std::string &name, size_t index) {
  std::string safe = name.empty() ? fmt::format("output_{}", index) : name;
  for (char &c : safe)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.')
      c = '_';
  return safe + ".npy";
}

Expected<void> Run::readNpyInput(const std::string &argument) {
  const program::ModelT &model = device->model();
  size_t index = 0;
  std::string path = argument;
  size_t equals = argument.find('=');
  std::error_code ec;
  // NAME=FILE, unless there is a file of the whole name.
  if (equals != std::string::npos && !std::filesystem::exists(argument, ec)) {
    Expected<size_t> found = device->findInput(argument.substr(0, equals));
    if (!found)
      return found.error();
    index = *found;
    path = argument.substr(equals + 1);
  } else if (model.inputs.size() != 1) {
    return Error{fmt::format("--input {}: the model has {} inputs: write NAME={}", argument,
                             model.inputs.size(), argument)};
  }
  Expected<NpyArray> array = readNpy(path);
  if (!array)
    return array.error();
  const program::TensorT &t = *model.inputs[index];
  if (Expected<void> ok =
          checkNpyShape(*array, shapeOf(t), fmt::format("{}: input '{}'", path, t.name));
      !ok)
    return ok;
  given[index] = true;
  return device->writeInput(index, array->toFloats());
}

Expected<void> Run::readImageInput() {
  const program::ModelT &model = device->model();
  size_t index = model.inputs.size();
  for (size_t i = 0; i < model.inputs.size(); ++i)
    if (const auto &s = model.inputs[i]->shape; s.size() == 4 && s[0] == 1 && s[1] == 3) {
      if (index < model.inputs.size())
        return Error{"--image: more than one input is a picture (1x3xHxW): use --input"};
      index = i;
    }
  if (index == model.inputs.size())
    return Error{
        fmt::format("--image: no input of {} is a picture (1x3xHxW)", device->file().path())};
  Expected<Image> picture = readImage(command.image);
  if (!picture)
    return picture.error();
  image = std::make_unique<Image>(std::move(*picture));
  const auto &shape = model.inputs[index]->shape;
  HostTensor tensor = imageToTensor(*image, int(shape[2]), int(shape[3]),
                                    command.letterbox ? Fit::Letterbox : Fit::Stretch);
  given[index] = true;
  return device->writeInput(index, tensor.span());
}

Expected<void> Run::readInputs() {
  const program::ModelT &model = device->model();
  given.assign(model.inputs.size(), false);
  for (const std::string &input : command.inputs)
    if (Expected<void> ok = readNpyInput(input); !ok)
      return ok;
  if (!command.image.empty())
    if (Expected<void> ok = readImageInput(); !ok)
      return ok;
  if (!values())
    return {};
  std::string missing;
  for (size_t i = 0; i < given.size(); ++i)
    if (!given[i])
      missing += fmt::format("{}'{}' ({})", missing.empty() ? "" : ", ", model.inputs[i]->name,
                             fmt::join(model.inputs[i]->shape, "x"));
  if (!missing.empty())
    return Error{
        fmt::format("no values for input {}: give --input or --image, or --mode time", missing)};
  return {};
}

Expected<void> Run::simulate() {
  if (command.mode == "values")
    for (auto [given, flag] : {std::pair(command.clocks, "--clocks"), {command.noTrace, "--no-trace"}})
      if (given)
        return Error{fmt::format("{} is about time: give --mode time or both, not values", flag)};
  RunOptions options;
  options.values = values();
  options.time = command.mode != "values";
  options.exact = command.numerics == "exact";
  options.threads = command.threads;
  options.trace = !command.noTrace;
  options.clocks = command.clocks;
  Expected<CheckSet> checks = CheckSet::parse(command.sanitize);
  if (!checks)
    return Error{"--sanitize: " + checks.error().message};
  options.sanitize = *checks;
  options.keepGoing = command.keepGoing;
  auto start = std::chrono::steady_clock::now();
  bool terminal = isatty(STDERR_FILENO), shown = command.fuzzSchedule && terminal;
  Expected<void> looked;
  options.afterProgram = [&](size_t index, size_t count, const ProgramReport &p) {
    if (terminal && std::chrono::steady_clock::now() - start > std::chrono::seconds(2)) {
      fmt::print(stderr, "\r\033[Kprogram {}/{} {}", index + 1, count, p.location);
      std::fflush(stderr);
      shown = true;
    }
    if (command.fuzzSchedule)
      looked = scheduleFuzz.reference(*device, index);
    if (looked && command.checkValues)
      looked = valueWatch.look(*device, index, p);
    return bool(looked);
  };
  Expected<void> ok = device->run(options);
  if (ok && command.fuzzSchedule)
    ok = fuzz(options);
  if (shown)
    fmt::print(stderr, "\r\033[K");
  return looked ? ok : looked;
}

Expected<void> Run::fuzz(const RunOptions &options) {
  // Each seed starts from a fresh device; the plain run's stays for its outputs.
  auto make = [this]() -> Expected<std::unique_ptr<Device>> {
    Expected<std::unique_ptr<Device>> fresh = Device::create(device->sharedFile());
    if (!fresh)
      return fresh;
    std::swap(device, *fresh);
    Expected<void> ok = readInputs();
    std::swap(device, *fresh);
    if (!ok)
      return ok.error();
    return fresh;
  };
  return scheduleFuzz.run(make, options, command.fuzzSchedule, [&](unsigned seed) {
    if (isatty(STDERR_FILENO))
      fmt::print(stderr, "\r\033[Kseed {}/{}", seed, command.fuzzSchedule);
  });
}

Expected<void> Run::readOutputs() {
  if (!command.outputDir.empty()) {
    std::error_code ec;
    std::filesystem::create_directories(command.outputDir, ec);
    if (ec)
      return Error{fmt::format("{}: cannot be made: {}", command.outputDir, ec.message())};
  }
  for (size_t i = 0; i < device->model().outputs.size(); ++i) {
    const program::TensorT &t = *device->model().outputs[i];
    Expected<std::vector<float>> data = device->readOutput(i);
    if (!data)
      return data.error();
    Output out{HostTensor(shapeOf(t), *data), ""};
    if (!command.outputDir.empty()) {
      out.file = (std::filesystem::path(command.outputDir) / fileName(t.name, i)).string();
      if (Expected<void> ok = writeNpy(out.file, out.tensor.shape(), out.tensor.span()); !ok)
        return ok;
    }
    outputs.push_back(std::move(out));
  }
  return {};
}

Expected<void> Run::findObjects() {
  const program::ModelT &model = device->model();
  if (model.heads.empty()) {
    if (!command.draw.empty())
      return Error{fmt::format("--draw: {} has no detection heads", device->file().path())};
    return {};
  }
  std::vector<YoloHead> heads;
  std::vector<HostTensor> raw;
  for (const auto &h : model.heads) {
    YoloHead head;
    head.classes = h->classes;
    head.anchors.assign(h->anchors.begin(), h->anchors.end());
    head.scaleXY = h->scale_x_y;
    head.newCoords = h->new_coords;
    head.inputHeight = h->input_height;
    head.inputWidth = h->input_width;
    heads.push_back(std::move(head));
    raw.push_back(outputs[h->output].tensor);
  }
  DetectOptions options;
  options.scoreThreshold = command.scoreThreshold;
  options.iouThreshold = command.iouThreshold;
  options.fit = command.letterbox ? Fit::Letterbox : Fit::Stretch;
  Expected<std::vector<Detection>> found = detect(heads, raw, image.get(), options);
  if (!found)
    return found.error();
  detections = std::move(*found);
  if (!command.names.empty()) {
    Expected<std::vector<std::string>> list = readNames(command.names);
    if (!list)
      return list.error();
    classNames = std::move(*list);
  }
  if (!command.draw.empty()) {
    if (!image)
      return Error{"--draw: there is no picture: give --image"};
    Image drawn = *image;
    drawDetections(drawn, detections, classNames);
    return writePng(command.draw, drawn);
  }
  return {};
}

struct Range {
  double min = 0, max = 0, mean = 0;
};
Range rangeOf(const HostTensor &t) {
  Range r{INFINITY, -INFINITY, 0};
  for (float v : t.span()) {
    r.min = std::min(r.min, double(v));
    r.max = std::max(r.max, double(v));
    r.mean += v;
  }
  r.mean /= double(std::max<int64_t>(1, t.size()));
  return r;
}

void Run::printText() const {
  const Report &report = device->report();
  fmt::print("{} on {} ({} numerics)\n", report.model, report.device, report.numerics);
  if (!report.numericsNote.empty())
    fmt::print("{}\n", report.numericsNote);
  for (size_t i = 0; i < outputs.size(); ++i) {
    Range r = rangeOf(outputs[i].tensor);
    fmt::print("output {} [{}] min {:.5g} max {:.5g} mean {:.5g}{}\n",
               device->model().outputs[i]->name, fmt::join(outputs[i].tensor.shape(), "x"), r.min,
               r.max, r.mean, outputs[i].file.empty() ? "" : " -> " + outputs[i].file);
  }
  if (values() && !device->model().heads.empty()) {
    fmt::print("{} detection{}\n", detections.size(), detections.size() == 1 ? "" : "s");
    for (const Detection &d : std::span(detections).first(std::min(detections.size(), maxPrinted)))
      fmt::print("  {:<16} {:.3f}  centre ({:.3f}, {:.3f}) size {:.3f} x {:.3f}\n",
                 className(classNames, d.classId), d.score, d.box.x, d.box.y, d.box.w, d.box.h);
    if (detections.size() > maxPrinted)
      fmt::print("  ... {} more\n", detections.size() - maxPrinted);
    if (!command.draw.empty())
      fmt::print("drawn to {}\n", command.draw);
  }
  fmt::print("{}", report.table(command.profile ? 0 : command.rows));
  if (report.sanitizer.on)
    fmt::print("{}", report.sanitizer.text());
  if (command.fuzzSchedule)
    fmt::print("schedule: the same bits under {} seeds of random delays\n", command.fuzzSchedule);
  if (command.checkValues && valueWatch.warnings().empty())
    fmt::print("values: no NaN, infinity or saturation\n");
  for (const ValueWarning &w : valueWatch.warnings())
    fmt::print("warning: {}\n", w.text());
  if (!command.report.empty())
    fmt::print("report written to {}\n", command.report);
}

std::string Run::json(bool withPrograms) const {
  ordered_json j = ordered_json::parse(device->report().json(withPrograms));
  j["outputs"] = ordered_json::array();
  for (size_t i = 0; i < outputs.size(); ++i) {
    Range r = rangeOf(outputs[i].tensor);
    ordered_json o;
    o["name"] = device->model().outputs[i]->name;
    o["shape"] = outputs[i].tensor.shape();
    o["min"] = r.min;
    o["max"] = r.max;
    o["mean"] = r.mean;
    if (!outputs[i].file.empty())
      o["file"] = outputs[i].file;
    j["outputs"].push_back(std::move(o));
  }
  if (values() && !device->model().heads.empty()) {
    j["detection_count"] = detections.size();
    j["detections"] = ordered_json::array();
    for (const Detection &d : std::span(detections).first(std::min(detections.size(), maxListed)))
      j["detections"].push_back({{"class", d.classId},
                                 {"name", className(classNames, d.classId)},
                                 {"score", d.score},
                                 {"box", {d.box.x, d.box.y, d.box.w, d.box.h}}});
  }
  if (command.fuzzSchedule)
    j["fuzz_seeds"] = command.fuzzSchedule;
  if (command.checkValues) {
    j["value_warnings"] = ordered_json::array();
    for (const ValueWarning &w : valueWatch.warnings())
      j["value_warnings"].push_back({{"kind", w.kind},
                                     {"program", w.program},
                                     {"layer", w.layer},
                                     {"buffer", w.buffer},
                                     {"row", w.row},
                                     {"column", w.col},
                                     {"count", w.count}});
  }
  return j.dump(2) + "\n";
}

/// Complete or not at all: written beside, then renamed.
Expected<void> Run::writeReport() const {
  std::string beside = fmt::format("{}.{}.tmp", command.report, getpid());
  std::string text = json(/*withPrograms=*/true);
  std::ofstream file(beside, std::ios::binary);
  file << text;
  file.close();
  std::error_code ec;
  if (!file) {
    std::filesystem::remove(beside, ec);
    return Error{fmt::format("--report {}: cannot be written", command.report)};
  }
  std::filesystem::rename(beside, command.report, ec);
  if (ec) {
    std::string why = ec.message();
    std::filesystem::remove(beside, ec);
    return Error{fmt::format("--report {}: cannot be written: {}", command.report, why)};
  }
  return {};
}

Expected<void> Run::execute() {
  if (!command.simd.empty())
    if (Expected<void> ok = selectSimd(command.simd); !ok)
      return ok;
  DeviceSpec spec;
  if (!command.device.empty()) {
    Expected<DeviceSpec> found = findDevice(command.device);
    if (!found)
      return found.error();
    spec = *found;
  }
  Expected<std::unique_ptr<Device>> opened =
      Device::open(command.file, command.device.empty() ? nullptr : &spec);
  if (!opened)
    return opened.error();
  device = std::move(*opened);
  if (!values() && (!command.draw.empty() || !command.outputDir.empty()))
    return Error{"--mode time computes no outputs for --draw or --output-dir"};
  if (command.mode != "both" && command.fuzzSchedule)
    return Error{"--fuzz-schedule compares values under other timings: it needs --mode both"};
  if (!values() && command.checkValues)
    return Error{"--mode time computes no values for --check-values"};
  for (auto step : {&Run::readInputs, &Run::simulate})
    if (Expected<void> ok = (this->*step)(); !ok)
      return ok;
  if (values())
    for (auto step : {&Run::readOutputs, &Run::findObjects})
      if (Expected<void> ok = (this->*step)(); !ok)
        return ok;
  if (!command.report.empty())
    if (Expected<void> ok = writeReport(); !ok)
      return ok;
  if (command.json)
    fmt::print("{}", json(command.profile));
  else
    printText();
  if (const SanitizerReport &s = device->report().sanitizer; !s.valid())
    return Error{fmt::format("{}: the run is INVALID: {} distinct finding{} of the sanitizer",
                             command.file, s.findings.size(), s.findings.size() == 1 ? "" : "s")};
  return {};
}

} // namespace

void addSanitizeOptions(CLI::App &app, std::string &sanitize, unsigned &fuzzSchedule) {
  app.add_option(
         "--sanitize", sanitize,
         "checks to run: all, none, or names separated by commas (an unknown name lists them)")
      ->envname("TTC_SANITIZE")
      ->capture_default_str();
  app.add_option("--fuzz-schedule", fuzzSchedule,
                 "run again under this many seeds of legal random delays and demand the same bits")
      ->check(CLI::Range(0u, 100000u))
      ->type_name("SEEDS");
}

void addRunOptions(CLI::App &app, RunCommand &c) {
  app.add_option("FILE", c.file, "program file (.ttp)")->required();
  app.add_option("--input", c.inputs, "values of an input: [NAME=]FILE.npy; repeat for each input")
      ->type_name("[NAME=]NPY");
  app.add_option("--image", c.image,
                 "picture (JPEG or PNG) for the one 1x3xHxW input, scaled to it");
  app.add_flag("--letterbox", c.letterbox, "keep the picture's aspect and fill with grey");
  app.add_option("--output-dir", c.outputDir, "write each output as NAME.npy into this folder");
  app.add_option("--draw", c.draw, "write the picture with the detections to this PNG");
  app.add_option("--names", c.names, "class names, one a line");
  app.add_option("--score", c.scoreThreshold, "least score of a detection")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--iou", c.iouThreshold, "overlap above which the weaker of two boxes goes")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--mode", c.mode, "what to simulate")
      ->check(CLI::IsMember({"values", "time", "both"}))
      ->capture_default_str();
  app.add_option("--numerics", c.numerics,
                 "exact: the matrix engine bit for bit; fast: bf16 products, f32 sums")
      ->check(CLI::IsMember({"exact", "fast"}))
      ->capture_default_str();
  app.add_flag("--no-trace", c.noTrace,
               "the host enqueues every program instead of replaying a trace: dispatch takes longer");
  app.add_flag("--clocks", c.clocks,
               "compare each program's cycles with its roofline and with a device where transfers do "
               "not contend; name the links, ports and channels it used most");
  app.add_option("--device", c.device, "device name or file, instead of the one the program names");
  app.add_option("--threads", c.threads, "host threads (0: all); results do not depend on it")
      ->check(CLI::Range(0u, 1024u))
      ->capture_default_str();
  app.add_option("--simd", c.simd,
                 "host instruction set instead of the best: scalar, avx2, avx512, amx, neon; results do "
                 "not depend on it");
  addSanitizeOptions(app, c.sanitize, c.fuzzSchedule);
  app.add_flag("--keep-going", c.keepGoing,
               "collect the sanitizer's distinct findings instead of ending at the first");
  app.add_flag("--check-values", c.checkValues,
               "warn where NaN, infinity or saturated values first appear");
  app.add_flag("--json", c.json,
               "print one JSON object: model, device, numerics, latency_ms, cycles, "
               "frames_per_second, programs, reshards {count, bytes, cycles}, outputs [{name, "
               "shape, min, max, mean, file}], detection_count, detections [{class, name, score, "
               "box}] (the best 300), launches [...] with --profile");
  app.add_option("--report", c.report, "write that object, with every program, to this file");
  app.add_flag("--profile", c.profile, "report every program, not only the slowest");
  app.add_option("--rows", c.rows, "programs in the table")->capture_default_str();
}

int runCommand(const RunCommand &command) {
  Expected<void> ok = Run(command).execute();
  if (ok)
    return 0;
  fmt::print(stderr, "error: {}\n", ok.error().message);
  return 1;
}

} // namespace ttc::runtime
