//===- TTAttrs.td - enumerations and attributes of tt ----------------------===//
#ifndef TTC_DIALECTS_TT_TTATTRS_TD
#define TTC_DIALECTS_TT_TTATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/TensorEncoding.td"
include "dialects/TT/TTDialect.td"

//===----------------------------------------------------------------------===//
// Enumerations
//===----------------------------------------------------------------------===//

class TT_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::ttc::tt";
}
class TT_Case<string name, int value> : I32EnumAttrCase<name, value>;

def TT_StorageType : TT_Enum<"StorageType", "number format in device memory",
    [TT_Case<"f32", 0>, TT_Case<"bf16", 1>, TT_Case<"bfp8_b", 2>, TT_Case<"bfp4_b", 3>]>;
def TT_MemorySpace : TT_Enum<"MemorySpace", "which memory", [TT_Case<"dram", 0>, TT_Case<"l1", 1>]>;
def TT_Sharding : TT_Enum<"Sharding", "how the 2-D view is cut",
    [TT_Case<"interleaved", 0>, TT_Case<"height", 1>, TT_Case<"width", 2>, TT_Case<"block", 3>]>;
def TT_TileOrder : TT_Enum<"TileOrder", "order of elements in memory",
    [TT_Case<"tile", 0>, TT_Case<"row_major", 1>]>;
def TT_Fidelity : TT_Enum<"Fidelity", "matrix engine passes per multiplication",
    [TT_Case<"lofi", 0>, TT_Case<"hifi2", 1>, TT_Case<"hifi3", 2>, TT_Case<"hifi4", 3>]>;
def TT_DataFormat : TT_Enum<"DataFormat", "dim order of an image batch",
    [TT_Case<"nchw", 0>, TT_Case<"nhwc", 1>]>;
def TT_ActivationKind : TT_Enum<"ActivationKind", "elementwise activation function",
    [TT_Case<"relu", 0>, TT_Case<"leaky_relu", 1>, TT_Case<"mish", 2>, TT_Case<"silu", 3>,
     TT_Case<"sigmoid", 4>, TT_Case<"tanh", 5>, TT_Case<"hardswish", 6>,
     TT_Case<"hardsigmoid", 7>, TT_Case<"clip", 8>, TT_Case<"gelu", 9>, TT_Case<"elu", 10>,
     TT_Case<"softplus", 11>, TT_Case<"exp", 12>, TT_Case<"sqrt", 13>, TT_Case<"abs", 14>,
     TT_Case<"neg", 15>]>;
def TT_ReduceKind : TT_Enum<"ReduceKind", "what a reduction computes",
    [TT_Case<"sum", 0>, TT_Case<"mean", 1>, TT_Case<"max", 2>]>;
def TT_ResizeMode : TT_Enum<"ResizeMode", "how an image is enlarged",
    [TT_Case<"nearest", 0>, TT_Case<"bilinear", 1>]>;

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

class TT_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<TT_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def TT_StorageAttr : TT_Attr<"Storage", "storage",
    [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "number format of a tensor whose place is not decided yet";
  let description = [{
    A tensor encoding: values are kept in this format once on the device; the
    element type stays f32. Set by lower-dtypes, replaced by `#tt.layout`.

    Example: `tensor<1x64x64x32xf32, #tt.storage<bf16>>`
  }];
  let parameters = (ins EnumParameter<TT_StorageType>:$storage);
  let assemblyFormat = "`<` $storage `>`";
}

def TT_LayoutAttr : TT_Attr<"Layout", "layout",
    [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "where and how a tensor lies on the device";
  let description = [{
    A tensor is seen as a matrix: rows = product of all dims but the last, cols =
    last dim (a scalar is 1x1). The matrix is cut into equal shards, the last ones padded.

    - `interleaved`: one shard, pages dealt round-robin over the banks. The grid is
      1x1 and the shard extents are 0 (they follow from the tensor: `paddedShard`).
    - `height`: shard k holds rows [k*shardRows, (k+1)*shardRows).
    - `width`: shard k holds cols [k*shardCols, (k+1)*shardCols).
    - `block`: shard (i, j) holds row range i and col range j, on core (x=j, y=i).

    Shard k of height and width lies on core (k % gridX, k / gridX). With
    `col_major` it is (k / gridY, k % gridY), and block is transposed: (x=i, y=j).
    The grid is a rectangle that starts at core (0, 0); there may be fewer shards
    than cores.

    In `tile` order a shard is a row-major sequence of 32x32 tiles; in `row_major`
    it is shardRows sticks of shardCols elements.

    Constraints:
    - C1: an interleaved layout has grid 1x1, no shard extents and no `col_major`.
    - C2: a sharded layout has positive grid and shard extents.
    - C3: in tile order shard extents are multiples of 32.
    - C4: in row_major order shardCols is a multiple of 8.
    - C5: block formats (bfp8_b, bfp4_b) need tile order.
    - C6 (on a tensor type): element type f32, static shape.
    - C7 (on a tensor type): the shards cover the matrix and fit the grid.

    Examples:
    ```mlir
    #tt.layout<l1, height, grid = 8x8, shard = 416x64, row_major, bf16>
    #tt.layout<l1, block, grid = 8x7, shard = 64x32, tile, bfp8_b, col_major>
    #tt.layout<dram, interleaved, tile, bfp8_b>
    ```
  }];
  let parameters = (ins
    EnumParameter<TT_MemorySpace>:$memory,
    EnumParameter<TT_Sharding>:$sharding,
    "int64_t":$gridX, "int64_t":$gridY,
    "int64_t":$shardRows, "int64_t":$shardCols,
    EnumParameter<TT_TileOrder>:$order,
    EnumParameter<TT_StorageType>:$storage,
    "bool":$colMajor);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Makes layouts for a tensor; see below.
    class Builder;
    /// Rows and cols of one shard, of the whole padded matrix when interleaved.
    struct Extents {
      int64_t rows, cols;
      bool operator==(const Extents &) const = default;
    };

    bool isSharded() const { return getSharding() != Sharding::interleaved; }
    bool isTiled() const { return getOrder() == TileOrder::tile; }
    bool isInL1() const { return getMemory() == MemorySpace::l1; }
    bool isInDram() const { return getMemory() == MemorySpace::dram; }
    int64_t numCores() const { return getGridX() * getGridY(); }

    /// The matrix a tensor is seen as: product of all dims but the last, last dim.
    static Extents matrixOf(::llvm::ArrayRef<int64_t> shape);
    static Extents getRowsCols(::mlir::RankedTensorType type);

    /// Shard extents; for interleaved the matrix rounded up to what the order needs.
    Extents paddedShard(::mlir::RankedTensorType type) const;
    /// How many row ranges and col ranges the matrix is cut into.
    Extents shardGrid(::mlir::RankedTensorType type) const;
    /// Number of shards that hold data; at most numCores().
    int64_t numShards(::mlir::RankedTensorType type) const;
    /// Core (x, y) of shard number k (block: k = i * shardGrid().cols + j).
    std::pair<int64_t, int64_t> shardCore(int64_t k, ::mlir::RankedTensorType type) const;
    /// Bytes of one shard of a sharded layout.
    int64_t shardBytes() const;
    /// Bytes of one shard; interleaved: of the whole padded tensor.
    int64_t shardBytes(::mlir::RankedTensorType type) const;
    /// Bytes of all shards together, padding included, pages not aligned.
    int64_t totalBytes(::mlir::RankedTensorType type) const;
    /// Bytes of one page, a tile or a stick of paddedShard(type).cols, rounded up to `alignment`.
    int64_t pageBytes(::mlir::RankedTensorType type, int64_t alignment = 1) const;
    /// Pages of one shard.
    int64_t pagesPerShard(::mlir::RankedTensorType type) const;
  }];
}

def TT_ActivationAttr : TT_Attr<"Activation", "activation"> {
  let summary = "an elementwise function with its parameters";
  let description = [{
    `p0`, `p1` by kind: leaky_relu slope; clip low, high; hardsigmoid alpha, beta
    (max(0, min(1, alpha * x + beta))); elu alpha; the other kinds have none and
    keep 0.

    Examples: `#tt.activation<mish>`, `#tt.activation<leaky_relu, 1.000000e-01>`
  }];
  let parameters = (ins
    EnumParameter<TT_ActivationKind>:$kind,
    APFloatParameter<"first parameter">:$p0Value,
    APFloatParameter<"second parameter">:$p1Value);
  let builders = [
    AttrBuilder<(ins "ActivationKind":$kind, CArg<"double", "0.0">:$p0, CArg<"double", "0.0">:$p1), [{
      return $_get($_ctxt, kind, ::llvm::APFloat(p0), ::llvm::APFloat(p1));
    }]>
  ];
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    double getP0() const { return getP0Value().convertToDouble(); }
    double getP1() const { return getP1Value().convertToDouble(); }
    /// How many of p0, p1 a kind uses.
    static unsigned numParameters(ActivationKind kind);
  }];
}

def TT_ComputeAttr : TT_Attr<"Compute", "compute"> {
  let summary = "how the matrix and vector engines compute an op";
  let description = [{
    `fidelity`: passes of the multiplier; `fp32_dest`: accumulate in 32-bit floats
    (half as many destination tiles) instead of 16 bits.

    Example: `#tt.compute<hifi2, fp32_dest = false>`
  }];
  let parameters = (ins EnumParameter<TT_Fidelity>:$fidelity,
                        DefaultValuedParameter<"bool", "false">:$fp32Dest);
  let assemblyFormat = "`<` $fidelity (`,` `fp32_dest` `=` $fp32Dest^)? `>`";
}

#endif
