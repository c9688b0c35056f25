//===- ProgramBuilder.h - one way to write a tile program -------------------===//
//
// An op's tile program is written once, against this interface. The emitting
// builder (dialects/Tile/EmitBuilder.h) makes tile IR from it, the pricing
// builder (PriceBuilder.h) adds up cycles and L1 bytes: cost is code. No MLIR.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_COSTMODEL_PROGRAMBUILDER_H
#define TTC_COSTMODEL_PROGRAMBUILDER_H

#include "ttc/Program/BufferAccess.h"
#include "ttc/Program/Isa.h"
#include "ttc/Program/Program_generated.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ttc {

/// An integer inside a kernel: a constant, or a value of the builder in use.
struct Idx {
  int64_t constant = 0;
  /// 0: `constant` is the value; else the builder's own handle.
  uint32_t handle = 0;

  Idx() = default;
  template <typename T>
    requires std::is_integral_v<T> || std::is_enum_v<T>
  Idx(T value) : constant(int64_t(value)) {}
  static Idx fromHandle(uint32_t handle) {
    Idx i;
    i.handle = handle;
    return i;
  }
  static Idx bits(float value) { return Idx(std::bit_cast<int32_t>(value)); }
  bool isConstant() const { return handle == 0; }
};

/// A device tensor as its 2-D view (rows = N*H*W, cols = C), the fields of program::Buffer that are
/// decided before an address is. Extents are elements.
struct BufferDesc {
  program::Memory memory = program::Memory::L1;
  program::Sharding sharding = program::Sharding::Interleaved;
  program::Order order = program::Order::RowMajor;
  program::Format format = program::Format::Bf16;
  int64_t rows = 0, cols = 0;
  int64_t shardRows = 0, shardCols = 0; ///< padded extents when interleaved
  int gridX = 1, gridY = 1;
  bool colMajor = false;

  bool sharded() const { return sharding != program::Sharding::Interleaved; }
  bool tiled() const { return order == program::Order::Tile; }
  bool operator==(const BufferDesc &) const = default;
};

/// Columns [firstCol, firstCol + cols) of a buffer; each row of an image stands for repeatH x repeatW of them.
struct BufferPart {
  int id = -1;
  BufferDesc desc;
  int64_t firstCol = 0, cols = 0;
  int64_t repeatH = 1, repeatW = 1;
  bool whole() const { return firstCol == 0 && cols == desc.cols && repeatH == 1 && repeatW == 1; }
};

/// A buffer the program may address: `id` is the builder's, -1 where the op has no such operand.
struct BufferRef {
  int id = -1;
  BufferDesc desc;
  /// What lies where it was made and is read as if it were one tensor, next to each other; `id` is none then. Where
  /// `desc` is sharded, a core's shard of it is its shards of the parts.
  std::vector<BufferPart> parts = {};
  explicit operator bool() const { return id >= 0 || !parts.empty(); }
};

struct WindowDesc {
  int64_t n = 1, outH = 1, outW = 1, inH = 1, inW = 1, kernelH = 1, kernelW = 1;
  int64_t strideH = 1, strideW = 1, padTop = 0, padLeft = 0, dilationH = 1, dilationW = 1;
  int64_t inDilationH = 1, inDilationW = 1, inRepeatH = 1, inRepeatW = 1;
};

/// The window's address arithmetic.
WindowView viewOf(const WindowDesc &desc);

/// A constant in device format that an op needs beside its operands (packed weights, bias rows).
/// `fill` returns rows x cols floats, row-major; only the emitting builder calls it.
struct ConstantSpec {
  std::string name; ///< suffix to the op's name: "weights", "bias"
  program::Format format = program::Format::Bf16;
  program::Order order = program::Order::Tile;
  int64_t rows = 0, cols = 0;
  std::function<std::vector<float>()> fill;
};

struct ProgramSpec {
  std::string kind; ///< for reports: "conv2d", "reshard"
  int gridX = 1, gridY = 1;
  program::Fidelity fidelity = program::Fidelity::HiFi2;
  bool fp32Dest = false;
  uint64_t macs = 0;
  bool isReshard = false;
};

struct CbSpec {
  std::string name;
  program::Format format = program::Format::Bf16;
  int64_t pageBytes = 0;
  int64_t pages = 0;
  int aliasBuffer = -1; ///< BufferRef::id whose shard on the core the CB lies on
};
using Cb = int;
using Semaphore = int;

/// Writes one program after another. Order of calls: beginProgram, cb/semaphore declarations, then
/// reader/writer/compute at most once each, endProgram.
class ProgramBuilder {
public:
  virtual ~ProgramBuilder() = default;
  using Body = std::function<void()>;

  // --- declarations ---
  /// A DRAM-interleaved constant. May be called before beginProgram.
  virtual BufferRef constant(const ConstantSpec &spec) = 0;
  virtual int window(const WindowDesc &desc) = 0;
  virtual void beginProgram(const ProgramSpec &spec) = 0;
  virtual void endProgram() = 0;
  virtual Cb cb(const CbSpec &spec) = 0;
  virtual Semaphore semaphore() = 0;
  /// A semaphore that only counts up, and what it has when the program is ready to use it: a program that goes on
  /// in another one counts on where that left off. `key` says who increments it and who waits; `increments`: what
  /// every waiting core gets from this program in all.
  struct Counter {
    Semaphore semaphore = -1;
    int64_t before = 0;
  };
  Counter counter(const std::string &key, int64_t increments);
  virtual void reader(const Body &body) = 0;
  virtual void writer(const Body &body) = 0;
  virtual void compute(const Body &body) = 0;

  /// Work that a program takes along for one that comes later: its reader thread does it on a grid of
  /// its own when the program's own part is done, and the program ends when it is done.
  struct Errand {
    int gridX = 1, gridY = 1;
    Body declare; ///< circular buffers; called by beginProgram
    Body body;    ///< on the cores of the grid
  };
  /// The next program takes `errand` along, and its grid grows to hold the errand's.
  void alongNext(Errand errand) { waiting.push_back(std::move(errand)); }

  /// The program that is built next does not end where it is ended: the one after it goes on in the same
  /// kernels, on the same grid, with circular buffers and semaphores of its own.
  void keepOpen() { keepsOpen = true; }
  /// A program is open to go on in.
  bool goesOn() const { return isOpen; }
  /// The circular buffer in which the open program makes `buffer` on each core that has a shard of it:
  /// its pages are there when all of the shard is.
  struct Made {
    Cb cb = -1;        ///< -1: its parts are written to where they lie, which this counts on the first core
    int64_t pages = 0; ///< of cb
    Counter written;
    int64_t writers = 0;
    bool taken = false; ///< each core has waited for its own pages, and popped them
    bool met = false;   ///< and for all cores
  };
  std::optional<Made> madeBefore(const BufferRef &buffer) const;
  /// What this program has to do before it reads `buffer`, which it does then; `all`: shards of other cores.
  std::optional<Made> takeMade(const BufferRef &buffer, bool all);
  /// Does the open program make both, `first` before `second`?
  bool madeInOrder(const BufferRef &first, const BufferRef &second) const;
  /// `writers` cores of the program that is being built write `buffer`, not in place. Each of them increments the
  /// counter on the first core when it has; none: nothing goes on in the program, or nothing could read it.
  std::optional<Counter> willWrite(const BufferRef &buffer, int64_t writers);
  /// The open program writes `buffer`, and nothing says when it has.
  bool writesBefore(const BufferRef &buffer) const {
    return std::find(written.begin(), written.end(), buffer.id) != written.end() && !madeBefore(buffer);
  }

  // --- structure ---
  /// for (iv = lower; iv < upper; iv += step). A single known iteration needs no loop.
  virtual void loop(Idx lower, Idx upper, int64_t step,
                    const std::function<void(Idx)> &body) = 0;
  virtual void ifThen(Idx condition, const Body &then, const Body &otherwise = {}) = 0;

  // --- values; constants fold here ---
  Idx add(Idx a, Idx b);
  Idx sub(Idx a, Idx b);
  Idx mul(Idx a, Idx b);
  Idx div(Idx a, Idx b); ///< floor; b > 0
  Idx rem(Idx a, Idx b);
  Idx min(Idx a, Idx b);
  Idx max(Idx a, Idx b);
  Idx cmp(isa::Predicate p, Idx a, Idx b);
  Idx select(Idx condition, Idx a, Idx b);
  virtual Idx coreX() = 0;
  virtual Idx coreY() = 0;
  virtual Idx coreIndex() = 0;

  // --- instructions: fields in the order of Isa.def ---
  virtual void emit(isa::Opcode opcode, std::span<const Idx> fields) = 0;
  void emit(isa::Opcode opcode, std::initializer_list<Idx> fields) {
    emit(opcode, std::span<const Idx>(fields.begin(), fields.size()));
  }

protected:
  /// By beginProgram: `spec` on a grid that holds the waiting errands, which go with this program.
  ProgramSpec withErrands(ProgramSpec spec);
  void declareErrands();
  /// Errands that no reader has taken along yet.
  bool errandsLeft() const { return !errands.empty() && !hasReader; }
  /// A thread's kernel: `body` on the program's own grid, behind it on the reader the errands.
  Body kernelBody(const Body &body, bool reader);
  /// By cb(): results are made in aliased circular buffers of this name.
  void noteCb(const CbSpec &spec, Cb cb);
  static constexpr const char *resultCb = "out";
  /// By endProgram: does another one go on in this program?
  bool staysOpen();
  int bodyGridX = 1; ///< of the body that is being written: coreIndex() counts its rows
  /// In a kernel: part number `part` of several begins, which no core comes to long before the others do.
  virtual void enterPart(int part) { (void)part; }

  /// One of Add Sub Mul Div Rem Min Max; at least one operand is not a constant.
  virtual Idx arithmetic(isa::Opcode opcode, Idx a, Idx b) = 0;
  virtual Idx compare(isa::Predicate p, Idx a, Idx b) = 0;
  virtual Idx selectValue(Idx condition, Idx a, Idx b) = 0;

private:
  Body onGrid(int gridX, int gridY, const Body &body);

  std::vector<Errand> waiting, errands;
  int ownX = 1, ownY = 1, allX = 1, allY = 1; ///< the program's grid without and with errands
  int goesOnIn = 0; ///< programs that the one that is being built goes on in
  bool hasReader = false, isOpen = false, keepsOpen = false;
  std::vector<std::pair<int, Made>> made; ///< by buffer, of the open program
  std::map<std::string, Counter> counters; ///< of it
  std::vector<int> written;                ///< buffers, by it, not in place
  size_t madeBeforeThis = 0;
};

} // namespace ttc

#endif
