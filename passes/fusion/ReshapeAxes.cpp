//===- ReshapeAxes.cpp - how the axes of a reshape correspond -------------===//

#include "passes/fusion/ReshapeAxes.h"
#include "passes/fusion/LinearForms.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::fusion {

static SmallVector<unsigned> axesOfManyElements(ArrayRef<AffineExpr> extents) {
  SmallVector<unsigned> axes;
  for (auto [i, extent] : llvm::enumerate(extents)) {
    if (extent != 1) {
      axes.push_back(i);
    }
  }
  return axes;
}

/// Whether the axis list of product `a` has to grow to reach product `b`.
static bool isPartOf(AffineExpr a, AffineExpr b) {
  std::optional<int64_t> x = constantOf(a), y = constantOf(b);
  if (x && y) {
    return *x < *y;
  }
  return divideExactly(b, a) != nullptr;
}

std::optional<SmallVector<AxisGroup>> groupsOf(ReshapeOp op) {
  Extents from = extentsOf(op.getInput()), to = extentsOf(op.getResult());
  if (llvm::is_contained(from, 0) || llvm::is_contained(to, 0)) {
    return std::nullopt;
  }
  SmallVector<unsigned> a = axesOfManyElements(from),
                        b = axesOfManyElements(to);
  SmallVector<AxisGroup> groups;
  unsigned i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    AxisGroup group;
    AffineExpr left = from[a[i]], right = to[b[j]];
    group.from.push_back(a[i++]);
    group.to.push_back(b[j++]);
    while (left != right) {
      if (i < a.size() && isPartOf(left, right)) {
        left = simplify(left * from[a[i]]);
        group.from.push_back(a[i++]);
      } else if (j < b.size() && isPartOf(right, left)) {
        right = simplify(right * to[b[j]]);
        group.to.push_back(b[j++]);
      } else {
        return std::nullopt;
      }
    }
    groups.push_back(std::move(group));
  }
  if (i != a.size() || j != b.size()) {
    return std::nullopt;
  }
  return groups;
}

SmallVector<AffineExpr> select(ArrayRef<AffineExpr> exprs,
                               ArrayRef<unsigned> positions) {
  SmallVector<AffineExpr> selected;
  for (unsigned position : positions) {
    selected.push_back(exprs[position]);
  }
  return selected;
}

std::optional<Coordinates> throughReshape(ReshapeOp op,
                                          ArrayRef<AxisGroup> groups,
                                          ArrayRef<AffineExpr> read,
                                          ArrayRef<AffineExpr> extents,
                                          std::optional<DimSplit> &split) {
  Extents from = extentsOf(op.getInput()), to = extentsOf(op.getResult());
  Coordinates coordinates(from.size(),
                          getAffineConstantExpr(0, op.getContext()));
  for (const AxisGroup &group : groups) {
    AffineExpr position = read[group.to[0]];
    for (unsigned axis : ArrayRef(group.to).drop_front()) {
      position = position * to[axis] + read[axis];
    }
    position = simplify(position);
    SmallVector<AffineExpr> sizes = select(from, group.from);
    auto parts = delinearise(position, sizes, extents);
    if (!parts) {
      std::optional<unsigned> dim = bareDim(position);
      if (dim && *dim < extents.size() &&
          extents[*dim] == productOf(op.getContext(), sizes)) {
        split = DimSplit{*dim, sizes};
      }
      return std::nullopt;
    }
    for (auto [axis, part] : llvm::zip_equal(group.from, *parts)) {
      coordinates[axis] = part;
    }
  }
  return coordinates;
}

} // namespace tessera::fusion
