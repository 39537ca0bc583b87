//===- elementary_functions_test.cpp - errors over the whole range --------===//
//
// Compiles each function as kernels are compiled, runs it in this process over
// floats spread evenly among all 2^32 and compares with libm in double. With
// TESSERA_EVERY_FLOAT=1 in the environment, every float is tried.
//
//===----------------------------------------------------------------------===//

#include "tests/codegen/math/CompiledFunction.h"
#include <gtest/gtest.h>

using namespace tessera::test;

namespace {

struct Case {
  const char *name;
  double (*exact)(double);
  /// Largest error allowed, in units of the last place of the result, or of
  /// `scale` where that is larger.
  double limit;
  double scale = 0;
};

/// What is lost in rounding beside 1.
constexpr double kNothing = 0x1p-26;

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
      version->run(x.data(), x.data(), result.data(), block);
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
      double exact = test.exact(x[i]);
      double error = errorOf(y[i], exact);
      if (std::isfinite(error) && std::abs(exact) < test.scale &&
          (y[i] != 0) <= (std::abs(exact) > kNothing * test.scale)) {
        error *= lastPlace(exact) / lastPlace(test.scale);
      }
      if (error > worst) {
        worst = error;
        worstAt = x[i];
      }
    }
  }
  std::printf("%-13s largest error %.3f ulp at %.9g\n", test.name, worst,
              worstAt);
  EXPECT_LE(worst, test.limit) << "at " << worstAt;
}

/// What functions give whose results below the smallest normal number are 0.
double flushed(double y) { return y < 1.17549435082228750797e-38 ? 0 : y; }

double sigmoid(double x) { return flushed(1 / (1 + std::exp(-x))); }

double notPositiveExp(double x) { return std::exp(-std::abs(x)); }
double flushedExp(double x) { return flushed(notPositiveExp(x)); }

/// Beside 1 a unit of its last place counts, and large arguments, by which GELU
/// multiplies it, have to give exactly 0.
double onePlusErf(double x) { return 1 + std::erf(x); }
double onePlusTanh(double x) { return 2 * sigmoid(2 * x); }

const Case cases[] = {
    {"acos", std::acos, 2},
    {"asin", std::asin, 2.5},
    {"atan", std::atan, 2},
    {"cos", std::cos, 2},
    {"cosh", std::cosh, 2},
    {"erf", std::erf, 2},
    {"exp", std::exp, 2},
    {"exp2", std::exp2, 2},
    {"expm1", std::expm1, 2},
    {"not_positive_exp", notPositiveExp, 2},
    {"flushed_exp", flushedExp, 2},
    {"log", std::log, 2},
    {"log10", std::log10, 2},
    {"log1p", std::log1p, 2},
    {"log2", std::log2, 2},
    {"sin", std::sin, 2},
    {"sinh", std::sinh, 2},
    {"sigmoid", sigmoid, 2},
    {"tan", std::tan, 3},
    {"tanh", std::tanh, 2},
    {"one_plus_erf", onePlusErf, 1, 1},
    {"one_plus_tanh", onePlusTanh, 2},
};

INSTANTIATE_TEST_SUITE_P(All, ElementaryFunctions, testing::ValuesIn(cases),
                         [](const auto &info) { return info.param.name; });

} // namespace
