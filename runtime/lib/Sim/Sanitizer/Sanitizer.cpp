//===- Sanitizer.cpp - life of buffers and programs, findings ----------------===//
#include "Sim/Sanitizer/Sanitizer.h"

#include <fmt/format.h>

namespace ttc::sim {
using isa::Opcode;

namespace {
constexpr const char *kindNames[] = {"reader", "writer", "compute"};
} // namespace

Sanitizer::Sanitizer(const ProgramFile &file, const ModelViews &views, runtime::CheckSet checks,
                     bool keepGoing)
    : file(file), views(views), checks(checks), keepGoing(keepGoing),
      l1Units(size_t(file.device().cores())), dramUnits(size_t(file.device().dram_banks)),
      isFreed(views.buffers.size(), 0), lastUse(views.buffers.size(), -1) {
  result.on = true;
  const program::ModelT &model = file.model();
  int64_t count = 0;
  for (const auto &c : model.commands) {
    if (c->kind != program::CommandKind::Launch)
      continue;
    const program::ProgramT &p = *model.programs[c->index];
    launchNames.push_back(p.name);
    auto use = [&](int64_t buffer) { lastUse[size_t(buffer)] = count; };
    for (const auto &cb : p.cbs)
      if (cb->alias >= 0)
        use(cb->alias);
    for (const auto &k : p.kernels)
      for (size_t pc = 0; pc < k->code.size(); pc += 2 + (uint32_t(k->code[pc]) >> 16)) {
        BufferFields f = bufferFields(Opcode(k->code[pc] & 0xffff));
        for (int field : {f.read, f.written})
          if (field >= 0 && !(k->code[pc + 1] >> field & 1))
            use(k->code[pc + 2 + size_t(field)]);
      }
    ++count;
  }
  for (const auto &t : model.outputs)
    lastUse[t->buffer] = INT64_MAX;
  for (size_t b = 0; b < model.buffers.size(); ++b)
    if (model.buffers[b]->constant)
      hostWrote(uint32_t(b));
}

void Sanitizer::hostWrote(uint32_t buffer) {
  const BufferView &view = views.buffers[buffer];
  ByteState state;
  state.writer = Owner(buffer);
  forEachRun(view, [&](uint32_t number, uint64_t begin, uint64_t end) {
    unit(view.inL1(), number).assign(begin, end, state);
  });
}

unsigned Sanitizer::deviceCore(unsigned core) const {
  return core / gridX * unsigned(file.device().grid_x) + core % gridX;
}

void Sanitizer::beginProgram(const DecodedProgram &p, int64_t cycle) {
  const program::ProgramT &source = *p.source;
  program = &p;
  programName = source.name;
  layer = source.location < file.model().locations.size() ? file.model().locations[source.location]
                                                          : "";
  gridX = source.grid_x;
  cores = unsigned(source.grid_x) * source.grid_y;
  start = cycle;
  ++launch; // 0 is the host's
  threads.assign(size_t(cores) * 3, Thread());
  for (unsigned core = 0; core < cores; ++core)
    for (unsigned kind = 0; kind < 3; ++kind) {
      Thread &t = threads[core * 3 + kind];
      t.clock.own[kind] = 1; // Reader, Writer, Unpack
      t.packClock.own[Packer] = 1;
    }
  rings.clear();
  rings.resize(size_t(cores) * p.cbs.size());
  semaphores.clear();
  semaphores.resize(size_t(cores) * source.semaphores);
  signals.clear();
  readLists.clear();
  isQuiet.assign(views.buffers.size(), Unknown);
  written.clear();
  auto buffer = [&](size_t b) {
    const program::BufferT &info = *file.model().buffers[b];
    written.push_back({info.memory == program::Memory::L1, info.address, info.address + info.size});
  };
  auto ring = [&](const Cb &cb) {
    written.push_back({true, cb.address, cb.address + uint64_t(cb.bytes())});
  };
  for (const auto &kernel : p.kernels)
    for (const Instr &i : kernel) {
      BufferFields f = bufferFields(i.op);
      if (f.written >= 0 && (i.mask >> f.written & 1))
        written.push_back({true, 0, UINT64_MAX}), written.push_back({false, 0, UINT64_MAX});
      else if (f.written >= 0)
        buffer(size_t(i.args[f.written]));
      if (f.filled >= 0 && (i.mask >> f.filled & 1))
        for (const Cb &cb : p.cbs)
          ring(cb);
      else if (f.filled >= 0)
        ring(p.cbs[size_t(i.args[f.filled])]);
    }
}

void Sanitizer::endProgram() {
  if (has(Check::CbBalance))
    for (unsigned core = 0; core < cores && !stop; ++core)
      for (size_t cb = 0; cb < program->cbs.size(); ++cb) {
        const Ring &r = rings[core * program->cbs.size() + cb];
        // A circular buffer over a tensor's shard keeps what was made there.
        if (program->cbs[cb].alias >= 0 || r.pushed == r.popped)
          continue;
        Site site{core, 0, 0, start};
        for (unsigned kind = 0; kind < 3; ++kind)
          if (!program->kernels[kind].empty()) {
            site.kind = kind;
            site.instruction = uint32_t(program->kernels[kind].size() - 1);
          }
        found(Check::CbBalance, site,
              fmt::format("{} pages of circular buffer {} '{}' were pushed and {} popped when the "
                          "program ended",
                          r.pushed, cb, *program->cbs[cb].name, r.popped));
      }
  for (ShadowUnit &u : l1Units)
    u.settle();
  for (ShadowUnit &u : dramUnits)
    u.settle();
  program = nullptr;
}

std::string Sanitizer::describe(const Site &s) const {
  std::string text =
      fmt::format("core ({}, {}) {}", s.core % gridX, s.core / gridX, kindNames[s.kind]);
  const std::vector<Instr> &code = program->kernels[s.kind];
  if (s.instruction < code.size()) {
    const Instr &i = code[s.instruction];
    text += fmt::format(" at word {} {}", i.pc, isa::lookup(uint16_t(i.op))->mnemonic);
  }
  return text;
}

std::string Sanitizer::describe(const Epoch &e) const {
  constexpr unsigned kinds[] = {0, 1, 2, 2, 0, 0, 0, 1, 1, 1};
  return fmt::format("{}, cycle {}", describe(Site{e.core, kinds[e.actor], e.instruction, 0}),
                     start + e.cycle);
}

std::string Sanitizer::ownerName(Owner owner, uint32_t ofLaunch) const {
  if (owner < 0)
    return "nothing";
  std::string by;
  if (ofLaunch != launch)
    by = ofLaunch == 0
             ? " of the host"
             : fmt::format(" of program '{}'",
                           ofLaunch - 1 < launchNames.size() ? launchNames[ofLaunch - 1] : "?");
  size_t n = views.buffers.size();
  if (size_t(owner) < n)
    return fmt::format("buffer '{}'{}", file.model().buffers[size_t(owner)]->name, by);
  if (ofLaunch == launch && size_t(owner) - n < program->cbs.size())
    return fmt::format("circular buffer '{}'", *program->cbs[size_t(owner) - n].name);
  return fmt::format("circular buffer {}{}", size_t(owner) - n, by);
}

void Sanitizer::found(Check check, const Site &site, std::string what, const Epoch *other,
                      std::string otherWhat) {
  if (!has(check) || stop)
    return;
  auto [at, isNew] = distinct.try_emplace(
      {check, programName, site.kind, site.instruction, other ? other->instruction : UINT32_MAX},
      findings().size());
  if (!isNew) {
    ++findings()[at->second].times;
    return;
  }
  runtime::Finding f;
  f.check = check;
  f.program = programName;
  f.layer = layer;
  f.thread = describe(site);
  f.cycle = site.cycle;
  f.what = std::move(what);
  if (other)
    f.other = describe(*other) + (otherWhat.empty() ? "" : ": " + otherWhat);
  findings().push_back(std::move(f));
  stop = !keepGoing;
}

} // namespace ttc::sim
