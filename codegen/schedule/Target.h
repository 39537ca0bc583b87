//===- Target.h - the facts about each CPU that code is made for *- C++ -*-===//
//
// One row for each target. Choosers and emitters ask for numbers and
// capabilities and never test a name.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_SCHEDULE_TARGET_H
#define TESSERA_CODEGEN_SCHEDULE_TARGET_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>

namespace tessera::schedule {

/// Bytes of a line of the cache, which one prefetch brings; the same for all
/// targets.
inline constexpr int64_t kLineBytes = 64;

/// What a processor and its operating system can execute.
struct CpuFeatures {
  /// AVX2, FMA, BMI1/2, F16C, LZCNT, MOVBE; the system saves ymm registers.
  bool level3 = false;
  /// AVX-512 F/BW/CD/DQ/VL; the system saves zmm and mask registers.
  bool level4 = false;
  /// AVX-512 VNNI, in addition to level 4.
  bool byteProducts = false;
  /// AMX with bf16 and bytes, in addition to these; the system saves tile
  /// registers and lets this process use them.
  bool matrixTiles = false;
};

/// How products of f32 are computed: by fused multiply-adds, by the products of
/// both factors' parts in bf16, or of both rounded to bf16.
enum class Products { fma, bf16x6, bf16x3, bf16 };

/// Facts about one target.
struct Target {
  /// The name used on the command line and in symbols of variants.
  llvm::StringRef name;
  llvm::StringRef triple;
  /// LLVM's processor name; only instruction sets follow from it.
  llvm::StringRef cpu;
  /// LLVM's feature string, applied after `cpu`.
  llvm::StringRef features;
  /// Bits of the widest vector register.
  unsigned vectorBits;
  /// Vector registers; a kernel should keep at least two free.
  unsigned vectorRegisters;
  /// Whether vector loads and stores take a mask at no cost.
  bool maskedMemory;
  /// Whether an arithmetic operand can be one scalar in memory, broadcast.
  bool embeddedBroadcast;
  /// Fused multiply-adds (vectors) that start in one cycle.
  unsigned fmaPerCycle;
  /// Cycles until a fused multiply-add's result can be used.
  unsigned fmaLatency;
  /// Caches of one core, in bytes; conservative for the level.
  int64_t l1Bytes;
  int64_t l2Bytes;
  /// Whether one instruction adds the products of four unsigned and four signed
  /// bytes to a lane of 32 bits, without saturation.
  bool byteProducts;
  /// The part of CpuFeatures that must hold.
  bool CpuFeatures::*required;
  /// The same target on processors with `byteProducts`, or null. Schedules and
  /// packed weights are those of this one, so a library carries both.
  const Target *withByteProducts = nullptr;
  /// Registers that the default register tile may fill; 0: all but one.
  unsigned tileRegisters = 0;
  /// Eight registers of 16 rows of 64 bytes, and instructions that add products
  /// of bf16 matrices to f32 ones.
  bool matrixTiles = false;
  /// What contractions of f32 may use where they are large enough; other than
  /// `fma` only with `matrixTiles`.
  Products products = Products::fma;

  /// Elements of a type of `bits` bits in one vector register.
  unsigned lanes(unsigned bits) const { return vectorBits / bits; }
  unsigned f32Lanes() const { return lanes(32); }
};

/// All targets that can be asked for, from the least to the most capable.
llvm::ArrayRef<Target> allTargets();

/// The target of this name, those with byte products included, or null.
const Target *findTarget(llvm::StringRef name);

/// `target`, whose products are computed as asked for where it can do so, and
/// with fused multiply-adds elsewhere.
Target withProducts(const Target &target, Products products);

/// The name of an option's value, and its meaning; null for other names.
llvm::StringRef nameOf(Products products);
std::optional<Products> productsOf(llvm::StringRef name);

/// What this machine can execute (by feature bits, never by model number).
CpuFeatures hostFeatures();

/// `target`, with byte products when it and this machine have them.
const Target &formForThisMachine(const Target &target);

/// The most capable target that this machine executes, or null.
const Target *nativeTarget();

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_TARGET_H
