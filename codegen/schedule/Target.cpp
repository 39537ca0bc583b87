//===- Target.cpp - the table of targets ----------------------------------===//

#include "codegen/schedule/Target.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

using namespace tessera::schedule;

// Register counts, latencies and throughputs: Intel's optimization manual for
// client cores of each level, AMD's for Zen 3 to 5. Caches are the smallest of
// the processors of the level that are still sold.
static const Target v4WithByteProducts = {
    /*name=*/"x86-64-v4-vnni",
    /*triple=*/"x86_64-unknown-linux-gnu",
    /*cpu=*/"x86-64-v4",
    /*features=*/"-prefer-256-bit,+avx512vnni,+fast-dpwssd",
    /*vectorBits=*/512,
    /*vectorRegisters=*/32,
    /*maskedMemory=*/true,
    /*embeddedBroadcast=*/true,
    /*fmaPerCycle=*/2,
    /*fmaLatency=*/4,
    /*l1Bytes=*/32 << 10,
    /*l2Bytes=*/1 << 20,
    /*byteProducts=*/true,
    /*required=*/&CpuFeatures::byteProducts};

static const Target targets[] = {
    {/*name=*/"x86-64-v3", /*triple=*/"x86_64-unknown-linux-gnu",
     /*cpu=*/"x86-64-v3",
     /*features=*/"-prefer-256-bit",
     /*vectorBits=*/256, /*vectorRegisters=*/16, /*maskedMemory=*/false,
     /*embeddedBroadcast=*/false, /*fmaPerCycle=*/2, /*fmaLatency=*/4,
     /*l1Bytes=*/32 << 10, /*l2Bytes=*/256 << 10, /*byteProducts=*/false,
     /*required=*/&CpuFeatures::level3},
    {/*name=*/"x86-64-v4", /*triple=*/"x86_64-unknown-linux-gnu",
     /*cpu=*/"x86-64-v4",
     // LLVM prefers half-width vectors at this level unless told otherwise.
     /*features=*/"-prefer-256-bit",
     /*vectorBits=*/512, /*vectorRegisters=*/32, /*maskedMemory=*/true,
     /*embeddedBroadcast=*/true, /*fmaPerCycle=*/2, /*fmaLatency=*/4,
     /*l1Bytes=*/32 << 10, /*l2Bytes=*/1 << 20, /*byteProducts=*/false,
     /*required=*/&CpuFeatures::level4, &v4WithByteProducts},
    {/*name=*/"x86-64-amx", /*triple=*/"x86_64-unknown-linux-gnu",
     /*cpu=*/"x86-64-v4",
     /*features=*/
     "-prefer-256-bit,+avx512vnni,+fast-dpwssd,+avx512bf16,+amx-tile,+amx-bf16,"
     "+amx-int8",
     /*vectorBits=*/512, /*vectorRegisters=*/32, /*maskedMemory=*/true,
     /*embeddedBroadcast=*/true, /*fmaPerCycle=*/2, /*fmaLatency=*/4,
     // As for the level below, so that both choose the same panels and share
     // weights in one library.
     /*l1Bytes=*/32 << 10, /*l2Bytes=*/1 << 20, /*byteProducts=*/true,
     /*required=*/&CpuFeatures::matrixTiles, /*withByteProducts=*/nullptr,
     /*tileRegisters=*/0, /*matrixTiles=*/true},
};

llvm::ArrayRef<Target> tessera::schedule::allTargets() { return targets; }

const Target *tessera::schedule::findTarget(llvm::StringRef name) {
  for (const Target &target : targets) {
    for (const Target *form = &target; form; form = form->withByteProducts) {
      if (form->name == name) {
        return form;
      }
    }
  }
  return nullptr;
}

Target tessera::schedule::withProducts(const Target &target,
                                       Products products) {
  Target result = target;
  result.products = target.matrixTiles ? products : Products::fma;
  return result;
}

static constexpr llvm::StringLiteral productNames[] = {"fma", "bf16x6",
                                                       "bf16x3", "bf16"};

llvm::StringRef tessera::schedule::nameOf(Products products) {
  return productNames[static_cast<int>(products)];
}

std::optional<Products> tessera::schedule::productsOf(llvm::StringRef name) {
  for (int i = 0; i < 4; ++i) {
    if (productNames[i] == name) {
      return static_cast<Products>(i);
    }
  }
  return std::nullopt;
}

#if defined(__x86_64__)
/// The register sets that the operating system saves on a context switch.
static uint64_t savedRegisterSets() {
  uint32_t low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low | (static_cast<uint64_t>(high) << 32);
}

static bool hasAll(uint32_t bits, uint32_t wanted) {
  return (bits & wanted) == wanted;
}

/// Whether the system lets this process use tile registers; it does so once
/// asked, for good.
static bool requestTiles() {
  constexpr long requestPermission = 0x1023, tileData = 18;
  return syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
}

CpuFeatures tessera::schedule::hostFeatures() {
  CpuFeatures result;
  uint32_t a, b, c, d, unused, more, tiles, extended;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !hasAll(c, bit_OSXSAVE) ||
      !__get_cpuid_count(7, 0, &unused, &b, &more, &tiles) ||
      !__get_cpuid(0x80000001, &unused, &unused, &extended, &unused)) {
    return result;
  }
  uint64_t saved = savedRegisterSets();
  constexpr uint64_t ymmState = 0x6, zmmState = 0xe6, tileState = 0x60000;
  result.level3 = (saved & ymmState) == ymmState &&
                  hasAll(c, bit_SSE4_2 | bit_POPCNT | bit_AVX | bit_FMA |
                                bit_F16C | bit_MOVBE) &&
                  hasAll(b, bit_AVX2 | bit_BMI | bit_BMI2) &&
                  hasAll(extended, bit_LZCNT);
  result.level4 = result.level3 && (saved & zmmState) == zmmState &&
                  hasAll(b, bit_AVX512F | bit_AVX512BW | bit_AVX512CD |
                                bit_AVX512DQ | bit_AVX512VL);
  result.byteProducts = result.level4 && hasAll(more, bit_AVX512VNNI);
  result.matrixTiles =
      result.byteProducts && (saved & tileState) == tileState &&
      hasAll(tiles, bit_AMXTILE | bit_AMXBF16 | bit_AMXINT8) && requestTiles();
  return result;
}
#else
CpuFeatures tessera::schedule::hostFeatures() { return {}; }
#endif

const Target *tessera::schedule::nativeTarget() {
  CpuFeatures host = hostFeatures();
  const Target *best = nullptr;
  for (const Target &target : targets) {
    if (host.*target.required) {
      best = &target;
    }
  }
  return best;
}

const Target &tessera::schedule::formForThisMachine(const Target &target) {
  const Target *form = target.withByteProducts;
  return form && hostFeatures().*form->required ? *form : target;
}
