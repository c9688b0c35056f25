//===- Passes.td - where tensors lie ---------------------------------------===//
#ifndef TTC_PASSES_LAYOUT_PASSES_TD
#define TTC_PASSES_LAYOUT_PASSES_TD

include "mlir/Pass/PassBase.td"

def TTOrderOps : Pass<"tt-order-ops", "::mlir::func::FuncOp"> {
  let summary = "put ops in an order that keeps less alive at once";
  let description = [{
    Of a graph before its layouts are chosen. Where the tensors that are alive at a step are more than the L1 of
    all cores holds, some of them have to go to DRAM: the sum of what is beyond, over all steps, is what an order
    needs. A beam search over the orders that operands allow looks for one that needs less than the source's; there
    is no change where none does, and none where everything fits. Results that the host reads stay to the end.
    ```mlir
    // before: both wide tensors at once        after
    %a = tt.conv2d %x, %u : .. wide             %a = tt.conv2d %x, %u : .. wide
    %b = tt.conv2d %x, %v : .. wide             %c = tt.max_pool2d %a : .. narrow
    %c = tt.max_pool2d %a : .. narrow           %b = tt.conv2d %x, %v : .. wide
    %d = tt.max_pool2d %b : .. narrow           %d = tt.max_pool2d %b : .. narrow
    ```
  }];
  let options = [Option<"device", "device", "std::string", "\"n150\"", "device file or name">];
  let statistics = [
    Statistic<"numMoved", "num-moved", "ops that stand elsewhere">,
    Statistic<"peakSaved", "peak-saved", "KiB that are alive less, at most">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

def TTChooseLayouts : Pass<"tt-choose-layouts", "::mlir::func::FuncOp"> {
  let summary = "give every device tensor a layout";
  let description = [{
    Each op has a few candidates: shardings and grids of its result, in each order it writes, priced by
    writing its tile program over the pricing builder. What a reader pays for each candidate of its
    producer is priced the same way, reshards included, and dynamic programming along the schedule finds
    the assignment with the least predicted time that fits in L1 at every step. README.md in this folder
    says how. Boundary transposes become the permutation of `tt.to_device` and `tt.from_device`; heads
    are decoded behind them, on the host.

    A JSON file of overrides sets memory, sharding, grid, order, storage, act_block_h, out_subblock_h and
    out_subblock_w by layer name:
    ```json
    {"layers": {"convolutional_3": {"sharding": "block", "grid": [8, 5], "act_block_h": 64}}}
    ```
    Every tensor has a `#tt.layout` afterwards. An op without a legal candidate is an error that gives
    the reason of each kind of candidate.
  }];
  let options = [
    Option<"device", "device", "std::string", "\"n150\"", "device file or name">,
    Option<"overrides", "overrides", "std::string", "\"\"", "JSON file of layouts by layer name">,
    Option<"policy", "policy", "std::string", "\"optimal\"",
           "optimal (the whole graph at once) | greedy (op by op) | lexicographic (as a peer scores: "
           "without time) | all-dram-interleaved | all-height">,
    Option<"objective", "objective", "std::string", "\"latency\"",
           "of policy optimal: latency (cycles) | l1 (the most taken at once, then cycles) | dram-bytes (DRAM traffic)">,
    Option<"trace", "trace", "std::string", "\"\"",
           "JSON file for every candidate, price, rejection and choice (policy optimal)">,
    Option<"explain", "explain", "bool", "false",
           "a remark for each op: the layout and its predicted cycles, and the runner-up">
  ];
  let statistics = [
    Statistic<"numReshards", "num-reshards", "reshards inserted">,
    Statistic<"numCandidates", "num-candidates", "candidates priced">,
    Statistic<"numBlockings", "num-blockings", "products of another blocking than the program's own">,
    Statistic<"statesKept", "states-kept", "states of the dynamic program after its widest step">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

def TTApplyHandTuned : Pass<"tt-apply-hand-tuned", "::mlir::func::FuncOp"> {
  let summary = "take a hand-tuned configuration's shardings and conversions";
  let description = [{
    Reads a JSON file that lists a network's convolutions module by module, with the sharding of each,
    and the conversions ("glue") around concatenations, upsampling and pools. The convolutions are
    matched to the graph's by module in order, and inside a module by input shape, stride and padding.
    Ops get the discardable attribute `tt.override`, which tt-choose-layouts obeys; `tt.halo` is put
    before each window. README.md in this folder says what each entry becomes.

    A convolution of the file: `{"module": "head", "conv": "head.conv1", "input_nhwc": [1, 40, 40, 128],
    "stride": [1, 1], "padding": [1, 1], "shard": "height", "act_block_h": null }`.
    Errors name file, field, what was expected and what was found.
  }];
  let options = [Option<"file", "file", "std::string", "\"\"", "JSON file of the configuration">];
  let statistics = [
    Statistic<"numConvs", "num-convs", "convolutions that got a sharding">,
    Statistic<"numHalos", "num-halos", "halo programs put before windows">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

def TTMinimizeReshards : Pass<"tt-minimize-reshards", "::mlir::func::FuncOp"> {
  let summary = "remove reshards that a neighbour does for less";
  let description = [{
    Of a graph with layouts. Equal reshards of one tensor become one; a reshard of a reshard reads the
    first one's source; a reshard is left to its readers' programs, which gather from wherever the
    source lies, or to its producer's, which writes the wanted layout, where all programs together take
    no longer. The function gets the attribute `tt.reshards`: number, bytes and predicted cycles `before`
    and `after`, and a lower `bound` - tensors that their op cannot write in any order that a reader
    reads.
    ```mlir
    // before                                            after
    %1 = tt.reshard %0 : (.. height ..) -> .. block ..
    %2 = tt.conv2d %1, %w : ...                          %2 = tt.conv2d %0, %w : ...
    ```
  }];
  let options = [
    Option<"device", "device", "std::string", "\"n150\"", "device file or name">,
    Option<"measureOnly", "measure-only", "bool", "false", "change nothing, only count">
  ];
  let statistics = [
    Statistic<"numBefore", "num-before", "reshards before">,
    Statistic<"numAfter", "num-after", "reshards after">,
    Statistic<"numBound", "num-bound", "reshards that no choice of layouts avoids">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

def TTRecompute : Pass<"tt-recompute", "::mlir::func::FuncOp"> {
  let summary = "make tensors again instead of keeping them in DRAM";
  let description = [{
    Of a graph with layouts. A tensor that lies in DRAM, by choice or because L1 is full when its memory is planned, and that
    several programs read is made once more in L1 before those behind the longest pause, and lies in L1 for those before
    it, where the whole, with its memory planned, is priced to be faster by a two-hundredth. What it is made of is kept
    until then, like any operand.
    ```mlir
    // before                            after
    %1 = tt.conv2d %0, %w : .. dram      %1 = tt.conv2d %0, %w : .. l1
    %2 = tt.max_pool2d %1                %2 = tt.max_pool2d %1
    ...                                  ...
                                         %8 = tt.conv2d %0, %w : .. l1
    %9 = tt.concat %1, %7                %9 = tt.concat %8, %7
    ```
  }];
  let options = [
    Option<"device", "device", "std::string", "\"n150\"", "device file or name">,
    Option<"overrides", "overrides", "std::string", "\"\"", "JSON file of layouts by layer name: those stay">
  ];
  let statistics = [
    Statistic<"numRecomputed", "num-recomputed", "ops that are there twice">,
    Statistic<"cyclesSaved", "cycles-saved", "cycles that are predicted to be saved">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

def TTMakeViews : Pass<"tt-make-views", "::mlir::func::FuncOp"> {
  let summary = "read parts of tensors where they lie";
  let description = [{
    Of a graph with layouts. A concat, slice or split of the channels or a nearest upsampling that only pools and products
    with constant weights read (`tt.conv2d`, `tt.matmul`), themselves or through others of these, gets `tt.view` where they
    are priced to be faster by a twentieth without its program: it has none then, and no buffer. The layout of a concat of equally wide
    tensors that are sharded alike becomes what they are together, on each core a shard of every one, and rows of the
    weights are put in the order in which cores hold the channels; that of any other view is `interleaved`, which says
    that its parts are read over the NoC.
    ```mlir
    %2 = tt.concat %0, %1 axis 3 {tt.view} : ...
    %3 = tt.conv2d %2, %w : ...
    ```
  }];
  let options = [Option<"device", "device", "std::string", "\"n150\"", "device file or name">];
  let statistics = [
    Statistic<"numViews", "num-views", "ops that move data without a program">,
    Statistic<"cyclesSaved", "cycles-saved", "cycles that are predicted to be saved">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

def TTFusePrograms : Pass<"tt-fuse-programs", "::mlir::func::FuncOp"> {
  let summary = "let products go on in the launch of the op before them";
  let description = [{
    Of a graph with layouts. A product (`tt.conv2d`, `tt.matmul` ...) behind a product on the same grid and with
    the same numerics goes on in that op's launch where the launch of both is priced to be shorter: `tt.fused`.
    Its operands were there before the launch, or are made in it in L1. Its kernels follow those of the op before
    on every thread, with circular buffers of their own and semaphores that count on where products cut alike left
    them, within what a core has; where it reads neighbours' shards of what the launch makes, all cores meet.
    tt-plan-memory keeps the tensors of all ops of a launch apart. After each op has been joined to the launch before
    it where both are faster so, launches are parted, joined and cut elsewhere as long as the whole is priced to be
    faster with the weights that can come early then.
    ```mlir
    %2 = tt.conv2d %1, %w : ...
    %3 = tt.conv2d %2, %v {tt.fused} : ...
    ```
  }];
  let options = [
    Option<"device", "device", "std::string", "\"n150\"", "device file or name">,
    Option<"prefetch", "prefetch", "bool", "true", "choose for weights that come early (tt-prefetch-weights)">
  ];
  let statistics = [
    Statistic<"numFused", "num-fused", "ops that go on in a launch">,
    Statistic<"cyclesSaved", "cycles-saved", "cycles that are predicted to be saved">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

def TTPrefetchWeights : Pass<"tt-prefetch-weights", "::mlir::func::FuncOp"> {
  let summary = "bring weights to L1 while earlier programs run";
  let description = [{
    Of a graph with layouts. The weights and bias of a product (`tt.conv2d`, `tt.matmul` ...) are read from
    DRAM, and sent to all cores that multiply them, by the reader threads of programs that run before it,
    in up to eight parts, where that is priced to save time: the product's program and its carriers' are
    priced as they will be. The product gets `tt.prefetch`: how many steps (ops with programs) before it
    the carrier of each part stands. L1 is taken from the first carrier to the product, within what tensors
    and circular buffers leave; tt-plan-memory gives it an address, or takes the prefetch back where its
    addresses do not fit.
    ```mlir
    %3 = tt.conv2d %2, %w {tt.prefetch = array<i64: 2, 1>} : ...   // half by the op before the last
    ```
  }];
  let options = [Option<"device", "device", "std::string", "\"n150\"", "device file or name">];
  let statistics = [
    Statistic<"numPrefetched", "num-prefetched", "products whose weights come early">,
    Statistic<"cyclesSaved", "cycles-saved", "cycles that are predicted to be saved">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

def TTPlanMemory : Pass<"tt-plan-memory", "::mlir::func::FuncOp"> {
  let summary = "decide every device address";
  let description = [{
    Lifetimes of buffers (views share their source's; an elementwise result or the sum with a residual is kept in
    place of an operand in L1 that lies as it does and that nothing reads later), then offsets in L1 from its end downwards and
    in the DRAM banks from their start, largest first. An op whose circular buffers would reach into
    a live buffer makes the one with the farthest next use move to DRAM, with a remark; nothing
    between has to change, because programs read operands from wherever they lie. Each op gets
    `tt.addresses`, a byte address for each result, and `tt.deallocate` follows the last use of a
    buffer. Fails with the op's need and the limit when spilling everything does not help. To the layout trace that
    tt-choose-layouts wrote, if any, are added what became of each op: its launch, blocking and prefetch.
  }];
  let options = [
    Option<"device", "device", "std::string", "\"n150\"", "device file or name">,
    Option<"trace", "trace", "std::string", "", "JSON file of tt-choose-layouts that the launches are added to">
  ];
  let statistics = [
    Statistic<"numSpills", "num-spills", "tensors moved from L1 to DRAM">,
    Statistic<"peakL1", "peak-l1", "bytes of L1 taken at most on a core, circular buffers included">
  ];
  let dependentDialects = ["::ttc::tt::TTDialect"];
}

#endif
