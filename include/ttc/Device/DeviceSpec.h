//===- DeviceSpec.h - the constants of a device, from a file ----------------===//
//
// devices/NAME.json: {"name", "description", "architecture", "constants": {NAME:
// {"value", "unit", "source"}}}. Every constant of DeviceFields.def must be there, with that
// unit and a source; nothing else may be.
//
//===----------------------------------------------------------------------===//
#ifndef TTC_DEVICE_DEVICESPEC_H
#define TTC_DEVICE_DEVICESPEC_H

#include "ttc/Support/Expected.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ttc {

/// A decimal constant in thousandths, so that times are integers on every host.
struct Milli {
  int64_t thousandths = 1000;
  double value() const { return double(thousandths) / 1000; }
};

struct DeviceSpec {
  std::string name;
  std::string description;
  std::string architecture; ///< "WORMHOLE_B0": which published measurements are of such a chip

#define TTC_DEVICE_INT(field, unit, min, max) int64_t field = 0;
#define TTC_DEVICE_MILLI(field, unit) Milli field;
#define TTC_DEVICE_LIST(field, unit, length) std::vector<int64_t> field;
#include "ttc/Device/DeviceFields.def"

  int64_t cores() const { return grid_x * grid_y; }
  /// Bytes of L1 a program may use on a core.
  int64_t l1Bytes() const { return l1_end - l1_base; }
  /// Tiles of one half of Dst.
  int64_t dstTiles(bool fp32Dest) const { return fp32Dest ? dst_tiles_32 : dst_tiles_16; }
  /// Digest of name and all values; a program file carries that of the device it was made for.
  uint64_t fingerprint() const;
  double milliseconds(int64_t cycles) const { return double(cycles) / (double(clock_mhz) * 1000); }
};

/// One constant as stated in the file, for `ttc info --device`.
struct DeviceConstant {
  std::string name, value, unit, source;
};

/// Reads a device file. Errors name file, constant, what was expected and found.
Expected<DeviceSpec> loadDeviceFile(const std::string &path,
                                    std::vector<DeviceConstant> *constants = nullptr);
Expected<DeviceSpec> parseDevice(std::string_view json, const std::string &fileName,
                                 std::vector<DeviceConstant> *constants = nullptr);

/// A device by name ("n150") or by path (anything that holds a '/' or ends in .json). Names are
/// looked up as NAME.json in $TTC_DEVICE_DIR, in devices/ beside the executable's build or install
/// tree and in the source tree this was built from.
Expected<DeviceSpec> findDevice(const std::string &nameOrPath,
                                std::vector<DeviceConstant> *constants = nullptr);

} // namespace ttc

#endif
