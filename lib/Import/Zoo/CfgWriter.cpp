//===- CfgWriter.cpp - writes a Darknet cfg layer by layer ------------------------------===//
#include "CfgWriter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace ttc::zoo {

static std::string list(llvm::ArrayRef<int> values) {
  return llvm::join(llvm::map_range(values, [](int v) { return std::to_string(v); }), ",");
}

CfgWriter::CfgWriter(int height, int width, int channels) {
  out = "[net]\n";
  option("height", height);
  option("width", width);
  option("channels", channels);
}

int CfgWriter::section(llvm::StringRef name) {
  out += "\n# " + std::to_string(count) + "\n[" + name.str() + "]\n";
  return count++;
}

void CfgWriter::option(llvm::StringRef key, llvm::StringRef value) {
  out += key.str() + "=" + value.str() + "\n";
}

int CfgWriter::conv(int filters, int size, int stride) {
  int layer = section("convolutional");
  option("batch_normalize", 1);
  option("filters", filters);
  option("size", size);
  option("stride", stride);
  option("pad", 1);
  option("activation", current);
  return layer;
}

int CfgWriter::project(int filters) {
  int layer = section("convolutional");
  option("filters", filters);
  option("size", 1);
  option("stride", 1);
  option("pad", 1);
  option("activation", "linear");
  return layer;
}

int CfgWriter::maxpool(int size, int stride) {
  int layer = section("maxpool");
  option("size", size);
  option("stride", stride);
  return layer;
}

int CfgWriter::upsample() {
  int layer = section("upsample");
  option("stride", 2);
  return layer;
}

int CfgWriter::add(int from) {
  int layer = section("shortcut");
  option("from", from - layer);
  option("activation", "linear");
  return layer;
}

int CfgWriter::concat(llvm::ArrayRef<int> layers, bool upperHalf) {
  int layer = section("route");
  option("layers", list(llvm::map_to_vector(layers, [&](int from) { return from - layer; })));
  if (upperHalf) {
    option("groups", 2);
    option("group_id", 1);
  }
  return layer;
}

int CfgWriter::yolo(int firstAnchor, llvm::ArrayRef<int> anchors, int classes,
                    llvm::StringRef scale) {
  int layer = section("yolo");
  option("mask", list({firstAnchor, firstAnchor + 1, firstAnchor + 2}));
  option("anchors", list(anchors));
  option("classes", classes);
  option("num", int(anchors.size() / 2));
  option("scale_x_y", scale);
  return layer;
}

} // namespace ttc::zoo
