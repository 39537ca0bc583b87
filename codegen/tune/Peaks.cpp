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
/// Vectors that one step of a loop over memory moves.
constexpr int kVectorsInStep = 8;

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

/// The loops for any vector; each becomes part of a function with the
/// instruction set of its width.
template <typename Vector>
[[gnu::always_inline]] static inline float chainsOf(float factor) {
  Vector sums[kChains], by = Vector{} + factor;
  for (int i = 0; i < kChains; ++i) {
    sums[i] = Vector{} + static_cast<float>(i);
  }
  for (int64_t step = 0; step < kChainSteps; ++step) {
#pragma clang loop unroll(full)
    for (int i = 0; i < kChains; ++i) {
      sums[i] = sums[i] * by + by;
    }
  }
  for (int i = 1; i < kChains; ++i) {
    sums[0] += sums[i];
  }
  return sums[0][0];
}

template <typename Vector>
[[gnu::always_inline]] static inline float sumOf(char *data, int64_t bytes) {
  constexpr int64_t kStep = kVectorsInStep * sizeof(Vector);
  Vector sums[kVectorsInStep] = {};
  for (int64_t at = 0; at < bytes; at += kStep) {
    const Vector *part = reinterpret_cast<const Vector *>(data + at);
#pragma clang loop unroll(full)
    for (int i = 0; i < kVectorsInStep; ++i) {
      sums[i] += part[i];
    }
  }
  for (int i = 1; i < kVectorsInStep; ++i) {
    sums[0] += sums[i];
  }
  return sums[0][0];
}

template <typename Vector>
[[gnu::always_inline]] static inline float copyHalf(char *data, int64_t bytes) {
  constexpr int64_t kStep = kVectorsInStep * sizeof(Vector);
  for (int64_t at = 0; at < bytes / 2; at += kStep) {
    const Vector *from = reinterpret_cast<const Vector *>(data + at);
    Vector *to = reinterpret_cast<Vector *>(data + bytes / 2 + at);
#pragma clang loop unroll(full)
    for (int i = 0; i < kVectorsInStep; ++i) {
      to[i] = from[i];
    }
  }
  return 0;
}

#if defined(__x86_64__)
using Vector512 = float __attribute__((vector_size(64)));
using Vector256 = float __attribute__((vector_size(32)));

[[gnu::target("avx512f")]] static float chains512(float factor) {
  return chainsOf<Vector512>(factor);
}
[[gnu::target("avx512f")]] static float sum512(char *data, int64_t bytes) {
  return sumOf<Vector512>(data, bytes);
}
[[gnu::target("avx512f")]] static float copy512(char *data, int64_t bytes) {
  return copyHalf<Vector512>(data, bytes);
}
[[gnu::target("avx2,fma")]] static float chains256(float factor) {
  return chainsOf<Vector256>(factor);
}
[[gnu::target("avx2,fma")]] static float sum256(char *data, int64_t bytes) {
  return sumOf<Vector256>(data, bytes);
}
[[gnu::target("avx2,fma")]] static float copy256(char *data, int64_t bytes) {
  return copyHalf<Vector256>(data, bytes);
}

static Width widthOf(unsigned bits) {
  return bits >= 512 ? Width{64, chains512, sum512, copy512}
                     : Width{32, chains256, sum256, copy256};
}
#else
using Vector128 = float __attribute__((vector_size(16)));

static Width widthOf(unsigned) {
  return {16, chainsOf<Vector128>, sumOf<Vector128>, copyHalf<Vector128>};
}
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
  auto within = [&](int64_t cache) {
    return measureBandwidth(move, data.get(), std::min(cache / 2, memory));
  };
  found.l1 = within(machine.l1Bytes);
  found.l2 = within(machine.l2Bytes);
  // Others share the last cache: a small part of it is there for sure.
  int64_t shared = 8 * machine.l2Bytes;
  found.l3 =
      within(machine.l3Bytes ? std::min(machine.l3Bytes, shared) : shared);
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
