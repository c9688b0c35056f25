//===- ProgramBuilder.cpp - constant folding of kernel integers -------------===//
#include "ttc/CostModel/ProgramBuilder.h"
#include "ttc/CostModel/BufferShapes.h"

#include <algorithm>
#include <cassert>

namespace ttc {

BufferShape shapeOf(const BufferDesc &d) {
  BufferShape s;
  s.memory = d.memory;
  s.sharding = d.sharding;
  s.order = d.order;
  s.format = d.format;
  s.rows = d.rows;
  s.cols = d.cols;
  s.shardRows = d.shardRows;
  s.shardCols = d.shardCols;
  s.gridX = d.gridX;
  s.gridY = d.gridY;
  s.colMajor = d.colMajor;
  return s;
}

WindowView viewOf(const WindowDesc &d) {
  WindowView w;
  w.n = d.n;
  w.outH = d.outH;
  w.outW = d.outW;
  w.inH = d.inH;
  w.inW = d.inW;
  w.kernelH = d.kernelH;
  w.kernelW = d.kernelW;
  w.strideH = d.strideH;
  w.strideW = d.strideW;
  w.padTop = d.padTop;
  w.padLeft = d.padLeft;
  w.dilationH = d.dilationH;
  w.dilationW = d.dilationW;
  w.inDilationH = d.inDilationH;
  w.inDilationW = d.inDilationW;
  w.inRepeatH = d.inRepeatH;
  w.inRepeatW = d.inRepeatW;
  return w;
}

namespace {
int64_t floorDiv(int64_t a, int64_t b) {
  assert(b > 0 && "kernel division by a non-positive constant");
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

bool holds(isa::Predicate p, int64_t a, int64_t b) {
  switch (p) {
  case isa::Predicate::Eq: return a == b;
  case isa::Predicate::Ne: return a != b;
  case isa::Predicate::Lt: return a < b;
  case isa::Predicate::Le: return a <= b;
  case isa::Predicate::Gt: return a > b;
  case isa::Predicate::Ge: return a >= b;
  }
  return false;
}
bool is(Idx v, int64_t c) { return v.isConstant() && v.constant == c; }
bool constants(Idx a, Idx b) { return a.isConstant() && b.isConstant(); }
} // namespace

ProgramSpec ProgramBuilder::withErrands(ProgramSpec spec) {
  ownX = bodyGridX = spec.gridX;
  ownY = spec.gridY;
  goesOnIn = isOpen ? goesOnIn + 1 : 0;
  if (isOpen) {
    assert(waiting.empty() && ownX <= allX && ownY <= allY && "the open program has the grid and the errands");
    return spec;
  }
  errands = std::move(waiting);
  waiting.clear();
  made.clear();
  counters.clear();
  written.clear();
  hasReader = false;
  for (const Errand &e : errands) {
    spec.gridX = std::max(spec.gridX, e.gridX);
    spec.gridY = std::max(spec.gridY, e.gridY);
  }
  allX = spec.gridX;
  allY = spec.gridY;
  return spec;
}

void ProgramBuilder::declareErrands() {
  for (const Errand &e : errands)
    e.declare();
}

void ProgramBuilder::noteCb(const CbSpec &spec, Cb cb) {
  if (spec.aliasBuffer >= 0 && spec.name == resultCb)
    made.push_back({spec.aliasBuffer, {cb, spec.pages}});
}

std::optional<ProgramBuilder::Made> ProgramBuilder::madeBefore(const BufferRef &buffer) const {
  for (size_t i = 0; i < madeBeforeThis; ++i)
    if (made[i].first == buffer.id)
      return made[i].second;
  return std::nullopt;
}

std::optional<ProgramBuilder::Made> ProgramBuilder::takeMade(const BufferRef &buffer, bool all) {
  std::optional<Made> before = madeBefore(buffer);
  for (size_t i = 0; before && i < madeBeforeThis; ++i)
    if (made[i].first == buffer.id) {
      made[i].second.taken = true;
      made[i].second.met |= all || made[i].second.cb < 0;
    }
  return before;
}

bool ProgramBuilder::madeInOrder(const BufferRef &first, const BufferRef &second) const {
  for (size_t i = 0; i < madeBeforeThis; ++i)
    if (made[i].first == first.id || made[i].first == second.id)
      return made[i].first == first.id && madeBefore(second);
  return false;
}

std::optional<ProgramBuilder::Counter> ProgramBuilder::willWrite(const BufferRef &buffer, int64_t writers) {
  written.push_back(buffer.id);
  if (!keepsOpen || buffer.desc.memory != program::Memory::L1)
    return std::nullopt;
  // A core may be done with one buffer before others are with another: unless all waited in between, these
  // are counted apart.
  auto pending = std::count_if(made.begin(), made.end(), [](auto &m) { return m.second.cb < 0 && !m.second.met; });
  Made m;
  m.writers = writers;
  m.written = counter("written " + std::to_string(pending), writers);
  made.push_back({buffer.id, m});
  return m.written;
}

ProgramBuilder::Counter ProgramBuilder::counter(const std::string &key, int64_t increments) {
  auto [known, isNew] = counters.try_emplace(key);
  if (isNew)
    known->second.semaphore = semaphore();
  Counter counter = known->second;
  known->second.before += increments;
  return counter;
}

bool ProgramBuilder::staysOpen() {
  isOpen = keepsOpen;
  keepsOpen = false;
  madeBeforeThis = isOpen ? made.size() : 0;
  return isOpen;
}

ProgramBuilder::Body ProgramBuilder::onGrid(int gridX, int gridY, const Body &body) {
  return [=, this] {
    bodyGridX = gridX;
    Idx inside = 1;
    if (gridX < allX)
      inside = cmp(isa::Predicate::Lt, coreX(), gridX);
    if (gridY < allY) {
      Idx above = cmp(isa::Predicate::Lt, coreY(), gridY);
      inside = gridX < allX ? mul(inside, above) : above;
    }
    ifThen(inside, body);
  };
}

ProgramBuilder::Body ProgramBuilder::kernelBody(const Body &body, bool reader) {
  bool last = reader && !keepsOpen;
  hasReader |= last;
  int number = goesOnIn;
  if (errands.empty())
    return [=, this] {
      enterPart(number);
      body();
    };
  std::vector<Body> parts = {onGrid(ownX, ownY, body)};
  if (last)
    for (const Errand &e : errands)
      parts.push_back(onGrid(e.gridX, e.gridY, e.body));
  return [=, this, parts = std::move(parts)] {
    for (size_t i = 0; i < parts.size(); ++i) {
      enterPart(number + int(i));
      parts[i]();
    }
  };
}

Idx ProgramBuilder::add(Idx a, Idx b) {
  if (constants(a, b))
    return a.constant + b.constant;
  if (is(a, 0))
    return b;
  return is(b, 0) ? a : arithmetic(isa::Opcode::Add, a, b);
}

Idx ProgramBuilder::sub(Idx a, Idx b) {
  if (constants(a, b))
    return a.constant - b.constant;
  return is(b, 0) ? a : arithmetic(isa::Opcode::Sub, a, b);
}

Idx ProgramBuilder::mul(Idx a, Idx b) {
  if (constants(a, b))
    return a.constant * b.constant;
  if (is(a, 0) || is(b, 0))
    return 0;
  if (is(a, 1))
    return b;
  return is(b, 1) ? a : arithmetic(isa::Opcode::Mul, a, b);
}

Idx ProgramBuilder::div(Idx a, Idx b) {
  if (constants(a, b))
    return floorDiv(a.constant, b.constant);
  return is(b, 1) ? a : arithmetic(isa::Opcode::Div, a, b);
}

Idx ProgramBuilder::rem(Idx a, Idx b) {
  if (constants(a, b))
    return a.constant - b.constant * floorDiv(a.constant, b.constant);
  return is(b, 1) ? Idx(0) : arithmetic(isa::Opcode::Rem, a, b);
}

Idx ProgramBuilder::min(Idx a, Idx b) {
  return constants(a, b) ? Idx(std::min(a.constant, b.constant)) : arithmetic(isa::Opcode::Min, a, b);
}

Idx ProgramBuilder::max(Idx a, Idx b) {
  return constants(a, b) ? Idx(std::max(a.constant, b.constant)) : arithmetic(isa::Opcode::Max, a, b);
}

Idx ProgramBuilder::cmp(isa::Predicate p, Idx a, Idx b) {
  return constants(a, b) ? Idx(int64_t(holds(p, a.constant, b.constant))) : compare(p, a, b);
}

Idx ProgramBuilder::select(Idx condition, Idx a, Idx b) {
  if (condition.isConstant())
    return condition.constant ? a : b;
  return selectValue(condition, a, b);
}

} // namespace ttc
