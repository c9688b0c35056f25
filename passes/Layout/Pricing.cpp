//===- Pricing.cpp - an op's price under given layouts ----------------------===//
#include "passes/Layout/Pricing.h"

#include "dialects/TT/Lowering/Lowering.h"

namespace ttc {
using mlir::Operation;
using mlir::RankedTensorType;

mlir::FailureOr<DeviceSpec> deviceFor(Operation *op, const std::string &device) {
  Expected<DeviceSpec> spec = findDevice(device);
  if (!spec)
    return op->emitError() << spec.error().message;
  return *spec;
}

programs::Target programTarget(const DeviceSpec &spec) {
  programs::Target target;
  target.gridX = int(spec.grid_x);
  target.gridY = int(spec.grid_y);
  target.dramAlignment = spec.dram_alignment;
  target.vectorWhilePacking = spec.sfpu_pack_thread;
  target.l1Budget = spec.l1Bytes() * 5 / 8;
  target.l1Alone = spec.l1Bytes() * 15 / 16;
  return target;
}

static BufferRef bufferFor(PriceBuilder &builder, mlir::Value value, tt::LayoutAttr layout) {
  if (!layout)
    return {};
  return builder.buffer(tt::describe(llvm::cast<RankedTensorType>(value.getType()), layout));
}

/// A program that would never end is none.
static Expected<Price> priceOf(const PriceBuilder &builder) {
  if (builder.price().hangs)
    return Error{"its threads would wait for each other for ever"};
  return builder.price();
}

Expected<Price> priceOp(tt::LowerToTileOpInterface op, const DeviceSpec &spec,
                        llvm::ArrayRef<tt::LayoutAttr> operands,
                        llvm::ArrayRef<tt::LayoutAttr> results) {
  PriceBuilder builder(spec);
  llvm::SmallVector<BufferRef> in, out;
  for (auto [value, layout] : llvm::zip(op->getOperands(), operands))
    in.push_back(bufferFor(builder, value, layout));
  for (auto [value, layout] : llvm::zip(op->getResults(), results))
    out.push_back(bufferFor(builder, value, layout));
  if (Expected<void> built = op.lowerToTile(builder, programTarget(spec), in, out); !built)
    return built.error();
  return priceOf(builder);
}

Expected<void> lowerOp(tt::LowerToTileOpInterface op, ProgramBuilder &builder,
                       const programs::Target &target, llvm::ArrayRef<BufferRef> operands,
                       llvm::ArrayRef<BufferRef> results,
                       const std::optional<programs::PrefetchedWeights> &weights) {
  auto inParts = [](const BufferRef &b) { return !b.parts.empty(); };
  if (!weights && (llvm::none_of(operands, inParts) || llvm::isa<tt::MaxPool2dOp, tt::AvgPool2dOp>(op.getOperation())))
    return op.lowerToTile(builder, target, operands, results);
  auto productOp = llvm::dyn_cast<tt::ProductOpInterface>(op.getOperation());
  auto product = productOp ? productOp.product(target, operands, results)
                           : Expected<std::optional<programs::Product>>(std::optional<programs::Product>());
  if (!product)
    return product.error();
  if (!*product || llvm::any_of(operands.drop_front(), inParts))
    return Error{"a view of parts can be the input of pools and of products with constant weights only"};
  (*product)->program.prefetched = weights;
  return programs::buildMatmul(builder, (*product)->target, (*product)->program);
}

using Prefetch = std::unique_ptr<programs::WeightPrefetch>;

/// The weights of the product `op` in L1 buffers of `builder`.
static Expected<Prefetch> prefetchFor(PriceBuilder &builder, Operation *op, const DeviceSpec &spec) {
  Expected<std::optional<programs::Product>> product = plannedProduct(op, programTarget(spec));
  if (!product)
    return product.error();
  if (!*product)
    return Error{"only a product with constant weights can have them prefetched"};
  Expected<Prefetch> prefetch = programs::WeightPrefetch::of(builder, **product);
  if (!prefetch)
    return prefetch.error();
  (*prefetch)->declareConstants();
  (*prefetch)->place({builder.buffer((*prefetch)->weights()), builder.buffer((*prefetch)->bias())});
  return prefetch;
}

Expected<Price> priceLaunch(llvm::ArrayRef<tt::LowerToTileOpInterface> launch, const DeviceSpec &spec,
                            llvm::ArrayRef<PrefetchPart> alongside) {
  PriceBuilder builder(spec);
  programs::Target target = programTarget(spec);
  std::vector<Prefetch> taken; // bodies are called when their program ends
  for (const PrefetchPart &p : alongside) {
    Expected<Prefetch> prefetch = prefetchFor(builder, p.product, spec);
    if (!prefetch)
      return prefetch.error();
    (*prefetch)->bring(p.part, p.parts);
    taken.push_back(std::move(*prefetch));
  }
  llvm::DenseMap<mlir::Value, BufferRef> buffers;
  auto bufferOf = [&](mlir::Value v) {
    auto [known, isNew] = buffers.try_emplace(v);
    if (isNew)
      known->second = bufferFor(builder, v, tt::getLayout(v.getType()));
    return known->second;
  };
  for (tt::LowerToTileOpInterface op : launch) {
    llvm::SmallVector<BufferRef> in =
        llvm::map_to_vector(op->getOperands(), [&](mlir::Value v) { return tt::bufferInParts(v, bufferOf); });
    llvm::SmallVector<BufferRef> out = llvm::map_to_vector(op->getResults(), bufferOf);
    std::optional<programs::PrefetchedWeights> weights;
    if (op->hasAttr(prefetchAttr)) {
      Expected<Prefetch> own = prefetchFor(builder, op, spec);
      if (!own)
        return own.error();
      weights = (*own)->product().program.prefetched;
    }
    if (op != launch.back())
      builder.keepOpen();
    if (Expected<void> built = lowerOp(op, builder, target, in, out, weights); !built)
      return built.error();
  }
  return priceOf(builder);
}

int LaunchPrices::classOf(Operation *op) {
  auto [known, isNew] = classOfOp.try_emplace(op, 0);
  if (isNew) {
    std::string text;
    llvm::raw_string_ostream os(text);
    os << op->getName();
    for (mlir::NamedAttribute attr : op->getAttrDictionary())
      if (attr.getName() != fusedAttr && attr.getName() != prefetchAttr)
        os << ' ' << attr.getName() << attr.getValue();
    std::function<void(mlir::Value)> describeView = [&](mlir::Value v) {
      Operation *view = v.getDefiningOp();
      if (!view || !view->hasAttr(tt::viewAttr))
        return;
      os << " of " << llvm::cast<mlir::OpResult>(v).getResultNumber() << ' ' << view->getName() << view->getAttrDictionary();
      for (mlir::Value part : view->getOperands()) {
        os << part.getType();
        describeView(part);
      }
    };
    auto types = [&](mlir::ValueRange values) {
      for (mlir::Value v : values) {
        os << ' ' << v.getType();
        describeView(v);
      }
    };
    types(op->getOperands());
    types(op->getResults());
    known->second = classes.try_emplace(text, int(classes.size())).first->second;
  }
  return known->second;
}

const Expected<Price> &LaunchPrices::of(llvm::ArrayRef<tt::LowerToTileOpInterface> launch,
                                        llvm::ArrayRef<PrefetchPart> alongside) {
  std::vector<int64_t> key;
  llvm::SmallDenseMap<mlir::Value, int64_t> numbers;
  auto numberOf = [&](mlir::Value v) { return numbers.try_emplace(v, int64_t(numbers.size())).first->second; };
  auto number = [&](mlir::Value v) {
    tt::bufferInParts(v, [&](mlir::Value whole) {
      key.push_back(numberOf(whole));
      return BufferRef();
    });
    key.push_back(-1);
  };
  for (tt::LowerToTileOpInterface op : launch) {
    key.insert(key.end(), {classOf(op), op->hasAttr(prefetchAttr)});
    for (mlir::Value v : op->getOperands())
      if (tt::getLayout(v.getType()))
        number(v);
    for (mlir::Value v : op->getResults())
      number(v);
  }
  key.push_back(-2);
  for (const PrefetchPart &p : alongside)
    key.insert(key.end(), {classOf(p.product), p.part, p.parts});
  auto found = known.find(key);
  if (found == known.end())
    found = known.emplace(std::move(key), priceLaunch(launch, spec, alongside)).first;
  return found->second;
}

const Expected<std::optional<LaunchPrices::Weights>> &LaunchPrices::weights(Operation *op) {
  auto found = knownWeights.find(op);
  if (found != knownWeights.end())
    return found->second;
  auto ask = [&]() -> Expected<std::optional<Weights>> {
    Expected<std::optional<programs::Product>> product = plannedProduct(op, programTarget(spec));
    if (!product)
      return product.error();
    if (!*product)
      return std::optional<Weights>();
    PriceBuilder scratch(spec);
    Expected<Prefetch> prefetch = programs::WeightPrefetch::of(scratch, **product);
    if (!prefetch)
      return std::optional<Weights>();
    return std::optional(Weights{(*prefetch)->weightBytes() + (*prefetch)->biasBytes(), (*prefetch)->blocks()});
  };
  return knownWeights.emplace(op, ask()).first->second;
}

Expected<PrefetchBytes> prefetchBytes(Operation *product, const DeviceSpec &spec) {
  PriceBuilder scratch(spec);
  Expected<Prefetch> prefetch = prefetchFor(scratch, product, spec);
  if (!prefetch)
    return prefetch.error();
  return PrefetchBytes{(*prefetch)->weightBytes(), (*prefetch)->biasBytes()};
}

Expected<Price> priceReshard(RankedTensorType type, const DeviceSpec &spec, tt::LayoutAttr from,
                             tt::LayoutAttr to) {
  PriceBuilder builder(spec);
  BufferRef in = builder.buffer(tt::describe(type, from));
  BufferRef out = builder.buffer(tt::describe(type, to));
  if (Expected<void> built = tt::lowerReshard(builder, programTarget(spec), in, out); !built)
    return built.error();
  return priceOf(builder);
}

} // namespace ttc
