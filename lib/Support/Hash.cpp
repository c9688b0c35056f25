//===- Hash.cpp - the 64-bit content hash -----------------------------------===//
//
// XXH64 as its specification describes it (doc/xxhash_spec.md of the xxHash
// project): four lanes of 8 bytes, then the tail, then an avalanche.
//
//===----------------------------------------------------------------------===//
#include "ttc/Support/WeightFile.h"

#include <bit>
#include <cstring>

namespace ttc {

static_assert(std::endian::native == std::endian::little, "weight files are mapped as they are");

static constexpr uint64_t prime1 = 0x9E3779B185EBCA87ull;
static constexpr uint64_t prime2 = 0xC2B2AE3D27D4EB4Full;
static constexpr uint64_t prime3 = 0x165667B19E3779F9ull;
static constexpr uint64_t prime4 = 0x85EBCA77C2B2AE63ull;
static constexpr uint64_t prime5 = 0x27D4EB2F165667C5ull;

template <typename T> static T load(const uint8_t *p) {
  T value;
  std::memcpy(&value, p, sizeof(T));
  return value;
}

static uint64_t round(uint64_t lane, uint64_t input) {
  return std::rotl(lane + input * prime2, 31) * prime1;
}

static uint64_t merge(uint64_t hash, uint64_t lane) {
  return (hash ^ round(0, lane)) * prime1 + prime4;
}

uint64_t hash64(std::span<const uint8_t> bytes) {
  const uint8_t *p = bytes.data(), *end = p + bytes.size();
  uint64_t hash;
  if (bytes.size() >= 32) {
    uint64_t a = prime1 + prime2, b = prime2, c = 0, d = 0 - prime1;
    for (; end - p >= 32; p += 32) {
      a = round(a, load<uint64_t>(p));
      b = round(b, load<uint64_t>(p + 8));
      c = round(c, load<uint64_t>(p + 16));
      d = round(d, load<uint64_t>(p + 24));
    }
    hash = std::rotl(a, 1) + std::rotl(b, 7) + std::rotl(c, 12) + std::rotl(d, 18);
    for (uint64_t lane : {a, b, c, d})
      hash = merge(hash, lane);
  } else {
    hash = prime5;
  }
  hash += bytes.size();
  for (; end - p >= 8; p += 8)
    hash = std::rotl(hash ^ round(0, load<uint64_t>(p)), 27) * prime1 + prime4;
  if (end - p >= 4) {
    hash = std::rotl(hash ^ load<uint32_t>(p) * prime1, 23) * prime2 + prime3;
    p += 4;
  }
  for (; p != end; ++p)
    hash = std::rotl(hash ^ *p * prime5, 11) * prime1;
  hash = (hash ^ hash >> 33) * prime2;
  hash = (hash ^ hash >> 29) * prime3;
  return hash ^ hash >> 32;
}

std::string hashText(uint64_t hash) {
  std::string text(16, '0');
  for (int i = 15; i >= 0; --i, hash >>= 4)
    text[i] = "0123456789abcdef"[hash & 15];
  return text;
}

} // namespace ttc
