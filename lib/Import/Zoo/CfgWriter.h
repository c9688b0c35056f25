//===- CfgWriter.h - writes a Darknet cfg layer by layer --------------------------------===//
#ifndef TTC_LIB_IMPORT_ZOO_CFGWRITER_H
#define TTC_LIB_IMPORT_ZOO_CFGWRITER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace ttc::zoo {

/// Every layer function appends a layer that reads the one before, and returns its index, by which
/// later layers refer to it.
class CfgWriter {
public:
  CfgWriter(int height, int width, int channels = 3);

  /// The activation of the convolutions that follow.
  void use(llvm::StringRef activation) { current = activation; }

  /// Convolution, batch normalisation and activation; padded so that only the stride shrinks.
  int conv(int filters, int size, int stride = 1);
  /// A 1x1 convolution with a bias and nothing after it.
  int project(int filters);
  int maxpool(int size, int stride);
  int upsample();
  /// The sum of the layer before and `from`.
  int add(int from);
  /// The channels of the layers one after the other; of each only the second half with `upperHalf`.
  int concat(llvm::ArrayRef<int> layers, bool upperHalf = false);
  /// A detection head on the layer before, over the anchors first, first+1, first+2.
  int yolo(int firstAnchor, llvm::ArrayRef<int> anchors, int classes, llvm::StringRef scale);

  int last() const { return count - 1; }
  const std::string &text() const { return out; }

private:
  int section(llvm::StringRef name);
  void option(llvm::StringRef key, llvm::StringRef value);
  void option(llvm::StringRef key, int value) { option(key, std::to_string(value)); }

  std::string out, current;
  int count = 0;
};

} // namespace ttc::zoo

#endif
