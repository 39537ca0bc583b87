//===- WeightWriter.cpp - the bytes of the weights segment ----------------===//

#include "codegen/cpu/WeightWriter.h"
#include "dialects/kernel/DotProduct.h"
#include "dialects/kernel/LinearForm.h"
#include "dialects/kernel/Panels.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

int64_t weightBytesOf(ModuleOp plan) {
  auto bytes = plan->getAttrOfType<IntegerAttr>("tsk.weight_bytes");
  return bytes ? bytes.getInt() : 0;
}

namespace {

/// Elements of a constant as bytes, whatever holds them.
class ElementBytes {
public:
  explicit ElementBytes(ElementsAttr value) {
    size = storageBytesOf(value.getShapedType().getElementType());
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
      if (AsmResourceBlob *blob = resource.getRawHandle().getBlob()) {
        bytes = blob->getData();
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

private:
  ArrayRef<char> bytes;
  std::vector<char> owned;
  int64_t size = 0;
  bool splat = false;
};

/// Writes the panels of one packed weight.
class PanelWriter {
public:
  PanelWriter(WeightOp weight, const ElementBytes &source, raw_ostream &stream)
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
    }
  }

  void write() { writeFrom(0, start); }

private:
  void writeFrom(unsigned dim, int64_t position) {
    if (dim + 1 == extents.size()) {
      return writeRow(position);
    }
    for (int64_t i = 0; i < extents[dim]; ++i) {
      if (dim == 0) {
        lanesInUse = std::min(extents.back(), limit - i * extents.back());
        row.resize((i + 1 < extents[0] ? extents.back() : lastPanel) * group *
                   source.elementSize());
      }
      writeFrom(dim + 1, position + i * strides[dim]);
    }
  }

  void writeRow(int64_t position) {
    std::fill(row.begin(), row.end(), 0);
    int64_t size = source.elementSize();
    for (int64_t lane = 0; lane < lanesInUse; ++lane) {
      int64_t first = position + lane * strides.back();
      for (int64_t i = 0; i < group; ++i) {
        memcpy(row.data() + (lane * group + i) * size,
               source.at(first + i * groupStride), size);
      }
    }
    stream.write(row.data(), row.size());
  }

  const ElementBytes &source;
  raw_ostream &stream;
  SmallVector<int64_t> extents, strides;
  int64_t limit, lastPanel, start = 0, lanesInUse = 0;
  int64_t group = 1, groupStride = 0;
  std::vector<char> row;
};

void writeWeight(WeightOp weight, raw_ostream &stream) {
  ElementBytes source(weight.getValue());
  int64_t elements = weight.getValue().getShapedType().getNumElements();
  if (elements == 0 || source.empty()) {
    return;
  }
  if (weight.getPacking()) {
    return PanelWriter(weight, source, stream).write();
  }
  if (source.isContiguous()) {
    stream.write(source.at(0), elements * source.elementSize());
    return;
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
