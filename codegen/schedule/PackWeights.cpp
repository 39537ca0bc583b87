//===- PackWeights.cpp - panels and offsets of constants ------------------===//

#include "codegen/schedule/Passes.h"
#include "dialects/kernel/DotProduct.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/LinearForm.h"
#include "dialects/kernel/Panels.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

namespace tessera::schedule {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "codegen/schedule/Passes.h.inc"
} // namespace tessera::schedule

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

int64_t storedBytesOf(WeightOp weight) {
  auto type = cast<ShapedType>(weight.getValue().getType());
  int64_t elements = type.getNumElements();
  if (auto extents = weight.getPackedExtents()) {
    int64_t rows = 1;
    for (int64_t extent : extents->drop_front().drop_back()) {
      rows *= extent;
    }
    elements =
        rows * ((extents->front() - 1) * extents->back() + lastPanelOf(weight));
    elements *= weight->hasAttr(kGroupAttr) ? kGroup : 1;
  }
  return elements * storageBytesOf(type.getElementType());
}

namespace {

/// The weight that holds what `input` of `launch` reads, in panels of the
/// schedule's vector tile.
WeightOp packedWeight(LaunchOp launch, unsigned input) {
  ScheduleAttr schedule = *launch.getSchedule();
  auto plain = launch.getInputs()[input].getDefiningOp<WeightOp>();
  unsigned dims = launch.getNumDims();
  LinearForm form = linearFormOf(launch.getInputMap(input).getResult(0), dims);
  int64_t vectorDim = schedule.getVectorDim(), panel = schedule.panelWidth();
  auto extentOf = [&](unsigned d) {
    return *constantOf(launch.getExtents().getResult(d));
  };

  MLIRContext *context = launch.getContext();
  SmallVector<int64_t> extents(1, llvm::divideCeil(extentOf(vectorDim), panel));
  AffineExpr position = form.rest;
  auto dot = dotProductOf(launch);
  bool grouped = dot && dot->right == input;
  for (int64_t d : schedule.getOrder().asArrayRef()) {
    if (d != vectorDim && form.uses(d)) {
      int64_t step = grouped && d == dot->dim ? kGroup : 1;
      position = position + getAffineDimExpr(extents.size(), context) *
                                (*form.stride(d) * step);
      extents.push_back(llvm::divideCeil(extentOf(d), step));
    }
  }
  AffineExpr along = getAffineDimExpr(0, context) * panel +
                     getAffineDimExpr(extents.size(), context);
  position = position + along * *form.stride(vectorDim);
  extents.push_back(panel);
  OpBuilder builder(plain);
  auto packed = WeightOp::create(
      builder, plain.getLoc(), plain.getType(), plain.getValue(),
      AffineMapAttr::get(AffineMap::get(extents.size(), 0, position)),
      builder.getDenseI64ArrayAttr(extents),
      builder.getI64IntegerAttr(extentOf(vectorDim)), IntegerAttr());
  // The tile at the end of the dimension reads whole vectors, not a whole
  // panel.
  int64_t rest = schedule.getPanel() ? 0 : extentOf(vectorDim) % panel;
  int64_t last = rest ? llvm::alignTo(rest, schedule.getLanes()) : panel;
  packed->setAttr(kLastPanelAttr, builder.getI64IntegerAttr(last));
  if (grouped) {
    packed->setAttr(kGroupAttr, builder.getI64IntegerAttr(dot->rightStride));
    packed->setAttr(kGroupedExtentAttr, builder.getI64IntegerAttr(dot->extent));
  }
  return packed;
}

struct PackWeights : impl::PackWeightsBase<PackWeights> {
  void runOnOperation() override {
    getOperation().walk([&](LaunchOp launch) {
      for (int64_t input : launch.getSchedule()
                               ? launch.getSchedule()->getPacked().asArrayRef()
                               : ArrayRef<int64_t>()) {
        if (!launch.getInputs()[input].getDefiningOp<WeightOp>().getPacking()) {
          launch.getInputsMutable()[input].set(
              packedWeight(launch, input).getBuffer());
        }
      }
    });
    assignOffsets();
  }

  void assignOffsets() {
    llvm::DenseMap<Attribute, WeightOp> known;
    int64_t offset = 0;
    Builder builder(&getContext());
    SmallVector<WeightOp> weights;
    getOperation().walk([&](WeightOp weight) { weights.push_back(weight); });
    for (WeightOp weight : weights) {
      if (weight.getBuffer().use_empty()) {
        weight.erase();
        continue;
      }
      weight.removeOffsetAttr();
      Attribute identity = builder.getArrayAttr(
          {weight->getAttrDictionary(), TypeAttr::get(weight.getType())});
      auto [found, inserted] = known.try_emplace(identity, weight);
      if (!inserted) {
        weight.getBuffer().replaceAllUsesWith(found->second.getBuffer());
        weight.erase();
        continue;
      }
      weight.setOffset(offset);
      offset = llvm::alignTo(offset + storedBytesOf(weight), 64);
    }
    getOperation()->setAttr("tsk.weight_bytes",
                            builder.getI64IntegerAttr(offset));
  }
};

} // namespace
} // namespace tessera::schedule
