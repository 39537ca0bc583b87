//===- Tensor.h - tensors in the memory of a tool ---------------*- C++ -*-===//
//
// What the commands read from files, hand to models and compare. Element types
// are numbered as in ONNX (TSR_FLOAT32 ...).
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_TOOLS_IO_TENSOR_H
#define TESSERA_COMPILER_TOOLS_IO_TENSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <new>
#include <optional>
#include <string>
#include <vector>

namespace tessera::tools {

/// How the elements of a type behave.
enum class ElementKind { floating, complex, integer, boolean, text };

struct ElementType {
  uint32_t code;
  const char *name;
  /// Type letters of the .npy format without byte order; null: it has none.
  const char *npy;
  /// Bytes of an element; 1 where several are packed in a byte.
  unsigned bytes;
  ElementKind kind;
  /// Elements in a byte of the types that are packed, the first in the low
  /// bits.
  unsigned perByte = 1;

  /// Bytes of a tensor with this many elements.
  uint64_t bytesOf(uint64_t count) const {
    return (count * bytes + perByte - 1) / perByte;
  }
};

/// Facts about a type, or null for one that no tool can hold.
const ElementType *findElementType(uint32_t code);

/// Memory that starts with a cache line, as tensors within a model do: in other
/// places vectors cross lines, which is another measurement.
template <typename T>
struct LineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{64};

  LineAllocator() = default;
  template <typename Other>
  LineAllocator(const LineAllocator<Other> &) {}

  T *allocate(size_t count) {
    return static_cast<T *>(::operator new(count * sizeof(T), kAlignment));
  }
  void deallocate(T *memory, size_t) { ::operator delete(memory, kAlignment); }
  bool operator==(const LineAllocator &) const { return true; }
  bool operator!=(const LineAllocator &) const { return false; }
};

struct HostTensor {
  std::string name;
  uint32_t elementType = 0;
  std::vector<int64_t> shape;
  /// The elements in row-major order; of strings the tsr_string values of
  /// `texts`, once they are linked.
  std::vector<unsigned char, LineAllocator<unsigned char>> bytes;
  /// The elements of a tensor of strings.
  std::vector<std::string> texts;
};

/// Number of elements; nothing for negative extents and products that no
/// memory can hold.
std::optional<uint64_t> elementCountOf(llvm::ArrayRef<int64_t> shape);

/// Gives the tensor this many zero bytes; false, and nothing changes, if the
/// machine does not have them.
bool allocateBytes(HostTensor &tensor, uint64_t size);

/// Makes `bytes` point to `texts`, or `texts` copies of what `bytes` points to.
void linkTexts(HostTensor &tensor);
void copyTexts(HostTensor &tensor);

/// `float32[1,3,224,224]`.
std::string describe(const HostTensor &tensor);
std::string describe(uint32_t elementType, llvm::ArrayRef<int64_t> shape);

/// The value of a floating, integer or boolean element.
double elementAsDouble(const HostTensor &tensor, uint64_t index);

/// Where two tensors differ first, as text; nothing when they agree. Floating
/// elements: |actual - expected| <= absolute + relative * |expected|, NaN equal
/// to NaN; all others exactly.
std::optional<std::string> findDifference(const HostTensor &actual,
                                          const HostTensor &expected,
                                          double relative, double absolute);

/// Reads a tensor from a .npy or .pb file, by the name's ending.
llvm::Expected<HostTensor> readTensor(llvm::StringRef path);

/// Writes `FOLDER/output_INDEX.npy`, or `.pb` for types that .npy lacks; an
/// older file of the other ending is removed.
llvm::Error writeOutput(llvm::StringRef folder, unsigned index,
                        const HostTensor &tensor);

/// An error with this text.
llvm::Error toolError(const llvm::Twine &text);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_IO_TENSOR_H
