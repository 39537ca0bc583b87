//===- Term.h - compositions of operations, written as formulas -*- C++ -*-===//
//
// Operators without a meaning of their own become compositions of a few
// primitives. A term is a value under construction: when an operation cannot
// be built, the node reports why once, and everything made from it is empty.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_TERM_H
#define TESSERA_COMPILER_IMPORT_TERM_H

#include "compiler/import/Node.h"
#include "compiler/import/Shapes.h"
#include "dialects/graph/Graph.h"

namespace tessera::import {

class Term {
public:
  Term() = default;
  Term(Node &node, mlir::Value value) : owner(&node), own(value) {}

  operator mlir::Value() const { return own; }
  explicit operator bool() const { return bool(own); }
  Node &node() const { return *owner; }
  /// The type; null for an empty term.
  mlir::RankedTensorType type() const;
  /// The element type; f32 for an empty term.
  mlir::Type element() const;
  int64_t rank() const;
  /// The extents; none for an empty term.
  Sizes extents() const;
  /// One extent, counted from the end when `axis` is negative; 1 when there is
  /// no such axis.
  mlir::AffineExpr extent(int64_t axis) const;

private:
  Node *owner = nullptr;
  mlir::Value own;
};

/// Input `i` of the node; empty when it is absent.
Term inputOf(Node &node, unsigned i);
/// An affine constant.
mlir::AffineExpr sizeOf(Node &node, int64_t value);

/// The operation `Op` of terms, which belong to one node.
template <typename Op>
Term apply(llvm::ArrayRef<Term> terms, Attributes attributes = {}) {
  Node &node = terms.front().node();
  llvm::SmallVector<mlir::Value> values(terms.begin(), terms.end());
  return {node, node.create<Op>(values, attributes)};
}

//===----------------------------------------------------------------------===//
// Element by element, broadcasting as numpy
//===----------------------------------------------------------------------===//

Term operator+(const Term &x, const Term &y);
Term operator-(const Term &x, const Term &y);
Term operator*(const Term &x, const Term &y);
Term operator/(const Term &x, const Term &y);
Term operator+(const Term &x, double y);
Term operator-(const Term &x, double y);
Term operator*(const Term &x, double y);
Term operator/(const Term &x, double y);
Term operator<(const Term &x, const Term &y);
Term operator<=(const Term &x, const Term &y);
Term operator&(const Term &x, const Term &y);
Term operator|(const Term &x, const Term &y);
Term equal(const Term &x, const Term &y);
Term where(const Term &condition, const Term &x, const Term &y);
/// A number in the element type of `like`.
Term number(const Term &like, double value);
Term cast(const Term &x, mlir::Type element);

//===----------------------------------------------------------------------===//
// Along axes; `axis` may be negative
//===----------------------------------------------------------------------===//

/// `kind` as in tsr.reduce.
Term reduce(llvm::StringRef kind, const Term &x, llvm::ArrayRef<int64_t> axes,
            bool keep);
Term softmax(const Term &x, int64_t axis);
/// Matrix products of the last two axes, the others broadcast.
Term matmul(const Term &a, const Term &b, bool transposeA = false,
            bool transposeB = false);
Term einsum(llvm::StringRef equation, llvm::ArrayRef<Term> terms);
Term gather(const Term &x, const Term &indices, int64_t axis);
Term gatherElements(const Term &x, const Term &indices, int64_t axis);

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

Term reshape(const Term &x, llvm::ArrayRef<mlir::AffineExpr> extents);
/// A new axis of extent 1 in front of axis `axis` of the result.
Term unsqueeze(const Term &x, int64_t axis);
/// The term without an axis of extent 1.
Term squeeze(const Term &x, int64_t axis);
/// The axis as two, whose extents are given.
Term splitAxis(const Term &x, int64_t axis, mlir::AffineExpr outer,
               mlir::AffineExpr inner);
/// Axes `axis` and `axis + 1` as one.
Term joinAxes(const Term &x, int64_t axis);
Term transpose(const Term &x, llvm::ArrayRef<int64_t> perm);
/// Elements start, start + step, ... of one axis, `size` of them.
Term slice(const Term &x, int64_t axis, mlir::AffineExpr start,
           mlir::AffineExpr size, int64_t step = 1);
/// The term enlarged at the ends of its axes to these extents, with `value` (an
/// element; none: zero).
Term padTo(const Term &x, llvm::ArrayRef<mlir::AffineExpr> extents,
           mlir::Attribute value = {});
/// The parts side by side; empty ones are left out.
Term concat(llvm::ArrayRef<Term> parts, int64_t axis);
Term expand(const Term &x, llvm::ArrayRef<mlir::AffineExpr> extents);
/// The term with `wanted` entries along an axis of 1 or `wanted` entries, which
/// of the two perhaps only the run knows.
Term spread(const Term &x, int64_t axis, mlir::AffineExpr wanted);
/// The same for all axes whose extent the caller of the model chooses, for an
/// operand that broadcasts to `extents`.
Term spreadTo(Term x, llvm::ArrayRef<mlir::AffineExpr> extents);
/// Takes extents of a broadcasting node's inputs that are at most 1 to be 1
/// where they meet others: that is what they are sliced for. Calls where one is
/// 0 are refused.
void takeFirstsAsOne(Node &node);
/// A tensor of one number everywhere.
Term filled(Node &node, mlir::Type element, double value,
            llvm::ArrayRef<mlir::AffineExpr> extents);
/// 0, 1, 2, ... as a vector of i64.
Term positions(Node &node, mlir::AffineExpr extent);
/// A constant tensor of any float type, given in row-major order.
Term constantTensor(Node &node, mlir::Type element,
                    llvm::ArrayRef<int64_t> shape,
                    llvm::ArrayRef<double> values);
/// The same for i64.
Term constantIntegers(Node &node, llvm::ArrayRef<int64_t> shape,
                      llvm::ArrayRef<int64_t> values);
/// An extent as a scalar of an element type.
Term sizeTerm(Node &node, mlir::Type element, mlir::AffineExpr size);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_TERM_H
