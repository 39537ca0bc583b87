//===- elementary_functions_test.cpp - errors over the whole range --------===//
//
// Compiles each function as kernels are compiled, runs it in this process over
// floats spread evenly among all 2^32 and compares with libm in double. With
// TESSERA_EVERY_FLOAT=1 in the environment, every float is tried.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/ExpandMath.h"
#include "codegen/cpu/LowerToLLVM.h"
#include "codegen/cpu/Object.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace mlir;

namespace {

struct Case {
  const char *name;
  double (*exact)(double);
  /// Largest error allowed, in units of the last place.
  double limit;
};

/// Applies a function to floats; works as long as the object lives.
class Compiled {
public:
  /// `lanes` 1: scalars.
  Compiled(const char *function, unsigned lanes,
           const tessera::schedule::Target &target) {
    context.loadDialect<arith::ArithDialect, func::FuncDialect,
                        LLVM::LLVMDialect, math::MathDialect, scf::SCFDialect,
                        vector::VectorDialect>();
    OwningOpRef<ModuleOp> module =
        parseSourceString<ModuleOp>(text(function, lanes), &context);
    tessera::cpu::ObjectOptions options;
    if (!module || failed(tessera::cpu::expandMath(*module)) ||
        failed(tessera::cpu::lowerToLLVM(*module))) {
      return;
    }
    auto objects = tessera::cpu::compileObjects(*module, target, options);
    if (succeeded(objects)) {
      link(std::move(*objects));
    }
  }

  /// y[i] = f(x[i]); `count` is a multiple of the lanes. Null: not compiled.
  void (*run)(const float *x, float *y, int64_t count) = nullptr;

private:
  static std::string text(const std::string &function, unsigned lanes) {
    std::string type =
        lanes == 1 ? "f32" : "vector<" + std::to_string(lanes) + "xf32>";
    return R"(func.func @apply(%x: !llvm.ptr {llvm.noalias}, %y: !llvm.ptr {llvm.noalias}, %count: i64) {
  %zero = arith.constant 0 : i64
  %step = arith.constant )" +
           std::to_string(lanes) + R"( : i64
  scf.for %i = %zero to %count step %step : i64 {
    %from = llvm.getelementptr %x[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %a = llvm.load %from {alignment = 4 : i64} : !llvm.ptr -> )" +
           type + R"(
    %b = math.)" +
           function + " %a : " + type + R"(
    %to = llvm.getelementptr %y[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    llvm.store %b, %to {alignment = 4 : i64} : )" +
           type + R"(, !llvm.ptr
  }
  return
})";
  }

  void link(tessera::cpu::Objects objects) {
    jit = cantFail(llvm::orc::LLJITBuilder().create());
    jit->getMainJITDylib().addGenerator(
        cantFail(llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
            jit->getDataLayout().getGlobalPrefix())));
    for (auto &object : objects) {
      cantFail(jit->addObjectFile(std::move(object)));
    }
    run = cantFail(jit->lookup("apply"))
              .toPtr<void (*)(const float *, float *, int64_t)>();
  }

  MLIRContext context;
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

/// The distance of two floats next to `exact`.
double lastPlace(double exact) {
  int exponent;
  std::frexp(exact, &exponent);
  return std::ldexp(1.0, std::max(exponent - 24, -149));
}

/// The error of `actual`; infinite where special values differ.
double errorOf(float actual, double exact) {
  if (std::isnan(exact) || std::isnan(actual)) {
    return std::isnan(exact) == std::isnan(actual) ? 0 : INFINITY;
  }
  if (static_cast<float>(exact) == actual) {
    return 0;
  }
  // Rounding to infinity begins half a unit above the largest float.
  double largest = 3.4028234663852886e38;
  double nearest = std::isinf(actual)
                       ? std::copysign(largest + lastPlace(largest), actual)
                       : actual;
  return std::isinf(exact) ? INFINITY
                           : std::abs(nearest - exact) / lastPlace(exact);
}

class ElementaryFunctions : public testing::TestWithParam<Case> {};

TEST_P(ElementaryFunctions, AreAccurateAndEqualOnAllTargets) {
  const Case &test = GetParam();
  std::vector<std::unique_ptr<Compiled>> versions;
  tessera::schedule::CpuFeatures host = tessera::schedule::hostFeatures();
  for (const tessera::schedule::Target &target :
       tessera::schedule::allTargets()) {
    if (host.*target.required) {
      versions.push_back(
          std::make_unique<Compiled>(test.name, target.f32Lanes(), target));
      versions.push_back(std::make_unique<Compiled>(test.name, 1, target));
    }
  }
  if (versions.empty()) {
    GTEST_SKIP() << "this machine executes none of the targets";
  }
  const char *every = std::getenv("TESSERA_EVERY_FLOAT");
  uint64_t step = every && *every == '1' ? 1 : 401; // odd: all low bits occur
  constexpr size_t block = 4096;
  std::vector<float> x(block), y(block), other(block);
  double worst = 0;
  float worstAt = 0;
  for (uint64_t first = 0; first < (1ull << 32); first += block * step) {
    for (size_t i = 0; i < block; ++i) {
      uint32_t bits = static_cast<uint32_t>(first + i * step);
      std::memcpy(&x[i], &bits, sizeof bits);
    }
    for (auto &version : versions) {
      ASSERT_TRUE(version->run);
      std::vector<float> &result = &version == &versions[0] ? y : other;
      version->run(x.data(), result.data(), block);
      if (&result == &other) {
        for (size_t i = 0; i < block; ++i) {
          ASSERT_TRUE(y[i] == other[i] ||
                      (std::isnan(y[i]) && std::isnan(other[i])))
              << test.name << "(" << x[i] << "): " << y[i] << " or "
              << other[i];
        }
      }
    }
    for (size_t i = 0; i < block; ++i) {
      double error = errorOf(y[i], test.exact(x[i]));
      if (error > worst) {
        worst = error;
        worstAt = x[i];
      }
    }
  }
  std::printf("%-6s largest error %.3f ulp at %.9g\n", test.name, worst,
              worstAt);
  EXPECT_LE(worst, test.limit) << "at " << worstAt;
}

const Case cases[] = {
    {"acos", std::acos, 2}, {"asin", std::asin, 2.5},   {"atan", std::atan, 2},
    {"cos", std::cos, 2},   {"cosh", std::cosh, 2},   {"erf", std::erf, 2},
    {"exp", std::exp, 2},   {"exp2", std::exp2, 2},   {"expm1", std::expm1, 2},
    {"log", std::log, 2},   {"log10", std::log10, 2}, {"log1p", std::log1p, 2},
    {"log2", std::log2, 2}, {"sin", std::sin, 2},     {"sinh", std::sinh, 2},
    {"tan", std::tan, 3},   {"tanh", std::tanh, 2},
};

INSTANTIATE_TEST_SUITE_P(All, ElementaryFunctions, testing::ValuesIn(cases),
                         [](const auto &info) { return info.param.name; });

} // namespace
