/*===- cpu.c - which instruction sets this machine can run ----------------===
 *
 * Feature bits only, never model numbers; and what the system saves on a
 * context switch (XCR0), without which the registers do not exist.
 *
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "internal.h"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  /* XCR0: SSE and AVX; opmask, upper halves and upper registers; tiles. */
  STATE_AVX = 0x6,
  STATE_AVX512 = 0xe6,
  STATE_AMX = 0x60000,
  /* arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) */
  REQUEST_PERMISSION = 0x1023,
  TILE_DATA = 18
};

/** Leaves 1, 7 and 0x80000001, as far as they matter, and XCR0. */
struct features {
  uint32_t leaf1_ecx, leaf7_ebx, leaf7_ecx, leaf7_edx, extended_ecx;
  uint64_t state;
};

static int has(uint32_t word, uint32_t bits) { return (word & bits) == bits; }

static struct features read_features(void) {
  struct features features = {0, 0, 0, 0, 0, 0};
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) {
    return features;
  }
  features.leaf1_ecx = ecx;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
    features.leaf7_ebx = ebx;
    features.leaf7_ecx = ecx;
    features.leaf7_edx = edx;
  }
  if (__get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx)) {
    features.extended_ecx = ecx;
  }
  if (has(features.leaf1_ecx, bit_OSXSAVE)) {
    uint32_t low = 0, high = 0;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    features.state = ((uint64_t)high << 32) | low;
  }
  return features;
}

static int supports_v3(const struct features *features) {
  return has(features->leaf1_ecx, bit_AVX | bit_FMA | bit_F16C | bit_MOVBE |
                                      bit_SSE4_2 | bit_POPCNT) &&
         has(features->leaf7_ebx, bit_AVX2 | bit_BMI | bit_BMI2) &&
         has(features->extended_ecx, bit_LZCNT) &&
         (features->state & STATE_AVX) == STATE_AVX;
}

static int supports_v4(const struct features *features) {
  return supports_v3(features) &&
         has(features->leaf7_ebx, bit_AVX512F | bit_AVX512BW | bit_AVX512CD |
                                      bit_AVX512DQ | bit_AVX512VL) &&
         (features->state & STATE_AVX512) == STATE_AVX512;
}

static int supports_v4_vnni(const struct features *features) {
  return supports_v4(features) && has(features->leaf7_ecx, bit_AVX512VNNI);
}

static int supports_amx(const struct features *features) {
  return supports_v4_vnni(features) &&
         has(features->leaf7_edx, bit_AMXTILE | bit_AMXBF16 | bit_AMXINT8) &&
         (features->state & STATE_AMX) == STATE_AMX;
}

int tsr_runtime_cpu_supports(uint32_t isa) {
  struct features features = read_features();
  switch (isa) {
  case TSR_ISA_X86_64_V3:
    return supports_v3(&features);
  case TSR_ISA_X86_64_V4:
    return supports_v4(&features);
  case TSR_ISA_X86_64_V4_VNNI:
    return supports_v4_vnni(&features);
  case TSR_ISA_X86_64_AMX:
    return supports_amx(&features);
  default:
    return 0;
  }
}

int tsr_runtime_cpu_request(uint32_t isa) {
  if (isa != TSR_ISA_X86_64_AMX) {
    return 1;
  }
  return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
}
