//===- TTToTile.cpp - write the tile programs of a planned graph ------------===//
#include "passes/TTToTile/Passes.h"

#include "dialects/TT/Lowering/Lowering.h"
#include "dialects/TT/TT.h"
#include "dialects/Tile/EmitBuilder.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Layout/Overrides.h"
#include "passes/Layout/Pricing.h"

namespace ttc {
#define GEN_PASS_DEF_CONVERTTTTOTILE
#include "passes/TTToTile/Passes.h.inc"

using mlir::LogicalResult;
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;

tile::DeviceAttr makeDeviceAttr(mlir::MLIRContext *context, const DeviceSpec &spec) {
  return tile::makeDevice(context, spec);
}

namespace {

llvm::SmallVector<int64_t> identity(int64_t rank) {
  return llvm::to_vector(llvm::seq<int64_t>(0, rank));
}

llvm::SmallVector<int64_t> inverse(llvm::ArrayRef<int64_t> permutation) {
  llvm::SmallVector<int64_t> result(permutation.size());
  for (auto [i, p] : llvm::enumerate(permutation))
    result[size_t(p)] = int64_t(i);
  return result;
}

class Converter {
public:
  Converter(mlir::ModuleOp module, mlir::func::FuncOp func, const DeviceSpec &spec)
      : func(func), target(programTarget(spec)), builder(module), commands(module.getContext()),
        module(module) {}

  LogicalResult run();
  size_t programs() const { return builder.programs().size(); }

private:
  LogicalResult convert(Operation *op);
  LogicalResult declareResults(Operation *op, llvm::StringRef name);
  /// The next program brings what the schedule wants of it.
  LogicalResult takeAlong(Operation *op);
  LogicalResult output(tt::FromDeviceOp op);
  void head(tt::YoloHeadOp op);
  llvm::StringRef symbolOf(Value v) { return buffers[v].getSymName(); }
  std::string nameOf(Operation *op);

  mlir::func::FuncOp func;
  programs::Target target;
  tile::EmitBuilder builder;
  mlir::OpBuilder commands;
  mlir::ModuleOp module;
  llvm::DenseMap<Value, tile::BufferOp> buffers;
  llvm::DenseMap<Value, int64_t> outputs; ///< host value -> number of its tile.output
  int64_t numOutputs = 0;
  PrefetchSchedule schedule;
  struct Prefetched {
    std::unique_ptr<programs::WeightPrefetch> prefetch;
    tile::BufferOp weights, bias;
  };
  llvm::DenseMap<Operation *, Prefetched> prefetches; ///< by product
  llvm::DenseSet<Operation *> goesOnIn;               ///< ops whose program another goes on in
  std::vector<tile::BufferOp> used;                   ///< to be freed behind the launch
};

/// A symbol-friendly name: the layer, or the op's kind.
std::string Converter::nameOf(Operation *op) {
  std::string name = layerName(op->getLoc());
  if (name.empty())
    name = op->getName().stripDialect().str();
  return name;
}

LogicalResult Converter::declareResults(Operation *op, llvm::StringRef name) {
  auto addresses = op->getAttrOfType<mlir::DenseI64ArrayAttr>("tt.addresses");
  if (!addresses || addresses.size() != int64_t(op->getNumResults()))
    return op->emitError("expected an address for each result: run tt-plan-memory first");
  builder.setSource(op->getLoc(), name);
  for (auto [result, address] : llvm::zip(op->getResults(), addresses.asArrayRef())) {
    auto type = llvm::cast<RankedTensorType>(result.getType());
    tile::BufferOp buffer = builder.createBuffer(name, tt::describe(type));
    buffer.setAddress(uint64_t(address));
    buffers[result] = buffer;
  }
  return mlir::success();
}

LogicalResult Converter::takeAlong(Operation *op) {
  for (const PrefetchPart &part : schedule.takenAlong(op)) {
    Operation *product = part.product;
    Prefetched &p = prefetches[product];
    if (part.part == 0) {
      auto addresses = product->getAttrOfType<mlir::DenseI64ArrayAttr>(prefetchAddressesAttr);
      if (!addresses || addresses.size() != 2)
        return product->emitError("expected two addresses of prefetched weights: run tt-plan-memory first");
      Expected<std::optional<programs::Product>> planned = plannedProduct(product, target);
      if (!planned || !*planned)
        return product->emitError() << (planned ? "only a product with constant weights can have them prefetched"
                                                : planned.error().message);
      auto prefetch = programs::WeightPrefetch::of(builder, **planned);
      if (!prefetch)
        return product->emitError() << prefetch.error().message;
      p.prefetch = std::move(*prefetch);
      std::string name = nameOf(product);
      builder.setSource(product->getLoc(), name);
      p.prefetch->declareConstants();
      auto place = [&](const BufferDesc &desc, int64_t address) {
        tile::BufferOp buffer = builder.createBuffer(name + ".prefetched", desc);
        buffer.setAddress(uint64_t(address));
        return buffer;
      };
      p.weights = place(p.prefetch->weights(), addresses[0]);
      if (p.prefetch->bias().rows)
        p.bias = place(p.prefetch->bias(), addresses[1]);
      p.prefetch->place({builder.buffer(p.weights), p.bias ? builder.buffer(p.bias) : BufferRef()});
    }
    if (!p.prefetch)
      return product->emitError() << "'" << prefetchAttr << "' must begin with the earliest step";
    p.prefetch->bring(part.part, part.parts);
  }
  return mlir::success();
}

LogicalResult Converter::output(tt::FromDeviceOp op) {
  auto type = llvm::cast<RankedTensorType>(op.getResult().getType());
  // Which function result this becomes, through heads.
  Value value = op.getResult();
  int64_t number = -1;
  for (bool moved = true; moved && number < 0;) {
    moved = false;
    for (mlir::OpOperand &use : value.getUses()) {
      if (llvm::isa<mlir::func::ReturnOp>(use.getOwner()))
        number = use.getOperandNumber();
      else if (auto head = llvm::dyn_cast<tt::YoloHeadOp>(use.getOwner())) {
        value = head.getResult();
        moved = true;
        break;
      }
    }
  }
  std::string name = "output" + std::to_string(numOutputs);
  if (number >= 0)
    if (auto attr = func.getResultAttrOfType<mlir::StringAttr>(unsigned(number), "tt.name"))
      name = attr.str();
  llvm::SmallVector<int64_t> permutation =
      op.getPermutation() ? inverse(*op.getPermutation()) : identity(type.getRank());
  outputs[op.getResult()] = numOutputs++;
  commands.create<tile::OutputOp>(op.getLoc(), name, type.getShape(), permutation,
                                  symbolOf(op.getInput()));
  return mlir::success();
}

void Converter::head(tt::YoloHeadOp op) {
  int64_t output = outputs.lookup(op.getInput());
  outputs[op.getResult()] = output;
  llvm::SmallVector<float> anchors;
  for (double a : op.getAnchors())
    anchors.push_back(float(a));
  llvm::ArrayRef<int64_t> size = op.getInputSize();
  commands.create<tile::YoloHeadOp>(
      op.getLoc(), commands.getI64IntegerAttr(output),
      commands.getI64IntegerAttr(int64_t(op.getClasses())),
      commands.getDenseF32ArrayAttr(anchors),
      commands.getF32FloatAttr(float(op.getScaleXY().convertToDouble())),
      op.getNewCoords() ? commands.getUnitAttr() : mlir::UnitAttr(),
      commands.getI64IntegerAttr(size[0]), commands.getI64IntegerAttr(size[1]));
}

LogicalResult Converter::convert(Operation *op) {
  if (llvm::isa<tt::ConstantOp, mlir::func::ReturnOp>(op))
    return mlir::success();
  std::string name = nameOf(op);
  if (auto input = llvm::dyn_cast<tt::ToDeviceOp>(op)) {
    auto argument = llvm::dyn_cast<mlir::BlockArgument>(input.getInput());
    if (!argument)
      return op->emitError("expected the operand to be an argument of the function");
    std::string inputName = "input" + std::to_string(argument.getArgNumber());
    if (auto attr = func.getArgAttrOfType<mlir::StringAttr>(argument.getArgNumber(), "tt.name"))
      inputName = attr.str();
    if (mlir::failed(declareResults(op, inputName)))
      return mlir::failure();
    auto type = llvm::cast<RankedTensorType>(argument.getType());
    llvm::SmallVector<int64_t> permutation =
        input.getPermutation() ? llvm::SmallVector<int64_t>(*input.getPermutation())
                               : identity(type.getRank());
    commands.create<tile::InputOp>(op->getLoc(), inputName, type.getShape(), permutation,
                                   symbolOf(input.getResult()));
    return mlir::success();
  }
  if (auto device = llvm::dyn_cast<tt::FromDeviceOp>(op))
    return output(device);
  if (auto yolo = llvm::dyn_cast<tt::YoloHeadOp>(op); yolo && outputs.count(yolo.getInput())) {
    head(yolo);
    return mlir::success();
  }
  if (auto free = llvm::dyn_cast<tt::DeallocateOp>(op)) {
    commands.create<tile::FreeOp>(op->getLoc(), symbolOf(free.getInput()));
    return mlir::success();
  }
  if (auto layoutOp = llvm::dyn_cast<tt::LayoutOpInterface>(op); layoutOp && layoutOp.isView()) {
    // The same bytes under another shape: the 2-D views are equal. Parts of other tensors are read where they lie.
    if (!op->hasAttr(tt::viewAttr))
      buffers[op->getResult(0)] = buffers[op->getOperand(0)];
    return mlir::success();
  }
  auto lowered = llvm::dyn_cast<tt::LowerToTileOpInterface>(op);
  if (!lowered)
    return op->emitError("expected an op with a tile program");
  if (mlir::failed(takeAlong(op)))
    return mlir::failure();
  if (goesOnIn.contains(op))
    builder.keepOpen();
  if (mlir::failed(declareResults(op, name)))
    return mlir::failure();
  llvm::SmallVector<BufferRef> operands, results;
  auto bufferOf = [&](Value v) {
    auto known = buffers.find(v);
    return known == buffers.end() ? BufferRef() : builder.buffer(known->second);
  };
  for (Value v : op->getOperands())
    operands.push_back(tt::bufferInParts(v, bufferOf));
  for (Value v : op->getResults())
    results.push_back(builder.buffer(buffers[v]));
  size_t before = builder.programs().size();
  std::optional<programs::PrefetchedWeights> weights;
  if (auto known = prefetches.find(op); known != prefetches.end())
    weights = known->second.prefetch->product().program.prefetched;
  if (Expected<void> built = lowerOp(lowered, builder, target, operands, results, weights); !built)
    return op->emitError() << built.error().message;
  for (tile::ProgramOp program : builder.programs().drop_front(before))
    commands.create<tile::LaunchOp>(op->getLoc(), program.getSymName());
  if (auto known = prefetches.find(op); known != prefetches.end())
    for (tile::BufferOp buffer : {known->second.weights, known->second.bias})
      if (buffer)
        used.push_back(buffer);
  if (!goesOnIn.contains(op)) {
    for (tile::BufferOp buffer : used)
      commands.create<tile::FreeOp>(op->getLoc(), buffer.getSymName());
    used.clear();
  }
  return mlir::success();
}

LogicalResult Converter::run() {
  mlir::FailureOr<PrefetchSchedule> planned = PrefetchSchedule::of(func);
  if (mlir::failed(planned))
    return mlir::failure();
  schedule = std::move(*planned);
  for (const Launch &launch : launchesOf(func))
    for (Operation *op : llvm::drop_end(launch))
      goesOnIn.insert(op);
  auto model = module->getAttrOfType<mlir::StringAttr>("tt.model");
  commands.setInsertionPointToEnd(module.getBody());
  auto list = commands.create<tile::CommandsOp>(
      func.getLoc(), model ? model : commands.getStringAttr("model"));
  list.getBody().emplaceBlock();
  commands.setInsertionPointToStart(&list.getBody().front());
  for (Operation &op : func.getBody().front())
    if (mlir::failed(convert(&op)))
      return mlir::failure();
  if (mlir::Attribute reshards = func->getAttr("tt.reshards"))
    module->setAttr("tt.reshards", reshards); // for reports
  func.erase();
  list->moveBefore(module.getBody(), module.getBody()->end());
  return mlir::success();
}

struct ConvertPass : impl::ConvertTTToTileBase<ConvertPass> {
  using ConvertTTToTileBase::ConvertTTToTileBase;

  void runOnOperation() override {
    mlir::ModuleOp module = getOperation();
    auto func = module.lookupSymbol<mlir::func::FuncOp>("main");
    if (!func) {
      module.emitError("expected a function @main");
      return signalPassFailure();
    }
    mlir::FailureOr<DeviceSpec> spec = deviceFor(module, device);
    if (mlir::failed(spec))
      return signalPassFailure();
    module->setAttr("tile.device", makeDeviceAttr(&getContext(), *spec));
    Converter converter(module, func, *spec);
    if (mlir::failed(converter.run()))
      return signalPassFailure();
    numPrograms += unsigned(converter.programs());
  }
};

} // namespace
} // namespace ttc
