//===- LayoutGraph.h - the layouts of a graph as a choice problem ------------===//
#ifndef TTC_PASSES_LAYOUT_LAYOUTGRAPH_H
#define TTC_PASSES_LAYOUT_LAYOUTGRAPH_H

#include "passes/Layout/Candidates.h"
#include "passes/Layout/Overrides.h"
#include "passes/Layout/Pricing.h"
#include "passes/Layout/Solver.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <functional>
#include <memory>

namespace ttc {

/// What a layout is chosen for.
enum class Objective {
  latency,  ///< cycles
  l1,       ///< the most L1 taken at once, then cycles
  dramBytes ///< bytes to and from DRAM, then cycles
};

/// One way to lay out an op's results.
struct LayoutChoice {
  LayoutRecipe recipe;
  tt::TileOrder order = tt::TileOrder::tile;
  llvm::SmallVector<tt::LayoutAttr, 1> results;
  /// Of the program with the operands that suit it best.
  Price price;
  std::vector<tt::LayoutAttr> reference; ///< those operands, null for constants
  std::string str() const;
};

/// A candidate that is not among the choices, and why.
struct RejectedChoice {
  LayoutRecipe recipe;
  tt::TileOrder order = tt::TileOrder::tile;
  std::string reason;
};

/// What an op pays to read an operand in each layout that its producer may choose.
struct EdgeTable {
  struct Entry {
    Cost cost = impossible;
    tt::LayoutAttr via;         ///< a reshard to this layout comes first; null: read as it lies
    Cycles reshardCycles = 0;
    int64_t working = 0;        ///< circular buffers of the program
  };
  int choices = 0; ///< of the reader
  std::vector<Entry> entries; ///< [producer's choice * choices + reader's choice]
  const Entry &at(int from, int choice) const { return entries[size_t(from * choices + choice)]; }
};

struct LayoutNode {
  mlir::Operation *op = nullptr;
  struct Operand {
    unsigned index = 0; ///< of the op
    int from = 0;       ///< node
    unsigned result = 0;
  };
  std::vector<Operand> operands; ///< those with a buffer
  std::shared_ptr<const std::vector<LayoutChoice>> choices;
  std::shared_ptr<const std::vector<RejectedChoice>> rejected;
  std::vector<std::shared_ptr<const EdgeTable>> edges; ///< parallel to `operands`
};

struct LayoutGraphOptions {
  Objective objective = Objective::latency;
  /// Candidates that may be considered at all.
  std::function<bool(const LayoutRecipe &)> allowed = {};
  /// Every candidate that can be written is a choice: for exhaustive comparisons of small graphs.
  bool keepAll = false;
};

/// The graph of device ops with their choices, priced. Ops of one shape with operands of the same
/// choices are priced once; prices are computed on the context's threads.
class LayoutGraph {
public:
  LayoutGraph(mlir::func::FuncOp func, const DeviceSpec &spec, LayoutOverrides &overrides,
              LayoutGraphOptions options);
  mlir::LogicalResult build();

  ChoiceProblem problem() const;
  /// Gives every device value its layout and inserts the reshards that edges and spills ask for.
  void apply(const ChoiceResult &result);

  const std::vector<LayoutNode> &nodes() const { return graph; }
  int64_t priced() const { return pricedCount; }
  int64_t reshards() const { return reshardCount; }

private:
  struct Tables;
  mlir::LogicalResult addInput(tt::ToDeviceOp op);
  mlir::LogicalResult addOp(tt::LowerToTileOpInterface op);
  std::vector<tt::TileOrder> usefulOrders(mlir::Operation *op) const;
  std::shared_ptr<Tables> makeTables(tt::LowerToTileOpInterface op, const LayoutNode &node,
                                     const LayoutOverride *fixed);
  Cost costOf(const Price &price) const;
  std::vector<bool> inPlace(const LayoutNode &node, size_t o) const;
  std::string classOf(mlir::Operation *op) const;
  /// The node whose buffer a value is, through views.
  std::optional<std::pair<int, unsigned>> producer(mlir::Value value) const;

  mlir::func::FuncOp func;
  const DeviceSpec &spec;
  LayoutOverrides &overrides;
  LayoutGraphOptions options;
  Grid grid;
  std::vector<LayoutNode> graph;
  llvm::DenseMap<mlir::Operation *, int> nodeOf;
  std::map<std::string, std::shared_ptr<Tables>> known;
  std::vector<mlir::Operation *> views;
  int64_t pricedCount = 0, reshardCount = 0;
};

/// Bytes that a value takes in every core of L1; 0 in DRAM.
int64_t l1BytesOf(mlir::RankedTensorType type, tt::LayoutAttr layout, const DeviceSpec &spec);

/// The same tensor in the other order, cut as it is.
tt::LayoutAttr inOtherOrder(mlir::RankedTensorType type, tt::LayoutAttr layout);

} // namespace ttc

#endif
