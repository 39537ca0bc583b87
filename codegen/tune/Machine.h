//===- Machine.h - what measurements depend on ------------------*- C++ -*-===//
//
// A measured schedule is good on machines like the one it was measured on. They
// are told apart by instruction sets, caches and cores, never by the
// processor's model number.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_TUNE_MACHINE_H
#define TESSERA_CODEGEN_TUNE_MACHINE_H

#include <cmath>
#include <cstdint>
#include <string>

namespace tessera::tune {

struct Machine {
  /// Instruction sets beyond the least target, separated by spaces.
  std::string features;
  /// Data caches, in bytes; the third is 0 where there is none or nobody knows.
  int64_t l1Bytes = 0, l2Bytes = 0, l3Bytes = 0;
  unsigned cores = 1;
};

/// The machine this runs on.
Machine thisMachine();

/// One line that equal machines share, as records spell it.
std::string signatureOf(const Machine &machine);

/// Bytes a nanosecond (10^9 a second) that one core moves where they live.
struct Bandwidths {
  double l1 = 0, l2 = 0, l3 = 0, memory = 0;

  /// For `bytes` of data.
  double of(const Machine &machine, double bytes) const;
};

/// What one core can do at most, as measured.
struct Peaks {
  /// In a nanosecond.
  double operations = 0;
  Bandwidths read;

  /// The least time of a kernel in nanoseconds: its operations at the peak, or
  /// its bytes where they live. `coldBytes` of them come from where data of
  /// `coldFootprint` bytes lives: from memory, unless fewer take turns.
  double leastTime(const Machine &machine, double operations, double bytes,
                   double coldBytes, double coldFootprint = HUGE_VAL) const;
};

/// Measures with vectors of `vectorBits` (256 or 512, which the processor must
/// have): chains of multiply-adds on f32, and reads of buffers that fit each
/// cache. About a third of a second.
Peaks measurePeaks(const Machine &machine, unsigned vectorBits);

/// Measures copies from one half of such buffers to the other, bytes read and
/// written. Beyond the first cache slower than reads: a line that is stored is
/// fetched first and written back later. About a third of a second.
Bandwidths measureCopies(const Machine &machine, unsigned vectorBits);

/// The power of two nearest to the peak in operations a nanosecond: steady
/// where measurements are not.
int64_t peakClassOf(const Peaks &peaks);

} // namespace tessera::tune

#endif // TESSERA_CODEGEN_TUNE_MACHINE_H
