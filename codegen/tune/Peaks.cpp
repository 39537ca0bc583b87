//===- Peaks.cpp - measures what one core can do --------------------------===//
//
// Compiled for all targets the compiler itself is: each vector width has its
// own functions with the instruction set as an attribute. The best of several
// short passes counts, since others may be using the machine.
//
//===----------------------------------------------------------------------===//

#include "codegen/tune/Machine.h"
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace tessera::tune;

namespace {
using Clock = std::chrono::steady_clock;

double nanosecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
}

/// Independent chains: more than latency (4) times throughput (2) needs.
constexpr int kChains = 12;
constexpr int64_t kChainSteps = 20000;
/// Passes of which the best counts, and bytes each reads at least.
constexpr int kPasses = 7;
constexpr int64_t kPassBytes = int64_t(16) << 20;
constexpr int64_t kMostMemory = int64_t(256) << 20;

/// What a measurement computes goes here, so that it cannot be left out.
volatile float sink;

/// Functions of one vector width.
struct Width {
  int64_t bytes;
  /// Runs the chains; the result must be used.
  float (*chains)(float factor);
  /// Sums `bytes` (a multiple of 512) at `data`.
  float (*sum)(char *data, int64_t bytes);
  /// Copies the first half of `bytes` (a multiple of 1,024) at `data` to the
  /// other.
  float (*copy)(char *data, int64_t bytes);
};
} // namespace

#if defined(__x86_64__)
__attribute__((target("avx512f"))) static float chains512(float factor) {
  __m512 sums[kChains], by = _mm512_set1_ps(factor);
  for (int i = 0; i < kChains; ++i) {
    sums[i] = _mm512_set1_ps(static_cast<float>(i));
  }
  for (int64_t step = 0; step < kChainSteps; ++step) {
#pragma clang loop unroll(full)
    for (int i = 0; i < kChains; ++i) {
      sums[i] = _mm512_fmadd_ps(sums[i], by, by);
    }
  }
  __m512 total = sums[0];
  for (int i = 1; i < kChains; ++i) {
    total = _mm512_add_ps(total, sums[i]);
  }
  return _mm512_cvtss_f32(total);
}

__attribute__((target("avx512f"))) static float sum512(char *data,
                                                       int64_t bytes) {
  __m512 sums[8] = {};
  for (int64_t at = 0; at < bytes; at += 512) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; ++i) {
      sums[i] = _mm512_add_ps(sums[i], _mm512_loadu_ps(data + at + 64 * i));
    }
  }
  __m512 total = sums[0];
  for (int i = 1; i < 8; ++i) {
    total = _mm512_add_ps(total, sums[i]);
  }
  return _mm512_cvtss_f32(total);
}

__attribute__((target("avx512f"))) static float copy512(char *data,
                                                        int64_t bytes) {
  int64_t half = bytes / 2;
  for (int64_t at = 0; at < half; at += 512) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; ++i) {
      char *part = data + at + 64 * i;
      _mm512_storeu_ps(part + half, _mm512_loadu_ps(part));
    }
  }
  return 0;
}

__attribute__((target("avx2,fma"))) static float chains256(float factor) {
  __m256 sums[kChains], by = _mm256_set1_ps(factor);
  for (int i = 0; i < kChains; ++i) {
    sums[i] = _mm256_set1_ps(static_cast<float>(i));
  }
  for (int64_t step = 0; step < kChainSteps; ++step) {
#pragma clang loop unroll(full)
    for (int i = 0; i < kChains; ++i) {
      sums[i] = _mm256_fmadd_ps(sums[i], by, by);
    }
  }
  __m256 total = sums[0];
  for (int i = 1; i < kChains; ++i) {
    total = _mm256_add_ps(total, sums[i]);
  }
  return _mm256_cvtss_f32(total);
}

__attribute__((target("avx2,fma"))) static float sum256(char *data,
                                                        int64_t bytes) {
  __m256 sums[8] = {};
  for (int64_t at = 0; at < bytes; at += 256) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; ++i) {
      const char *part = data + at + 32 * i;
      sums[i] = _mm256_add_ps(
          sums[i], _mm256_loadu_ps(reinterpret_cast<const float *>(part)));
    }
  }
  __m256 total = sums[0];
  for (int i = 1; i < 8; ++i) {
    total = _mm256_add_ps(total, sums[i]);
  }
  return _mm256_cvtss_f32(total);
}

__attribute__((target("avx2,fma"))) static float copy256(char *data,
                                                         int64_t bytes) {
  int64_t half = bytes / 2;
  for (int64_t at = 0; at < half; at += 256) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; ++i) {
      float *part = reinterpret_cast<float *>(data + at + 32 * i);
      _mm256_storeu_ps(part + half / sizeof(float), _mm256_loadu_ps(part));
    }
  }
  return 0;
}

static Width widthOf(unsigned bits) {
  return bits >= 512 ? Width{64, chains512, sum512, copy512}
                     : Width{32, chains256, sum256, copy256};
}
#else
static float noChains(float factor) { return factor; }
static float noMove(char *data, int64_t) { return *data; }
static Width widthOf(unsigned) { return {4, noChains, noMove, noMove}; }
#endif

static double measureOperations(const Width &width) {
  double best = 0;
  for (int pass = 0; pass < 4 * kPasses; ++pass) {
    auto begin = Clock::now();
    sink = width.chains(0.999f);
    double operations =
        2.0 * kChains * kChainSteps * (width.bytes / sizeof(float));
    best = std::max(best, operations / nanosecondsSince(begin));
  }
  return best;
}

/// Moves `bytes` of data again and again.
static double measureBandwidth(float (*move)(char *, int64_t), char *data,
                               int64_t bytes) {
  bytes = std::max<int64_t>(1024, bytes / 1024 * 1024);
  int64_t repeats = std::max<int64_t>(1, kPassBytes / bytes);
  sink = move(data, bytes);
  double best = 0;
  for (int pass = 0; pass < kPasses; ++pass) {
    auto begin = Clock::now();
    float total = 0;
    for (int64_t i = 0; i < repeats; ++i) {
      total += move(data, bytes);
      // The next pass must move it again.
      __asm__ volatile("" ::: "memory");
    }
    double time = nanosecondsSince(begin);
    sink = total;
    best = std::max(best, double(bytes) * repeats / time);
  }
  return best;
}

static Bandwidths measureBandwidths(const Machine &machine,
                                    float (*move)(char *, int64_t)) {
  int64_t memory =
      std::clamp<int64_t>(4 * machine.l3Bytes, kPassBytes * 4, kMostMemory);
  constexpr size_t kAlignment = 4096;
  std::unique_ptr<char, void (*)(void *)> data(
      static_cast<char *>(std::aligned_alloc(kAlignment, memory)), free);
  Bandwidths found;
  if (!data) {
    return found;
  }
  memset(data.get(), 0, memory);
  auto within = [&](int64_t cache, int64_t fallback) {
    int64_t bytes = cache ? cache / 2 : fallback;
    return measureBandwidth(move, data.get(), std::min(bytes, memory));
  };
  found.l1 = within(machine.l1Bytes, 16 << 10);
  found.l2 = within(machine.l2Bytes, 128 << 10);
  // Others share the last cache: a small part of it is there for sure.
  int64_t shared = machine.l2Bytes ? 8 * machine.l2Bytes : machine.l3Bytes;
  found.l3 = within(std::min(machine.l3Bytes, shared), 2 << 20);
  found.memory = measureBandwidth(move, data.get(), memory);
  return found;
}

Peaks tessera::tune::measurePeaks(const Machine &machine, unsigned vectorBits) {
  Width width = widthOf(vectorBits);
  Peaks peaks;
  peaks.operations = measureOperations(width);
  peaks.read = measureBandwidths(machine, width.sum);
  return peaks;
}

Bandwidths tessera::tune::measureCopies(const Machine &machine,
                                        unsigned vectorBits) {
  return measureBandwidths(machine, widthOf(vectorBits).copy);
}
