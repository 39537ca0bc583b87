//===- Place.cpp - where the elements of a tensor lie ---------------------===//

#include "passes/plan/Place.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {

AffineExpr Place::at(ArrayRef<AffineExpr> coordinates) const {
  AffineExpr sum = offset;
  for (auto [coordinate, stride] : llvm::zip_equal(coordinates, strides)) {
    sum = sum + coordinate * stride;
  }
  return simplify(sum);
}

SmallVector<int64_t> rowMajorOrder(unsigned rank) {
  return llvm::to_vector(llvm::seq<int64_t>(0, rank));
}

Place densePlace(MLIRContext *context, ArrayRef<AffineExpr> extents,
                 ArrayRef<int64_t> order, ArrayRef<int64_t> border,
                 AffineExpr &elements) {
  AffineExpr stride = getAffineConstantExpr(1, context);
  AffineExpr zero = getAffineConstantExpr(0, context);
  Place place{nullptr, zero, SmallVector<AffineExpr>(extents.size(), zero),
              llvm::to_vector(border)};
  AffineExpr outside = zero;
  for (int64_t d : llvm::reverse(order)) {
    place.strides[d] = stride;
    place.offset = simplify(place.offset + stride * border[d]);
    outside = simplify(outside + stride * border[d]);
    stride = simplify(stride * (extents[d] + border[d]));
  }
  // The last row's border has no next row to share with.
  elements = simplify(stride + outside);
  return place;
}

/// Whether dimensions `first` to `last` of the place are one dense range.
static bool isDense(const Place &place, ArrayRef<AffineExpr> extents,
                    ArrayRef<unsigned> dims) {
  for (unsigned i = 0; i + 1 < dims.size(); ++i) {
    AffineExpr dense =
        simplify(place.strides[dims[i + 1]] * extents[dims[i + 1]]);
    if (simplify(place.strides[dims[i]]) != dense) {
      return false;
    }
  }
  return true;
}

namespace {
/// Dimensions on both sides of a reshape with the same number of elements.
struct Group {
  SmallVector<unsigned> from, to;
};
} // namespace

/// Splits both shapes into the shortest groups with equal products; dimensions
/// of extent 1 belong to no group.
static std::optional<SmallVector<Group>> groupsOf(ArrayRef<AffineExpr> from,
                                                  ArrayRef<AffineExpr> to) {
  SmallVector<unsigned> left, right;
  for (unsigned i = 0; i < from.size(); ++i) {
    if (constantOf(from[i]) != 1) {
      left.push_back(i);
    }
  }
  for (unsigned i = 0; i < to.size(); ++i) {
    if (constantOf(to[i]) != 1) {
      right.push_back(i);
    }
  }
  SmallVector<Group> groups;
  unsigned i = 0, j = 0;
  while (i < left.size() && j < right.size()) {
    Group group{{left[i]}, {right[j]}};
    AffineExpr p = simplify(from[left[i++]]), q = simplify(to[right[j++]]);
    while (p != q) {
      if (divideExactly(p, q) && j < right.size()) {
        q = simplify(q * to[right[j]]);
        group.to.push_back(right[j++]);
      } else if (divideExactly(q, p) && i < left.size()) {
        p = simplify(p * from[left[i]]);
        group.from.push_back(left[i++]);
      } else {
        return std::nullopt;
      }
    }
    groups.push_back(group);
  }
  if (i != left.size() || j != right.size()) {
    return std::nullopt;
  }
  return groups;
}

bool isRowMajor(const Place &place, ArrayRef<AffineExpr> extents) {
  AffineExpr stride = getAffineConstantExpr(1, place.offset.getContext());
  for (unsigned d = extents.size(); d-- > 0;) {
    if (constantOf(extents[d]) != 1 && place.strides[d] != stride) {
      return false;
    }
    stride = simplify(stride * extents[d]);
  }
  return true;
}

/// A dense tensor has every shape, also where no arithmetic on symbols shows
/// that both have as many elements.
static Place rowMajorView(const Place &place, ArrayRef<AffineExpr> to) {
  Place result = place;
  result.strides.assign(to.size(),
                        getAffineConstantExpr(0, place.offset.getContext()));
  result.border.assign(to.size(), 0);
  AffineExpr stride = getAffineConstantExpr(1, place.offset.getContext());
  for (unsigned d = to.size(); d-- > 0;) {
    result.strides[d] = stride;
    stride = simplify(stride * to[d]);
  }
  return result;
}

std::optional<Place> reshapePlace(const Place &place, ArrayRef<AffineExpr> from,
                                  ArrayRef<AffineExpr> to) {
  AffineExpr zero = getAffineConstantExpr(0, place.offset.getContext());
  Place result{place.storage, place.offset,
               SmallVector<AffineExpr>(to.size(), zero),
               SmallVector<int64_t>(to.size(), 0)};
  auto isZero = [](AffineExpr extent) { return constantOf(extent) == 0; };
  if (llvm::any_of(from, isZero) || llvm::any_of(to, isZero)) {
    return result;
  }
  std::optional<SmallVector<Group>> groups = groupsOf(from, to);
  if (!groups) {
    return isRowMajor(place, from) ? std::optional(rowMajorView(place, to))
                                   : std::nullopt;
  }
  for (const Group &group : *groups) {
    if (!isDense(place, from, group.from)) {
      return std::nullopt;
    }
    AffineExpr stride = place.strides[group.from.back()];
    for (unsigned d : llvm::reverse(group.to)) {
      result.strides[d] = stride;
      stride = simplify(stride * to[d]);
    }
    if (group.from.size() == 1 && group.to.size() == 1) {
      result.border[group.to[0]] = place.border[group.from[0]];
    }
  }
  return result;
}

} // namespace tessera::plan
