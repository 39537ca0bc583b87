//===- InPlace.cpp - let outputs take the memory of dying inputs ----------===//
//
// A residual sum or an activation reads each element at the point where it
// stores its result; both can then be the same memory.
//
//===----------------------------------------------------------------------===//

#include "passes/plan/ArenaRanges.h"
#include "passes/plan/Passes.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {
#define GEN_PASS_DEF_INPLACE
#include "passes/plan/Passes.h.inc"

static Type elementOf(Value buffer) {
  return cast<BufferType>(buffer.getType()).getElementType();
}

static bool usesDim(AffineExpr expr, LaunchOp launch, IteratorKind kind) {
  bool found = false;
  expr.walk([&](AffineExpr e) {
    if (auto dim = dyn_cast<AffineDimExpr>(e)) {
      found |= launch.getIterator(dim.getPosition()) == kind;
    }
  });
  return found;
}

/// Whether every element of input `input` is read for the last time where
/// output `output` stores the same element.
static bool mayShare(LaunchOp launch, unsigned input, unsigned output) {
  AffineMap map = launch.getInputMap(input);
  Value from = launch.getInputs()[input], to = launch.getOutputs()[output];
  if (launch.isWholeInput(input) || launch.getFeedback()[input] >= 0 ||
      map != launch.getOutputMap(output) || from == to ||
      storageBytesOf(elementOf(from)) != storageBytesOf(elementOf(to)) ||
      !isa<UnitAttr>(launch.getGuards()[input])) {
    return false;
  }
  auto inputs = launch.getInputs(), outputs = launch.getOutputs();
  if (llvm::count(inputs, from) != 1 || llvm::count(outputs, to) != 1 ||
      llvm::is_contained(inputs, to) || llvm::is_contained(outputs, from)) {
    return false;
  }
  bool rows = usesDim(map.getResult(0), launch, IteratorKind::reduction);
  bool steps = llvm::any_of(launch.getIterators(), [](Attribute kind) {
    return cast<IteratorKindAttr>(kind).getValue() == IteratorKind::sequential;
  });
  // A row that is stored while a later pass still reads it would be spoiled;
  // with one output the store is in the last pass.
  return !steps && (!rows || outputs.size() == 1);
}

namespace {
struct Lifetime {
  int64_t first, last;
};

struct InPlace : impl::InPlaceBase<InPlace> {
  void runOnOperation() override;

private:
  /// Replaces the range of an output by that of an input that ends here.
  bool share(LaunchOp launch, int64_t position);
  llvm::DenseMap<Value, Lifetime> lives;
};
} // namespace

/// Whether the arena range `to` can live in the range `from`.
static bool fits(ArenaOp from, ArenaOp to) {
  return from.getBytes() == to.getBytes();
}

bool InPlace::share(LaunchOp launch, int64_t position) {
  for (unsigned o = 0; o < launch.getOutputs().size(); ++o) {
    Value to = launch.getOutputs()[o];
    auto toArena = to.getDefiningOp<ArenaOp>();
    if (!toArena || lives[to].first != position) {
      continue;
    }
    for (unsigned i = 0; i < launch.getInputs().size(); ++i) {
      Value from = launch.getInputs()[i];
      auto fromArena = from.getDefiningOp<ArenaOp>();
      if (!fromArena || lives[from].last != position ||
          !mayShare(launch, i, o) || !fits(fromArena, toArena)) {
        continue;
      }
      if (elementOf(from) == elementOf(to)) {
        lives[from].last = lives[to].last;
        to.replaceAllUsesWith(from);
        toArena.erase();
        return true;
      }
    }
  }
  return false;
}

void InPlace::runOnOperation() {
  auto func = getOperation().lookupSymbol<func::FuncOp>("main");
  if (!func) {
    return;
  }
  for (const ArenaRange &range : rangesOf(func)) {
    lives[range.op->getResult(0)] = {range.first, range.last};
  }
  int64_t position = 0;
  for (Operation &step : func.getBody().front()) {
    auto launch = dyn_cast<LaunchOp>(step);
    while (launch && share(launch, position)) {
    }
    position += isStep(&step);
  }
  lives.clear();
}

} // namespace tessera::plan
