//===- LibraryCall.h - builds calls of the operator library -----*- C++ -*-===//
//
// To add an operator: a C function in runtime/operators, and an adapter (see
// Library.cpp) that names its inputs, parameters and results in the order in
// which the function expects them.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_LIBRARYCALL_H
#define TESSERA_COMPILER_IMPORT_LIBRARYCALL_H

#include "compiler/import/Shapes.h"

namespace tessera::import {

class LibraryCall {
public:
  /// A call of `tsr_operator_FUNCTION` for the node.
  LibraryCall(Node &node, llvm::StringRef function)
      : node(node), function(function) {}

  /// The next input; null: it is absent.
  LibraryCall &input(mlir::Value value);
  /// Adds inputs `first` and following of the node, absent ones too.
  LibraryCall &inputs(unsigned first, unsigned count);
  /// As `inputs`, for those that sizes are computed from; reports elements of
  /// types that say no sizes.
  LibraryCall &sizeInputs(unsigned first, unsigned count);
  /// A parameter; a null value is left out.
  LibraryCall &parameter(llvm::StringRef name, mlir::Attribute value);

  /// A size that the call computes. `bound` is never less, or null; the name is
  /// what `--dim` and the model's header call it.
  mlir::AffineExpr dimension(const llvm::Twine &name, mlir::AffineExpr bound,
                             int64_t lower = 0);
  /// The size of axis `axis` of result `index` of the node.
  mlir::AffineExpr outputDimension(unsigned index, unsigned axis,
                                   mlir::AffineExpr bound);

  /// The next result. Extents that are dimensions of this call come from it.
  LibraryCall &result(mlir::Type element,
                      llvm::ArrayRef<mlir::AffineExpr> extents);
  /// A result of int64 elements that are the values of these dimensions.
  LibraryCall &sizesResult(llvm::ArrayRef<mlir::AffineExpr> dimensions);
  LibraryCall &scratch(mlir::AffineExpr bytes);

  /// Builds the operation; null when an input could not be built.
  mlir::Operation *build();
  /// Builds it and makes its results those of the node.
  mlir::LogicalResult buildResults();

private:
  Node &node;
  llvm::StringRef function;
  llvm::SmallVector<mlir::Value> operands;
  llvm::SmallVector<int64_t> positions, extents, elements;
  llvm::SmallVector<mlir::NamedAttribute> parameters;
  llvm::SmallVector<mlir::Type> types;
  /// Dimensions that no result has defined yet.
  llvm::SmallVector<mlir::AffineExpr> open;
  mlir::AffineExpr scratchBytes;
  int64_t position = 0;
  bool failed = false;
};

/// The extents as an int64 tensor.
mlir::Value sizesTensor(Node &node, llvm::ArrayRef<mlir::AffineExpr> sizes);

/// The elements of an input that only the run knows, as dimensions; reports
/// when their number is not fixed.
mlir::FailureOr<Sizes> sizesAtRunTime(Node &node, unsigned input,
                                      int64_t lower = 0,
                                      llvm::ArrayRef<int64_t> axes = {});

/// The elements of an input as sizes, computed by a call when they depend on
/// data. Size i is at most what the model declares for axis `axes[i]` of the
/// node's first result, where that is an output; -1: no axis.
mlir::FailureOr<Sizes> anySizes(Node &node, unsigned input,
                                llvm::ArrayRef<int64_t> axes = {});

using RuntimeAdapter = mlir::LogicalResult (*)(Node &);
/// What builds a node whose sizes, axes or bounds are known only at run time;
/// null when its adapter can.
RuntimeAdapter runtimeAdapterOf(Node &node);

/// The strings of a constant, which point into the library.
mlir::Value stringConstant(mlir::OpBuilder &builder, mlir::Location location,
                           mlir::DenseStringElementsAttr texts);
/// What builds an operator on strings that also works on other types; null for
/// those.
RuntimeAdapter stringAdapterOf(Node &node);

/// Whether a resampling needs factors that only the run knows, and what builds
/// it then.
bool resizesAtRunTime(Node &node);
mlir::LogicalResult resizeAtRunTime(Node &node);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_LIBRARYCALL_H
