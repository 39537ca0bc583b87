//===- Term.cpp - compositions of operations, written as formulas ---------===//

#include "compiler/import/Term.h"
#include "compiler/import/Importer.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

RankedTensorType Term::type() const {
  return own ? llvm::cast<RankedTensorType>(own.getType()) : RankedTensorType();
}

Type Term::element() const {
  return own ? getElementTypeOrSelf(own.getType())
             : Type(owner->builder.getF32Type());
}

int64_t Term::rank() const { return own ? type().getRank() : 0; }

Sizes Term::extents() const {
  return own ? Sizes(kernel::extentsOf(own)) : Sizes();
}

AffineExpr Term::extent(int64_t axis) const {
  Sizes all = extents();
  int64_t position = axis < 0 ? axis + int64_t(all.size()) : axis;
  return position >= 0 && position < int64_t(all.size()) ? all[position]
                                                         : sizeOf(*owner, 1);
}

Term inputOf(Node &node, unsigned i) { return {node, node.input(i)}; }

AffineExpr sizeOf(Node &node, int64_t value) {
  return getAffineConstantExpr(value, node.builder.getContext());
}

/// An axis counted from the front; empty terms have none.
static int64_t fromFront(const Term &x, int64_t axis) {
  return axis < 0 ? axis + x.rank() : axis;
}

/// What is made from a term that does not fit.
static Term emptied(const Term &x) { return x ? Term(x.node(), {}) : x; }

/// The axis from the front, with at least `behind` more behind it. Reports a
/// tensor that has too few; empty terms were reported before.
static std::optional<int64_t> axisOf(const Term &x, int64_t axis,
                                     int64_t behind = 0) {
  int64_t position = fromFront(x, axis);
  if (x && position >= 0 && position + behind < x.rank()) {
    return position;
  }
  if (x) {
    (void)x.node().fail("invalid input",
                        "expected a tensor with more than " + Twine(x.rank()) +
                            (x.rank() == 1 ? " axis" : " axes"));
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Element by element
//===----------------------------------------------------------------------===//

Term operator+(const Term &x, const Term &y) {
  return apply<graph::AddOp>({x, y});
}
Term operator-(const Term &x, const Term &y) {
  return apply<graph::SubOp>({x, y});
}
Term operator*(const Term &x, const Term &y) {
  return apply<graph::MulOp>({x, y});
}
Term operator/(const Term &x, const Term &y) {
  return apply<graph::DivOp>({x, y});
}
Term operator+(const Term &x, double y) {
  return y == 0 ? x : x + number(x, y);
}
Term operator-(const Term &x, double y) {
  return y == 0 ? x : x - number(x, y);
}
Term operator*(const Term &x, double y) {
  return y == 1 ? x : x * number(x, y);
}
Term operator/(const Term &x, double y) {
  return y == 1 ? x : x / number(x, y);
}
Term operator<(const Term &x, const Term &y) {
  return apply<graph::LessOp>({x, y});
}
Term operator<=(const Term &x, const Term &y) {
  return apply<graph::LessOrEqualOp>({x, y});
}
Term operator&(const Term &x, const Term &y) {
  return apply<graph::AndOp>({x, y});
}
Term operator|(const Term &x, const Term &y) {
  return apply<graph::OrOp>({x, y});
}
Term equal(const Term &x, const Term &y) {
  return apply<graph::EqualOp>({x, y});
}
Term where(const Term &condition, const Term &x, const Term &y) {
  return apply<graph::WhereOp>({condition, x, y});
}

Term number(const Term &like, double value) {
  return {like.node(), like.node().scalarConstant(like.element(), value)};
}

Term cast(const Term &x, Type element) {
  return {x.node(), x.node().cast(x, element)};
}

//===----------------------------------------------------------------------===//
// Along axes
//===----------------------------------------------------------------------===//

Term reduce(StringRef kind, const Term &x, ArrayRef<int64_t> axes, bool keep) {
  SmallVector<int64_t> sorted;
  for (int64_t axis : axes) {
    sorted.push_back(fromFront(x, axis));
  }
  sort(sorted);
  Node &node = x.node();
  return apply<graph::ReduceOp>({x},
                                {{"kind", node.textAttribute(kind)},
                                 {"axes", node.integersAttribute(sorted)},
                                 {"keepdims", node.integerAttribute(keep)}});
}

Term softmax(const Term &x, int64_t axis) {
  return apply<graph::SoftmaxOp>(
      {x}, {{"axis", x.node().integerAttribute(fromFront(x, axis))}});
}

Term matmul(const Term &a, const Term &b, bool transposeA, bool transposeB) {
  Node &node = a.node();
  return apply<graph::MatmulOp>(
      {a, b}, {{"transpose_a", node.integerAttribute(transposeA)},
               {"transpose_b", node.integerAttribute(transposeB)}});
}

Term einsum(StringRef equation, ArrayRef<Term> terms) {
  Attribute text = terms.front().node().textAttribute(equation);
  return apply<graph::EinsumOp>(terms, {{"equation", text}});
}

Term gather(const Term &x, const Term &indices, int64_t axis) {
  return apply<graph::GatherOp>(
      {x, indices}, {{"axis", x.node().integerAttribute(fromFront(x, axis))}});
}

Term gatherElements(const Term &x, const Term &indices, int64_t axis) {
  return apply<graph::GatherElementsOp>(
      {x, indices}, {{"axis", x.node().integerAttribute(fromFront(x, axis))}});
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

Term reshape(const Term &x, ArrayRef<AffineExpr> extents) {
  return {x.node(), x.node().reshape(x, extents)};
}

Term unsqueeze(const Term &x, int64_t axis) {
  if (!x) {
    return x;
  }
  Sizes extents = x.extents();
  extents.insert(extents.begin() + (axis < 0 ? axis + x.rank() + 1 : axis),
                 sizeOf(x.node(), 1));
  return reshape(x, extents);
}

Term squeeze(const Term &x, int64_t axis) {
  std::optional<int64_t> position = axisOf(x, axis);
  if (!position) {
    return emptied(x);
  }
  Sizes extents = x.extents();
  extents.erase(extents.begin() + *position);
  return reshape(x, extents);
}

Term splitAxis(const Term &x, int64_t axis, AffineExpr outer,
               AffineExpr inner) {
  std::optional<int64_t> position = axisOf(x, axis);
  if (!position) {
    return emptied(x);
  }
  Sizes extents = x.extents();
  extents[*position] = inner;
  extents.insert(extents.begin() + *position, outer);
  return reshape(x, extents);
}

Term joinAxes(const Term &x, int64_t axis) {
  std::optional<int64_t> position = axisOf(x, axis, /*behind=*/1);
  if (!position) {
    return emptied(x);
  }
  Sizes extents = x.extents();
  AffineExpr joined = extents[*position] * extents[*position + 1];
  extents[*position] = kernel::simplify(joined);
  extents.erase(extents.begin() + *position + 1);
  return reshape(x, extents);
}

Term transpose(const Term &x, ArrayRef<int64_t> perm) {
  return apply<graph::TransposeOp>(
      {x}, {{"perm", x.node().integersAttribute(perm)}});
}

Term slice(const Term &x, int64_t axis, AffineExpr start, AffineExpr size,
           int64_t step) {
  std::optional<int64_t> position = axisOf(x, axis);
  if (!position) {
    return emptied(x);
  }
  Node &node = x.node();
  Sizes starts(x.rank(), sizeOf(node, 0)), sizes = x.extents();
  SmallVector<int64_t> steps(x.rank(), 1);
  starts[*position] = start;
  sizes[*position] = size;
  steps[*position] = step;
  return apply<graph::SliceOp>({x}, {{"starts", node.sizesAttribute(starts)},
                                     {"sizes", node.sizesAttribute(sizes)},
                                     {"steps", node.integersAttribute(steps)}});
}

Term padTo(const Term &x, ArrayRef<AffineExpr> extents, Attribute value) {
  if (!x || x.extents() == Sizes(extents)) {
    return x;
  }
  Node &node = x.node();
  Sizes own = x.extents(), pads(2 * own.size(), sizeOf(node, 0));
  for (size_t i = 0; i < own.size(); ++i) {
    pads[own.size() + i] = kernel::simplify(extents[i] - own[i]);
  }
  return apply<graph::PadOp>({x}, {{"pads", node.sizesAttribute(pads)},
                                   {"mode", node.textAttribute("constant")},
                                   {"value", value}});
}

Term concat(ArrayRef<Term> parts, int64_t axis) {
  SmallVector<Term> present;
  copy_if(parts, std::back_inserter(present),
          [](const Term &part) { return bool(part); });
  if (present.size() < 2) {
    return present.empty() ? parts.front() : present.front();
  }
  Node &node = present.front().node();
  return apply<graph::ConcatOp>(
      present, {{"axis", node.integerAttribute(fromFront(present[0], axis))}});
}

Term expand(const Term &x, ArrayRef<AffineExpr> extents) {
  return apply<graph::ExpandOp>({x},
                                {{"shape", x.node().sizesAttribute(extents)}});
}

Term filled(Node &node, Type element, double value,
            ArrayRef<AffineExpr> extents) {
  return expand({node, node.scalarConstant(element, value)}, extents);
}

Term positions(Node &node, AffineExpr extent) {
  Type i64 = node.builder.getI64Type();
  Term zero{node, node.scalarConstant(i64, 0)};
  return apply<graph::RangeOp>({zero, number(zero, 1)},
                               {{"extent", node.sizesAttribute({extent})}});
}

Term constantTensor(Node &node, Type element, ArrayRef<int64_t> shape,
                    ArrayRef<double> values) {
  auto type = llvm::dyn_cast<FloatType>(element);
  if (!type) {
    (void)node.fail("unsupported type", "expected floats");
    return {node, {}};
  }
  SmallVector<APFloat> rounded;
  for (double value : values) {
    APFloat number(value);
    bool losesInfo = false;
    number.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                   &losesInfo);
    rounded.push_back(number);
  }
  return {node, node.constant(DenseElementsAttr::get(
                    RankedTensorType::get(shape, element), rounded))};
}

Term constantIntegers(Node &node, ArrayRef<int64_t> shape,
                      ArrayRef<int64_t> values) {
  auto type = RankedTensorType::get(shape, node.builder.getI64Type());
  return {node, node.constant(DenseElementsAttr::get(type, values))};
}

Term sizeTerm(Node &node, Type element, AffineExpr size) {
  Value value = node.create<graph::ExtentsOp>(
      {}, {{"values", node.sizesAttribute({size})},
           {"shape", node.integersAttribute({})},
           {"element", TypeAttr::get(node.builder.getI64Type())}});
  return {node, node.cast(value, element)};
}

} // namespace tessera::import
