//===- Check.cpp - ttc check -------------------------------------------------===//
//
// Compiles a model, runs it on the simulator and holds what comes out against
// the float reference of the model as it was imported.
//
//===----------------------------------------------------------------------===//
#include "Commands.h"
#include "Model.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Layout/Pricing.h"
#include "ttc/Import/Picture.h"
#include "ttc/Reference/Check.h"
#include "ttc/Runtime/Detect.h"
#include "ttc/Runtime/Image.h"
#include "ttc/Runtime/RunCommand.h"
#include "ttc/Runtime/Runtime.h"
#include "ttc/Runtime/ScheduleFuzz.h"
#include "ttc/Support/Npy.h"
#include "ttc/Target/Program.h"

#include "llvm/Support/FileSystem.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace ttc::tool {
namespace {

using mlir::Value;
using nlohmann::json;

constexpr size_t maxListed = 300; ///< detections in the JSON object

struct CheckCommand {
  ModelOptions model;
  TargetOptions target;
  std::vector<std::string> inputs, expected;
  std::string image, numerics = "fast";
  unsigned threads = 0, fuzzSchedule = 0;
  std::string sanitize = "none";
  double minPcc = 0.99;
  bool perOp = false, json = false;

  int run() const;
};

int fail(const std::string &message) {
  fmt::print(stderr, "error: {}\n", message);
  return 1;
}

/// A file that goes when the object does.
struct TemporaryFile {
  llvm::SmallString<128> path;
  TemporaryFile() { llvm::sys::fs::createTemporaryFile("ttc-check", "ttp", path); }
  ~TemporaryFile() { llvm::sys::fs::remove(path); }
};

Expected<HostTensor> readTensor(const std::string &path) {
  Expected<NpyArray> array = readNpy(path);
  if (!array)
    return array.error();
  return HostTensor(array->shape, array->toFloats());
}

/// NAME=FILE, or FILE where there is one tensor to name.
std::pair<std::string, std::string> splitName(const std::string &text) {
  size_t eq = text.find('=');
  if (eq == std::string::npos)
    return {"", text};
  return {text.substr(0, eq), text.substr(eq + 1)};
}

std::string nameOf(mlir::func::FuncOp func, unsigned i, bool result) {
  auto attr = result ? func.getResultAttrOfType<mlir::StringAttr>(i, "tt.name")
                     : func.getArgAttrOfType<mlir::StringAttr>(i, "tt.name");
  return attr ? attr.str() : fmt::format("{}{}", result ? "output" : "input", i);
}

/// 'a', 'b': for messages.
std::string namesOf(mlir::func::FuncOp func, size_t count, bool results) {
  std::string list;
  for (unsigned i = 0; i < count; ++i)
    list += fmt::format("{}'{}'", i ? ", " : "", nameOf(func, i, results));
  return list;
}

std::vector<int64_t> shapeOf(mlir::Type type) {
  return llvm::cast<mlir::RankedTensorType>(type).getShape().vec();
}

/// The graph's inputs: the named files, the picture, or a synthetic picture.
Expected<std::vector<HostTensor>> makeInputs(mlir::func::FuncOp func, const CheckCommand &command) {
  std::vector<HostTensor> tensors(func.getNumArguments());
  for (const std::string &text : command.inputs) {
    auto [name, path] = splitName(text);
    Expected<HostTensor> tensor = readTensor(path);
    if (!tensor)
      return tensor.error();
    bool found = false;
    for (unsigned i = 0; i < tensors.size(); ++i)
      if (name.empty() ? tensors.size() == 1 : nameOf(func, i, false) == name) {
        std::vector<int64_t> shape = shapeOf(func.getArgument(i).getType());
        if (tensor->shape() != shape)
          return Error{fmt::format("{}: input '{}': expected the shape {}, but got {}", path,
                                   nameOf(func, i, false), fmt::join(shape, "x"),
                                   fmt::join(tensor->shape(), "x"))};
        tensors[i] = *tensor;
        found = true;
      }
    if (!found)
      return Error{fmt::format("--input {}: expected NAME=FILE with a name of {}", text,
                               namesOf(func, tensors.size(), false))};
  }
  for (unsigned i = 0; i < tensors.size(); ++i) {
    if (!tensors[i].empty())
      continue;
    std::vector<int64_t> shape = shapeOf(func.getArgument(i).getType());
    if (!command.image.empty() && shape.size() == 4 && shape[1] == 3) {
      Expected<runtime::Image> image = runtime::readImage(command.image);
      if (!image)
        return image.error();
      tensors[i] = runtime::imageToTensor(*image, int(shape[2]), int(shape[3]));
    } else {
      tensors[i] = syntheticPicture(shape, /*seed=*/1, /*stream=*/i);
    }
  }
  return tensors;
}

/// Reads what the device computed for values of the planned graph.
class DeviceValues {
public:
  DeviceValues(mlir::func::FuncOp planned, const DeviceSpec &spec, const program::ModelT &model);
  /// After program number `launch`: fetches the results that are complete now.
  Expected<void> afterProgram(const runtime::Device &device, size_t launch);
  Expected<void> beforeRun(const runtime::Device &device) { return fetch(device, inputs); }
  HostTensor find(Value v) const {
    auto it = values.find(v);
    return it == values.end() ? HostTensor() : it->second;
  }

private:
  struct Result {
    Value value;
    uint32_t buffer;
  };
  Expected<void> fetch(const runtime::Device &device, const std::vector<Result> &results);

  std::vector<Result> inputs;
  std::map<size_t, std::vector<Result>> complete; ///< by the launch that finishes them
  llvm::DenseMap<Value, HostTensor> values;
};

/// The lowering declares a buffer for each device value in graph order, constants apart and those of
/// prefetched weights before the op whose programs begin to bring them, and launches each op's programs in the same order.
DeviceValues::DeviceValues(mlir::func::FuncOp planned, const DeviceSpec &spec,
                           const program::ModelT &model) {
  std::vector<uint32_t> buffers;
  for (uint32_t i = 0; i < model.buffers.size(); ++i)
    if (!model.buffers[i]->constant)
      buffers.push_back(i);
  size_t nextBuffer = 0, launches = 0;
  mlir::FailureOr<PrefetchSchedule> schedule = PrefetchSchedule::of(planned);
  for (mlir::Operation &op : planned.getBody().front()) {
    auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(op);
    if (!op.hasAttr("tt.addresses") || (layoutOp && layoutOp.isView()))
      continue;
    if (mlir::succeeded(schedule))
      for (const PrefetchPart &p : schedule->takenAlong(&op))
        if (p.part == 0)
          if (Expected<PrefetchBytes> bytes = prefetchBytes(p.product, spec))
            nextBuffer += bytes->bias ? 2 : 1;
    std::vector<Result> results;
    for (Value result : op.getResults())
      if (nextBuffer < buffers.size())
        results.push_back({result, buffers[nextBuffer++]});
    auto lowered = llvm::dyn_cast<tt::LowerToTileOpInterface>(op);
    if (!lowered) {
      inputs.insert(inputs.end(), results.begin(), results.end());
      continue;
    }
    if (Expected<Price> price = priceOp(lowered, spec); price && !(op.hasAttr(fusedAttr) && launches))
      launches += size_t(price->programs);
    if (launches) {
      std::vector<Result> &here = complete[launches - 1];
      here.insert(here.end(), results.begin(), results.end());
    }
  }
}

Expected<void> DeviceValues::fetch(const runtime::Device &device,
                                   const std::vector<Result> &results) {
  for (const Result &r : results) {
    Expected<std::vector<float>> data = device.readBuffer(r.buffer);
    if (!data)
      return data.error();
    values[r.value] = HostTensor(shapeOf(r.value.getType()), *data);
  }
  return {};
}

Expected<void> DeviceValues::afterProgram(const runtime::Device &device, size_t launch) {
  auto it = complete.find(launch);
  return it == complete.end() ? Expected<void>() : fetch(device, it->second);
}

/// Boxes of the device's heads and of the reference's, matched.
struct Boxes {
  std::vector<runtime::Detection> device, reference;
  int64_t matched = 0; ///< device boxes with a reference box of the same class and IoU >= 0.9
};

Expected<Boxes> compareBoxes(const program::ModelT &model, const std::vector<HostTensor> &device,
                             const std::vector<HostTensor> &reference) {
  std::vector<runtime::YoloHead> heads;
  std::vector<HostTensor> fromDevice, fromReference;
  for (const auto &h : model.heads) {
    runtime::YoloHead head;
    head.classes = h->classes;
    head.anchors.assign(h->anchors.begin(), h->anchors.end());
    head.scaleXY = double(h->scale_x_y);
    head.newCoords = h->new_coords;
    head.inputHeight = h->input_height;
    head.inputWidth = h->input_width;
    heads.push_back(head);
    fromDevice.push_back(device[h->output]);
    fromReference.push_back(reference[h->output]);
  }
  Boxes boxes;
  auto decode = [&](std::span<const HostTensor> raw, std::vector<runtime::Detection> &out) {
    auto found = runtime::detect(heads, raw, nullptr);
    if (found)
      out = *found;
    return found ? Expected<void>() : Expected<void>(found.error());
  };
  if (auto done = decode(fromDevice, boxes.device); !done)
    return done.error();
  if (auto done = decode(fromReference, boxes.reference); !done)
    return done.error();
  for (const runtime::Detection &d : boxes.device)
    for (const runtime::Detection &r : boxes.reference)
      if (d.classId == r.classId && runtime::iou(d.box, r.box) >= 0.9f) {
        ++boxes.matched;
        break;
      }
  return boxes;
}

int CheckCommand::run() const {
  Progress progress;
  std::unique_ptr<mlir::MLIRContext> context = makeContext();
  mlir::OwningOpRef<mlir::ModuleOp> module = loadModel(*context, model);
  if (!module)
    return 1;
  auto func = module->lookupSymbol<mlir::func::FuncOp>("main");
  if (!func)
    return fail(model.model + ": expected a function @main");
  Expected<std::vector<HostTensor>> tensors = makeInputs(func, *this);
  if (!tensors)
    return fail(tensors.error().message);

  // Compile a copy; keep the planned graph, whose values are the device's buffers.
  mlir::OwningOpRef<mlir::ModuleOp> compiled = module->clone();
  CompileOptions options;
  if (std::string wrong = target.apply(options); !wrong.empty())
    return fail(wrong);
  mlir::PassManager first(context.get()), second(context.get());
  buildGraphPipeline(first, options);
  buildLayoutPipeline(first, options);
  buildTilePipeline(second, options);
  showPasses(first, progress);
  showPasses(second, progress);
  if (mlir::failed(first.run(*compiled)))
    return 1;
  mlir::OwningOpRef<mlir::ModuleOp> planned;
  if (perOp)
    planned = compiled->clone();
  if (mlir::failed(second.run(*compiled)))
    return 1;
  TemporaryFile file;
  if (mlir::failed(writeProgram(*compiled, file.path)))
    return 1;
  compiled = nullptr; // the program file holds the constants now

  auto device = runtime::Device::open(file.path.str().str());
  if (!device)
    return fail(device.error().message);
  const program::ModelT &programs = (*device)->model();
  auto writeInputs = [&](runtime::Device &to) -> Expected<void> {
    for (unsigned i = 0; i < tensors->size(); ++i) {
      auto index = to.findInput(nameOf(func, i, false));
      if (!index)
        return index.error();
      if (auto written = to.writeInput(*index, (*tensors)[i].span()); !written)
        return written;
    }
    return {};
  };
  if (auto written = writeInputs(**device); !written)
    return fail(written.error().message);
  std::optional<DeviceValues> values;
  Expected<void> fetched;
  runtime::ScheduleFuzz fuzz;
  runtime::RunOptions run;
  Expected<runtime::CheckSet> checks = runtime::CheckSet::parse(sanitize);
  if (!checks)
    return fail("--sanitize: " + checks.error().message);
  run.sanitize = *checks;
  run.exact = numerics == "exact";
  run.threads = threads;
  run.afterProgram = [&](size_t index, size_t count, const runtime::ProgramReport &p) {
    progress.show(fmt::format("program {}/{} {}", index + 1, count, p.location));
    if (values)
      fetched = values->afterProgram(**device, index);
    if (fetched && fuzzSchedule)
      fetched = fuzz.reference(**device, index);
    return bool(fetched);
  };
  if (perOp) {
    values.emplace(planned->lookupSymbol<mlir::func::FuncOp>("main"), (*device)->spec(), programs);
    if (fetched = values->beforeRun(**device); !fetched)
      return fail(fetched.error().message);
  }
  if (auto ran = (*device)->run(run); !ran)
    return fail(ran.error().message);
  if (!fetched)
    return fail(fetched.error().message);
  if (fuzzSchedule) {
    auto make = [&]() -> Expected<std::unique_ptr<runtime::Device>> {
      auto fresh = runtime::Device::create((*device)->sharedFile());
      if (!fresh)
        return fresh;
      if (auto written = writeInputs(**fresh); !written)
        return written.error();
      return fresh;
    };
    if (auto same = fuzz.run(make, run, fuzzSchedule,
                             [&](unsigned seed) {
                               progress.show(fmt::format("seed {}/{}", seed, fuzzSchedule));
                             });
        !same)
      return fail(same.error().message);
  }

  reference::CheckOptions check;
  check.inputs = *tensors;
  check.progress = [&](size_t done, size_t total) {
    progress.show(fmt::format("float reference: {}/{}", done, total));
  };
  for (unsigned i = 0; i < func.getNumResults(); ++i) {
    auto index = (*device)->findOutput(nameOf(func, i, true));
    if (!index)
      return fail(index.error().message);
    Expected<std::vector<float>> data = (*device)->readOutput(*index);
    if (!data)
      return fail(data.error().message);
    check.deviceOutputs.push_back(HostTensor(shapeOf(func.getResultTypes()[i]), *data));
  }
  auto report = reference::checkFunction(func, check);
  if (mlir::failed(report))
    return 1;
  if (perOp) {
    reference::CheckOptions ops;
    ops.inputs = *tensors;
    ops.deviceValue = [&](Value v) { return values->find(v); };
    auto opReport =
        reference::checkFunction(planned->lookupSymbol<mlir::func::FuncOp>("main"), ops);
    if (mlir::failed(opReport))
      return 1;
    report->ops = std::move(opReport->ops);
  }
  bool passed = report->passes(minPcc);

  // What the user knows to be right, beside the reference.
  std::vector<std::pair<std::string, Comparison>> known;
  for (const std::string &text : expected) {
    auto [name, path] = splitName(text);
    Expected<HostTensor> tensor = readTensor(path);
    if (!tensor)
      return fail(tensor.error().message);
    bool found = false;
    for (unsigned i = 0; i < func.getNumResults(); ++i)
      if (name.empty() ? func.getNumResults() == 1 : nameOf(func, i, true) == name) {
        if (tensor->size() != check.deviceOutputs[i].size())
          return fail(fmt::format("{}: expected {} values for output '{}', but got {}", path,
                                  check.deviceOutputs[i].size(), nameOf(func, i, true),
                                  tensor->size()));
        Comparison ofReference = compare(tensor->span(), report->reference[i].span());
        known.push_back({"reference against " + path, ofReference});
        known.push_back({"device against " + path,
                         compare(tensor->span(), check.deviceOutputs[i].span())});
        passed &= known.back().second.passes(minPcc);
        found = true;
      }
    if (!found)
      return fail(fmt::format("--expect {}: expected NAME=FILE with a name of {}", text,
                              namesOf(func, func.getNumResults(), true)));
  }
  std::optional<Boxes> boxes;
  if (!programs.heads.empty()) {
    Expected<Boxes> compared = compareBoxes(programs, check.deviceOutputs, report->reference);
    if (!compared)
      return fail(compared.error().message);
    boxes = *compared;
  }

  const runtime::Report &timing = (*device)->report();
  if (json) {
    nlohmann::json j = reference::checkJson(*report);
    j["latency_ms"] = timing.latencyMs();
    j["cycles"] = timing.cycles;
    j["programs"] = timing.programs.size();
    j["reshards"] = {{"count", timing.reshards().count},
                     {"bytes", timing.reshards().bytes},
                     {"cycles", timing.reshards().cycles}};
    if (timing.sanitizer.on)
      j["sanitizer"] = json::parse(timing.json(false))["sanitizer"];
    if (fuzzSchedule)
      j["fuzz_seeds"] = fuzzSchedule;
    j["numerics"] = numerics;
    j["passed"] = passed;
    j["min_pcc"] = minPcc;
    for (auto &[what, c] : known)
      j["expected"].push_back({{"what", what}, {"pcc", c.pcc}, {"max_abs", c.maxAbsError}});
    if (boxes)
      j["boxes"] = {{"device", boxes->device.size()},
                    {"reference", boxes->reference.size()},
                    {"matched", boxes->matched}};
    if (boxes) {
      j["detections"] = nlohmann::json::array();
      for (size_t i = 0; i < std::min(boxes->device.size(), maxListed); ++i) {
        const runtime::Detection &d = boxes->device[i];
        j["detections"].push_back({{"class", d.classId},
                                   {"score", d.score},
                                   {"box", {d.box.x, d.box.y, d.box.w, d.box.h}}});
      }
    }
    fmt::print("{}\n", j.dump(2));
  } else {
    fmt::print("{}", reference::checkTable(*report));
    for (auto &[what, c] : known)
      fmt::print("{}: PCC {:.8f}, max error {:.3g}\n", what, c.pcc, c.maxAbsError);
    if (boxes)
      fmt::print("boxes: device {}, reference {}, matched (same class, IoU >= 0.9) {}\n",
                 boxes->device.size(), boxes->reference.size(), boxes->matched);
    if (timing.sanitizer.on)
      fmt::print("{}", timing.sanitizer.text());
    if (fuzzSchedule)
      fmt::print("schedule: the same bits under {} seeds of random delays\n", fuzzSchedule);
    fmt::print("{} cycles, {:.3f} ms, {} programs, {} numerics: {} (PCC >= {})\n", timing.cycles,
               timing.latencyMs(), timing.programs.size(), numerics, passed ? "passed" : "FAILED",
               minPcc);
  }
  return passed ? 0 : 2;
}

} // namespace

void addCheck(CLI::App &app, int &exitCode) {
  auto command = std::make_shared<CheckCommand>();
  CLI::App *sub = app.add_subcommand(
      "check", "compile, run and compare with the float reference (exit code 2: too far)");
  command->model.addTo(*sub);
  command->target.addTo(*sub);
  sub->add_option("--input", command->inputs, "[NAME=]FILE.npy; default: a synthetic picture");
  sub->add_option("--image", command->image, "JPEG or PNG for the image input");
  sub->add_option("--expect", command->expected, "[NAME=]FILE.npy: compare with this as well");
  sub->add_flag("--per-op", command->perOp, "compare every op, isolated and accumulated");
  sub->add_option("--min-pcc", command->minPcc, "least correlation of every output")
      ->capture_default_str();
  sub->add_option("--numerics", command->numerics, "arithmetic of the simulator")
      ->check(CLI::IsMember({"exact", "fast"}))
      ->capture_default_str();
  sub->add_option("--threads", command->threads, "host threads (0: all)");
  runtime::addSanitizeOptions(*sub, command->sanitize, command->fuzzSchedule);
  sub->add_flag("--json", command->json,
                "print one JSON object: outputs [{name, pcc, max_abs, mean_abs}], ops, latency_ms, "
                "cycles, programs, reshards {count, bytes, cycles}, numerics, passed, min_pcc, "
                "expected [{what, pcc, max_abs}], boxes {device, reference, matched}, detections "
                "[{class, score, box}] (the best 300)");
  sub->callback([command, &exitCode] { exitCode = command->run(); });
}

} // namespace ttc::tool
