//===- Assumption.h - conditions on sizes -----------------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_ASSUMPTION_H
#define TESSERA_COMPILER_IMPORT_ASSUMPTION_H

#include "compiler/import/Importer.h"

namespace tessera::import {

/// A condition that holds when two sizes are equal, or when they are not.
struct SizeCondition {
  mlir::AffineExpr left, right;
  bool isEqual = true;
};

/// The truth of the node's first input, 0 or 1, as an expression of sizes; null
/// when it depends on data.
mlir::AffineExpr knownTruth(Node &node);

/// The condition behind the node's first input, if it compares two sizes.
std::optional<SizeCondition> sizeConditionOf(Node &node);

/// The value with extent 1 along these axes, which are taken to have it. Where
/// that holds only if the branch around the node is taken, other extents are
/// read and change nothing.
mlir::Value squeezeHere(Node &node, mlir::Value value,
                        llvm::ArrayRef<int64_t> axes);

/// What an importer has built so far, to go back to when an attempt fails.
class Trial {
public:
  explicit Trial(Importer &importer);
  /// Forgets the problems, operations and assumptions since then.
  void undo();

private:
  Importer &importer;
  size_t problems, tensors;
  mlir::Attribute constraints, dimensions;
  Importer::Equalities equalities;
  mlir::Operation *last;
};

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_ASSUMPTION_H
