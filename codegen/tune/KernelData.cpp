//===- KernelData.cpp - memory to run single launches in ------------------===//

#include "codegen/tune/KernelData.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/Sizes.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::tune {

/// More than a last comparison has rounds for are of no use.
static constexpr int64_t kMostPlaces = 16;

/// Bytes of each tensor of a list of the signature.
static llvm::SmallVector<int64_t> tensorBytes(ModuleOp plan, StringRef list,
                                              ArrayRef<int64_t> sizes) {
  SmallVector<int64_t> result;
  auto signature = plan->getAttrOfType<DictionaryAttr>("tsk.signature");
  auto entries = signature ? signature.getAs<ArrayAttr>(list) : ArrayAttr();
  for (Attribute entry : entries ? entries.getValue() : ArrayRef<Attribute>()) {
    auto type = cast<RankedTensorType>(
        cast<DictionaryAttr>(entry).getAs<TypeAttr>("type").getValue());
    AffineMap extents = extentMapOf(plan.getContext(), extentsOf(type));
    int64_t bytes = storageBytesOf(type.getElementType());
    for (int64_t extent : evaluateSizes(extents, sizes)) {
      bytes *= extent;
    }
    result.push_back(bytes);
  }
  return result;
}

llvm::Expected<std::unique_ptr<KernelData>>
KernelData::create(ModuleOp plan, ArrayRef<int64_t> sizes,
                   int64_t displacement) {
  auto data = std::make_unique<KernelData>();
  data->displacement = displacement;
  data->dimensions.assign(sizes.begin(), sizes.end());
  auto workspace = plan->getAttrOfType<AffineMapAttr>("tsk.workspace");
  SmallVector<int64_t> bytes = workspace
                                   ? evaluateSizes(workspace.getValue(), sizes)
                                   : SmallVector<int64_t>();
  // The largest of several: which one it is depends on the sizes.
  data->workspaceBytes =
      bytes.empty() ? 0 : *std::max_element(bytes.begin(), bytes.end());
  data->inputBytes = tensorBytes(plan, "inputs", sizes);
  data->outputBytes = tensorBytes(plan, "outputs", sizes);
  int64_t total = data->workspaceBytes;
  for (int64_t size :
       llvm::concat<int64_t>(data->inputBytes, data->outputBytes)) {
    total += size + displacement;
  }
  for (int64_t place = placesFor(total, kMostPlaces); place > 0; --place) {
    if (!data->addPlace()) {
      return llvm::createStringError("cannot allocate memory to measure in");
    }
  }
  return std::move(data);
}

bool KernelData::addPlace() {
  Place &place = places.emplace_back();
  place.workspace = allocate(workspaceBytes);
  bool isComplete = bool(place.workspace);
  auto addAll = [&](ArrayRef<int64_t> sizes, std::vector<Memory> &memories) {
    for (int64_t size : sizes) {
      memories.push_back(allocate(size + displacement));
      isComplete &= bool(memories.back());
    }
  };
  addAll(inputBytes, place.inputs);
  addAll(outputBytes, place.outputs);
  return isComplete;
}

MutableArrayRef<char> KernelData::bytesOf(Operation *buffer, size_t number) {
  Place &place = places[number];
  if (auto argument = dyn_cast<ArgumentOp>(buffer)) {
    int64_t index = argument.getIndex();
    return {place.inputs[index].get() + displacement,
            size_t(inputBytes[index])};
  }
  if (auto output = dyn_cast<OutputOp>(buffer)) {
    int64_t index = output.getIndex();
    return {place.outputs[index].get() + displacement,
            size_t(outputBytes[index])};
  }
  auto arena = dyn_cast<ArenaOp>(buffer);
  auto offset = arena ? evaluateSizes(arena.getOffset(), dimensions)
                      : SmallVector<int64_t>();
  auto bytes = arena ? evaluateSizes(arena.getBytes(), dimensions)
                     : SmallVector<int64_t>();
  if (offset.empty() || bytes.empty() ||
      offset.front() + bytes.front() > workspaceBytes) {
    return {};
  }
  return {place.workspace.get() + offset.front(), size_t(bytes.front())};
}

void KernelData::fill(LaunchOp launch) {
  for (Value output : launch.getOutputs()) {
    MutableArrayRef<char> bytes = bytesOf(output.getDefiningOp());
    std::fill(bytes.begin(), bytes.end(), 0);
  }
  uint64_t seed = 1;
  for (Value input : launch.getInputs()) {
    if (input.getDefiningOp<WeightOp>()) {
      continue;
    }
    fillRandom(bytesOf(input.getDefiningOp()),
               cast<BufferType>(input.getType()).getElementType(), seed++);
  }
}

void KernelData::fillAll(LaunchOp launch) {
  fill(launch);
  for (Value buffer : launch.getBuffers()) {
    Operation *op = buffer.getDefiningOp();
    for (size_t place = 1; place < places.size() && !isa<WeightOp>(op);
         ++place) {
      llvm::copy(bytesOf(op), bytesOf(op, place).begin());
    }
  }
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// A sequence of well mixed words (splitmix64).
static uint64_t nextWord(uint64_t &state) {
  uint64_t word = (state += 0x9e3779b97f4a7c15u);
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
  return word ^ (word >> 31);
}

void fillRandom(MutableArrayRef<char> bytes, Type element, uint64_t seed) {
  int64_t size = storageBytesOf(element);
  for (size_t at = 0; at + size <= bytes.size(); at += size) {
    uint64_t word = nextWord(seed);
    double real = double(word >> 11) * 0x1p-52 - 1;
    uint64_t bits;
    if (element.isF32()) {
      bits = llvm::bit_cast<uint32_t>(static_cast<float>(real));
    } else if (auto type = dyn_cast<FloatType>(element)) {
      llvm::APFloat value(real);
      bool isInexact;
      value.convert(type.getFloatSemantics(),
                    llvm::APFloat::rmNearestTiesToEven, &isInexact);
      bits = value.bitcastToAPInt().getZExtValue();
    } else {
      // Wide integers may be indices; narrow ones are quantised numbers.
      bits = size > 1 || element.isInteger(1) ? word & 1 : word & 0xff;
    }
    memcpy(bytes.data() + at, &bits, size);
  }
}

double numberAt(const char *at, Type element) {
  uint64_t bits = 0;
  int64_t size = storageBytesOf(element);
  memcpy(&bits, at, size);
  if (element.isF32()) {
    return llvm::bit_cast<float>(static_cast<uint32_t>(bits));
  }
  if (auto type = dyn_cast<FloatType>(element)) {
    llvm::APFloat value(type.getFloatSemantics(),
                        llvm::APInt(type.getWidth(), bits));
    bool isInexact;
    value.convert(llvm::APFloat::IEEEdouble(),
                  llvm::APFloat::rmNearestTiesToEven, &isInexact);
    return value.convertToDouble();
  }
  bool isSigned = !element.isUnsignedInteger() && size < 8;
  return isSigned ? double(llvm::SignExtend64(bits, 8 * size))
                  : double(int64_t(bits));
}

bool agree(ArrayRef<char> actual, ArrayRef<char> expected, Type element) {
  if (actual.size() != expected.size()) {
    return false;
  }
  int64_t size = storageBytesOf(element);
  bool isFloat = isa<FloatType>(element);
  double largest = 0;
  for (size_t at = 0; isFloat && at + size <= expected.size(); at += size) {
    double value = std::abs(numberAt(expected.data() + at, element));
    largest = std::isfinite(value) ? std::max(largest, value) : largest;
  }
  // Sums of numbers within [-1, 1) in another order; halves have three digits.
  double tolerance = !isFloat   ? (size == 1 && !element.isInteger(1) ? 1 : 0)
                     : size < 4 ? 2e-2 * largest
                                : 1e-4 * largest;
  for (size_t at = 0; at + size <= expected.size(); at += size) {
    if (memcmp(actual.data() + at, expected.data() + at, size) == 0) {
      continue;
    }
    double a = numberAt(actual.data() + at, element),
           b = numberAt(expected.data() + at, element);
    bool isSame = a == b || (std::isnan(a) && std::isnan(b));
    if (!isSame && !(std::abs(a - b) <= tolerance)) {
      return false;
    }
  }
  return true;
}

} // namespace tessera::tune
