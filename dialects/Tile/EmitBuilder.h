//===- EmitBuilder.h - tile programs as IR ----------------------------------===//
//
// The ProgramBuilder that makes tile ops. Instructions are created from their
// field lists (Fields.h); no instruction is named here.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DIALECTS_TILE_EMITBUILDER_H
#define TTC_DIALECTS_TILE_EMITBUILDER_H

#include "dialects/Tile/Tile.h"
#include "ttc/CostModel/ProgramBuilder.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <memory>

namespace ttc::tile {

/// Appends buffers, windows, constants and programs to a module that has `tile.device`. Symbols are
/// the source's name and a role ("conv_3.weights", "conv_3.conv2d"), numbered where that is taken.
class EmitBuilder final : public ProgramBuilder {
public:
  explicit EmitBuilder(mlir::ModuleOp module);
  ~EmitBuilder() override;

  /// The source op of what is built next: every op gets this location, symbols begin with `name`.
  void setSource(mlir::Location loc, llvm::StringRef name);

  /// A buffer of the module as programs see it.
  BufferRef buffer(BufferOp op);
  /// Declares a buffer. `size` (bytes in every bank or core) follows from the description;
  /// the address is left open.
  BufferOp createBuffer(llvm::StringRef name, const BufferDesc &desc);
  /// Programs made since construction, in order.
  llvm::ArrayRef<ProgramOp> programs() const { return made; }

  BufferRef constant(const ConstantSpec &spec) override;
  int window(const WindowDesc &desc) override;
  void beginProgram(const ProgramSpec &spec) override;
  void endProgram() override;
  Cb cb(const CbSpec &spec) override;
  Semaphore semaphore() override;
  void reader(const Body &body) override;
  void writer(const Body &body) override;
  void compute(const Body &body) override;
  void loop(Idx lower, Idx upper, int64_t step, const std::function<void(Idx)> &body) override;
  void ifThen(Idx condition, const Body &then, const Body &otherwise = {}) override;
  Idx coreX() override;
  Idx coreY() override;
  Idx coreIndex() override;
  using ProgramBuilder::emit;
  void emit(isa::Opcode opcode, std::span<const Idx> fields) override;

protected:
  Idx arithmetic(isa::Opcode opcode, Idx a, Idx b) override;
  Idx compare(isa::Predicate p, Idx a, Idx b) override;
  Idx selectValue(Idx condition, Idx a, Idx b) override;

private:
  struct Instruction; ///< name and fields of an op, by opcode
  struct Kernel;      ///< constants and coordinates of the kernel being built

  mlir::Value value(Idx i);
  mlir::Value condition(Idx i);
  Idx handle(mlir::Value v);
  mlir::Value constantValue(int64_t v);
  template <typename OpT> Idx coordinate();
  mlir::Attribute attribute(FieldKind kind, Idx i);
  void kernel(ThreadKind thread, const Body &body);
  void symbol(mlir::Operation *op);

  mlir::ModuleOp module;
  mlir::OpBuilder builder;
  mlir::SymbolTable symbols;
  llvm::StringMap<unsigned> nextNumber; ///< of names that are taken
  mlir::Location loc;
  std::string source;
  std::vector<Instruction> instructions;
  std::vector<BufferOp> buffers;
  llvm::DenseMap<mlir::Operation *, int> bufferIds;
  std::vector<WindowOp> windows;
  llvm::DenseMap<mlir::Attribute, int> windowIds; ///< by attributes without the name
  std::vector<mlir::Value> values;
  std::vector<mlir::Value> cbs, semaphores;
  ProgramOp program;
  std::unique_ptr<Kernel> current;
  std::vector<ProgramOp> made;
};

/// Bytes of a page and pages of one bank or core, as Program.fbs states them.
int64_t pageBytes(const BufferDesc &desc, DeviceAttr device);
int64_t bankBytes(const BufferDesc &desc, DeviceAttr device);
/// The description of a declared buffer.
BufferDesc describe(BufferOp op);

} // namespace ttc::tile

#endif
