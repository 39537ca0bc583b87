//===- KernelData.h - memory to run single launches in ----------*- C++ -*-===//
//
// The same layout as in a run of the model: one workspace, one buffer for each
// input and output, so that distances and alignments are those of the run; and
// all of it in several places.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_TUNE_KERNELDATA_H
#define TESSERA_CODEGEN_TUNE_KERNELDATA_H

#include "codegen/tune/Memory.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/Error.h"
#include <memory>

namespace tessera::tune {

class KernelData {
public:
  /// Memory for the plan at these sizes of all its dimensions. Inputs and
  /// outputs start `displacement` bytes beyond a cache line, as callers' may.
  static llvm::Expected<std::unique_ptr<KernelData>>
  create(mlir::ModuleOp plan, llvm::ArrayRef<int64_t> sizes,
         int64_t displacement = 0);

  /// Where a buffer that is no weight lies, and its bytes.
  llvm::MutableArrayRef<char> bytesOf(mlir::Operation *buffer,
                                      size_t place = 0);

  /// In how many places the data lie.
  size_t numPlaces() const { return places.size(); }

  /// Fills what the launch reads (weights excepted) with the same numbers each
  /// time, and what it only writes with zeroes: in the first place, which is
  /// enough for comparing results.
  void fill(kernel::LaunchOp launch);
  /// The same in all places, for measuring.
  void fillAll(kernel::LaunchOp launch);

  const std::vector<int64_t> &sizes() const { return dimensions; }

private:
  struct Place {
    Memory workspace;
    std::vector<Memory> inputs, outputs;
  };
  /// False when memory is missing.
  bool addPlace();

  std::vector<int64_t> dimensions;
  int64_t workspaceBytes = 0, displacement = 0;
  llvm::SmallVector<int64_t> inputBytes, outputBytes;
  std::vector<Place> places;
};

/// Fills with numbers of the type: floats within [-1, 1), small integers.
void fillRandom(llvm::MutableArrayRef<char> bytes, mlir::Type element,
                uint64_t seed);

/// The element of the type at this address.
double numberAt(const char *at, mlir::Type element);

/// Whether results of another order of arithmetic are the same: floats within
/// a small part of the largest magnitude, rounded integers one apart, others
/// equal.
bool agree(llvm::ArrayRef<char> actual, llvm::ArrayRef<char> expected,
           mlir::Type element);

} // namespace tessera::tune

#endif // TESSERA_CODEGEN_TUNE_KERNELDATA_H
