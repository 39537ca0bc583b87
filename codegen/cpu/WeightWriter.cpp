//===- WeightWriter.cpp - the bytes of the weights segment ----------------===//
//
// Weights may be larger than memory: what lies in the model's files is read
// through windows, and pages that were read are given back.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/WeightWriter.h"
#include "dialects/kernel/DotProduct.h"
#include "dialects/kernel/LinearForm.h"
#include "dialects/kernel/Panels.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include <sys/mman.h>

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

int64_t weightBytesOf(ModuleOp plan) {
  auto bytes = plan->getAttrOfType<IntegerAttr>("tsk.weight_bytes");
  return bytes ? bytes.getInt() : 0;
}

namespace {

constexpr uint64_t kPageBytes = 4096;
/// Pages of the model's files that are mapped at once, about, and bytes of
/// panels that are put together in memory.
constexpr uint64_t kWindowBytes = uint64_t(256) << 20;
constexpr uint64_t kBatchBytes = uint64_t(64) << 20;
/// What one access may map: the kernel maps the pages around it as well.
constexpr uint64_t kMappedAround = uint64_t(64) << 10;

/// Elements of a constant as bytes, whatever holds them.
class ElementBytes {
public:
  explicit ElementBytes(ElementsAttr value) {
    size = storageBytesOf(value.getShapedType().getElementType());
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
      if (AsmResourceBlob *blob = resource.getRawHandle().getBlob()) {
        bytes = blob->getData();
        // What cannot be changed lies in a mapped file.
        isMapped = !blob->isMutable();
      }
      return;
    }
    auto dense = cast<DenseElementsAttr>(value);
    splat = dense.isSplat();
    if (dense.getElementType().isInteger(1)) {
      // Booleans are packed into bits in the attribute.
      for (bool bit : dense.getValues<bool>()) {
        owned.push_back(bit);
      }
      splat = false;
      bytes = owned;
      return;
    }
    bytes = dense.getRawData();
  }

  const char *at(int64_t element) const {
    return bytes.data() + (splat ? 0 : element * size);
  }
  int64_t elementSize() const { return size; }
  bool isContiguous() const { return !splat; }
  bool empty() const { return bytes.empty(); }

  /// Counts pages that were read and gives them back from time to time; the
  /// next access reads them anew.
  void hasRead(uint64_t count) {
    if (isMapped && (unreleased += count) > kWindowBytes) {
      release();
    }
  }
  void release() {
    uint64_t begin = reinterpret_cast<uintptr_t>(bytes.begin());
    uint64_t end = reinterpret_cast<uintptr_t>(bytes.end()) & -kPageBytes;
    begin = llvm::alignTo(begin, kPageBytes);
    if (isMapped && begin < end) {
      madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED);
    }
    unreleased = 0;
  }

private:
  ArrayRef<char> bytes;
  bool isMapped = false;
  uint64_t unreleased = 0;
  std::vector<char> owned;
  int64_t size = 0;
  bool splat = false;
};

/// Writes the panels of one packed weight. Panels that lie side by side in the
/// source are put together at once, so that each page is read a few times only.
class PanelWriter {
public:
  PanelWriter(WeightOp weight, ElementBytes &source, raw_ostream &stream)
      : source(source), stream(stream),
        extents(llvm::to_vector(*weight.getPackedExtents())),
        limit(*weight.getVectorExtent()), lastPanel(lastPanelOf(weight)) {
    LinearForm form =
        linearFormOf(weight.getPacking()->getResult(0), extents.size());
    for (unsigned d = 0; d < extents.size(); ++d) {
      strides.push_back(*form.stride(d));
    }
    start = cast<AffineConstantExpr>(form.rest).getValue();
    if (auto stride = weight->getAttrOfType<IntegerAttr>(kGroupAttr)) {
      group = kGroup;
      groupStride = stride.getInt();
      groupedExtent =
          weight->getAttrOfType<IntegerAttr>(kGroupedExtentAttr).getInt();
    }
  }

  void write() {
    int64_t rows = 1;
    for (size_t d = 1; d + 1 < extents.size(); ++d) {
      rows *= extents[d];
    }
    int64_t panelBytes = rows * rowBytes(extents.back());
    int64_t most =
        std::max<int64_t>(1, kBatchBytes / std::max<int64_t>(1, panelBytes));
    // The last panel may have shorter rows.
    int64_t whole = extents[0] - 1;
    for (int64_t first = 0; first < whole; first += most) {
      writeBatch(first, std::min(most, whole - first), rows, extents.back());
    }
    writeBatch(whole, 1, rows, lastPanel);
  }

private:
  int64_t rowBytes(int64_t lanes) const {
    return lanes * group * source.elementSize();
  }

  void writeBatch(int64_t first, int64_t count, int64_t rows, int64_t lanes) {
    panels.assign(count * rows * rowBytes(lanes), 0);
    for (int64_t row = 0; row < rows; ++row) {
      int64_t position = start, rest = row;
      for (size_t d = extents.size() - 2; d > 0; --d) {
        position += rest % extents[d] * strides[d];
        rest /= extents[d];
      }
      for (int64_t i = 0; i < count; ++i) {
        char *to = panels.data() + (i * rows + row) * rowBytes(lanes);
        fillRow(first + i, position + (first + i) * strides[0], membersOf(row),
                to);
      }
      source.hasRead(kMappedAround + count * rowBytes(lanes));
    }
    stream.write(panels.data(), panels.size());
  }

  /// Elements of the row's groups; the innermost dimension of rows is the one
  /// that is grouped.
  int64_t membersOf(int64_t row) const {
    int64_t first = row % extents[extents.size() - 2] * group;
    return group == 1 ? 1 : std::min(group, groupedExtent - first);
  }

  void fillRow(int64_t panel, int64_t position, int64_t members, char *row) {
    int64_t size = source.elementSize();
    int64_t used = std::min(extents.back(), limit - panel * extents.back());
    for (int64_t lane = 0; lane < used; ++lane) {
      int64_t first = position + lane * strides.back();
      for (int64_t i = 0; i < members; ++i) {
        memcpy(row + (lane * group + i) * size,
               source.at(first + i * groupStride), size);
      }
    }
  }

  ElementBytes &source;
  raw_ostream &stream;
  SmallVector<int64_t> extents, strides;
  int64_t limit, lastPanel, start = 0;
  /// The elements of a group, how far they are apart, and all along their
  /// dimension.
  int64_t group = 1, groupStride = 0, groupedExtent = 1;
  std::vector<char> panels;
};

void writeWeight(WeightOp weight, raw_ostream &stream) {
  ElementBytes source(weight.getValue());
  int64_t elements = weight.getValue().getShapedType().getNumElements();
  if (elements == 0 || source.empty()) {
    return;
  }
  if (weight.getPacking()) {
    PanelWriter(weight, source, stream).write();
    return source.release();
  }
  if (source.isContiguous()) {
    constexpr int64_t kBlock = 1 << 20;
    for (int64_t i = 0; i < elements; i += kBlock) {
      int64_t bytes = std::min(kBlock, elements - i) * source.elementSize();
      stream.write(source.at(i), bytes);
      source.hasRead(bytes);
    }
    return source.release();
  }
  for (int64_t i = 0; i < elements; ++i) {
    stream.write(source.at(i), source.elementSize());
  }
}

} // namespace

void writeWeights(ModuleOp plan, raw_ostream &stream) {
  int64_t written = 0;
  uint64_t begin = stream.tell();
  plan.walk([&](WeightOp weight) {
    stream.write_zeros(*weight.getOffset() - written);
    writeWeight(weight, stream);
    written = stream.tell() - begin;
  });
  stream.write_zeros(weightBytesOf(plan) - written);
}

} // namespace tessera::cpu
