//===- Bench.cpp - one tile program with its tensors, timed -------------------===//
#include "Bench.h"
#include "../TimedRun.h"

#include "passes/Tile/Passes.h"
#include "ttc/Program/ProgramFile.h"
#include "ttc/Target/Program.h"

#include "mlir/Pass/PassManager.h"

#include <fmt/format.h>

namespace ttc::calibrate {
namespace {
int64_t roundUp(int64_t a, int64_t b) { return (a + b - 1) / b * b; }
} // namespace

BufferDesc interleaved(program::Memory memory, program::Order order, program::Format format,
                       int64_t rows, int64_t cols) {
  BufferDesc d;
  d.memory = memory;
  d.order = order;
  d.format = format;
  d.rows = rows;
  d.cols = cols;
  d.shardRows = d.tiled() ? roundUp(rows, tileDim) : rows;
  d.shardCols = roundUp(cols, d.tiled() ? tileDim : 8);
  return d;
}

Bench::Bench(const DeviceSpec &device) : device(device), l1Top(device.l1_end) {
  context.disableMultithreading();
  context.loadDialect<tile::TileDialect>();
  mlir::Location loc = mlir::NameLoc::get(mlir::StringAttr::get(&context, "bench"));
  module = mlir::ModuleOp::create(loc);
  module.get()->setAttr(tile::TileDialect::getDeviceAttrName(),
                        tile::makeDevice(&context, device));
  emit = std::make_unique<tile::EmitBuilder>(*module);
  emit->setSource(loc, "bench");
}

Expected<BufferRef> Bench::buffer(const std::string &name, const BufferDesc &desc) {
  tile::BufferOp op = emit->createBuffer(name, desc);
  if (desc.memory == program::Memory::L1) {
    int64_t address = (l1Top - int64_t(op.getSize())) / 64 * 64;
    if (address < device.l1_base)
      return Error{fmt::format("{} needs {} bytes of L1 per core, {} are left", name, op.getSize(),
                               l1Top - device.l1_base)};
    l1Top = address;
    op.setAddress(uint64_t(address));
  }
  return emit->buffer(op);
}

programs::Target Bench::target(program::Fidelity fidelity, bool fp32Dest) const {
  programs::Target t;
  t.gridX = int(device.grid_x);
  t.gridY = int(device.grid_y);
  t.l1Budget = l1Top - device.l1_base - 64 * device.max_cbs; // each buffer is aligned
  t.fidelity = fidelity;
  t.fp32Dest = fp32Dest;
  return t;
}

Expected<Cycles> Bench::run() {
  std::string message;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &d) {
    if (message.empty())
      message = d.str();
    return mlir::success();
  });
  auto failed = [&](const char *stage) {
    return Error{message.empty() ? fmt::format("{} failed", stage) : message};
  };
  mlir::OpBuilder commands = mlir::OpBuilder::atBlockEnd(module->getBody());
  mlir::Location loc = module->getLoc();
  auto list = commands.create<tile::CommandsOp>(loc, "bench");
  commands.setInsertionPointToStart(&list.getBody().emplaceBlock());
  for (tile::ProgramOp program : emit->programs())
    commands.create<tile::LaunchOp>(loc, program.getSymName());
  mlir::PassManager passes(&context);
  passes.addPass(tile::createAllocateDram());
  passes.addPass(tile::createAllocateCbs());
  passes.addPass(tile::createVerifyResources());
  if (mlir::failed(passes.run(*module)))
    return failed("allocation");
  ProgramImage image;
  if (mlir::failed(translateToProgram(*module, image)))
    return failed("encoding");
  // Time does not depend on values: constants are zeros.
  Expected<std::shared_ptr<ProgramFile>> file = ProgramFile::fromModel(
      std::move(image.model), std::vector<uint8_t>(image.constantBytes), device, "bench");
  auto reports = runTimed(file);
  if (!reports)
    return reports.error();
  Cycles cycles = 0;
  for (const runtime::ProgramReport &p : *reports) {
    int64_t cores = p.gridX * p.gridY;
    for (unsigned kind = 0; kind < 3; ++kind)
      if (p.hasThread[kind]) {
        cycles += p.cycles() - p.buckets[kind][size_t(runtime::Bucket::Launch)] / cores;
        break;
      }
  }
  return cycles;
}

} // namespace ttc::calibrate
