//===- MatmulAmx.cpp - matmul of tiles with AMX bf16 ------------------------===//
//
// The order in which TDPBF16PS sums (Intel's instruction set extensions reference:
// even and odd k apart in fused steps from zero, then their sum into the
// accumulator, subnormals flushed) is the order Kernels.h prescribes, so the results
// are those of the other bodies for the operands allowed here. What that document
// does not promise a comparison at first use checks; it runs in a child process, so
// that a host on which AMX is announced but does not work falls back as well.
//
//===----------------------------------------------------------------------===//
#include "Kernels/Matmul.h"

#include "Kernels/Bits.h"

#include <atomic>

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TTC_AMX __attribute__((target("amx-tile,amx-bf16,avx512f,avx512bw")))

namespace ttc::sim {
namespace {
std::atomic<bool> allowed{true};

/// CPUID says that there are AMX tiles and bf16 and AVX-512, and the kernel lets this process use them.
bool granted() {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
    return false;
  bool amx = (d >> 24 & 1) && (d >> 22 & 1), avx512 = (b >> 16 & 1) && (b >> 30 & 1);
  constexpr int requestPermission = 0x1023, tileData = 18; // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return amx && avx512 && syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
}

/// Palette 1, tiles 0..7 of 16 rows of 64 bytes. Tiles belong to the thread that configures them.
TTC_AMX void configure() {
  struct alignas(64) {
    uint8_t palette = 1, startRow = 0, reserved[14] = {};
    uint16_t columnBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } config;
  static_assert(sizeof config == 64);
  _tile_loadconfig(&config);
}

/// Rows of 32 bf16.
TTC_AMX void narrowRows(const float *tile, uint16_t *out) {
  for (int i = 0; i < tileElements; i += 16) {
    __m512i u = _mm512_srli_epi32(_mm512_load_si512(tile + i), 16);
    _mm256_store_si256(reinterpret_cast<__m256i *>(out + i), _mm512_cvtepi32_epi16(u));
  }
}
/// Rows 2k and 2k + 1 side by side: 16 rows of 32 pairs.
TTC_AMX void pairRows(const float *tile, uint32_t *out) {
  const __m512i high = _mm512_set1_epi32(int(0xffff0000u));
  for (int k = 0; k < tileDim; k += 2)
    for (int c = 0; c < tileDim; c += 16) {
      __m512i even = _mm512_srli_epi32(_mm512_load_si512(tile + k * tileDim + c), 16);
      __m512i odd = _mm512_and_si512(_mm512_load_si512(tile + (k + 1) * tileDim + c), high);
      _mm512_store_si512(out + k / 2 * tileDim + c, _mm512_or_si512(even, odd));
    }
}

TTC_AMX void sumTile(const Operand *const *in0, const Operand *const *in1, int stride1, int inner,
                     float *total) {
  alignas(64) uint16_t a[tileElements];
  alignas(64) uint32_t b[tileElements / 2];
  configure();
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int kt = 0; kt < inner; ++kt) {
    narrowRows(in0[kt]->values, a);
    pairRows(in1[size_t(kt) * size_t(stride1)]->values, b);
    _tile_loadd(4, a, 64);
    _tile_loadd(5, a + 16 * tileDim, 64);
    _tile_loadd(6, b, 128);
    _tile_loadd(7, b + 16, 128);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, total, 128);
  _tile_stored(1, total + 16, 128);
  _tile_stored(2, total + 16 * tileDim, 128);
  _tile_stored(3, total + 16 * tileDim + 16, 128);
  _tile_release();
}

/// Random operands of all ordinary exponents, zeros and cancelling terms, against the portable body.
bool agrees() {
  constexpr int inner = 3;
  static Operand operands[2 * inner];
  uint64_t state = 1;
  auto random = [&] { return uint32_t((state = state * 6364136223846793005u + 1442695040888963407u) >> 33); };
  for (int round = 0; round < 16; ++round) {
    const Operand *in0[inner], *in1[inner];
    uint32_t spread = round % 4 == 0 ? 1 : round % 4 == 1 ? 4 : round % 4 == 2 ? 24 : 100;
    for (int t = 0; t < 2 * inner; ++t) {
      for (float &x : operands[t].values) {
        uint32_t e = 127 - spread / 2 + random() % spread, r = random();
        x = r % 9 == 0 ? 0.0f : floatOf((r & 1) << 31 | e << 23 | (random() & 0x7f) << 16);
      }
      operands[t].ordinary = operands[t].bf16 = true;
      (t < inner ? in0[t] : in1[t - inner]) = &operands[t];
    }
    alignas(64) float got[tileElements], want[tileElements];
    sumTile(in0, in1, 1, inner, got);
    sumTileFast(in0, in1, 1, inner, want);
    if (std::memcmp(got, want, sizeof got) != 0)
      return false;
  }
  return true;
}

/// agrees(), where neither a wrong result nor a signal can do harm.
bool agreesInChild() {
  pid_t child = fork();
  if (child == 0)
    _exit(agrees() ? 0 : 1);
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

SumTile amxMatmul() {
  static const SumTile chosen = granted() && agreesInChild() ? sumTile : nullptr;
  return allowed.load(std::memory_order_relaxed) ? chosen : nullptr;
}
#else
namespace ttc::sim {
namespace {
std::atomic<bool> allowed{true};
} // namespace

SumTile amxMatmul() { return nullptr; }
#endif

void allowAmx(bool allow) { allowed.store(allow, std::memory_order_relaxed); }

} // namespace ttc::sim
