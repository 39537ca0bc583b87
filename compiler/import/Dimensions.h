//===- Dimensions.h - free dimensions of the model's inputs -----*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_DIMENSIONS_H
#define TESSERA_COMPILER_IMPORT_DIMENSIONS_H

#include "compiler/import/Import.h"
#include "mlir/IR/AffineExpr.h"
#include "onnx.pb.h"
#include "llvm/ADT/StringMap.h"

namespace tessera::import {

/// Gives every free dimension its symbol, in the order of the inputs, and
/// applies the user's rules.
class DimensionTable {
public:
  DimensionTable(mlir::ModuleOp module, const std::vector<DimensionRule> &rules,
                 const LeastSizes &leastSizes = {});

  /// The extent of one axis of an input. Equal names are equal extents;
  /// nameless axes are distinct. A new free dimension is `least` or more.
  llvm::Expected<mlir::AffineExpr>
  extentOf(llvm::StringRef input, unsigned axis,
           const onnx::TensorShapeProto_Dimension &dimension,
           int64_t least = 0);

  /// An error when a rule named no dimension of the model.
  llvm::Error checkRulesUsed() const;

  /// The number that the user fixed under this name, a property of an input
  /// such as `NAME.length`.
  std::optional<int64_t> fixedNumber(llvm::StringRef name);

  /// What the user said about a dimension of this name, or null.
  const DimensionRule *ruleFor(llvm::StringRef name);

private:
  void setAttribute();

  mlir::ModuleOp module;
  const std::vector<DimensionRule> &rules;
  LeastSizes leastSizes;
  std::vector<bool> used;
  llvm::StringMap<mlir::AffineExpr> extents;
  std::vector<std::string> names;
  std::vector<mlir::Attribute> entries;
};

/// The least and greatest value an expression can have within the bounds of
/// the module's dimensions, as far as they are known.
struct ValueRange64 {
  std::optional<int64_t> lower, upper;
};
ValueRange64 rangeOf(mlir::AffineExpr expr, mlir::ModuleOp module);

/// Whether an expression depends on minima or maxima of others.
bool usesDerivedDimensions(mlir::AffineExpr expr, mlir::ModuleOp module);

/// Whether an extent is 0 or 1, and only the run knows which, as that of x[:1].
bool isAtMostOne(mlir::AffineExpr extent, mlir::ModuleOp module);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_DIMENSIONS_H
