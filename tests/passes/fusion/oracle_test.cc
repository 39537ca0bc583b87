//===- oracle_test.cc - fusion changes no result --------------------------===//
//
// Every function of this folder's lit tests is interpreted before and after the
// whole fusion pipeline, on the same pseudo-random inputs; results must be
// equal to the bit.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/Extents.h"
#include "dialects/kernel/Interpreter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/fusion/Passes.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>
#include <random>

using namespace mlir;
using namespace tessera;
using namespace tessera::kernel;

namespace {

constexpr int64_t kSymbols[] = {3, 2};

/// Small integers: sums of products of them are exact in any order.
HostTensor randomTensor(RankedTensorType type, std::mt19937 &random) {
  HostTensor tensor{type.getElementType(), {}, {}};
  int64_t count = 1;
  for (AffineExpr extent : extentsOf(type)) {
    AffineExpr value = extent.replaceSymbols(
        {getAffineConstantExpr(kSymbols[0], type.getContext()),
         getAffineConstantExpr(kSymbols[1], type.getContext())});
    tensor.shape.push_back(*constantOf(simplify(value)));
    count *= tensor.shape.back();
  }
  for (int64_t i = 0; i < count; ++i) {
    int value = static_cast<int>(random() % 7) - 3;
    Scalar scalar;
    if (isa<FloatType>(tensor.element)) {
      scalar.f = value;
    } else {
      scalar.i = std::abs(value);
    }
    tensor.elements.push_back(scalar);
  }
  return tensor;
}

void expectEqual(const HostTensors &expected, const HostTensors &actual) {
  ASSERT_EQ(expected.size(), actual.size());
  for (auto [a, b] : llvm::zip_equal(expected, actual)) {
    ASSERT_EQ(a.shape, b.shape);
    for (auto [x, y] : llvm::zip_equal(a.elements, b.elements)) {
      bool both =
          isa<FloatType>(a.element) && std::isnan(x.f) && std::isnan(y.f);
      ASSERT_TRUE(both || x.i == y.i);
    }
  }
}

/// Compares each function of the module with itself fused.
void checkModule(StringRef text, MLIRContext &context, unsigned &checked) {
  ScopedDiagnosticHandler silence(&context,
                                  [](Diagnostic &) { return success(); });
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  if (!module) {
    return;
  }
  OwningOpRef<ModuleOp> fused = module->clone();
  PassManager manager(&context);
  fusion::buildFusionPipeline(manager, fusion::FusionOptions());
  if (failed(manager.run(*fused))) {
    return;
  }
  std::mt19937 random(7);
  for (auto function : module->getOps<func::FuncOp>()) {
    SCOPED_TRACE(function.getName().str());
    SmallVector<HostTensor> inputs;
    for (Type type : function.getArgumentTypes()) {
      inputs.push_back(randomTensor(cast<RankedTensorType>(type), random));
    }
    auto after = fused->lookupSymbol<func::FuncOp>(function.getName());
    auto expected =
        Interpreter(kSymbols).runBlock(function.getBody().front(), inputs);
    auto actual =
        Interpreter(kSymbols).runBlock(after.getBody().front(), inputs);
    ASSERT_TRUE(expected.has_value());
    ASSERT_TRUE(actual.has_value());
    expectEqual(*expected, *actual);
    ++checked;
  }
}

TEST(FusionOracle, LitFunctions) {
  DialectRegistry registry;
  registry.insert<TskDialect, func::FuncDialect, arith::ArithDialect,
                  math::MathDialect>();
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  unsigned checked = 0;
  for (const auto &entry :
       std::filesystem::directory_iterator(TESSERA_TEST_FOLDER)) {
    if (entry.path().extension() != ".mlir") {
      continue;
    }
    SCOPED_TRACE(entry.path().filename().string());
    auto buffer = llvm::MemoryBuffer::getFile(entry.path().string());
    ASSERT_TRUE(static_cast<bool>(buffer));
    SmallVector<StringRef> parts;
    (*buffer)->getBuffer().split(parts, "// -----");
    for (StringRef part : parts) {
      checkModule(part, context, checked);
    }
  }
  EXPECT_GE(checked, 30u);
}

} // namespace
