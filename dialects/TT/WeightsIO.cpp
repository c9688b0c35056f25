//===- WeightsIO.cpp - modules as text with their constants beside them -----===//
#include "dialects/TT/Weights.h"

#include "ttc/Support/WeightFile.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <filesystem>
#include <limits>

using namespace mlir;

namespace ttc::tt {

/// Constants of one text printed inside it, in all.
static constexpr size_t inlineLimitBytes = 1 << 20;

namespace {
struct Resource {
  DenseResourceElementsAttr attr;
  Operation *user; ///< the first
};
} // namespace

/// Every resource that the module's ops refer to, once, in order of first use.
static SmallVector<Resource> collectResources(ModuleOp module) {
  SmallVector<Resource> resources;
  llvm::DenseSet<const void *> seen;
  module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    for (NamedAttribute named : op->getAttrDictionary())
      named.getValue().walk([&](DenseResourceElementsAttr attr) {
        if (seen.insert(attr.getRawHandle().getResource()).second)
          resources.push_back({attr, op});
      });
  });
  return resources;
}

static size_t sizeInBytes(DenseResourceElementsAttr attr) {
  return size_t(attr.getNumElements()) * attr.getElementType().getIntOrFloatBitWidth() / 8;
}

LogicalResult loadExternalWeights(ModuleOp module, StringRef textPath) {
  SmallVector<Resource> missing = collectResources(module);
  llvm::erase_if(missing, [](const Resource &resource) {
    const AsmResourceBlob *blob = resource.attr.getRawHandle().getBlob();
    return blob && !blob->getData().empty();
  });

  auto named = module->getAttrOfType<StringAttr>(weightsAttrName);
  if (!named) {
    if (missing.empty())
      return success();
    return emitError(missing.front().user->getLoc())
           << "no bytes for resource '" << missing.front().attr.getRawHandle().getKey()
           << "': expected them in the text or the module attribute '" << weightsAttrName
           << "' to name a weight file";
  }

  SmallString<128> path;
  if (llvm::sys::path::is_relative(named.getValue()) && textPath != "-")
    path = llvm::sys::path::parent_path(textPath);
  llvm::sys::path::append(path, named.getValue());
  llvm::sys::path::remove_dots(path);
  Expected<WeightFile> file = WeightFile::open(path.str().str());
  if (!file)
    return emitError(module.getLoc()) << file.error().message;
  module->setAttr(weightsAttrName, StringAttr::get(module.getContext(), path));

  std::shared_ptr<const void> mapping = file->file();
  for (Resource &resource : missing) {
    DenseResourceElementsHandle handle = resource.attr.getRawHandle();
    const WeightFile::Entry *entry = file->find(std::string_view(handle.getKey()));
    if (!entry)
      return emitError(resource.user->getLoc())
             << "no bytes for resource '" << handle.getKey() << "': " << path << " holds "
             << file->entries().size() << " constants, and none of that name";
    if (entry->bytes.size() != sizeInBytes(resource.attr))
      return emitError(resource.user->getLoc())
             << path << ": '" << handle.getKey() << "' has " << entry->bytes.size()
             << " bytes, but type " << resource.attr.getType() << " needs "
             << sizeInBytes(resource.attr);
    if (Expected<void> checked = file->check(*entry); !checked)
      return emitError(resource.user->getLoc()) << checked.error().message;
    ArrayRef<char> bytes(reinterpret_cast<const char *>(entry->bytes.data()), entry->bytes.size());
    handle.getResource()->setBlob(UnmanagedAsmResourceBlob::allocateWithAlign(
        bytes, 64, [owner = mapping](void *, size_t, size_t) mutable { owner.reset(); }));
  }
  return success();
}

/// True if the file at `path` holds all of these, byte for byte.
static bool holds(StringRef path, ArrayRef<WeightBlob> blobs) {
  Expected<WeightFile> file = WeightFile::open(path.str());
  return file && llvm::all_of(blobs, [&](const WeightBlob &blob) {
           const WeightFile::Entry *entry = file->find(blob.name);
           return entry && entry->bytes.size() == blob.bytes.size() &&
                  (entry->bytes.data() == blob.bytes.data() || entry->hash == hash64(blob.bytes));
         });
}

/// The path as seen from `folder`.
static std::string relativeTo(StringRef path, StringRef folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::path relative = fs::proximate(path.str(), folder.empty() ? "." : folder.str(), error);
  return error ? path.str() : relative.string();
}

namespace {
/// Takes the bytes of resources out of the context for as long as it lives, so that the printer
/// neither sees nor formats them. Nobody may read them meanwhile.
class DetachedResources {
public:
  DetachedResources(ArrayRef<Resource> resources) {
    for (const Resource &resource : resources) {
      DenseResourceElementsHandle handle = resource.attr.getRawHandle();
      if (AsmResourceBlob *blob = handle.getBlob()) {
        entries.push_back(handle.getResource());
        blobs.push_back(std::move(*blob));
        *blob = AsmResourceBlob();
      }
    }
  }
  ~DetachedResources() {
    for (auto [entry, blob] : llvm::zip_equal(entries, blobs))
      entry->setBlob(std::move(blob));
  }

private:
  SmallVector<DialectResourceBlobManager::BlobEntry *> entries;
  std::vector<AsmResourceBlob> blobs;
};
} // namespace

/// Prints without any resource bytes; `weights` is what `tt.weights` says in the text.
static void printWithoutBytes(ModuleOp module, ArrayRef<Resource> resources, StringRef weights,
                              raw_ostream &os, OpPrintingFlags flags) {
  Attribute inMemory = module->getAttr(weightsAttrName);
  if (!weights.empty())
    module->setAttr(weightsAttrName, StringAttr::get(module.getContext(), weights));
  std::string text;
  {
    DetachedResources detached(resources);
    llvm::raw_string_ostream stream(text);
    module->print(stream, flags.elideLargeResourceString(0));
  }
  if (inMemory)
    module->setAttr(weightsAttrName, inMemory);
  // The printer opens the resource section before it knows that nothing goes there.
  StringRef kept = text;
  kept.consume_back("\n{-#\n\n#-}\n");
  os << kept << '\n';
}

/// The bytes of all resources; an error if some are not loaded.
static FailureOr<SmallVector<WeightBlob>> blobsOf(ArrayRef<Resource> resources) {
  SmallVector<WeightBlob> blobs;
  for (const Resource &resource : resources) {
    DenseResourceElementsHandle handle = resource.attr.getRawHandle();
    const AsmResourceBlob *blob = handle.getBlob();
    if (!blob)
      return emitError(resource.user->getLoc()) << "no bytes for resource '" << handle.getKey() << "'";
    ArrayRef<char> data = blob->getData();
    blobs.push_back({handle.getKey().str(),
                     {reinterpret_cast<const uint8_t *>(data.data()), data.size()}});
  }
  return blobs;
}

/// Makes sure that the weight file which the module names afterwards holds these bytes.
static LogicalResult placeBytes(ModuleOp module, ArrayRef<WeightBlob> blobs, StringRef path) {
  auto named = module->getAttrOfType<StringAttr>(weightsAttrName);
  if (named && holds(named, blobs))
    return success();
  if (Expected<void> written = writeWeightFile(path.str(), blobs); !written)
    return emitError(module.getLoc()) << written.error().message;
  module->setAttr(weightsAttrName, StringAttr::get(module.getContext(), path));
  return success();
}

static size_t totalBytes(ArrayRef<WeightBlob> blobs) {
  size_t total = 0;
  for (const WeightBlob &blob : blobs)
    total += blob.bytes.size();
  return total;
}

LogicalResult writeModule(ModuleOp module, StringRef path, StringRef weightsPath) {
  SmallVector<Resource> resources = collectResources(module);
  FailureOr<SmallVector<WeightBlob>> blobs = blobsOf(resources);
  if (failed(blobs))
    return failure();
  std::string text;
  llvm::raw_string_ostream os(text);
  OpPrintingFlags flags;
  flags.enableDebugInfo();
  if (resources.empty()) {
    module->removeAttr(weightsAttrName);
    module->print(os, flags);
    os << '\n';
  } else {
    std::string beside = path.str() + ".weights";
    if (failed(placeBytes(module, *blobs, weightsPath.empty() ? beside : weightsPath)))
      return failure();
    StringRef placed = module->getAttrOfType<StringAttr>(weightsAttrName);
    printWithoutBytes(module, resources, relativeTo(placed, llvm::sys::path::parent_path(path)), os,
                      flags);
  }
  if (Expected<void> written = writeFile(path.str(), text); !written)
    return emitError(module.getLoc()) << written.error().message;
  return success();
}

LogicalResult printModule(ModuleOp module, raw_ostream &os, StringRef weightsPath,
                          OpPrintingFlags flags) {
  SmallVector<Resource> resources = collectResources(module);
  if (resources.empty()) {
    module->removeAttr(weightsAttrName);
    module->print(os, flags);
    os << '\n';
    return success();
  }
  FailureOr<SmallVector<WeightBlob>> blobs = blobsOf(resources);
  if (failed(blobs))
    return failure();
  if (!weightsPath.empty() && failed(placeBytes(module, *blobs, weightsPath)))
    return failure();
  auto named = module->getAttrOfType<StringAttr>(weightsAttrName);
  if (named && holds(named, *blobs)) {
    printWithoutBytes(module, resources, relativeTo(named, ""), os, flags);
    return success();
  }
  size_t total = totalBytes(*blobs);
  if (total > inlineLimitBytes) {
    emitWarning(module.getLoc()) << "the text leaves out " << total
                         << " bytes of constants that no file holds; name one with --weights-file";
    printWithoutBytes(module, resources, "", os, flags);
    return success();
  }
  module->removeAttr(weightsAttrName);
  module->print(os, flags.elideLargeResourceString(std::numeric_limits<int64_t>::max()));
  os << '\n';
  return success();
}

} // namespace ttc::tt
