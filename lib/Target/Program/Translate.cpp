//===- Translate.cpp - a module of tile programs as a program model ---------===//
#include "ttc/Target/Program.h"

#include "KernelEncoder.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ttc {
namespace {

class Translator {
public:
  Translator(ModuleOp module, ProgramImage &image)
      : module(module), image(image), model(image.model) {}
  LogicalResult run();

private:
  void number();
  LogicalResult buffer(tile::BufferOp op);
  LogicalResult constant(tile::BufferOp op, program::BufferT &out);
  void window(tile::WindowOp op);
  LogicalResult program(tile::ProgramOp op);
  LogicalResult circularBuffer(tile::CbOp op, program::ProgramT &out);
  LogicalResult kernel(tile::KernelOp op, const ValueNumbers &numbers, program::ProgramT &out);
  void commands(tile::CommandsOp op);
  uint32_t location(Operation *op);
  uint32_t bufferNumber(FlatSymbolRefAttr symbol) {
    return uint32_t(symbols.buffers.lookup(symbol.getAttr()));
  }

  ModuleOp module;
  ProgramImage &image;
  program::ModelT &model;
  SymbolNumbers symbols;
  llvm::DenseMap<StringAttr, uint32_t> programNumbers;
  llvm::StringMap<uint32_t> locations;
  llvm::DenseMap<const void *, uint64_t> placed; ///< offsets of constants by their bytes
};

LogicalResult Translator::run() {
  tile::DeviceAttr device = tile::getDevice(module);
  if (!device)
    return module.emitError() << "expected the module to have a device in '"
                              << tile::TileDialect::getDeviceAttrName() << "'";
  model.device = device.getName().str();
  model.device_fingerprint = device.getFingerprintValue();
  model.grid_x = uint16_t(device.getGridX());
  model.grid_y = uint16_t(device.getGridY());
  number();
  for (Operation &op : *module.getBody()) {
    if (auto window = llvm::dyn_cast<tile::WindowOp>(op))
      this->window(window);
    else if (auto buffer = llvm::dyn_cast<tile::BufferOp>(op);
             buffer && failed(this->buffer(buffer)))
      return failure();
    else if (auto program = llvm::dyn_cast<tile::ProgramOp>(op);
             program && failed(this->program(program)))
      return failure();
    else if (auto commands = llvm::dyn_cast<tile::CommandsOp>(op))
      this->commands(commands);
    else if (!llvm::isa<tile::BufferOp, tile::ProgramOp>(op))
      return op.emitError() << "expected only operations of the tile dialect, but got '"
                            << op.getName() << "'";
  }
  return success();
}

/// Numbers first, so that order in the module does not matter.
void Translator::number() {
  for (auto op : module.getOps<tile::BufferOp>())
    symbols.buffers.try_emplace(op.getSymNameAttr(), symbols.buffers.size());
  for (auto op : module.getOps<tile::WindowOp>())
    symbols.windows.try_emplace(op.getSymNameAttr(), symbols.windows.size());
  for (auto op : module.getOps<tile::ProgramOp>())
    programNumbers.try_emplace(op.getSymNameAttr(), programNumbers.size());
}

uint32_t Translator::location(Operation *op) {
  std::string name = tile::locationName(op->getLoc());
  auto [known, isNew] = locations.try_emplace(name, model.locations.size());
  if (isNew)
    model.locations.push_back(name);
  return known->second;
}

//===----------------------------------------------------------------------===//
// Buffers and windows
//===----------------------------------------------------------------------===//

LogicalResult Translator::buffer(tile::BufferOp op) {
  if (!op.getAddress())
    return op.emitError("expected a buffer with an address (see plan-memory)");
  auto out = std::make_unique<program::BufferT>();
  out->name = op.getSymName().str();
  out->memory = program::Memory(op.getMemory());
  out->sharding = program::Sharding(op.getSharding());
  out->order = program::Order(op.getOrder());
  out->format = program::Format(op.getFormat());
  out->rows = uint32_t(op.getRows());
  out->cols = uint32_t(op.getCols());
  out->shard_rows = uint32_t(op.getShardRows());
  out->shard_cols = uint32_t(op.getShardCols());
  out->grid_x = uint16_t(op.getGridX());
  out->grid_y = uint16_t(op.getGridY());
  out->col_major = op.getColMajor();
  out->page_bytes = uint32_t(op.getPageBytes());
  out->address = *op.getAddress();
  out->size = op.getSize();
  out->location = location(op);
  if (op.isConstant() && failed(constant(op, *out)))
    return failure();
  model.buffers.push_back(std::move(out));
  return success();
}

LogicalResult Translator::constant(tile::BufferOp op, program::BufferT &out) {
  uint64_t size = op.getShardPages() * op.getPageBytes();
  std::span<const uint8_t> bytes;
  auto asBytes = [](ArrayRef<char> raw) {
    return std::span(reinterpret_cast<const uint8_t *>(raw.data()), raw.size());
  };
  if (auto resource = llvm::dyn_cast<DenseResourceElementsAttr>(*op.getData())) {
    const AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != size)
      return op.emitError() << "expected " << size << " bytes in resource '"
                            << resource.getRawHandle().getKey() << "', but got "
                            << (blob ? blob->getData().size() : 0);
    bytes = asBytes(blob->getData());
  } else if (auto dense = llvm::dyn_cast<DenseElementsAttr>(*op.getData())) {
    bytes = asBytes(dense.getRawData());
    if (dense.isSplat() && size != 1)
      bytes = image.storage.emplace_back(size, bytes[0]);
  } else {
    return op.emitError("expected dense or dense_resource data");
  }
  out.constant = true;
  out.data_size = size;
  auto [known, isNew] = placed.try_emplace(bytes.data(), llvm::alignTo(image.constantBytes, 64));
  out.data_offset = known->second;
  if (isNew) {
    image.constants.push_back({out.data_offset, bytes});
    image.constantBytes = out.data_offset + size;
  }
  return success();
}

void Translator::window(tile::WindowOp op) {
  auto out = std::make_unique<program::WindowT>();
  out->n = uint32_t(op.getN());
  out->out_h = uint32_t(op.getOutH());
  out->out_w = uint32_t(op.getOutW());
  out->in_h = uint32_t(op.getInH());
  out->in_w = uint32_t(op.getInW());
  out->kernel_h = uint32_t(op.getKernelH());
  out->kernel_w = uint32_t(op.getKernelW());
  out->stride_h = uint32_t(op.getStrideH());
  out->stride_w = uint32_t(op.getStrideW());
  out->pad_top = int32_t(op.getPadTop());
  out->pad_left = int32_t(op.getPadLeft());
  out->dilation_h = uint32_t(op.getDilationH());
  out->dilation_w = uint32_t(op.getDilationW());
  out->in_dilation_h = uint32_t(op.getInDilationH());
  out->in_dilation_w = uint32_t(op.getInDilationW());
  out->in_repeat_h = uint32_t(op.getInRepeatH());
  out->in_repeat_w = uint32_t(op.getInRepeatW());
  model.windows.push_back(std::move(out));
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

LogicalResult Translator::program(tile::ProgramOp op) {
  auto out = std::make_unique<program::ProgramT>();
  out->name = op.getSymName().str();
  out->location = location(op);
  out->kind = op.getKind().str();
  out->grid_x = uint16_t(op.getGridX());
  out->grid_y = uint16_t(op.getGridY());
  out->fidelity = program::Fidelity(op.getFidelity());
  out->fp32_dest = op.getFp32Dest();
  out->macs = op.getMacs();
  out->is_reshard = op.getIsReshard();
  out->num_args = uint16_t(op.getNumArgs().value_or(0));
  if (op.getArgs())
    out->args.assign(op.getArgs()->begin(), op.getArgs()->end());

  ValueNumbers numbers;
  for (auto cb : op.getBody().getOps<tile::CbOp>()) {
    numbers[cb.getCb()] = int64_t(out->cbs.size());
    if (failed(circularBuffer(cb, *out)))
      return failure();
  }
  for (auto semaphore : op.getBody().getOps<tile::SemaphoreOp>())
    numbers[semaphore.getSemaphore()] = out->semaphores++;
  for (auto thread :
       {tile::ThreadKind::Reader, tile::ThreadKind::Writer, tile::ThreadKind::Compute})
    if (tile::KernelOp kernel = op.getKernel(thread))
      if (failed(this->kernel(kernel, numbers, *out)))
        return failure();
  model.programs.push_back(std::move(out));
  return success();
}

LogicalResult Translator::circularBuffer(tile::CbOp op, program::ProgramT &out) {
  if (!op.getAddress())
    return op.emitError("expected a circular buffer with an address (see tile-allocate-cbs)");
  auto cb = std::make_unique<program::CircularBufferT>();
  cb->name = op.getName().str();
  cb->format = program::Format(op.getFormat());
  cb->page_bytes = uint32_t(op.getPageBytes());
  cb->pages = uint32_t(op.getPages());
  cb->address = uint32_t(*op.getAddress());
  if (op.getAliasAttr())
    cb->alias = int32_t(bufferNumber(op.getAliasAttr()));
  out.cbs.push_back(std::move(cb));
  return success();
}

LogicalResult Translator::kernel(tile::KernelOp op, const ValueNumbers &numbers,
                                 program::ProgramT &out) {
  KernelEncoder encoder(symbols, numbers);
  if (failed(encoder.encode(op)))
    return failure();
  if (encoder.registerCount() > UINT16_MAX)
    return op.emitError() << "needs " << encoder.registerCount() << " registers, limit is "
                          << UINT16_MAX;
  auto kernel = std::make_unique<program::KernelT>();
  kernel->thread = program::ThreadKind(op.getThread());
  kernel->registers = uint16_t(encoder.registerCount());
  kernel->code.assign(encoder.bytecode().begin(), encoder.bytecode().end());
  out.kernels.push_back(std::move(kernel));
  return success();
}

//===----------------------------------------------------------------------===//
// Commands
//===----------------------------------------------------------------------===//

template <typename OpT> static std::unique_ptr<program::TensorT> tensor(OpT op, uint32_t buffer) {
  auto out = std::make_unique<program::TensorT>();
  out->name = op.getName().str();
  out->shape.assign(op.getShape().begin(), op.getShape().end());
  out->permutation.assign(op.getPermutation().begin(), op.getPermutation().end());
  out->buffer = buffer;
  return out;
}

static std::unique_ptr<program::YoloHeadT> head(tile::YoloHeadOp op) {
  auto out = std::make_unique<program::YoloHeadT>();
  out->output = uint32_t(op.getOutput());
  out->classes = uint32_t(op.getClasses());
  out->anchors.assign(op.getAnchors().begin(), op.getAnchors().end());
  out->scale_x_y = op.getScaleXY().convertToFloat();
  out->new_coords = op.getNewCoords();
  out->input_width = uint32_t(op.getInputWidth());
  out->input_height = uint32_t(op.getInputHeight());
  return out;
}

void Translator::commands(tile::CommandsOp op) {
  model.model_name = op.getModelName().str();
  auto push = [&](program::CommandKind kind, uint32_t index) {
    auto command = std::make_unique<program::CommandT>();
    command->kind = kind;
    command->index = index;
    model.commands.push_back(std::move(command));
  };
  for (Operation &command : op.getBody().getOps()) {
    if (auto launch = llvm::dyn_cast<tile::LaunchOp>(command))
      push(program::CommandKind::Launch, programNumbers.lookup(launch.getProgramAttr().getAttr()));
    else if (auto free = llvm::dyn_cast<tile::FreeOp>(command))
      push(program::CommandKind::Free, bufferNumber(free.getBufferAttr()));
    else if (auto input = llvm::dyn_cast<tile::InputOp>(command))
      model.inputs.push_back(tensor(input, bufferNumber(input.getBufferAttr())));
    else if (auto output = llvm::dyn_cast<tile::OutputOp>(command))
      model.outputs.push_back(tensor(output, bufferNumber(output.getBufferAttr())));
    else if (auto yolo = llvm::dyn_cast<tile::YoloHeadOp>(command))
      model.heads.push_back(head(yolo));
  }
}

} // namespace

LogicalResult translateToProgram(ModuleOp module, ProgramImage &image) {
  return Translator(module, image).run();
}

} // namespace ttc
