//===- OrderSet.h - a set of element orders ---------------------------------===//
#ifndef TTC_DIALECTS_TT_ORDERSET_H
#define TTC_DIALECTS_TT_ORDERSET_H

namespace ttc::tt {

/// Orders an op can read an operand or write a result in.
struct OrderSet {
  bool tile = false, rowMajor = false;

  static constexpr OrderSet any() { return {true, true}; }
  static constexpr OrderSet onlyTile() { return {true, false}; }
  static constexpr OrderSet onlyRowMajor() { return {false, true}; }
  template <typename TileOrder> static constexpr OrderSet only(TileOrder order) {
    return {order == TileOrder::tile, order == TileOrder::row_major};
  }
  template <typename TileOrder> constexpr bool contains(TileOrder order) const {
    return order == TileOrder::tile ? tile : rowMajor;
  }
};

} // namespace ttc::tt

#endif
