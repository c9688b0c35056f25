//===- Runtime.cpp - the host's side of a device ----------------------------===//
#include "ttc/Runtime/Runtime.h"

#include "BufferIO.h"
#include "Sim/Engine.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <set>
#include <thread>

namespace ttc::runtime {

struct Device::Impl {
  std::shared_ptr<ProgramFile> file;
  std::unique_ptr<sim::ModelViews> views;
  std::unique_ptr<sim::Memory> memory;
  std::vector<std::unique_ptr<sim::DecodedProgram>> programs; ///< decoded when first launched
  std::vector<uint8_t> hostWrote; ///< by buffer: the host gave it values
  Report report;

  const program::ModelT &model() const { return file->model(); }
  const sim::DecodedProgram &decoded(uint32_t index) {
    if (!programs[index])
      programs[index] =
          std::make_unique<sim::DecodedProgram>(sim::decode(model(), *model().programs[index]));
    return *programs[index];
  }
  Expected<size_t> find(const std::vector<std::unique_ptr<program::TensorT>> &list,
                        const std::string &name, const char *kind) const;
};

/// What the whole run used, of what the device has.
static void account(Report &report, const sim::Engine &engine, const DeviceSpec &d,
                    const program::ModelT &model) {
  report.cores = engine.cores();
  report.utilization.clear();
  int64_t math = 0, dramBytes = 0;
  size_t at = 0;
  for (const auto &c : model.commands) {
    if (c->kind != program::CommandKind::Launch)
      continue;
    const ProgramReport &p = report.programs[at++];
    math += timing::roofline(d, int64_t(p.macs), int(model.programs[c->index]->fidelity), 0);
    dramBytes += p.dramReadBytes + p.dramWriteBytes;
  }
  Cycles dram = timing::roofline(d, 0, 1, dramBytes);
  report.roofline = std::max(math, dram);
  if (!report.cycles)
    return;
  int64_t multiplying = 0, vector = 0, packing = 0;
  for (const CoreReport &c : report.cores) {
    multiplying += c.buckets[2][size_t(Bucket::Math)];
    vector += c.vector;
    packing += c.packing;
  }
  auto share = [&](int64_t busy) { return double(busy) / double(report.cycles * d.cores()); };
  report.utilization = {{"matrix engine", share(multiplying)},
                        {"vector unit", share(vector)},
                        {"packer", share(packing)},
                        {"dram", double(dram) / double(report.cycles)}};
  for (Use &u : engine.uses())
    report.utilization.push_back(std::move(u));
}

Device::Device() : impl(std::make_unique<Impl>()) {}
Device::~Device() = default;
const ProgramFile &Device::file() const { return *impl->file; }
const program::ModelT &Device::model() const { return impl->model(); }
const DeviceSpec &Device::spec() const { return impl->file->device(); }
const Report &Device::report() const { return impl->report; }

Expected<std::unique_ptr<Device>> Device::open(const std::string &path, const DeviceSpec *spec) {
  Expected<std::shared_ptr<ProgramFile>> file = ProgramFile::open(path, spec);
  if (!file)
    return file.error();
  return create(*file);
}

Expected<std::unique_ptr<Device>> Device::create(std::shared_ptr<ProgramFile> file) {
  std::unique_ptr<Device> device(new Device());
  Impl &d = *device->impl;
  d.file = std::move(file);
  const program::ModelT &model = d.model();
  d.views = std::make_unique<sim::ModelViews>(model, d.file->device());
  uint64_t dram = 0;
  for (const auto &b : model.buffers)
    if (b->memory == program::Memory::Dram)
      dram = std::max(dram, b->address + b->size);
  d.memory = std::make_unique<sim::Memory>(d.file->device(), dram);
  if (!d.memory->valid())
    return Error{fmt::format("{}: the host has no address space for {} banks of {} bytes",
                             d.file->path(), d.file->device().dram_banks, dram)};
  d.programs.resize(model.programs.size());
  d.hostWrote.assign(model.buffers.size(), 0);
  for (size_t i = 0; i < model.buffers.size(); ++i)
    if (model.buffers[i]->constant)
      copyPages(*d.memory, d.views->buffers[i], d.file->constant(*model.buffers[i]));
  return device;
}

Expected<size_t> Device::Impl::find(const std::vector<std::unique_ptr<program::TensorT>> &list,
                                    const std::string &name, const char *kind) const {
  std::string names;
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i]->name == name)
      return i;
    names += (i ? ", '" : "'") + list[i]->name + "'";
  }
  return Error{fmt::format("{}: no {} '{}'; there {} {}", file->path(), kind, name,
                           list.size() == 1 ? "is" : "are", names.empty() ? "none" : names)};
}

Expected<size_t> Device::findInput(const std::string &name) const {
  return impl->find(model().inputs, name, "input");
}
Expected<size_t> Device::findOutput(const std::string &name) const {
  return impl->find(model().outputs, name, "output");
}

Expected<void> Device::writeInput(size_t index, std::span<const float> values) {
  if (index >= model().inputs.size())
    return Error{fmt::format("{}: input {} of {}", file().path(), index, model().inputs.size())};
  const program::TensorT &t = *model().inputs[index];
  uint64_t count = 1;
  for (uint32_t e : t.shape)
    count *= e;
  if (count != values.size())
    return Error{fmt::format("{}: input '{}' has {} elements ({}), got {}", file().path(), t.name,
                             count, fmt::join(t.shape, "x"), values.size())};
  impl->hostWrote[t.buffer] = 1;
  packBuffer(*impl->memory, impl->views->buffers[t.buffer],
             permute(values, t.shape, t.permutation, false).data());
  return {};
}

Expected<std::vector<float>> Device::readOutput(size_t index) const {
  if (index >= model().outputs.size())
    return Error{fmt::format("{}: output {} of {}", file().path(), index, model().outputs.size())};
  const program::TensorT &t = *model().outputs[index];
  Expected<std::vector<float>> raw = readBuffer(t.buffer);
  if (!raw)
    return raw;
  return permute(*raw, t.shape, t.permutation, true);
}

Expected<std::vector<float>> Device::readBuffer(uint32_t buffer) const {
  if (buffer >= model().buffers.size())
    return Error{fmt::format("{}: buffer {} of {}", file().path(), buffer, model().buffers.size())};
  const BufferView &view = impl->views->buffers[buffer];
  std::vector<float> values(size_t(view.shape().rows) * size_t(view.shape().cols));
  unpackBuffer(*impl->memory, view, values.data());
  return values;
}

Expected<void> Device::writeBuffer(uint32_t buffer, std::span<const float> values) {
  if (buffer >= model().buffers.size())
    return Error{fmt::format("{}: buffer {} of {}", file().path(), buffer, model().buffers.size())};
  const BufferView &view = impl->views->buffers[buffer];
  uint64_t count = uint64_t(view.shape().rows) * uint64_t(view.shape().cols);
  if (values.size() != count)
    return Error{fmt::format("{}: buffer '{}' has {} x {} elements, got {}", file().path(),
                             model().buffers[buffer]->name, view.shape().rows, view.shape().cols,
                             values.size())};
  impl->hostWrote[buffer] = 1;
  packBuffer(*impl->memory, view, values.data());
  return {};
}

std::shared_ptr<ProgramFile> Device::sharedFile() const { return impl->file; }

std::vector<uint32_t> Device::results(size_t launch) const {
  std::set<uint32_t> list;
  for (const auto &c : model().commands) {
    if (c->kind != program::CommandKind::Launch || launch--)
      continue;
    const program::ProgramT &p = *model().programs[c->index];
    for (const auto &k : p.kernels)
      for (size_t pc = 0; pc < k->code.size(); pc += 2 + (uint32_t(k->code[pc]) >> 16)) {
        sim::BufferFields f = sim::bufferFields(isa::Opcode(uint32_t(k->code[pc]) & 0xffff));
        auto field = [&](int i) -> int64_t {
          return i < 0 || (uint32_t(k->code[pc + 1]) >> i & 1) ? -1 : k->code[pc + 2 + size_t(i)];
        };
        if (int64_t b = field(f.written); b >= 0)
          list.insert(uint32_t(b));
        if (int64_t cb = field(f.filled); cb >= 0 && p.cbs[size_t(cb)]->alias >= 0)
          list.insert(uint32_t(p.cbs[size_t(cb)]->alias));
      }
    break;
  }
  return {list.begin(), list.end()};
}

namespace {
// Differences of outputs as a fraction of their root mean square, for normally distributed operands:
// NUMERICS.md 13, whose reference sums as fast mode does up to the order within 32 of K.
constexpr const char *narrowDestNote =
    "fast: Dst in bf16 is rounded once a block, the device rounds it after every 16 of K; differences "
    "grow with K, about 3e-2 of the outputs at K = 1152, 8e-2 at 4608 (--numerics exact computes them)";
constexpr const char *wideDestNote =
    "fast: sums in f32, the device aligns products to 10 bits first; differences of about 3e-4 of the "
    "outputs (--numerics exact computes them)";
} // namespace

Expected<void> Device::run(const RunOptions &options) {
  Impl &d = *impl;
  const program::ModelT &model = d.model();
  const DeviceSpec &spec = d.file->device();
  d.report = Report();
  d.report.model = model.model_name;
  d.report.device = spec.name;
  d.report.numerics = !options.values ? "none" : options.exact ? "exact" : "fast";
  if (options.values && !options.exact) {
    bool narrow = std::any_of(model.programs.begin(), model.programs.end(),
                              [](const auto &p) { return p->macs > 0 && !p->fp32_dest; });
    d.report.numericsNote = narrow ? narrowDestNote : wideDestNote;
  }
  d.report.timed = options.time;
  d.report.clockMhz = spec.clock_mhz;
  d.report.l1Available = spec.l1Bytes();
  d.report.l1Peak = l1Peak(model);

  unsigned threads =
      options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  sim::EngineOptions engineOptions;
  engineOptions.values = options.values;
  engineOptions.time = options.time;
  engineOptions.maxInstructions = options.maxInstructions;
  engineOptions.math.exact = options.exact;
  engineOptions.math.precisePack = options.precisePack;
  std::optional<sim::Sanitizer> sanitizer;
  if (options.sanitize.any()) {
    sanitizer.emplace(*d.file, *d.views, options.sanitize, options.keepGoing);
    for (size_t b = 0; b < model.buffers.size(); ++b)
      if (d.hostWrote[b])
        sanitizer->hostWrote(uint32_t(b));
    if (!options.values) // time needs no inputs
      for (const auto &t : model.inputs)
        sanitizer->hostWrote(t->buffer);
    engineOptions.sanitizer = &*sanitizer;
  }
  engineOptions.fuzzSeed = options.fuzzSeed;
  engineOptions.trace = options.trace;
  engineOptions.uses = options.clocks;
  sim::Values values(*d.memory, *d.views, spec);
  sim::ValueQueue queue(values, options.values ? threads : 1, unsigned(spec.cores()));
  sim::Engine engine(*d.file, *d.views, *d.memory, &queue, &values, engineOptions);

  size_t launches = 0, launched = 0;
  for (const auto &c : model.commands)
    launches += c->kind == program::CommandKind::Launch;
  for (const auto &c : model.commands) {
    if (c->kind != program::CommandKind::Launch) {
      if (sanitizer)
        sanitizer->freed(c->index);
      continue;
    }
    Expected<void> ok = engine.run(d.decoded(c->index));
    if (sanitizer)
      d.report.sanitizer = sanitizer->report();
    if (!ok)
      return ok.error();
    d.report.programs.push_back(std::move(engine.report()));
    d.report.cycles = engine.clock();
    if (options.afterProgram && !options.afterProgram(launched, launches, d.report.programs.back()))
      return Error{fmt::format("{}: stopped after program {} of {}", d.file->path(), launched + 1,
                               launches)};
    ++launched;
  }
  if (options.time)
    account(d.report, engine, spec, model);
  if (options.clocks && options.time) {
    sim::EngineOptions unshared;
    unshared.values = unshared.contention = false;
    unshared.trace = options.trace;
    sim::Engine alone(*d.file, *d.views, *d.memory, nullptr, nullptr, unshared);
    auto report = d.report.programs.begin();
    for (const auto &c : model.commands)
      if (c->kind == program::CommandKind::Launch) {
        if (Expected<void> ok = alone.run(d.decoded(c->index)); !ok)
          return ok.error();
        report++->contentionFree = alone.report().cycles();
      }
  }
  return {};
}

} // namespace ttc::runtime
