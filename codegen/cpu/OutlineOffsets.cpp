//===- OutlineOffsets.cpp - let launches share code -----------------------===//
//
// The steps of an unrolled loop and the classes of a detector are alike but for
// where their elements lie. What all accesses of a launch to one buffer have in
// common becomes part of the pointer, so that one function serves them all.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/Passes.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/Kernel.h"
#include "llvm/ADT/MapVector.h"

namespace tessera::cpu {
#define GEN_PASS_DEF_OUTLINEOFFSETS
#include "codegen/cpu/Passes.h.inc"
} // namespace tessera::cpu

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

/// The constant that an element offset ends in, if elements lie behind it.
static int64_t constantPartOf(AffineExpr expr) {
  auto sum = dyn_cast<AffineBinaryOpExpr>(expr);
  if (sum && sum.getKind() == AffineExprKind::Add) {
    expr = sum.getRHS();
  }
  auto constant = dyn_cast<AffineConstantExpr>(expr);
  return constant ? std::max<int64_t>(constant.getValue(), 0) : 0;
}

/// Whether the elements of input `i` are not where its map says, or more than
/// its map says where they are.
static bool isAddressedOtherwise(LaunchOp launch, unsigned i) {
  return launch.isWholeInput(i) ||
         llvm::is_contained(launch.getSchedule()->getPacked().asArrayRef(), i);
}

namespace {
/// How far each buffer of a launch can be moved.
class Shifts {
public:
  explicit Shifts(LaunchOp launch) : launch(launch) {
    unsigned inputs = launch.getInputs().size();
    for (auto [i, buffer] : llvm::enumerate(launch.getBuffers())) {
      bool stays = i < inputs && isAddressedOtherwise(launch, i);
      int64_t own = stays ? 0 : constantPartOf(mapOf(i).getResult(0));
      auto [found, isNew] = shifts.try_emplace(buffer, own);
      found->second = std::min(found->second, own);
    }
  }

  void apply() {
    SmallVector<int64_t> offsets;
    for (Value buffer : launch.getBuffers()) {
      offsets.push_back(shifts.lookup(buffer));
    }
    if (llvm::all_of(offsets, [](int64_t offset) { return offset == 0; })) {
      return;
    }
    unsigned inputs = launch.getInputs().size();
    ArrayRef<int64_t> all = offsets;
    launch.setInputMapsAttr(moved(0, all.take_front(inputs)));
    launch.setOutputMapsAttr(moved(inputs, all.drop_front(inputs)));
    launch.setOffsets(offsets);
  }

private:
  AffineMap mapOf(unsigned i) {
    unsigned inputs = launch.getInputs().size();
    return i < inputs ? launch.getInputMap(i) : launch.getOutputMap(i - inputs);
  }

  /// The maps of buffers `first` and following, counted from `offsets` on.
  ArrayAttr moved(unsigned first, ArrayRef<int64_t> offsets) {
    SmallVector<Attribute> maps;
    for (auto [i, offset] : llvm::enumerate(offsets)) {
      AffineMap map = mapOf(first + i);
      AffineMap next = AffineMap::get(map.getNumDims(), map.getNumSymbols(),
                                      offset == 0 ? map.getResult(0)
                                                  : map.getResult(0) - offset);
      maps.push_back(AffineMapAttr::get(next));
    }
    return ArrayAttr::get(launch.getContext(), maps);
  }

  LaunchOp launch;
  llvm::DenseMap<Value, int64_t> shifts;
};

struct OutlineOffsets : impl::OutlineOffsetsBase<OutlineOffsets> {
  void runOnOperation() override {
    getOperation().walk([](LaunchOp launch) {
      bool hasFeedback = llvm::any_of(launch.getFeedback(),
                                      [](int64_t from) { return from >= 0; });
      if (launch.getSchedule() && !hasFeedback) {
        Shifts(launch).apply();
      }
    });
  }
};
} // namespace
} // namespace tessera::cpu
