//===- ComposeViews.cpp - read through transposes, slices, broadcasts -----===//
//
// A kernel that only moves elements is a map; its consumers can read the
// original at the composed map. The view is then dead unless something that is
// not a kernel needs it.
//
//===----------------------------------------------------------------------===//

#include "passes/fusion/LinearForms.h"
#include "passes/fusion/Passes.h"
#include "passes/fusion/Rewriting.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::fusion {
#define GEN_PASS_DEF_COMPOSEVIEWS
#include "passes/fusion/Passes.h.inc"

namespace {
/// What a view reads, as a function of its dimensions.
struct View {
  Extents extents;
  KernelInput source;
  Coordinates written;
};
} // namespace

static std::optional<View> viewOf(Value value) {
  auto op = value.getDefiningOp<KernelOp>();
  if (!op || !isView(op)) {
    return std::nullopt;
  }
  auto argument =
      cast<BlockArgument>(op.getBody().front().getTerminator()->getOperand(0));
  KernelParts parts(op);
  return View{parts.extents, parts.inputs[argument.getArgNumber()],
              parts.results[0].coordinates};
}

/// The coordinates in the view's source of the view's element at `read`.
static std::optional<Coordinates> throughView(const View &view,
                                              ArrayRef<AffineExpr> read) {
  auto dims = solveDims(view.written, read, view.extents.size());
  if (!dims) {
    return std::nullopt;
  }
  for (auto [dim, extent] : llvm::zip_equal(*dims, view.extents)) {
    if (!dim && extent != 1) {
      return std::nullopt;
    }
    dim = dim ? dim : getAffineConstantExpr(0, extent.getContext());
  }
  Coordinates composed;
  for (AffineExpr expr : view.source.coordinates) {
    composed.push_back(simplify(expr.replaceDims(*dims)));
  }
  return composed;
}

/// Whether a point outside the view's result is outside its source too: every
/// source coordinate is a dimension shifted such that the source lies within.
static bool outsideStaysOutside(const View &view) {
  Extents sourceExtents = extentsOf(view.source.tensor);
  ArrayRef<AffineExpr> extents = view.extents;
  SmallVector<bool> seen(extents.size(), false);
  for (auto [expr, size] :
       llvm::zip_equal(view.source.coordinates, sourceExtents)) {
    if (!usesDims(expr) && expr == 0 && size == 1) {
      continue;
    }
    auto form = linearFormOf(expr, extents.size());
    if (!form || llvm::count_if(form->coefficients,
                                [](AffineExpr c) { return c != 0; }) != 1) {
      return false;
    }
    unsigned d =
        llvm::find_if(form->coefficients, [](AffineExpr c) { return c != 0; }) -
        form->coefficients.begin();
    std::optional<int64_t> shift = constantOf(form->constant);
    if (form->coefficients[d] != 1 || !shift || *shift > 0 || seen[d]) {
      return false;
    }
    // The source ends at dimension value size - shift, within the view.
    std::optional<int64_t> room =
        constantOf(simplify(extents[d] - size + form->constant));
    if (!room || *room < 0) {
      return false;
    }
    seen[d] = true;
  }
  for (auto [d, extent] : llvm::enumerate(extents)) {
    if (!seen[d] && extent != 1) {
      return false;
    }
  }
  return true;
}

/// The pad of the composed read, or null when there is none with this meaning.
static Attribute composedPad(const View &view, const KernelInput &read) {
  if (!read.hasPad()) {
    return view.source.pad;
  }
  bool same = !view.source.hasPad() || view.source.pad == read.pad;
  return same && outsideStaysOutside(view) ? read.pad : Attribute();
}

/// Rewrites input `i`, which only gathers read, to the view's source.
static bool composeWhole(KernelParts &parts, unsigned i, const View &view) {
  if (view.source.hasPad()) {
    return false;
  }
  BlockArgument argument = parts.argument(i);
  SmallVector<AffineMap> maps;
  for (Operation *user : argument.getUsers()) {
    AffineMap map = cast<GatherOp>(user).getMap();
    auto composed = throughView(view, map.getResults());
    if (!composed) {
      return false;
    }
    maps.push_back(accessMapOf(parts.context(), map.getNumDims(), *composed));
  }
  for (auto [user, map] : llvm::zip_equal(argument.getUsers(), maps)) {
    user->setAttr("map", AffineMapAttr::get(map));
  }
  parts.inputs[i].tensor = view.source.tensor;
  argument.setType(view.source.tensor.getType());
  return true;
}

static bool composeInput(KernelParts &parts, unsigned i, bool allowDivision) {
  KernelInput &input = parts.inputs[i];
  std::optional<View> view =
      input.feedback < 0 ? viewOf(input.tensor) : std::nullopt;
  if (!view) {
    return false;
  }
  if (input.whole) {
    return composeWhole(parts, i, *view);
  }
  auto composed = throughView(*view, input.coordinates);
  Attribute pad = composedPad(*view, input);
  if (!composed || !pad) {
    return false;
  }
  if (!allowDivision && llvm::any_of(*composed, usesDivision)) {
    return false;
  }
  input.tensor = view->source.tensor;
  input.coordinates = *composed;
  input.pad = pad;
  return true;
}

KernelOp composeViews(KernelOp op, OpBuilder &builder) {
  bool candidate = llvm::any_of(op.getInputs(), [](Value input) {
    auto producer = input.getDefiningOp<KernelOp>();
    return producer && isView(producer);
  });
  if (!candidate) {
    return {};
  }
  KernelParts parts(op);
  bool changed = false, allowDivision = isMap(op);
  for (unsigned i = 0; i < parts.inputs.size(); ++i) {
    changed |= composeInput(parts, i, allowDivision);
  }
  if (!changed) {
    return {};
  }
  builder.setInsertionPoint(op);
  SmallVector<Value> before(op.getInputs());
  KernelOp composed = parts.build(builder, op.getLoc());
  op.replaceAllUsesWith(composed.getResults());
  op.erase();
  eraseIfDead(before);
  return simplifyKernel(composed, builder);
}

namespace {
struct ComposeViews : impl::ComposeViewsBase<ComposeViews> {
  void runOnOperation() override {
    OpBuilder builder(&getContext());
    rewriteKernels(getOperation(),
                   [&](KernelOp op) { return composeViews(op, builder); });
  }
};
} // namespace
} // namespace tessera::fusion
