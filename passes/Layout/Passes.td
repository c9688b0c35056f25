//===- Passes.td - where tensors lie ---------------------------------------===//
#ifndef TTC_PASSES_LAYOUT_PASSES_TD
#define TTC_PASSES_LAYOUT_PASSES_TD

include "mlir/Pass/PassBase.td"

def TTChooseLayouts : Pass<"tt-choose-layouts", "::mlir::func::FuncOp"> {
  let summary = "give every device tensor a layout";
  let description = [{
    Orders first (row-major or tile), from results to arguments: what the users can read decides, a
    conversion is inserted where they disagree. Then, from arguments to results, the sharding and grid
    with the lowest price: every candidate's tile program is written over the pricing builder, with
    the operands where they were put. Candidates are height, width and block shardings over the
    grids that divide the tiles well, interleaved L1 and interleaved DRAM. Boundary transposes become
    the permutation of `tt.to_device` and `tt.from_device`; heads are decoded behind them, on the host.

    A JSON file of overrides sets memory, sharding, grid, order, storage and act_block_h by layer name:
    ```json
    {"layers": {"convolutional_3": {"sharding": "block", "grid": [8, 5], "act_block_h": 64}}}
    ```
    Every tensor has a `#tt.layout` afterwards. An op without a legal candidate is an error that gives
    the reason of each kind of candidate.
  }];
  let options = [
    Option<"device", "device", "std::string", "\"n150\"", "device file or name">,
    Option<"overrides", "overrides", "std::string", "\"\"", "JSON file of layouts by layer name">,
    Option<"policy", "policy", "std::string", "\"greedy\"",
           "greedy | dram (everything interleaved in DRAM) | height (height sharding only)">,
    Option<"explain", "explain", "bool", "false",
           "a remark for each op: the layout and its predicted cycles, and the runner-up">
  ];
  let statistics = [
    Statistic<"numReshards", "num-reshards", "reshards inserted">,
    Statistic<"numCandidates", "num-candidates", "candidates priced">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

def TTPlanMemory : Pass<"tt-plan-memory", "::mlir::func::FuncOp"> {
  let summary = "decide every device address";
  let description = [{
    Lifetimes of buffers (views share their source's), then offsets in L1 from its end downwards and
    in the DRAM banks from their start, largest first. An op whose circular buffers would reach into
    a live buffer makes the one with the farthest next use move to DRAM, with a remark; nothing
    between has to change, because programs read operands from wherever they lie. Each op gets
    `tt.addresses`, a byte address for each result, and `tt.deallocate` follows the last use of a
    buffer. Fails with the op's need and the limit when spilling everything does not help.
  }];
  let options = [Option<"device", "device", "std::string", "\"n150\"", "device file or name">];
  let statistics = [
    Statistic<"numSpills", "num-spills", "tensors moved from L1 to DRAM">,
    Statistic<"peakL1", "peak-l1", "bytes of L1 taken at most on a core, circular buffers included">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

#endif
