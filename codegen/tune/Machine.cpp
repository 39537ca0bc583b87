//===- Machine.cpp - what measurements depend on --------------------------===//

#include "codegen/tune/Machine.h"
#include <algorithm>
#include <cmath>
#include <unistd.h>

using namespace tessera::tune;

static std::string featureNames() {
  std::string names;
  auto add = [&names](const char *name, bool isPresent) {
    if (isPresent) {
      names += (names.empty() ? "" : " ") + std::string(name);
    }
  };
#if defined(__x86_64__)
  __builtin_cpu_init();
  add("avx2", __builtin_cpu_supports("avx2"));
  add("avx512f", __builtin_cpu_supports("avx512f"));
  add("avx512bw", __builtin_cpu_supports("avx512bw"));
  add("avx512_vnni", __builtin_cpu_supports("avx512vnni"));
  add("avx512_bf16", __builtin_cpu_supports("avx512bf16"));
  add("avx_vnni", __builtin_cpu_supports("avxvnni"));
  add("amx_bf16", __builtin_cpu_supports("amx-bf16"));
  add("amx_int8", __builtin_cpu_supports("amx-int8"));
#endif
  return names;
}

/// Systems that do not say how large a cache is answer 0 or fail.
static int64_t cacheBytes(int level, int64_t otherwise) {
  int64_t bytes = sysconf(level);
  return bytes > 0 ? bytes : otherwise;
}

Machine tessera::tune::thisMachine() {
  Machine machine;
  machine.features = featureNames();
  // All processors that run a target's code have at least these.
  machine.l1Bytes = cacheBytes(_SC_LEVEL1_DCACHE_SIZE, 32 << 10);
  machine.l2Bytes = cacheBytes(_SC_LEVEL2_CACHE_SIZE, 256 << 10);
  machine.l3Bytes = cacheBytes(_SC_LEVEL3_CACHE_SIZE, 0);
  machine.cores = std::max<int64_t>(1, sysconf(_SC_NPROCESSORS_ONLN));
  return machine;
}

std::string tessera::tune::signatureOf(const Machine &machine) {
  auto kilobytes = [](int64_t bytes) {
    return std::to_string(bytes >> 10) + "K";
  };
  return machine.features + ", caches " + kilobytes(machine.l1Bytes) + " " +
         kilobytes(machine.l2Bytes) + " " + kilobytes(machine.l3Bytes) + ", " +
         std::to_string(machine.cores) + " cores";
}

double Bandwidths::of(const Machine &machine, double bytes) const {
  // Data that fills a cache shares it with what else is in use.
  constexpr double kUsable = 0.75;
  return bytes <= kUsable * machine.l1Bytes   ? l1
         : bytes <= kUsable * machine.l2Bytes ? l2
         : bytes <= kUsable * machine.l3Bytes ? l3
                                              : memory;
}

double Peaks::leastTime(const Machine &machine, double work, double bytes,
                        double coldBytes, double coldFootprint) const {
  double warmBytes = std::max(0.0, bytes - coldBytes);
  double moving = warmBytes / read.of(machine, warmBytes) +
                  coldBytes / read.of(machine, coldFootprint);
  return std::max(work / operations, moving);
}

int64_t tessera::tune::peakClassOf(const Peaks &peaks) {
  return peaks.operations > 1
             ? int64_t(1) << std::lround(std::log2(peaks.operations))
             : 1;
}
