//===- narrow_floats_test.cpp - doubles rounded to 16 bits ----------------===//
//
// A double must be rounded once: by way of f32 it would be rounded twice.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/LowerToLLVM.h"
#include "codegen/cpu/Object.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace mlir;

namespace {

constexpr const char *program = R"(
func.func @to_f16(%from: !llvm.ptr, %to: !llvm.ptr) {
  %x = llvm.load %from : !llvm.ptr -> f64
  %y = arith.truncf %x : f64 to f16
  llvm.store %y, %to : f16, !llvm.ptr
  return
}
func.func @to_bf16(%from: !llvm.ptr, %to: !llvm.ptr) {
  %x = llvm.load %from : !llvm.ptr -> f64
  %y = arith.truncf %x : f64 to bf16
  llvm.store %y, %to : bf16, !llvm.ptr
  return
})";

uint16_t expected(double value, const llvm::fltSemantics &semantics) {
  llvm::APFloat number(value);
  bool loses;
  number.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &loses);
  return static_cast<uint16_t>(number.bitcastToAPInt().getZExtValue());
}

/// Doubles on, and next to, the middle between two narrow floats, and others.
std::vector<double> samples() {
  std::vector<double> values = {0.0, -0.0, INFINITY, -INFINITY, 1e300, -1e-300};
  std::mt19937_64 random(1);
  for (int i = 0; i < 100000; ++i) {
    int exponent = static_cast<int>(random() % 60) - 40;
    double middle = std::ldexp(2.0 * (random() % 4096) + 1, exponent - 12);
    for (double value : {middle, std::nextafter(middle, INFINITY),
                         std::nextafter(middle, 0.0), -middle}) {
      values.push_back(value);
    }
  }
  return values;
}

TEST(NarrowFloats, DoublesAreRoundedOnce) {
  const auto *target = tessera::schedule::nativeTarget();
  if (!target) {
    GTEST_SKIP() << "this machine executes none of the targets";
  }
  MLIRContext context;
  context
      .loadDialect<arith::ArithDialect, func::FuncDialect, LLVM::LLVMDialect>();
  auto module = parseSourceString<ModuleOp>(program, &context);
  ASSERT_TRUE(module && succeeded(tessera::cpu::lowerToLLVM(*module)));
  auto objects = tessera::cpu::compileObjects(*module, *target, {});
  ASSERT_TRUE(succeeded(objects));
  auto jit = llvm::cantFail(llvm::orc::LLJITBuilder().create());
  for (auto &object : *objects) {
    llvm::cantFail(jit->addObjectFile(std::move(object)));
  }
  using Function = void (*)(const double *, uint16_t *);
  auto toHalf = llvm::cantFail(jit->lookup("to_f16")).toPtr<Function>();
  auto toBfloat = llvm::cantFail(jit->lookup("to_bf16")).toPtr<Function>();
  for (double value : samples()) {
    uint16_t half, bfloat;
    toHalf(&value, &half);
    toBfloat(&value, &bfloat);
    ASSERT_EQ(half, expected(value, llvm::APFloat::IEEEhalf())) << value;
    ASSERT_EQ(bfloat, expected(value, llvm::APFloat::BFloat())) << value;
  }
}

} // namespace
