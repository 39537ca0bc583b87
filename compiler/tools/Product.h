//===- Product.h - one matrix product to tune -------------------*- C++ -*-===//
//
// C = A B with a constant B: a plan of one launch, and what its result must be.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_TOOLS_PRODUCT_H
#define TESSERA_COMPILER_TOOLS_PRODUCT_H

#include "compiler/tools/Tune.h"
#include "mlir/IR/MLIRContext.h"

namespace tessera::tools {

/// A product as a plan of one launch; dimensions are rows, columns, sum.
class Product {
public:
  static llvm::Expected<std::unique_ptr<Product>> create(const TuneOptions &);

  /// What --dtype may say.
  static std::vector<std::string> elementTypes();

  kernel::LaunchOp launch();
  /// Bytes of the larger of the elements that callers bring.
  int64_t elementBytes();
  /// The default, then each register tile of the list with each order of loops,
  /// sums unrolled or not, packed and not, that is legal, and those on matrix
  /// tiles where the target has them.
  llvm::SmallVector<kernel::ScheduleAttr>
  schedules(const schedule::Target &target);
  /// Whether the output is the product, within what rounding explains; compared
  /// with sums in double precision.
  bool isRight(tune::KernelData &data);

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> plan;
  int64_t rows = 0, columns = 0, sums = 0;

private:
  Product() : context(mlir::MLIRContext::Threading::DISABLED) {}
  /// What one addition and the conversion of a result change at most, relative
  /// to the number; 0 for integers.
  double sumRounding = 0, rounding = 0;
  std::vector<double> constant, expected;
};

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_PRODUCT_H
