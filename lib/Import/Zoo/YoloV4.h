//===- YoloV4.h - YOLOv4 and YOLOv4-tiny from their architecture --------------------------===//
#ifndef TTC_LIB_IMPORT_ZOO_YOLOV4_H
#define TTC_LIB_IMPORT_ZOO_YOLOV4_H

#include <string>

namespace ttc::zoo {

/// Darknet cfgs for 80 classes: 608x608 with three heads, 416x416 with two.
std::string yoloV4();
std::string yoloV4Tiny();

} // namespace ttc::zoo

#endif
